"""Set up an empty installation once, by whoever can read its terminal.

    1 a command makes a code and prints it; the register keeps its SHA-256 and when it ends
    2 whoever has the code names the operator, has keys made, publishes a scheme, and adds the first two people
    3 adding them uses the code up, in the same transaction; from then on somebody has an account, and it is over

It is open exactly while nobody has an account, so it never opens again: accounts are switched off, not deleted.
What was done before an interruption is done: each step is told by its result, not by a note that it was taken.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import timedelta

from certify.audit.model import AuditAction, SubjectKind
from certify.clock import Clock
from certify.errors import Conflict, InvalidInput, NotAuthenticated, NotFound
from certify.identifiers import new_identifier
from certify.people.model import User, UserRole
from certify.people.names import clean_name
from certify.people.passwords import hash_password
from certify.people.typed import clean_email
from certify.ports import Database, UnitOfWork

CODE_LIFETIME = timedelta(hours=24)
_GROUPS = 5
_GROUP = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstPerson:
    """Somebody as the form names them."""

    display_name: str
    email: str
    password: str


def is_open(unit: UnitOfWork) -> bool:
    """Tell whether the installation waits to be set up: whether nobody has an account."""
    return not unit.setup.has_people()


def new_code(database: Database, clock: Clock) -> str:
    """Return a fresh code of 100 random bits, as ``ABCD-EFGH-...``; the one before is void.

    Raises:
        Conflict: The installation is set up.
    """
    letters = new_identifier()[: _GROUPS * _GROUP]
    code = "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))
    with database.writing() as unit:
        if not is_open(unit):
            raise Conflict(
                "This installation is set up.", fix="sign in, or add people with: certify users add"
            )
        unit.setup.keep(_digest(code), clock() + CODE_LIFETIME)
    return code


def check_code(unit: UnitOfWork, clock: Clock, code: str) -> None:
    """Refuse whoever does not have the code.

    Raises:
        NotFound: The installation is set up; there is nothing here.
        NotAuthenticated: The code is wrong, or too old.
    """
    if not is_open(unit):
        raise NotFound("This installation is set up.")
    kept = unit.setup.code()
    if kept is None or not hmac.compare_digest(kept[0], _digest(code)) or kept[1] <= clock():
        raise NotAuthenticated(
            "This is not the code of the terminal, or it is too old.", fix="run: certify setup"
        )


def add_first_people(
    database: Database, clock: Clock, code: str, administrator: FirstPerson, trainer: FirstPerson
) -> None:
    """Add the first administrator and the first trainer, which ends the setting up for ever.

    Raises:
        NotFound, NotAuthenticated: As `check_code`.
        InvalidInput: An unusable address, name or password; or the same address twice.
    """
    people = [
        _user(administrator, UserRole.ADMINISTRATOR, "administrator"),
        _user(trainer, UserRole.TRAINER, "trainer"),
    ]
    if people[0].email.casefold() == people[1].email.casefold():
        raise InvalidInput(
            "Two people have two addresses.",
            where="trainer: e-mail",
            fix="whoever trains signs in by another",
        )
    with database.writing() as unit:
        check_code(unit, clock, code)
        # Of two who hold the code at once, the second finds it used.
        if not unit.setup.use(_digest(code)):
            raise NotFound("This installation is set up.")
        operator = unit.organisations.operator()
        for person in people:
            user = replace(person, organisation_id=operator.id)
            unit.users.add(user)
            unit.trail.put(
                None, AuditAction.ACCOUNT_MADE, SubjectKind.USER, user.id, " ".join(sorted(user.roles))
            )
        unit.trail.put(None, AuditAction.SET_UP, SubjectKind.INSTALLATION, "installation")


def _user(person: FirstPerson, role: UserRole, where: str) -> User:
    return User(
        id=new_identifier(),
        email=clean_email(person.email, f"{where}: e-mail"),
        display_name=clean_name(person.display_name, f"{where}: name"),
        roles=frozenset({role}),
        password_hash=hash_password(person.password),
        organisation_id="",
    )


def _digest(code: str) -> str:
    """Return what the register keeps; case, spaces and dashes do not matter to whoever copies a code by hand."""
    plain = "".join(character for character in code.upper() if character.isalnum())
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()
