"""A file in anybody's hands: checked as a certificate, and where it is none, held against the record it names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from certify.errors import NotFound
from certify.verification.comparison import WrittenDay, differences, identifiers_named, numbers_named
from certify.verification.credentials import looks_like_credential
from certify.verification.document import report_json
from certify.verification.inspection import Inspection, Seen
from certify.verification.report import RegisterEntry, Report
from certify.verification.verifier import Verifier

ReadFile = Callable[[bytes], Seen]
"""Reads a stranger's file where it can do no harm (`certify.sandbox`)."""


class RegisterByNumber(Protocol):
    """The register, as far as a file's own words are looked up in it."""

    def entry(self, certificate_id: str) -> RegisterEntry | None:
        """Return what is known of an issued certificate."""

    def by_number(self, number: str) -> RegisterEntry | None:
        """Return what is known of the certificate with this number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAnswer:
    """The answer about a file.

    Attributes:
        report: Of the file itself.
        inspection: What it shows, where it is no certificate as issued; None where it is one.
        record: The report on the registered certificate that the file names, which proves nothing about the file.
    """

    report: Report
    inspection: Inspection | None = None
    record: Report | None = None


class FileVerifier:
    """Verifies files and inspects those that are no certificate as issued.

    Args:
        read_file: Reads a stranger's file where it can do no harm.
        written_day: Writes a day as certificates do.
    """

    def __init__(
        self, verifier: Verifier, register: RegisterByNumber, read_file: ReadFile, written_day: WrittenDay
    ) -> None:
        self._verifier = verifier
        self._register = register
        self._read_file = read_file
        self._written_day = written_day

    def using(self, verifier: Verifier) -> FileVerifier:
        """Return the same with another verifier, which trusts other authorities."""
        return FileVerifier(verifier, self._register, self._read_file, self._written_day)

    def answer(self, data: bytes, subject: str = "file") -> FileAnswer:
        """Return the report on a file, with what it says otherwise than the register where it was changed."""
        report = self._verifier.verify_file(data, subject)
        if report.award is not None or looks_like_credential(data):
            return FileAnswer(report=report)
        seen = self._read_file(data)
        entry = self._named(seen)
        if entry is None:
            return FileAnswer(
                report=report,
                inspection=Inspection(kind=seen.kind, certificate_id=None, reason=seen.reason),
            )
        found = Inspection(
            kind=seen.kind,
            certificate_id=entry.award.certificate_id,
            differences=differences(entry.award, seen, self._written_day),
        )
        return FileAnswer(report=report, inspection=found, record=self._record(entry))

    def _named(self, seen: Seen) -> RegisterEntry | None:
        for name in identifiers_named(seen):
            if entry := self._register.entry(name):
                return entry
        for number in numbers_named(seen):
            if entry := self._register.by_number(number):
                return entry
        return None

    def _record(self, entry: RegisterEntry) -> Report | None:
        try:
            return self._verifier.verify_certificate(entry.award.certificate_id)
        except NotFound:
            return None


def answer_json(answer: FileAnswer) -> dict[str, Any]:
    """Return the answer as JSON values: the file's report, and ``inspection`` and ``record`` where there are any."""
    told = report_json(answer.report)
    if answer.inspection is not None:
        told["inspection"] = {
            "kind": answer.inspection.kind.value,
            "certificate_id": answer.inspection.certificate_id,
            "reason": answer.inspection.reason,
            "differences": [
                {"fact": item.fact, "registered": item.registered, "found": item.found}
                for item in answer.inspection.differences
            ],
        }
        told["record"] = answer.record and report_json(answer.record)
    return told
