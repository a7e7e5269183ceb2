"""The set query over a cohort and the rules, candidate by candidate, say the same; on both engines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from databases import ENGINES, fresh_database, opened
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_scheme import NOW, TODAY, small_framework, small_module

from certify.certification.model import CaseName
from certify.completions.model import CompletionOutcome, CompletionRecord, current
from certify.db import SqlDatabase
from certify.eligibility.model import NotMet
from certify.eligibility.rules import assess, best_units
from certify.eligibility.service import facts_of
from certify.framework.load import canonical_document, from_document
from certify.framework.model import Framework
from certify.identifiers import new_identifier
from certify.organisations.service import sight_of
from certify.paging import Asked
from certify.people.model import AdmissionRecord, Candidate, HolderName, User, UserRole

DAYS = st.dates(date(2025, 12, 30), TODAY + timedelta(days=2))
MODULES = (
    small_module("A4", {"a": 4}),
    small_module("A6", {"a": 6}, valid_until=date(2026, 6, 30)),
    small_module("AB5", {"a": 5, "b": 5}),
    small_module("B6", {"b": 6}, valid_from=date(2026, 3, 1)),
    small_module("C4", {"c": 4}),
)


@pytest.fixture(scope="module", params=ENGINES)
def register(request, tmp_path_factory) -> Iterator[tuple[SqlDatabase, Framework, User]]:
    with (
        fresh_database(request.param, tmp_path_factory.mktemp("register")) as url,
        opened(url) as database,
    ):
        document = canonical_document(small_framework(MODULES, {"a": 5, "b": 6, "c": 4}))
        framework = from_document(json.loads(document))
        clerk = User(
            id=new_identifier(),
            email="clerk@example.org",
            display_name="Clerk",
            roles=frozenset({UserRole.TRAINER, UserRole.ADMINISTRATOR}),
            password_hash="x",
            organisation_id="",
        )
        with database.writing() as unit:
            clerk = replace(clerk, organisation_id=unit.organisations.operator().id)
            unit.frameworks.publish(framework, document, NOW)
            unit.users.add(clerk)
        yield database, framework, clerk


def candidates(
    clerk: User,
) -> st.SearchStrategy[tuple[Candidate, list[AdmissionRecord], list[CompletionRecord]]]:
    @st.composite
    def one(draw):
        person = Candidate(
            id=new_identifier(),
            reference=new_identifier(),
            name=HolderName(native="Ana", latin="Ana", printed="Ana"),
            email=None,
            registered_by=clerk.id,
            registered_at=NOW,
            organisation_id=clerk.organisation_id,
        )
        reviews = [
            AdmissionRecord(
                id=new_identifier(),
                candidate_id=person.id,
                qualification="MSc" if level else "",
                eqf_level=level,
                evidence_digest=None,
                accepted=accepted,
                reviewed_by=clerk.id,
                reviewed_at=NOW,
            )
            for level, accepted in draw(
                st.lists(st.tuples(st.sampled_from([None, 1, 6, 7, 8]), st.booleans()), max_size=3)
            )
        ]
        records: list[CompletionRecord] = []
        keys = set()
        for module, day, outcome, corrects in draw(
            st.lists(
                st.tuples(
                    st.sampled_from([item.id for item in MODULES]),
                    DAYS,
                    st.sampled_from(CompletionOutcome),
                    st.booleans(),
                ),
                max_size=7,
            )
        ):
            if (module, day) in keys:
                continue
            keys.add((module, day))
            standing = current(tuple(records))
            replaced = standing[-1] if corrects and standing else None
            records.append(
                CompletionRecord(
                    id=new_identifier(),
                    candidate_id=person.id,
                    module_id=module,
                    module_version="1",
                    completed_on=day,
                    outcome=outcome,
                    workload_minutes=600,
                    evidence_digest=None,
                    trainer_id=clerk.id,
                    recorded_by=clerk.id,
                    recorded_at=NOW,
                    supersedes=replaced.id if replaced else None,
                    correction_reason="mended" if replaced else "",
                )
            )
        return person, reviews, records

    return one()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_cohort_asked_at_once_and_one_by_one_gives_the_same_answer(register, data):
    database, framework, clerk = register
    cohort = data.draw(st.lists(candidates(clerk), min_size=1, max_size=4))
    with database.writing() as unit:
        for person, reviews, records in cohort:
            unit.candidates.add(person)
            for review in reviews:
                unit.candidates.add_admission(review)
            for record in records:
                unit.completions.add(record)
    on = data.draw(DAYS)
    with database.reading() as unit:
        ids = [person.id for person, _, _ in cohort]
        standings = unit.completions.standings(framework, "developer", on, ids)
        assert [standing.candidate_id for standing in standings] == sorted(ids)
        for standing in standings:
            assessment = assess(facts_of(unit, standing.candidate_id, framework, "developer", on))
            short = {
                (result.subject, result.required_level, result.outcome.level)
                for result in assessment.unmet
                if result.rule == "competence-level" and isinstance(result.outcome, NotMet)
            }
            assert {
                (item.competence_id, item.required, item.reached) for item in standing.shortfalls
            } == short
            assert standing.admitted is not any(result.rule == "admission" for result in assessment.unmet)
            assert standing.eligible is assessment.eligible
        for person_id in ids:
            units = {item.id for item in best_units(facts_of(unit, person_id, framework, "", on))}
            eligible = [
                item
                for item in framework.certifiable.values()
                if item.kind == "unit" and assess(facts_of(unit, person_id, framework, item.id, on)).eligible
            ]
            assert units == {item.id for item in {i.requires[0].competence_id: i for i in eligible}.values()}
        named = [CaseName(person_id, "developer") for person_id in ids]
        waiting = unit.decisions.waiting(framework, on, sight_of(unit, clerk), Asked(limit=9), only=named)
        assert {name.candidate_id for name in waiting.entries} == {
            standing.candidate_id for standing in standings if standing.eligible
        }
        everybody = unit.completions.standings(framework, "developer", on)
        assert [item for item in everybody if item.candidate_id in ids] == list(standings)


def test_asking_about_nobody_is_answered_with_nobody(register):
    database, framework, _ = register
    with database.reading() as unit:
        assert list(unit.completions.standings(framework, "developer", TODAY, [])) == []
