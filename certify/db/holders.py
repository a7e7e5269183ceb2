"""What a person chose, and the erasure of what need not be kept when they close their account.

Kept, and why, is in docs/adr (closing an account): what a certificate rests on names the candidate's random id only.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, false, insert, or_, select, update

from certify.db import tables as t
from certify.db.certificates import SqlCertificates
from certify.db.completions import lock_candidate
from certify.db.faults import own_errors
from certify.db.holder_tables import account_closure, chosen_role, share
from certify.db.people import SqlCandidates
from certify.db.traces import Traces, erase_traces
from certify.people.model import User
from certify.privacy.model import ERASED, Closure


class SqlHolders:
    """Meets the port `Holders`."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    def chosen_role(self, candidate_id: str) -> str | None:
        """See `certify.ports.holders.Holders`."""
        query = select(chosen_role.c.role_id).where(chosen_role.c.candidate_id == candidate_id)
        return self._sql.execute(query).scalar_one_or_none()

    def choose_role(self, candidate_id: str, role_id: str) -> None:
        """See `certify.ports.holders.Holders`."""
        self._sql.execute(delete(chosen_role).where(chosen_role.c.candidate_id == candidate_id))
        with own_errors(), self._sql.begin_nested():
            self._sql.execute(insert(chosen_role).values(candidate_id=candidate_id, role_id=role_id))

    def closure(self, candidate_id: str) -> Closure | None:
        """See `certify.ports.holders.Holders`."""
        query = select(account_closure).where(account_closure.c.candidate_id == candidate_id)
        row = self._sql.execute(query).mappings().one_or_none()
        return None if row is None else Closure(**row)

    def hold(self, candidate_id: str) -> None:
        """See `certify.ports.holders.Holders`."""
        lock_candidate(self._sql, candidate_id)

    def close(self, closure: Closure, user: User | None, candidate_address: str | None) -> None:
        """See `certify.ports.holders.Holders`."""
        person = closure.candidate_id
        known = (user.email if user else None, candidate_address)
        addresses = [address.casefold() for address in known if address]
        with own_errors():
            traces = self._traces(person, user, addresses)
            # First: the database lets the other rows be erased only of whom it has this.
            self._sql.execute(
                insert(account_closure).values(candidate_id=person, closed_at=closure.closed_at)
            )
            if user is not None:
                self._erase_user(user)
            for table, condition in (
                (share, share.c.candidate_id == person),
                (chosen_role, chosen_role.c.candidate_id == person),
                (t.cohort_member, t.cohort_member.c.candidate_id == person),
                (
                    t.letter,
                    or_(
                        false(),
                        *(t.letter.c.to_address.ilike(_literally(item), escape="\\") for item in addresses),
                    ),
                ),
                (t.letter_stop, t.letter_stop.c.email_folded.in_(addresses)),
            ):
                self._sql.execute(delete(table).where(condition))
            self._sql.execute(
                update(t.candidate)
                .where(t.candidate.c.id == person)
                .values(
                    reference=f"closed-{person[:24]}",
                    native_name=ERASED,
                    latin_name=ERASED,
                    printed_name=ERASED,
                    email=None,
                    folded=ERASED,
                )
            )
            erase_traces(self._sql, person, traces)
            asked = t.correction.c
            said = update(t.correction).where(asked.candidate_id == person)
            self._sql.execute(said.values(reason=ERASED, evidence="", evidence_digest=None))
            self._sql.execute(
                said.where(asked.native_name.is_not(None)).values(
                    native_name=ERASED, latin_name=ERASED, printed_name=ERASED
                )
            )

    def _erase_user(self, user: User) -> None:
        own = [
            (table, table.c.user_id == user.id)
            for table in t.metadata.sorted_tables
            # Rows that name a user so are that user's own: sessions, tokens, keys to sign in with, drafts.
            if "user_id" in table.c
        ]
        answers = t.metadata.tables["keyed_request"]
        for table, condition in (*reversed(own), (answers, answers.c.caller_id == user.id)):
            self._sql.execute(delete(table).where(condition))
        nobody = f"closed-{user.id.lower()}@closed.invalid"
        self._sql.execute(
            update(t.user)
            .where(t.user.c.id == user.id)
            .values(
                email=nobody,
                email_folded=nobody,
                display_name=ERASED,
                password_hash=ERASED,
                active=False,
                language=None,
                folded=ERASED,
            )
        )

    def _traces(self, candidate_id: str, user: User | None, addresses: list[str]) -> Traces:
        """What the person is and was known by: names that a correction gave or replaced, too."""
        person = SqlCandidates(self._sql).get(candidate_id)
        asked = t.correction.c
        columns = (asked.native_name, asked.latin_name, asked.printed_name)
        wanted = select(*columns).where(asked.candidate_id == candidate_id, columns[0].is_not(None))
        certified = [row.award.holder for row in SqlCertificates(self._sql).of_candidate(candidate_id)]
        names = {
            *([user.display_name] if user else []),
            *(name for row in self._sql.execute(wanted) for name in row),
            *(
                name
                for holder in (person.name, *certified)
                for name in (holder.native, holder.latin, holder.printed)
            ),
        }
        return Traces((candidate_id, *([user.id] if user else [])), (person.reference, *addresses), names)


def _literally(text: str) -> str:
    """Return a pattern that only this text, in any case, fits."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
