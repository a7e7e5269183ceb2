"""What holders decide, held by the database too: shares of their own, and an end of the account that erases; on both databases."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta

import pytest
from installation import PASSWORD
from small_scheme import NOW
from sqlalchemy import create_engine, select

from certify.audit.model import AuditAction, AuditFilter
from certify.certification.model import DecisionOutcome
from certify.certification.service import decide, queue
from certify.completions.model import CompletionOutcome
from certify.completions.service import CompletionEntry, record_completion
from certify.completions.sheet_import import ImportMode
from certify.completions.uploads import Desk, open_upload, record, settle_columns, start
from certify.corrections.service import approve, request_name
from certify.db import connect
from certify.db.tables import metadata
from certify.errors import AnswerLost, Conflict, NotFound, NotPermitted
from certify.evidence.service import keep_evidence
from certify.idempotency.model import KeptAnswer
from certify.idempotency.service import BUSY_FOR, claim, keep
from certify.identifiers import new_identifier
from certify.mail.model import LetterKind, LetterState, letter
from certify.organisations.service import add_organisation
from certify.paging import Asked
from certify.people.model import UserRole
from certify.people.names import holder_name
from certify.people.service import add_user
from certify.privacy.service import close_account, erase_person
from certify.publicity.service import set_public
from certify.sharing.model import NameForm, Share, SharedFact
from certify.sharing.service import make_share, opened

ANA = ("Ана Петкова", "Ana Petkova")


@pytest.fixture
def ana(place):
    """Somebody who left traces in every table that holds people."""
    services = place.services
    person = place.candidate("PERSON-77", *ANA)
    with services.database.writing() as unit:
        unit.candidates.replace(replace(person, email="petkova.home@example.org"))
    user = add_user(
        services.database,
        email="Petkova@example.org",
        display_name=ANA[1],
        roles=[UserRole.CANDIDATE],
        password=PASSWORD,
        candidate_id=person.id,
    )
    for module in ("A5", "B6"):
        place.passes(person, module)
    return user


def certificate_of(place, user):
    person = next(iter(_candidates(place, user)))
    return place.services.issuer.issue(place.grants(person).id)


def _candidates(place, user):
    with place.services.database.reading() as unit:
        yield unit.candidates.get(user.candidate_id)


def shares(place, user, row, **chosen):
    return make_share(
        place.services.database,
        place.services.clock,
        user,
        certificate_ids=[row.id],
        name_form=NameForm.LATIN,
        facts=[SharedFact.ROLE],
        **{"days": None, **chosen},
    )


def tables_that_say(place, *texts):
    """The names of all tables in which one of the texts stands, whatever the column."""
    engine = create_engine(
        place.services.settings.database_url.replace("postgresql://", "postgresql+psycopg://")
    )
    found = set()
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(select(table)):
                said = " ".join(
                    value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
                    for value in row
                ).casefold()
                if any(text.casefold() in said for text in texts):
                    found.add(table.name)
    engine.dispose()
    return found


def told_of(place, ana):
    """What others typed, tried, kept, asked and could not send about Ana."""
    services = place.services
    pdf = b"%PDF-1.7\nA scan\n%%EOF\n"
    file = keep_evidence(
        services.database, services.clock, services.evidence, place.trainer, "Petkova, scan.pdf", pdf, 1000
    )
    entry = CompletionEntry(
        candidate_id=ana.candidate_id,
        module_id="A4",
        module_version="1",
        completed_on=date(2026, 5, 1),
        outcome=CompletionOutcome.PASSED,
        trainer_id=place.trainer.id,
        evidence_digest=file.digest,
    )
    record_completion(services.database, services.clock, place.administrator, "small", entry)
    head = b"candidate,module,completed_on\n"
    desk = Desk(services.database, services.clock, services.waiting_files, place.administrator)
    for row in (
        "Petkova  Ana,A5,2026-05-02",
        "АНА ПЕТКОВА,A5,2026-05-02",
        "petkova.HOME@example.org,A5,2026-05-02",
    ):
        data = head + row.encode() + b"\nPERSON-77,A5,2026-05-03\nPERSON-78,A5,2026-05-03\n"
        upload = start(desk, "small", "Ana Petkova.csv", data)
        settle_columns(desk, open_upload(desk, upload.id), open_upload(desk, upload.id).mapping)
    record(desk, open_upload(desk, upload.id), ImportMode.GOOD_ROWS)
    for number, said in enumerate((ana.candidate_id, ana.id, *ANA)):
        attempt = claim(
            services.database,
            services.clock,
            place.administrator.id,
            f"k{number}",
            "f" * 64,
            repeatable=False,
        )
        with services.database.writing() as unit:
            unit.keyed_requests.note_done(attempt, NOW)
        body = json.dumps({"id": said, "about": "Ana Petkova"}).encode()
        keep(services.database, attempt, KeptAnswer(status=201, content_type="application/json", body=body))
    written = letter(LetterKind.TRIAL, "boss@example.org", NOW, {"name": ANA[0]})
    with (
        closing(connect(services.settings.database_url, keeps_letters=True)) as database,
        database.writing() as unit,
    ):
        unit.outbox.put(written)
        unit.outbox.lease("L" * 26, NOW, NOW)
        unit.outbox.settle(written.id, "L" * 26, LetterState.GIVEN_UP, NOW)
    return upload


def test_what_need_not_be_kept_is_erased_from_every_table(place, ana):
    services = place.services
    row = certificate_of(place, ana)
    shares(place, ana, row)
    set_public(services.database, services.clock, ana, row.id, public=True)
    (asked, *_) = request_name(
        services.database,
        services.clock,
        ana,
        ana.candidate_id,
        holder_name("Ана Петкова-Ли", "Ana Petkova-Li"),
        reason="Ana Petkova married",
        evidence="Passport of Ana Petkova",
    )
    upload = told_of(place, ana)
    traces = (*ANA, "Petkova", "PERSON-77", "АНА ПЕТКОВА", r"\u041f\u0435\u0442")
    said = tables_that_say(place, *traces)
    assert {"batch", "batch_line", "correction", "evidence_file", "keyed_request", "letter", "upload"} <= said

    close_account(services.database, services.clock, services.documents, ana)

    # What was certified, in the register and in the signed file (whose streams are compressed).
    assert tables_that_say(place, *traces) <= {"certificate", "certificate_file", "certificate_update"}
    with services.database.reading() as unit:
        assert unit.certificates.get(row.id).award.holder.latin == "Ana Petkova"
        assert unit.shares.of_candidate(ana.candidate_id) == []
        assert not unit.publicity.last(row.id).public
        assert unit.corrections.get(asked.id).reason == "erased"
        # Of others nothing is erased, and what was done is not done again.
        assert [line.told for line in unit.batches.lines(upload.id)] == ["", "", "PERSON-78"]
        assert "PERSON-78" in unit.batches.lines(upload.id)[2].reason
    later = NOW + BUSY_FOR + timedelta(seconds=1)
    with pytest.raises(AnswerLost):
        claim(services.database, lambda: later, place.administrator.id, "k0", "f" * 64, repeatable=False)
    with pytest.raises(Conflict, match="closed"):
        approve(services.database, services.clock, place.certifier, asked.id, services.issuer.prove)


def test_an_administrator_erases_whoever_asks_by_letter(place, ana):
    services = place.services
    row = certificate_of(place, ana)
    told_of(place, ana)

    erase_person(services.database, services.clock, services.documents, place.administrator, ana.candidate_id)

    traces = (*ANA, "Petkova", "PERSON-77")
    assert tables_that_say(place, *traces) <= {"certificate", "certificate_file", "certificate_update"}
    with services.database.reading() as unit:
        assert unit.certificates.get(row.id).award.holder.latin == "Ana Petkova"
        assert not unit.users.get(ana.id).active
        (entry,) = (
            item for item in unit.trail.search(AuditFilter(), 50) if item.action is AuditAction.PERSON_ERASED
        )
    assert (entry.actor_id, entry.candidate_id) == (place.administrator.id, ana.candidate_id)
    with pytest.raises(Conflict, match="erased already"):
        erase_person(
            services.database, services.clock, services.documents, place.administrator, ana.candidate_id
        )


def test_a_person_without_an_account_is_erased_and_nobody_else(place, ana):
    services = place.services
    quiet = place.candidate("QUIET-5", "Тиха Вода", "Tiha Voda")
    told_of(place, ana)
    before = tables_that_say(place, *ANA, "PERSON-77")

    erase_person(services.database, services.clock, services.documents, place.administrator, quiet.id)

    assert tables_that_say(place, "QUIET-5", "Тиха Вода", "Tiha Voda") == set()
    assert tables_that_say(place, *ANA, "PERSON-77") == before


def test_a_person_is_erased_by_their_own_administrator_alone(place, ana):
    services = place.services
    other = add_organisation(services.database, place.administrator, name="Elsewhere", country="GR")
    stranger = add_user(
        services.database,
        email="stranger@example.org",
        display_name="Stranger",
        roles=[UserRole.ADMINISTRATOR],
        password=PASSWORD,
        organisation_id=other.id,
    )
    for by, error in (
        (stranger, NotFound),
        (place.trainer, NotPermitted),
        (place.certifier, NotPermitted),
        (ana, NotPermitted),
    ):
        with pytest.raises(error):
            erase_person(services.database, services.clock, services.documents, by, ana.candidate_id)
    with services.database.reading() as unit:
        assert unit.holders.closure(ana.candidate_id) is None


def test_nothing_more_is_certified_of_who_left_whoever_asks(place, ana):
    services = place.services
    granted = place.grants(next(_candidates(place, ana)))
    with pytest.raises(Conflict, match="being issued"):
        close_account(services.database, services.clock, services.documents, ana)
    services.issuer.issue(granted.id)
    close_account(services.database, services.clock, services.documents, ana)

    assert queue(services.database, place.certifier, "small", NOW.date(), Asked(limit=9)).entries == []
    with pytest.raises(Conflict, match="closed"):
        decide(
            services.database,
            services.clock,
            place.certifier,
            candidate_id=ana.candidate_id,
            framework_id="small",
            role_id="a@5",
            outcome=DecisionOutcome.GRANTED,
        )
    forged = replace(granted, id=new_identifier(), sequence=2)
    with pytest.raises(Conflict, match="closed"), services.database.writing() as unit:
        unit.decisions.add(forged)


def test_a_colleague_who_is_a_candidate_too_is_not_erased_by_themselves(place):
    person = place.candidate("C-2")
    both = place.colleague("both", UserRole.TRAINER, UserRole.CANDIDATE, candidate=person)

    with pytest.raises(NotPermitted):
        close_account(place.services.database, place.services.clock, place.services.documents, both)


def test_the_database_lets_nobody_share_what_somebody_else_holds(place, ana):
    row = certificate_of(place, ana)
    other = place.candidate("C-2")
    share = shares(place, ana, row)
    forged = Share(
        id=new_identifier(),
        candidate_id=other.id,
        name_form=NameForm.NONE,
        facts=frozenset(),
        certificate_ids=(row.id,),
        made_at=NOW,
        expires_at=None,
    )
    with pytest.raises(NotFound), place.services.database.writing() as unit:
        unit.shares.add(forged)
    with place.services.database.reading() as unit:
        assert unit.shares.get(share.id) == share
        assert unit.shares.get(forged.id) is None


def test_a_share_ends_on_its_day(place, ana):
    share = shares(place, ana, certificate_of(place, ana), days=30)
    with place.services.database.reading() as unit:
        assert opened(unit, share.id.lower(), NOW) == share
        with pytest.raises(NotFound):
            opened(unit, share.id, share.expires_at)
