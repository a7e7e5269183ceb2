"""People at the second step of signing in, and a clock for their codes."""

from __future__ import annotations

from datetime import timedelta

from installation import PASSWORD
from small_scheme import NOW
from website import Person, Site

from certify.people.model import User
from certify.signin.second_factor import code_at, enrol, new_secret


class Hands:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self):
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


def with_password(site: Site, name: str) -> tuple[Person, str]:
    """Somebody after the first step, and where they are sent."""
    visitor = site.visitor()
    answer = visitor.submit("/sign-in", "/sign-in", email=site.users[name], password=PASSWORD)
    return visitor, answer.headers["Location"]


def enrolled(site: Site, user: User) -> tuple[bytes, list[str]]:
    """Give somebody an authenticator app, a minute ago."""
    services, secret = site.place.services, new_secret()
    earlier = services.clock() - timedelta(minutes=2)
    codes = enrol(services.database, lambda: earlier, services.vault, user, secret, code_at(secret, earlier))
    return secret, list(codes)
