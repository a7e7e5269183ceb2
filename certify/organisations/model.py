"""An organisation, as a plain value."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """A training provider or a certification body; it may be both, for different schemes.

    Attributes:
        country: Two capital letters (ISO 3166-1); empty where nobody has said.
        help_contact: Who helps its people with rights and sign-in: an e-mail address, or words such as
            "the office, room 12"; empty where nobody has said.
        operator: Whether it runs this installation. Exactly one does: its administrators administer every
            organisation, and it certifies under each scheme that is assigned to nobody.
    """

    id: str
    name: str
    country: str = ""
    help_contact: str = ""
    operator: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Whose candidates somebody sees, as `certify.organisations.service` has it, for lists.

    Attributes:
        everybody: Every candidate, whatever the rest says.
        administered: Those of the organisations that they administer.
        organisation_ids: Those, and as a certifier those of the own organisation.
        framework_ids: Those who seek or hold a certificate under these frameworks, wherever they train.
    """

    everybody: bool
    administered: frozenset[str]
    organisation_ids: frozenset[str]
    framework_ids: frozenset[str]

    def as_administrator(self) -> Sight:
        """Return what of it an administrator sees."""
        return replace(self, organisation_ids=self.administered, framework_ids=frozenset())
