"""Coverage-guided fuzzing of every parser that reads a stranger's bytes: no exception but our own, no hang.

    .venv/bin/pip install atheris          # libFuzzer for Python; not among the locked dependencies
    .venv/bin/python tools/fuzz.py --seconds 240          # every target in turn, one process each
    .venv/bin/python tools/fuzz.py --seconds 600 jwt pdf  # some of them

Each target starts from genuine inputs of an installation made for the run. What ends in an exception that is not a
`CertifyError`, or takes longer than five seconds, is a finding: its input is kept in ``--findings``, and it becomes a
test. libFuzzer's own figures (executions, features covered) and the findings are printed, and written as JSON.
A maintainer runs it; it is no part of the tests.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import atheris

sys.path.insert(0, str(Path(__file__).parents[1]))
with atheris.instrument_imports(include=["certify", "openpyxl", "PIL"]):
    from benchmarks.office import EUROPEAN, BenchOffice, names
    from certify.award.record import AwardRecord
    from certify.credential.binding import matches
    from certify.credential.jwt import verify_jwt
    from certify.credential.keyset import read_key_set
    from certify.credential.rdf import parse as parse_credential
    from certify.credential.verify import verify_credential
    from certify.errors import CertifyError
    from certify.identifiers import parse_certificate_number, parse_identifier
    from certify.pades.cms import parse as parse_cms
    from certify.pades.read import find_signature
    from certify.pades.timestamp import parse as parse_token
    from certify.pades.timestamp import parse_normal
    from certify.sandbox.worker import read as read_in_worker
    from certify.sheets.read import read_sheet
    from certify.statement.address import read_address, to_text
    from certify.statement.cbor import decode, encode
    from certify.statement.cose import parse as parse_cose
    from certify.statement.verify import verify_statement
    from certify.status.lists import read_list
    from certify.verification.attachment import read_attachment
    from certify.verification.batch import lines_of
    from certify.verification.comparison import differences, identifiers_named, numbers_named
    from certify.verification.inspection import FileKind, Seen
    from certify.verification.standing import standing_from_lists
    from certify.verification.verifier import Verifier

_SLOW_SECONDS = 5
_STATUS = re.compile(r"#(\d+)\s+\w+\s+cov: (\d+) ft: (\d+)")
Target = Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class Ground:
    """An installation with one certificate, whose parts are the genuine inputs."""

    award: AwardRecord
    pdf: bytes
    credential: bytes
    tokens: tuple[bytes, ...]
    lists: tuple[bytes, ...]
    statement: str
    key_set: bytes
    verifier: Verifier
    public_base: str
    keys: tuple[Any, ...]
    at: Any

    @classmethod
    def open(cls, folder: Path) -> Ground:
        """Issue a certificate, and sign its lists."""
        from certify.credential.didweb import jwk_set  # noqa: PLC0415 - only here
        from certify.statement.address import scan_address  # noqa: PLC0415 - as above

        office = BenchOffice.open(folder, "p256")
        services = office.services
        (row,) = services.issuer.issue_many(office.grant(1, names(EUROPEAN)))
        if isinstance(row, CertifyError):
            raise row
        with services.database.reading() as unit:
            stored = unit.certificates.get(row.id)
        tokens = tuple(services.tokens.of(stored, algorithm).encode() for algorithm in ("EdDSA", "ES256"))
        pdf, keys = services.register.pdf(row.id), tuple(services.published_keys())
        desk = services.keys.credential_keys()
        p256 = next(key for key in keys if key.id == desk.es256_key_id)
        signed = services.status_lists.all()
        base = services.settings.public_base
        return cls(
            award=row.award,
            pdf=pdf,
            credential=read_attachment(pdf),
            tokens=tokens,
            lists=tuple(data for item in signed for data in (item.json, item.jwt)),
            statement=scan_address(row.award, p256, desk.sign_es256),
            key_set=json.dumps(jwk_set(base, keys)).encode(),
            verifier=Verifier(services.anchors, None, services.clock, (), services.known_issuer),
            public_base=base,
            keys=keys,
            at=services.clock(),
        )


def targets(ground: Ground) -> dict[str, tuple[Target, list[bytes]]]:  # noqa: C901 - a few lines for each parser
    """Return every parser with its genuine inputs."""
    base, keys, award = ground.public_base, ground.keys, ground.award
    identifier, _, text = ground.statement.rpartition("/")[2].partition("#")
    statement_raw = _raw(text)
    cms = find_signature(ground.pdf).cms_bytes

    def pdf(data: bytes) -> None:
        ground.verifier.verify_file(b"%PDF-1.7\n" + data if data[:1] == b"{" else data)

    def statement(data: bytes) -> None:
        verify_statement(identifier, to_text(data[:700]), keys)
        verify_statement(identifier, data.decode("utf-8", "replace"), keys)

    def cbor(data: bytes) -> None:
        value = decode(data)
        if encode(value) != data:
            raise AssertionError("CBOR that has two spellings")

    def cose(data: bytes) -> None:
        parse_cose(data)

    def address(data: bytes) -> None:
        read_address(data.decode("utf-8", "replace"))

    def token(data: bytes) -> None:
        # A stranger's header and payload arrive in base64url, which no mutation hits by chance.
        parts = data.split(b".", 2)
        verify_jwt(data.decode("utf-8", "replace"), base, keys)
        wrapped = b".".join([*map(_base64url, parts[:2]), _base64url(bytes(64))])
        verify_jwt(wrapped.decode(), base, keys)

    def credential(data: bytes) -> None:
        matches(parse_credential(data), award)
        verify_credential(data, base, keys)

    def standing(data: bytes) -> None:
        standing_from_lists(parse_credential(data), ground.lists, keys, base, ground.at)

    def status_list(data: bytes) -> None:
        read_list(data, base, keys)

    def key_set(data: bytes) -> None:
        read_key_set(data).keys()

    def batch(data: bytes) -> None:
        lines_of(data.decode("utf-8", "replace"))

    def identifiers(data: bytes) -> None:
        read = data.decode("utf-8", "replace")
        for parse in (parse_identifier, parse_certificate_number):
            try:
                parse(read)
            except CertifyError:
                continue

    def seen(data: bytes) -> None:
        shown = Seen(
            kind=FileKind.PDF,
            text=data.decode("utf-8", "replace"),
            codes=(data.decode("latin-1"),),
            attachments=(("credential.json", data),),
        )
        identifiers_named(shown)
        numbers_named(shown)
        differences(award, shown, lambda day, _language: day.isoformat())

    page = json.dumps(award.holder.printed) + "\n" + award.number + " " + ground.statement
    sheet = b"reference,module,completed on,outcome\nC-1,A1,2026-01-05,passed\n"
    own = {
        "pdf": (pdf, [ground.pdf]),
        "attachment": (read_attachment, [ground.pdf]),
        "cms": (parse_cms, [cms]),
        "timestamp": (_either(parse_token, parse_normal), [_token()]),
        "statement": (statement, [statement_raw, text.encode()]),
        "cose": (cose, [statement_raw]),
        "cbor": (cbor, [statement_raw, encode({0: "A", 1: [1, -5, b"x", None, True, 70_000]})]),
        "address": (address, [ground.statement.encode(), ground.statement.replace("#", "%2523").encode()]),
        "jwt": (token, [*ground.tokens, b'{"alg":"EdDSA","kid":"' + base.encode() + b'","typ":"vc+jwt"}.{}']),
        "credential": (credential, [ground.credential]),
        "standing": (standing, [ground.credential]),
        "list": (status_list, list(ground.lists)),
        "keyset": (key_set, [ground.key_set]),
        "sheet": (read_sheet, [sheet, sheet.replace(b",", b";"), _workbook()]),
        "batch": (batch, [sheet, ground.statement.encode() + b"\n" + award.number.encode()]),
        "identifiers": (identifiers, [award.certificate_id.encode(), award.number.encode()]),
        "seen": (seen, [page.encode(), ground.credential]),
        "picture": (read_in_worker, list(_pictures(ground.statement))),
        "inspection": (read_in_worker, [ground.pdf]),
    }
    return {name: (function, list(seeds)) for name, (function, seeds) in own.items()}


def _either(*functions: Target) -> Target:
    def each(data: bytes) -> None:
        for function in functions:
            try:
                function(data)
            except CertifyError:
                continue

    return each


def _raw(text: str) -> bytes:
    from certify.statement.address import from_text  # noqa: PLC0415 - only here

    return from_text(text)


def _base64url(data: bytes) -> bytes:
    from certify.credential.jwt import base64url  # noqa: PLC0415 - only here

    return base64url(data).encode()


def _token() -> bytes:
    """Return a timestamp token of pyHanko's making."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from timestamp_office import Stamps  # noqa: PLC0415 - the tests' own authority

    return bytes(Stamps().token(bytes(32)))


def _workbook() -> bytes:
    from openpyxl import Workbook  # noqa: PLC0415 - only here

    book, stream = Workbook(), BytesIO()
    for row in (("reference", "module", "completed on"), ("C-1", "A1", "2026-01-05")):
        book.active.append(row)
    book.save(stream)
    return stream.getvalue()


def _pictures(address: str) -> Iterator[bytes]:
    import qrcode  # noqa: PLC0415 - only here

    code = qrcode.QRCode(box_size=2)
    code.add_data(address)
    picture = code.make_image().get_image()
    for kind in ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF"):
        stream = BytesIO()
        picture.convert("L").save(stream, kind)
        yield stream.getvalue()


def fuzz(name: str, seconds: int, findings: Path) -> None:
    """Fuzz one target in this process until the time is over (libFuzzer ends the process itself)."""
    folder = (
        Path(TemporaryDirectory(prefix="fuzz-", delete=False).name)
        if sys.version_info >= (3, 12)
        else _folder()
    )
    target, seeds = targets(Ground.open(folder))[name]
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(seeds):
        (corpus / f"seed-{number}").write_bytes(seed)
    known: set[tuple[str, str]] = set()

    def once(data: bytes) -> None:
        try:
            target(data)
        except CertifyError:
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            frame = traceback.extract_tb(error.__traceback__)[-1]
            own = [item for item in traceback.extract_tb(error.__traceback__) if "/certify/" in item.filename]
            where = (own or [frame])[-1]
            what = (type(error).__name__, f"{where.filename.rpartition('/certify/')[2]}:{where.name}")
            if what not in known:
                known.add(what)
                findings.mkdir(parents=True, exist_ok=True)
                kept = findings / f"{name}-{hashlib.sha256(data).hexdigest()[:12]}"
                kept.write_bytes(data)
                sys.stderr.write(f"FINDING {what[0]} {what[1]}: {str(error)[:160]!r} {kept.name}\n")

    flags = [
        f"-max_total_time={seconds}",
        f"-timeout={_SLOW_SECONDS}",
        "-rss_limit_mb=2048",
        "-print_final_stats=1",
    ]
    flags += [f"-artifact_prefix={findings}/{name}-", "-max_len=200000", "-len_control=20"]
    atheris.Setup([sys.argv[0], *flags, str(corpus)], once)
    atheris.Fuzz()


def _folder() -> Path:
    import tempfile  # noqa: PLC0415 - only here

    return Path(tempfile.mkdtemp(prefix="fuzz-"))


def run(chosen: Iterable[str], seconds: int, findings: Path) -> list[dict[str, object]]:
    """Fuzz the chosen targets one after the other, each in a process of its own."""
    results = []
    for name in chosen:
        command = [
            sys.executable,
            __file__,
            "--inside",
            name,
            "--seconds",
            str(seconds),
            "--findings",
            str(findings),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - this program
        steps = _STATUS.findall(done.stderr)
        executed = re.search(r"number_of_executed_units: (\d+)", done.stderr)
        found = sorted(set(re.findall(r"FINDING .*", done.stderr)))
        crashed = re.findall(r"ERROR: libFuzzer: .*|SUMMARY: .*", done.stderr)
        result: dict[str, object] = {
            "target": name,
            "seconds": seconds,
            "executions": int(executed[1]) if executed else int(steps[-1][0]) if steps else 0,
            "features_at_first": int(steps[0][2]) if steps else 0,
            "features_at_the_end": int(steps[-1][2]) if steps else 0,
            "findings": found + crashed,
        }
        results.append(result)
        print(json.dumps(result, ensure_ascii=False), flush=True)
        if not steps:
            print(done.stderr[-2000:], flush=True)
    return results


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("targets", nargs="*", help="some targets; all where none is named")
    parser.add_argument("--seconds", type=int, default=240, help="for each target (%(default)s)")
    parser.add_argument("--findings", type=Path, default=Path("fuzz-findings"), help="where inputs are kept")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.inside:
        asked.findings.mkdir(parents=True, exist_ok=True)
        fuzz(asked.inside, asked.seconds, asked.findings)
        return
    with TemporaryDirectory() as name:
        every = list(targets(Ground.open(Path(name)))) if not asked.targets else []
    results = run(asked.targets or every, asked.seconds, asked.findings)
    (asked.findings / "figures.json").write_text(json.dumps(results, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
