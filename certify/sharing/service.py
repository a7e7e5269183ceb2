"""Make, withdraw and open shares. A share that was withdrawn is deleted: nobody, its holder included, finds it again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from certify.clock import Clock
from certify.errors import Conflict, InvalidInput, NotFound
from certify.identifiers import new_identifier, parse_identifier
from certify.issuing.model import CertificateState
from certify.people.model import User, UserRole
from certify.people.permits import require
from certify.ports import Database, UnitOfWork
from certify.sharing.model import NameForm, Share, SharedFact

MOST_SHARES = 50
"""Of one holder; more would be a mistake or an attack on the table."""
MOST_DAYS = 3650
AT_ONCE = timedelta(minutes=1)
"""The same choice again within this time is the same form sent twice, and makes no second address."""


def make_share(
    database: Database,
    clock: Clock,
    by: User,
    *,
    certificate_ids: Iterable[str],
    name_form: NameForm,
    facts: Iterable[SharedFact],
    days: int | None,
) -> Share:
    """Make an address that shows the chosen facts of one's own certificates to whoever has it.

    Args:
        days: After how many days it ends; None for never.

    Raises:
        NotFound: One of them is not the holder's own issued certificate.
        InvalidInput: No certificate is chosen, or not 1 to `MOST_DAYS` days.
        Conflict: There are `MOST_SHARES` already.
    """
    require(by, UserRole.CANDIDATE)
    chosen = tuple(dict.fromkeys(certificate_ids))
    if not chosen:
        raise InvalidInput("Choose at least one certificate.", where="certificates")
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise InvalidInput(f"is 1 to {MOST_DAYS} days.", where="days")
    now = clock()
    made = Share(
        id=new_identifier(),
        candidate_id=by.candidate_id or "",
        name_form=name_form,
        facts=frozenset(facts),
        certificate_ids=chosen,
        made_at=now,
        expires_at=None if days is None else now + timedelta(days=days),
    )
    with database.writing() as unit:
        for certificate_id in chosen:
            row = unit.certificates.by_id(certificate_id)
            if row is None or row.candidate_id != by.candidate_id or row.state is not CertificateState.ISSUED:
                raise NotFound("You hold no such certificate.", where="certificate")
        there = unit.shares.of_candidate(by.candidate_id or "")
        for known in there:
            same = replace(made, id=known.id, made_at=known.made_at, expires_at=known.expires_at)
            if known == same and now - known.made_at < AT_ONCE:
                return known
        if len(there) >= MOST_SHARES:
            raise Conflict(f"You have {MOST_SHARES} such addresses already.", fix="withdraw one first")
        unit.shares.add(made)
    return made


def withdraw_share(database: Database, by: User, share_id: str) -> None:
    """Delete one's own share; from this moment its address shows nothing.

    Raises:
        NotFound: ``by`` has no such share.
    """
    with database.writing() as unit:
        share = unit.shares.get(parse_identifier(share_id))
        if share is None or share.candidate_id != by.candidate_id:
            raise NotFound("You have no such address.", where="share")
        unit.shares.remove(share.id)


def shares_of(unit: UnitOfWork, by: User) -> Sequence[Share]:
    """Return one's own shares, the newest first, those that ended too."""
    return unit.shares.of_candidate(by.candidate_id or "")


def opened(unit: UnitOfWork, share_id: str, at: datetime) -> Share:
    """Return what an address shows.

    Raises:
        NotFound: One answer for what never was, was withdrawn, and has ended.
    """
    share = unit.shares.get(parse_identifier(share_id))
    if share is None or not share.works(at):
        raise NotFound("This address shows nothing, or nothing any more.", where="share")
    return share
