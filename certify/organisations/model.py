"""An organisation, as a plain value."""

from __future__ import annotations

from dataclasses import dataclass


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
