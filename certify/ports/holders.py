"""What holders decide about what is known of them: shares, the role they chose, and the end of their account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from certify.people.model import User
from certify.privacy.model import Closure
from certify.sharing.model import Share


class Shares(Protocol):
    """Addresses that show something of their holder's certificates."""

    def add(self, share: Share) -> None:
        """Store a share; NotFound where a certificate is not of the same candidate."""

    def get(self, share_id: str) -> Share | None:
        """Return a share, whether it has ended or not."""

    def of_candidate(self, candidate_id: str) -> Sequence[Share]:
        """Return a holder's shares, the newest first."""

    def remove(self, share_id: str) -> None:
        """Delete a share."""


class Holders(Protocol):
    """What a person chose, and whether they are still here."""

    def chosen_role(self, candidate_id: str) -> str | None:
        """Return the role that a candidate wants to see their way to."""

    def choose_role(self, candidate_id: str, role_id: str) -> None:
        """Store the chosen role in the place of the one before."""

    def closure(self, candidate_id: str) -> Closure | None:
        """Return the end of a candidate's account; None while there is none."""

    def hold(self, candidate_id: str) -> None:
        """Let nobody decide on a candidate, or close their account, until this transaction ends."""

    def close(self, closure: Closure, user: User | None, candidate_address: str | None) -> None:
        """Note the end of an account, and erase what need not be kept (`certify.db.holders` lists it).

        Args:
            user: The person's account; None where they never had one.
            candidate_address: The e-mail address in the candidate's record, beside that of the account.
        """
