"""Many certificates at once: each line of a list, and each of several files, answered for itself."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from certify.award.record import AwardRecord
from certify.errors import InvalidIdentifier, InvalidInput, NotFound
from certify.identifiers import as_typed, parse_certificate_number, parse_identifier
from certify.verification.answer import Answer, answer
from certify.verification.report import Report
from certify.verification.service import FileVerifier, RegisterByNumber
from certify.verification.verifier import Verifier

MOST_LINES = 500
MOST_FILES = 200
LONGEST_LINE = 2_000
"""Characters of one number or address; a mail filter makes much of an address."""
_DECODINGS = 3
_ADDRESS = re.compile(r"/v/([A-Za-z2-7]{26})(?![A-Za-z0-9])", re.ASCII)
UNKNOWN = "unknown"
"""The code of a line that names no certificate of this register, however it is wrong."""

_COLUMNS = ("given", "answer", "number", "holder", "certified_as", "valid_from", "valid_until", "address")
_RISKY = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The answer to one line or file.

    Attributes:
        given: What was asked, shortened.
        code: An `Answer`, or UNKNOWN.
        report: The report, where there is one; of a file its own, never that of the record it names.
    """

    given: str
    code: str
    report: Report | None = None

    @property
    def award(self) -> AwardRecord | None:
        """The certified facts, where there are any."""
        return self.report.award if self.report else None


def lines_of(text: str) -> list[str]:
    """Return what a pasted list or a CSV file asks: of each row the first field that names a certificate.

    Of a row of nothing but numbers, each is asked. A row in which no field names one (a mistyped number) is asked by its
    first field that is not empty.

    Raises:
        InvalidInput: There is nothing, or too much.
    """
    delimiter = ";" if text.count(";") > text.count(",") else ","
    asked: list[str] = []
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise InvalidInput(f"cannot be read as CSV: {error}.", where="list") from error
    for number, row in enumerate(rows):
        fields = [field.strip() for field in re.split(r"\t", "\t".join(row)) if field.strip()]
        if not fields:
            continue
        if all(map(_is_number, fields)):
            asked.extend(fields)
            continue
        named = next((field for field in fields if _names_one(field)), None)
        # The first row may be the heading of a list, but numbers and addresses have digits, mistyped ones too.
        if named is not None or number or any(map(str.isdigit, "".join(fields))):
            asked.append(named[:LONGEST_LINE] if named else fields[0][:200])
    if not asked:
        raise InvalidInput("names no certificate.", where="list", fix="one number or address a line")
    if len(asked) > MOST_LINES:
        raise InvalidInput(
            f"has {len(asked):,} lines; at most {MOST_LINES} are answered at once.",
            where="list",
            fix="split it",
        )
    return list(dict.fromkeys(asked))


def answer_lines(asked: Iterable[str], verifier: Verifier, register: RegisterByNumber) -> Iterator[Line]:
    """Answer each number, identifier or address, one after the other."""
    for given in asked:
        try:
            report = verifier.verify_certificate(_certificate_id(given, register))
        except (InvalidIdentifier, NotFound):
            yield Line(given=given, code=UNKNOWN)
        else:
            yield Line(given=given, code=answer(report).value, report=report)


def answer_files(files: Iterable[tuple[str, bytes]], verifier: FileVerifier) -> Iterator[Line]:
    """Answer each file, given with its name, one after the other."""
    for name, data in files:
        report = verifier.answer(data, name[:200]).report
        yield Line(given=name[:200], code=answer(report).value, report=report)


def as_csv(lines: Iterable[Line]) -> str:
    """Write the answers as CSV (RFC 4180); no cell can begin a formula in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for line in lines:
        award = line.award if line.code != Answer.NOT_GENUINE.value else None
        facts = (
            (
                award.number,
                award.holder.printed,
                award.role_title,
                award.valid_from.isoformat(),
                award.valid_until.isoformat(),
                award.verification_url,
            )
            if award
            else ("",) * 6
        )
        writer.writerow([harmless(cell) for cell in (line.given, line.code, *facts)])
    return out.getvalue()


def harmless(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would take as a formula (OWASP, CSV injection)."""
    return f"'{cell}" if cell.startswith(_RISKY) else cell


def certificate_named(text: str) -> str | None:
    """Return the id in an id or a verification address; None for anything else.

    What follows ``#`` in an address is left alone, also where a mail filter wrote ``%23``, and an address that a
    filter wrapped into one of its own (``https://filter.example/?url=https%3A%2F%2F...``) is found in it.
    """
    written = as_typed(text[:LONGEST_LINE])
    for _ in range(_DECODINGS):
        found = _ADDRESS.search(written) if "://" in written else None
        try:
            return parse_identifier(found[1] if found else written)
        except InvalidIdentifier:
            written = unquote(written)
    return None


def _certificate_id(given: str, register: RegisterByNumber) -> str:
    found = certificate_named(given)
    if found is not None:
        return found
    entry = register.by_number(parse_certificate_number(given))
    if entry is None:
        raise NotFound("No issued certificate has this number.")
    return entry.award.certificate_id


def _names_one(text: str) -> bool:
    return certificate_named(text) is not None or _is_number(text)


def _is_number(text: str) -> bool:
    try:
        parse_certificate_number(text)
    except InvalidIdentifier:
        return False
    return True
