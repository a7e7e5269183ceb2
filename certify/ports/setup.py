"""What setting up an empty installation needs of the register."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Setup(Protocol):
    """The code that lets somebody set up the installation; one at most."""

    def has_people(self) -> bool:
        """Tell whether anybody has an account."""

    def keep(self, digest: str, until: datetime) -> None:
        """Keep a code's SHA-256 in the place of any before."""

    def code(self) -> tuple[str, datetime] | None:
        """Return the code's SHA-256 and when it ends; None where there is none."""

    def use(self, digest: str) -> bool:
        """Use a code up; return whether it was there. Others who use it at once wait for this transaction."""
