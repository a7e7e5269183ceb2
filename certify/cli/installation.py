"""The installation that a command works on, and the options that many commands share."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import click

from certify.bootstrap import Services, build
from certify.clock import utc_day
from certify.completions.values import parse_day
from certify.errors import CertifyError, DatabaseUnavailable, FileUnreadable, NotAuthenticated, NotFound
from certify.identifiers import parse_certificate_number
from certify.organisations.model import Organisation
from certify.people.model import Candidate, User
from certify.settings import Settings, read_settings, unknown_variables
from certify.sheets.read import MAX_FILE_BYTES
from certify.verification.batch import certificate_named

Command = TypeVar("Command", bound=Callable[..., Any])


class Installation:
    """What the environment chooses, opened when a command first needs it."""

    @cached_property
    def settings(self) -> Settings:
        """Settings from the environment."""
        return read_settings(os.environ)

    @cached_property
    def unknown_variables(self) -> dict[str, str]:
        """What looks like a setting in the environment and is none, each with the name that it is likely meant for."""
        return unknown_variables(os.environ)

    @cached_property
    def unchecked(self) -> Services:
        """The services, whatever state the database is in."""
        return build(self.settings)

    @cached_property
    def services(self) -> Services:
        """The services on a database that answers and has this version's schema.

        Raises:
            DatabaseUnavailable: It does not, or has not.
        """
        if not self.has_database:
            # Connecting would make an empty file, and hide a mistyped address.
            raise CertifyError(
                "There is no database yet.", where=self.settings.database_url, fix="run: certify db migrate"
            )
        self.unchecked.database.check()
        return self.unchecked

    @property
    def has_database(self) -> bool:
        """False where the database would be a SQLite file that is not there."""
        path = self.settings.database_url.removeprefix("sqlite:///")
        return path == self.settings.database_url or Path(path).exists()

    @property
    def today(self) -> date:
        """Today's UTC day."""
        return utc_day(self.services.clock())

    def person(self, email: str) -> User:
        """Return the person named with ``--as``.

        Raises:
            NotAuthenticated: Nobody, or nobody active, has this address.
        """
        with self.services.database.reading() as unit:
            user = unit.users.by_email(email)
        if user is None or not user.active:
            raise NotAuthenticated("Nobody active signs in as this.", where=email, fix="certify users list")
        return user

    def anybody(self, email: str) -> User:
        """Return who signs in with this address, switched off or not; NotFound where nobody does."""
        with self.services.database.reading() as unit:
            user = unit.users.by_email(email)
        if user is None:
            raise NotFound("Nobody signs in as this.", where=email, fix="certify users list")
        return user

    def candidate(self, reference: str) -> Candidate:
        """Return the candidate with this reference, or raise NotFound."""
        with self.services.database.reading() as unit:
            candidate = unit.candidates.by_reference(reference)
        if candidate is None:
            raise NotFound("No candidate has this reference.", where=reference)
        return candidate

    def organisation(self, name: str) -> Organisation:
        """Return the organisation with this name, or raise NotFound."""
        with self.services.database.reading() as unit:
            organisation = unit.organisations.by_name(name)
        if organisation is None:
            raise NotFound("No organisation has this name.", where=name, fix="certify organisations list")
        return organisation

    def framework_id(self, asked: str | None) -> str:
        """Return the framework asked for, or the one published last."""
        if asked:
            return asked
        with self.services.database.reading() as unit:
            published = unit.frameworks.all()
        if not published:
            raise NotFound("No framework is published.", fix="certify framework load FILE")
        return published[-1][0]

    def certificate_id(self, text: str) -> str:
        """Return the certificate id meant by an id, a certificate number or a verification address.

        Raises:
            InvalidIdentifier: It is none of them.
            NotFound: No certificate has this number.
        """
        found = certificate_named(text)
        if found is not None:
            return found
        number = parse_certificate_number(text)
        entry = self.services.register.by_number(number)
        if entry is None:
            raise NotFound("No issued certificate has this number.", where=number)
        return entry.award.certificate_id


def told_in_full(error: DatabaseUnavailable) -> DatabaseUnavailable:
    """Return the error with the database's address and the driver's words: for operators, never for visitors."""
    if error.where:
        return error
    message, fix = error.message, error.fix
    original = getattr(error.__cause__, "orig", None)
    if original is not None:
        message = f"{message.removesuffix('.')}: {(str(original).splitlines() or [''])[0]}."
        fix = "see whether CERTIFY_DATABASE_URL is right, the database runs, and this user may write to it"
    return DatabaseUnavailable(message, where=Installation().unchecked.database_address, fix=fix)


def read_file(path: Path, limit: int = MAX_FILE_BYTES) -> bytes:
    """Read a file, never much more of it than ``limit`` bytes.

    Raises:
        FileUnreadable: It cannot be read, or is larger.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except OSError as error:
        raise FileUnreadable(f"cannot be read: {error.strerror}.", where=str(path)) from error
    if len(data) > limit:
        raise FileUnreadable(f"has more than {limit:,} bytes.", where=str(path), fix="split it")
    return data


class Day(click.ParamType[date]):
    """A calendar day as ``2026-03-31``."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:  # noqa: ANN401 - click's signature
        """Read the day, or end with a usage error."""
        if isinstance(value, date):
            return value
        try:
            return parse_day(str(value), "day")
        except CertifyError as error:
            self.fail(f"{error.message} {error.fix}", param, ctx)


with_installation = click.make_pass_decorator(Installation, ensure=True)

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def acting(command: Command) -> Command:
    """Add ``--as``: who acts."""
    return click.option(
        "--as",
        "actor",
        metavar="EMAIL",
        envvar="CERTIFY_ACTOR",
        required=True,
        help="Who acts: a user of this installation, whose roles decide. Or set CERTIFY_ACTOR.",
    )(command)


def as_json(command: Command) -> Command:
    """Add ``--json``."""
    return click.option("--json", "in_json", is_flag=True, help="Print JSON.")(command)


def no_conflict(command: Command) -> Command:
    """Add ``--no-conflict``: the declaration that a decision needs."""
    return click.option(
        "--no-conflict",
        is_flag=True,
        help="Declare that you have no conflict of interest in the candidate; needed once before you decide.",
    )(command)


def of_role(command: Command) -> Command:
    """Add ``--role`` and ``--unit``, which say the same."""
    return click.option(
        "--role",
        "--unit",
        "role_id",
        metavar="ROLE",
        required=True,
        help="The role, or the unit: a competence at a level, as URB-1@5.",
    )(command)


def of_framework(command: Command) -> Command:
    """Add ``--framework``."""
    return click.option(
        "--framework", metavar="ID", help="Framework id; the one published last where not given."
    )(command)
