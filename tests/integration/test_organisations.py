"""Two organisations on one installation: a trainer's house, and the body that certifies its people."""

from dataclasses import dataclass, replace
from datetime import date

import pytest
from databases import ENGINES, fresh_database
from installation import PASSWORD, Installation, install
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from certify.certification.model import DecisionOutcome
from certify.certification.service import decide, queue
from certify.completions.model import CompletionOutcome
from certify.completions.service import CompletionEntry, record_completion
from certify.db.engine import make_engine
from certify.errors import Conflict, InvalidInput, NotFound, NotPermitted
from certify.jobs.service import enqueue, retry
from certify.organisations.model import Organisation
from certify.organisations.service import add_organisation, administered, assign_scheme, change_organisation
from certify.paging import Asked
from certify.people.model import Candidate, User, UserRole
from certify.people.service import (
    add_user,
    join_cohort,
    open_cohort,
    register_candidate,
    review_admission,
    set_active,
)
from certify.status.model import StatusAction, StatusReason
from certify.status.service import change_status

ON = date(2026, 6, 1)


@dataclass(frozen=True)
class Two:
    """The operator certifies; the school has its own people, and Mia trains there."""

    place: Installation
    school: Organisation
    administrator: User
    trainer: User
    certifier: User
    mia: Candidate


@pytest.fixture(params=ENGINES)
def two(request, tmp_path):
    with fresh_database(request.param, tmp_path) as url:
        place = install(tmp_path, url)
        database, clock = place.services.database, place.services.clock
        school = add_organisation(database, place.administrator, name="A school", country="gr")

        def user(name: str, role: UserRole) -> User:
            return add_user(
                database,
                email=f"{name}@school.example",
                display_name=name.title(),
                roles=[role],
                password=PASSWORD,
                organisation_id=school.id,
            )

        boss, trainer = user("boss", UserRole.ADMINISTRATOR), user("teacher", UserRole.TRAINER)
        mia = register_candidate(database, clock, boss, reference="S-1", native="Mia Ro", latin="Mia Ro")
        review_admission(
            database,
            clock,
            boss,
            mia.id,
            qualification="MSc",
            eqf_level=7,
            evidence_digest=None,
            accepted=True,
        )
        yield Two(place, school, boss, trainer, user("judge", UserRole.CERTIFIER), mia)
        database.close()


def trained(two: Two) -> None:
    """Mia passes all that the role asks for, without a cohort."""
    for module in ("A5", "B6"):
        entry = CompletionEntry(
            candidate_id=two.mia.id,
            module_id=module,
            module_version="1",
            completed_on=date(2026, 5, 1),
            outcome=CompletionOutcome.PASSED,
            trainer_id=two.trainer.id,
        )
        services = two.place.services
        record_completion(services.database, services.clock, two.administrator, "small", entry)


def seeks(two: Two) -> None:
    """Mia joins a cohort of the school, and so seeks the role."""
    database = two.place.services.database
    cohort = open_cohort(
        database,
        two.administrator,
        code="S-A",
        title="At school",
        framework_id="small",
        starts_on=ON,
        trainer_ids=[two.trainer.id],
    )
    join_cohort(database, two.administrator, cohort.id, two.mia.id, "developer")


def waiting(two: Two, by: User) -> list[str]:
    found = queue(two.place.services.database, by, "small", ON, Asked(limit=99))
    return [case.candidate.reference for case in found.entries]


def grant(two: Two, by: User) -> str:
    services = two.place.services
    two.place.declares(by, two.mia.id)
    return decide(
        services.database,
        services.clock,
        by,
        candidate_id=two.mia.id,
        framework_id="small",
        role_id="developer",
        outcome=DecisionOutcome.GRANTED,
    ).id


def test_a_body_certifies_those_who_seek_its_scheme_wherever_they_trained(two):
    trained(two)
    assert waiting(two, two.place.certifier) == []
    with pytest.raises(NotFound):
        grant(two, two.place.certifier)

    seeks(two)
    assert waiting(two, two.place.certifier) == ["S-1"]
    assert grant(two, two.place.certifier)


def test_a_certifier_decides_under_no_other_bodys_scheme(two):
    trained(two)
    seeks(two)
    services = two.place.services
    for attempt in (lambda: waiting(two, two.certifier), lambda: grant(two, two.certifier)):
        with pytest.raises(NotPermitted, match="This organisation"):
            attempt()
    row = services.issuer.issue(grant(two, two.place.certifier))
    step = (row.id, StatusAction.SUSPEND, StatusReason.UNDER_INVESTIGATION)
    with pytest.raises(NotPermitted):
        change_status(services.database, services.clock, two.certifier, *step)

    assign_scheme(services.database, two.place.administrator, "small", two.school.id)
    assert change_status(services.database, services.clock, two.certifier, *step)
    with pytest.raises(NotPermitted, match="A school"):
        waiting(two, two.place.certifier)


def test_a_certifier_issues_and_tries_again_nothing_of_another_bodys_scheme(two):
    place = two.place
    services = place.services
    job = enqueue(services.database, services.clock, place.certifier, [place.granted()])
    with pytest.raises(NotFound):
        retry(services.database, services.clock, two.certifier, job.id)
    with services.database.reading() as unit:
        (item,) = unit.jobs.items(job.id)
    with pytest.raises(NotFound, match="no such decision"):
        enqueue(services.database, services.clock, two.certifier, [item.decision_id])


def test_an_administrator_administers_their_own_organisation_and_the_operators_all(two):
    database, clock = two.place.services.database, two.place.services.clock
    with database.reading() as unit:
        assert administered(unit, two.administrator) == {two.school.id}
        assert administered(unit, two.place.administrator) == {
            two.school.id,
            unit.organisations.operator().id,
        }
    for attempt in (
        lambda: set_active(database, two.administrator, two.place.trainer.id, active=False),
        lambda: register_candidate(
            database,
            clock,
            two.administrator,
            reference="X",
            native="X",
            latin="X",
            organisation_id=two.place.trainer.organisation_id,
        ),
        lambda: change_organisation(
            database,
            two.administrator,
            two.place.trainer.organisation_id,
            name="Taken over",
            country="",
            help_contact="",
        ),
    ):
        with pytest.raises(NotFound):
            attempt()
    with pytest.raises(NotPermitted):
        add_organisation(database, two.administrator, name="Another")
    with pytest.raises(NotPermitted):
        assign_scheme(database, two.administrator, "small", two.school.id)
    assert not set_active(database, two.place.administrator, two.trainer.id, active=False).active


def test_cohorts_members_and_trainers_are_of_one_organisation(two):
    database, clock, place = two.place.services.database, two.place.services.clock, two.place
    with pytest.raises(NotFound, match="no such user"):
        open_cohort(
            database,
            two.administrator,
            code="S-B",
            title="B",
            framework_id="small",
            starts_on=ON,
            trainer_ids=[place.trainer.id],
        )
    ours = place.candidate("C-1")
    theirs = open_cohort(
        database,
        two.administrator,
        code="S-A",
        title="A",
        framework_id="small",
        starts_on=ON,
        trainer_ids=[two.trainer.id],
    )
    with pytest.raises(NotFound):
        join_cohort(database, two.administrator, theirs.id, ours.id, "developer")
    entry = CompletionEntry(
        candidate_id=ours.id,
        module_id="A5",
        module_version="1",
        completed_on=date(2026, 5, 1),
        outcome=CompletionOutcome.PASSED,
        trainer_id=two.trainer.id,
    )
    with pytest.raises(NotFound):
        record_completion(database, clock, two.administrator, "small", entry)
    with pytest.raises(InvalidInput, match="another organisation"):
        record_completion(database, clock, place.administrator, "small", entry)


def test_nobody_is_without_an_organisation_and_one_organisation_is_the_operator(two):
    database = two.place.services.database
    with database.writing() as unit, pytest.raises(Conflict):
        unit.organisations.add(replace(two.school, id="A" * 26, name="Second", operator=True))
    with pytest.raises(Conflict, match="name"):
        add_organisation(database, None, name="A school")
    engine = make_engine(two.place.services.settings.database_url)
    for table in ("user_account", "candidate"):
        with pytest.raises(DBAPIError, match="organisation"), engine.begin() as connection:
            connection.execute(text(f"UPDATE {table} SET organisation_id = NULL"))
    engine.dispose()
