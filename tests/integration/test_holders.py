"""What holders decide, held by the database too: shares of their own, and an end of the account that erases; on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest
from installation import PASSWORD
from small_scheme import NOW
from sqlalchemy import create_engine, select

from certify.certification.model import DecisionOutcome
from certify.certification.service import decide, queue
from certify.corrections.service import approve, request_name
from certify.db.tables import metadata
from certify.errors import Conflict, NotFound, NotPermitted
from certify.identifiers import new_identifier
from certify.people.model import UserRole
from certify.people.names import holder_name
from certify.people.service import add_user
from certify.privacy.service import close_account
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
    traces = (*ANA, "Petkova", "PERSON-77")
    assert "correction" in tables_that_say(place, *traces)

    close_account(services.database, services.clock, ana)

    # What was certified, in the register and in the signed file (whose streams are compressed).
    assert tables_that_say(place, *traces) <= {"certificate", "certificate_file", "certificate_update"}
    with services.database.reading() as unit:
        assert unit.certificates.get(row.id).award.holder.latin == "Ana Petkova"
        assert unit.shares.of_candidate(ana.candidate_id) == []
        assert not unit.publicity.last(row.id).public
        assert unit.corrections.get(asked.id).reason == "erased"
    with pytest.raises(Conflict, match="closed"):
        approve(services.database, services.clock, place.certifier, asked.id, services.issuer.prove)


def test_nothing_more_is_certified_of_who_left_whoever_asks(place, ana):
    services = place.services
    granted = place.grants(next(_candidates(place, ana)))
    with pytest.raises(Conflict, match="being issued"):
        close_account(services.database, services.clock, ana)
    services.issuer.issue(granted.id)
    close_account(services.database, services.clock, ana)

    assert queue(services.database, place.certifier, "small", NOW.date()) == []
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
        close_account(place.services.database, place.services.clock, both)


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
