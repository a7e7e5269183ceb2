"""What status lists say of a credential, from bytes alone: nothing is fetched and no register is asked.

Every entry that the credential names is read (W3C Bitstring Status List 1.0, 3.2), and of each list the
signature, the issuer, the form and the period. What cannot be read, or is not understood, is "cannot tell",
never valid and never invalid. A set bit of a good list is bad news whatever the other lists are, so nobody can
hide it by leaving a list out; good news needs every list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from certify.clock import iso
from certify.credential.model import PublishedKey
from certify.credential.openbadge import status_entries
from certify.errors import InvalidInput
from certify.status.lists import ReadList, read_list
from certify.status.model import CertificateStatus
from certify.status.published import StatusPurpose, status_list_url

CLOCK_SKEW = timedelta(minutes=5)
_ENTRY_MEMBERS = {"id", "type", "statusPurpose", "statusListIndex", "statusListCredential"}
_ENTRY_TYPE = "BitstringStatusListEntry"
_INDEX = re.compile("0|[1-9][0-9]{0,8}", re.ASCII)
_NUMBER = re.compile(r"/([1-9][0-9]{0,8})\.json", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedStatus:
    """What the lists say.

    Attributes:
        status: SUSPENDED where a list of suspensions has the bit and no list of revocations says more; it may
            then be revoked too.
        as_of: When the oldest list that this rests on was made: what happened later is not known.
    """

    status: CertificateStatus
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CannotTell:
    """The lists do not say; neither valid nor invalid follows from it.

    Attributes:
        code: ``no-entry``, ``unknown-entry``, ``foreign-list``, ``no-list``, ``list-unreadable``,
            ``list-outdated`` or ``outside-list``.
        reason: One sentence for a person.
    """

    code: str
    reason: str


def standing_from_lists(
    credential: Mapping[str, Any],
    lists: Iterable[bytes],
    keys: Sequence[PublishedKey],
    public_base: str,
    at: datetime,
) -> ListedStatus | CannotTell:
    """Return what the lists say of a credential, or why they do not.

    Args:
        credential: As `certify.credential.verify.verify_credential` or `verify_jwt` returned it.
        lists: Status lists from wherever, JSON or JWT, in any order; others than those asked for do no harm.
        keys: Every key that the issuer ever published.
        public_base: The issuer's; only lists of its own addresses count.
        at: Now.
    """
    try:
        entries = status_entries(credential)
    except InvalidInput as error:
        return CannotTell(code="no-entry", reason=f"The credential {error.message}")
    found: list[ReadList] = []
    faults: list[str] = []
    for data in lists:
        try:
            found.append(read_list(data, public_base, keys))
        except InvalidInput as error:
            faults.append(f"{error.where} {error.message}")
    answers = [_answer(entry, found, faults, public_base, at) for entry in entries]
    return _together(answers)


_Set = tuple[StatusPurpose, datetime, bool]
"""A list's purpose, when it was made, and whether the credential's bit in it is set."""


def _together(answers: Sequence[_Set | CannotTell]) -> ListedStatus | CannotTell:
    told = [answer for answer in answers if not isinstance(answer, CannotTell)]
    set_in = {purpose: made_at for purpose, made_at, is_set in told if is_set}
    for purpose, status in (
        (StatusPurpose.REVOCATION, CertificateStatus.REVOKED),
        (StatusPurpose.SUSPENSION, CertificateStatus.SUSPENDED),
    ):
        if purpose in set_in:
            return ListedStatus(status=status, as_of=set_in[purpose])
    for answer in answers:
        if isinstance(answer, CannotTell):
            return answer
    if {purpose for purpose, _, _ in told} != set(StatusPurpose):
        return CannotTell(code="no-entry", reason="The credential does not name a list for every purpose.")
    return ListedStatus(status=CertificateStatus.ACTIVE, as_of=min(made_at for _, made_at, _ in told))


def _answer(
    entry: Mapping[str, Any], found: Iterable[ReadList], faults: Sequence[str], public_base: str, at: datetime
) -> _Set | CannotTell:
    place = _place(entry, public_base)
    if isinstance(place, CannotTell):
        return place
    purpose, number, index = place
    named = [item for item in found if (item.purpose, item.number) == (purpose, number)]
    if not named:
        if faults:
            return CannotTell(code="list-unreadable", reason=f"A status list cannot be used: {faults[0]}")
        return CannotTell(code="no-list", reason=f"The list of {purpose.value}s was not there to be read.")
    newest = max(named, key=lambda item: item.valid_from)
    alike = [item for item in named if item.valid_from == newest.valid_from]
    if not newest.valid_from - CLOCK_SKEW <= at <= newest.valid_until + CLOCK_SKEW:
        return CannotTell(
            code="list-outdated",
            reason=f"The list of {purpose.value}s is good from {iso(newest.valid_from)} "
            f"until {iso(newest.valid_until)} only.",
        )
    try:
        # Two changes within a second: then a bit that is set in either counts.
        return purpose, newest.valid_from, any(item.bits.is_set(index) for item in alike)
    except InvalidInput as error:
        return CannotTell(code="outside-list", reason=f"The credential's index {error.message}")


def _place(entry: Mapping[str, Any], public_base: str) -> tuple[StatusPurpose, int, int] | CannotTell:
    """Return purpose, list number and index of an entry; what is not wholly understood is not guessed at."""
    values = {name: value for name, value in entry.items() if isinstance(value, str)}
    purposes = {purpose.value: purpose for purpose in StatusPurpose}
    purpose = purposes.get(values.get("statusPurpose", ""))
    index = values.get("statusListIndex", "")
    if (
        values.get("type") != _ENTRY_TYPE
        or purpose is None
        or not _INDEX.fullmatch(index)
        # A member that is not known, as statusSize, could change what the bits mean.
        or not entry.keys() <= _ENTRY_MEMBERS
    ):
        return CannotTell(
            code="unknown-entry", reason="The credential names a status that this verifier does not know."
        )
    address = values.get("statusListCredential", "")
    number = _NUMBER.fullmatch(address[address.rfind("/") :])
    if number is None or address != status_list_url(public_base, purpose, int(number[1])):
        return CannotTell(
            code="foreign-list", reason="The credential names a status list that is not the issuer's own."
        )
    return purpose, int(number[1]), int(index)
