"""What the services need to know of organisations, as a protocol; `certify.ports` has the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from certify.organisations.model import Organisation


class Organisations(Protocol):
    """Training providers and certification bodies."""

    def add(self, organisation: Organisation) -> None:
        """Store a new one; Conflict where the name is taken."""

    def get(self, organisation_id: str) -> Organisation:
        """Return one, or raise NotFound."""

    def by_name(self, name: str) -> Organisation | None:
        """Return the one with exactly this name."""

    def all(self) -> Sequence[Organisation]:
        """Return every organisation by name, the operator first."""

    def operator(self) -> Organisation:
        """Return the one that runs this installation."""

    def replace(self, organisation: Organisation) -> None:
        """Store new particulars; who is the operator never changes."""

    def bodies(self) -> Mapping[str, str]:
        """Return the ids of the certification bodies by framework id; frameworks of the operator may be missing."""

    def assign(self, framework_id: str, organisation_id: str) -> None:
        """Make an organisation the certification body of a scheme, in the place of whoever was."""
