"""The drivers' errors as this system's own. What a driver quotes of the data stays out of the message."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import Index, PrimaryKeyConstraint, Table, UniqueConstraint
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from certify.db.tables import metadata
from certify.errors import (
    AlreadyDecided,
    CertifyError,
    CompletionConflict,
    Conflict,
    ConflictUndeclared,
    DatabaseUnavailable,
    FourEyes,
    InvalidInput,
    NotFound,
    StatusTransition,
)

_BY_CONSTRAINT: Mapping[str, tuple[type[CertifyError], str, str]] = {
    "uq_user_account_email_folded": (Conflict, "This e-mail address is taken.", "use another"),
    "pk_linked_identity": (Conflict, "This account at the provider is linked already.", "begin again"),
    "uq_linked_identity_user_id": (
        Conflict,
        "This account is linked to another one at the provider.",
        "an administrator takes that link away first",
    ),
    "uq_candidate_reference": (Conflict, "This candidate reference is taken.", "use another"),
    "uq_cohort_code": (Conflict, "This cohort code is taken.", "use another"),
    "uq_completion_natural_key": (
        CompletionConflict,
        "This completion is on record.",
        "correct that record instead",
    ),
    "uq_completion_supersedes": (
        CompletionConflict,
        "This record has been corrected already.",
        "correct the latest record",
    ),
    "uq_decision_sequence": (AlreadyDecided, "Somebody decided this case first.", "look at that decision"),
    "ck_decision_reliance_four_eyes": (
        FourEyes,
        "The certifier trained or recorded what the decision relies on.",
        "another certifier decides this case",
    ),
    "decision_not_own": (
        FourEyes,
        "Nobody decides on their own certification.",
        "another certifier decides this case",
    ),
    "decision_undeclared": (
        ConflictUndeclared,
        "Whoever decides first declares whether they have a conflict of interest in the candidate.",
        "declare it with the decision",
    ),
    "decision_conflict": (
        FourEyes,
        "The certifier declared a conflict of interest in this candidate.",
        "another certifier decides this case",
    ),
    "decision_closed": (Conflict, "This person closed their account.", "leave the case"),
    "uq_certificate_status": (Conflict, "This index of the status list is taken.", "draw another"),
    "certificate_entry_reserved": (
        Conflict,
        "This index of the status list was not reserved.",
        "reserve one before the award is drawn",
    ),
    "uq_certificate_number": (Conflict, "This certificate number is taken.", "draw another"),
    "uq_status_event_sequence": (
        StatusTransition,
        "Somebody changed this certificate's status first.",
        "look at its status",
    ),
    "pk_certificate_update": (
        Conflict,
        "Somebody else added to this file first.",
        "look at what is due again",
    ),
    "uq_correction_certificate": (
        Conflict,
        "Another correction of this certificate is open, or was approved.",
        "look at the requests for corrections",
    ),
    "uq_correction_name": (
        Conflict,
        "Another request for this person's name is open.",
        "look at the requests for corrections",
    ),
    "ck_correction_four_eyes": (
        FourEyes,
        "Whoever asked for a correction does not rule on it.",
        "another certifier rules on it",
    ),
    "correction_not_own": (
        FourEyes,
        "Nobody rules on their own certificate.",
        "another certifier rules on it",
    ),
    "correction_pinned": (Conflict, "A request is ruled on once and never changes.", "ask for another"),
    "certificate_correction": (
        Conflict,
        "A certificate replaces what its approved correction names, and nothing else.",
        "ask for a correction",
    ),
    "certificate_supersedes": (
        Conflict,
        "The certificate that this one corrects still stands.",
        "supersede it in the same transaction",
    ),
    "status_final": (StatusTransition, "Nothing follows a revocation.", "look at its status"),
    "pk_publicity": (Conflict, "Somebody changed this at the same time.", "look at it again"),
    "uq_organisation_name": (Conflict, "An organisation of this name is there already.", "use another"),
    "uq_letter_text_version": (
        Conflict,
        "Somebody changed this letter meanwhile.",
        "look at their words, then save yours",
    ),
    "uq_passkey_credential_id": (Conflict, "This passkey is known already.", "sign in by it"),
    "append_only": (Conflict, "A record of this kind is never changed or deleted.", "add another"),
    "certificate_credential": (Conflict, "A certificate pins the keys of its credential.", "name both keys"),
    "certificate_pinned": (Conflict, "A certificate in the register never changes.", "issue another"),
}
"""Named constraints and triggers (`certify.db.tables`, revisions 0002 to 0015): error, message, fix."""

_NO_FOREIGN_KEY = {"23503", "SQLITE_CONSTRAINT_FOREIGNKEY"}
_NOT_UNIQUE = {"23505", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"}


@contextmanager
def own_errors() -> Iterator[None]:
    """Turn the driver's errors into this system's.

    Raises:
        CertifyError: The one that a broken constraint stands for; NotFound for a missing record that
            another names; InvalidInput for a value that no column can hold; otherwise DatabaseUnavailable.
    """
    try:
        yield
    except IntegrityError as error:
        raise _broken_constraint(error) from error
    except (DataError, UnicodeEncodeError) as error:
        raise InvalidInput(
            "A text or number given cannot be stored.", fix="remove characters that cannot be printed"
        ) from error
    except (DBAPIError, PoolTimeoutError) as error:
        raise DatabaseUnavailable(
            "The database does not answer as it should.", fix="try again; the server's log says more"
        ) from error


def _broken_constraint(error: IntegrityError) -> CertifyError:
    code, name = _code_and_name(error)
    if name in _BY_CONSTRAINT:
        kind, message, fix = _BY_CONSTRAINT[name]
        return kind(message, fix=fix)
    if code in _NO_FOREIGN_KEY:
        return NotFound("A record that this one names does not exist.", where=name)
    if code in _NOT_UNIQUE:
        return Conflict("A record with the same key is there already.", where=name)
    return InvalidInput("A value breaks a rule of the register.", where=name)


def _code_and_name(error: IntegrityError) -> tuple[str, str]:
    """Return the driver's error code and the broken constraint's name; empty where SQLite tells none."""
    original = error.orig
    diagnosis = getattr(original, "diag", None)
    if diagnosis is not None:
        return diagnosis.sqlstate or "", diagnosis.constraint_name or ""
    code, text = getattr(original, "sqlite_errorname", ""), str(original)
    if code in _NOT_UNIQUE:
        # SQLite names the columns, not the constraint.
        return code, _UNIQUE_BY_COLUMNS.get(", ".join(sorted(re.findall(r"\w+\.\w+", text))), "")
    return code, text.removeprefix(
        "CHECK constraint failed: "
    ) if code != "SQLITE_CONSTRAINT_FOREIGNKEY" else ""


def _unique_by_columns() -> dict[str, str]:
    names = {}
    for table in metadata.tables.values():
        for unique in _unique_keys(table):
            columns = sorted(f"{table.name}.{column.name}" for column in unique.columns)
            names[", ".join(columns)] = str(unique.name)
    return names


def _unique_keys(table: Table) -> Iterator[UniqueConstraint | PrimaryKeyConstraint | Index]:
    yield from (
        item for item in table.constraints if isinstance(item, UniqueConstraint | PrimaryKeyConstraint)
    )
    yield from (index for index in table.indexes if index.unique)


_UNIQUE_BY_COLUMNS = _unique_by_columns()
