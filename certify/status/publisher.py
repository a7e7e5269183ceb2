"""The status lists as they are published: signed once for each version of the register, the same in every process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from certify.clock import Clock, utc_day
from certify.credential.model import CredentialSigner
from certify.errors import NotFound
from certify.ports import Database
from certify.status.lists import VALID_FOR, SignedList, period, sign_list
from certify.status.model import StatusVersion
from certify.status.published import StatusPurpose, indexes_set


@dataclass(frozen=True, slots=True)
class _Edition:
    """All that a list's bytes depend on, besides its number."""

    version: StatusVersion
    day: date
    key_id: str


@dataclass(slots=True)
class _Kept:
    """The latest edition of one list, for every purpose; made by one thread while the others wait."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    edition: _Edition | None = None
    lists: Mapping[StatusPurpose, SignedList] = field(default_factory=dict)


class StatusLists:
    """Every status list of an installation; threads may share it.

    Each answer asks the database for the register's version first, one row, so that a revocation shows in
    the next answer of every process. Only a new version, day or key makes a list anew.

    Args:
        signer: Returns the key that signs now.
        public_base: The installation's.
        valid_for: How long a list is good.
    """

    def __init__(
        self,
        database: Database,
        signer: Callable[[], CredentialSigner],
        clock: Clock,
        public_base: str,
        valid_for: timedelta = VALID_FOR,
    ) -> None:
        self._database = database
        self._signer = signer
        self._clock = clock
        self._public_base = public_base
        self._valid_for = valid_for
        self._kept: dict[int, _Kept] = {}

    def get(self, purpose: StatusPurpose, number: int) -> SignedList:
        """Return one list as it stands now.

        Raises:
            NotFound: There is no list with this number.
            KeysMissing: There is no key to sign it with.
        """
        signer, now = self._signer(), self._clock()
        with self._database.reading() as unit:
            if number not in self._kept and not 1 <= number <= unit.status_lists.last():
                raise NotFound("There is no such status list.", where="status list")
            kept = self._kept.setdefault(number, _Kept())
            # The version and what stands are read from one view of the database.
            edition = _Edition(unit.status_lists.version(), utc_day(now), signer.eddsa_key_id)
            with kept.lock:
                if kept.edition == edition:
                    return kept.lists[purpose]
                standing = unit.status_lists.standing(number)
                good = period(now, edition.version.changed_at, signer.usable_from, self._valid_for)
                lists = {
                    each: sign_list(
                        self._public_base, each, number, indexes_set(each, standing), good, signer
                    )
                    for each in StatusPurpose
                }
                if kept.edition is None or kept.edition.version.number <= edition.version.number:
                    kept.edition, kept.lists = edition, lists
                return lists[purpose]

    def all(self) -> Iterator[SignedList]:
        """Yield every list of every purpose."""
        with self._database.reading() as unit:
            last = unit.status_lists.last()
        for number in range(1, last + 1):
            for purpose in StatusPurpose:
                yield self.get(purpose, number)
