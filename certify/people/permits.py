"""One question, asked by every service: may this person do that?"""

from __future__ import annotations

from certify.errors import NotPermitted
from certify.people.model import User, UserRole


def require(by: User, *roles: UserRole) -> None:
    """Raise NotPermitted unless ``by`` is active and has one of ``roles``."""
    if by.active and by.roles & set(roles):
        return
    asked = " or ".join(role.value for role in roles)
    raise NotPermitted(f"This needs the role of {asked}.", fix="ask an administrator")
