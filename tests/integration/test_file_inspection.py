"""A file that is no certificate as issued: what it still shows, how it differs, and that no file does harm."""

from __future__ import annotations

import io
import subprocess
import time
import zlib
from dataclasses import replace

import pikepdf
import pytest
from installation import install
from PIL import Image
from pypdfium2 import PdfiumError

from certify.pdf.design import Designs
from certify.sandbox import worker
from certify.sandbox.reader import Bounds, SandboxReader
from certify.verification.comparison import differences, identifiers_named
from certify.verification.inspection import FileKind
from certify.verification.report import CheckOutcome
from certify.verification.service import answer_json

NAMES = (
    ("Ana Li", "Ana Li"),
    ("Цветелина Щърбанова", "Tsvetelina Shtarbanova"),
    ("Ευθυμία Ξανθοπούλου", "Efthymia Xanthopoulou"),
    ("ليلى بن يوسف", "Leïla Ben Youssef"),
    ("François Lefèvre-Duchêne", "François Lefèvre-Duchêne"),
)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    installed = install(tmp_path_factory.mktemp("place"))
    yield installed
    installed.services.database.close()


@pytest.fixture(scope="module")
def issued(place):
    """A row and its bytes for each name."""
    rows = [
        place.services.issuer.issue(place.granted(f"C-{number}", native, latin))
        for number, (native, latin) in enumerate(NAMES)
    ]
    return [(row, place.services.register.pdf(row.id)) for row in rows]


def saved_again(pdf: bytes, edit=lambda _document: None) -> bytes:
    """What a PDF editor leaves: the same pages in a new file, perhaps with other words."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        edit(document)
        document.save(out)
    return out.getvalue()


def photographed(pdf: bytes, tmp_path, kind="jpeg") -> bytes:
    (tmp_path / "c.pdf").write_bytes(pdf)
    flag = {"jpeg": "-jpeg", "png": "-png"}[kind]
    subprocess.run(
        [
            "pdftoppm",
            flag,
            "-r",
            "150",
            "-f",
            "1",
            "-l",
            "1",
            "-singlefile",
            tmp_path / "c.pdf",
            tmp_path / "c",
        ],
        check=True,
    )
    (file,) = (path for path in tmp_path.iterdir() if path.suffix != ".pdf")
    return file.read_bytes()


def test_a_genuine_file_is_never_inspected(place, issued):
    verifier = place.services.file_verifier
    verifier._read_file, reader = None, verifier._read_file
    try:
        for _, pdf in issued:
            answer = verifier.answer(pdf)
            assert answer.report.verdict is CheckOutcome.PASSED
            assert answer.inspection is None
    finally:
        verifier._read_file = reader


def test_a_file_only_saved_again_differs_in_nothing_but_is_not_what_was_issued(place, issued):
    for row, pdf in issued:
        answer = place.services.file_verifier.answer(saved_again(pdf))
        assert answer.report.verdict is CheckOutcome.FAILED
        assert answer.inspection.certificate_id == row.id
        assert answer.inspection.differences == (), row.award.holder
        assert answer.record.verdict is CheckOutcome.PASSED


def test_each_fact_that_was_changed_is_shown_beside_what_the_register_says(place, issued):
    row, pdf = issued[0]
    seen = SandboxReader()(saved_again(pdf))
    for changes, facts in (
        ({"number": "S4C-2026-00000-00000-0"}, {"number"}),
        (
            {"holder": replace(row.award.holder, printed="Eva Do", latin="Eva Do")},
            {"holder.printed", "holder.latin"},
        ),
        ({"role_title": "Chief of all cities"}, {"role_title"}),
        ({"valid_until": row.award.valid_until.replace(year=2031)}, {"valid_until"}),
        (
            {"competences": (replace(row.award.competences[0], level=6), *row.award.competences[1:])},
            {f"competence:{row.award.competences[0].id}"},
        ),
    ):
        pages_only = replace(seen, attachments=())
        found = differences(replace(row.award, **changes), pages_only, Designs().written_day)
        assert {item.fact for item in found} == facts
    level = differences(
        replace(row.award, competences=(replace(row.award.competences[0], level=6),)),
        replace(seen, attachments=()),
        Designs().written_day,
    )
    assert (level[0].registered, level[0].found) == (f"{row.award.competences[0].title}: EQF 6", "EQF 5")


@pytest.mark.parametrize("kind", ["jpeg", "png"])
def test_a_picture_is_read_for_its_code_and_proves_only_the_record(place, issued, tmp_path, kind):
    row, pdf = issued[0]
    answer = place.services.file_verifier.answer(photographed(pdf, tmp_path, kind))
    assert answer.inspection.kind is FileKind.IMAGE
    assert answer.inspection.certificate_id == row.id
    assert answer.report.verdict is CheckOutcome.FAILED
    assert answer.record.verdict is CheckOutcome.PASSED
    assert answer_json(answer)["record"]["award"]["number"] == row.award.number


def test_a_file_that_names_no_certificate_of_ours_says_so(place, tmp_path):
    out = io.BytesIO()
    Image.new("L", (300, 300), 255).save(out, "PNG")
    answer = place.services.file_verifier.answer(out.getvalue())
    assert (answer.inspection.kind, answer.inspection.certificate_id) == (FileKind.IMAGE, None)
    assert answer.record is None


def pdf_with_stream(raw: bytes, dictionary: bytes) -> bytes:
    return (
        b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R>>endobj\n"
        b"4 0 obj<</Length "
        + str(len(raw)).encode()
        + dictionary
        + b">>stream\n"
        + raw
        + b"\nendstream endobj\n"
        b"trailer<</Root 1 0 R>>\n%%EOF\n"
    )


def bomb() -> bytes:
    packed = zlib.compress(zlib.compress(b"0 0 m 9 9 l S\n" * 12_000_000, 9), 9)
    return pdf_with_stream(packed, b"/Filter[/FlateDecode/FlateDecode]")


HOSTILE = {
    "a loop of pages": b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[2 0 R 2 0 R]/Count 9999999>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF",
    "deep arrays": b"%PDF-1.7\n1 0 obj" + b"[" * 1_000_000 + b"endobj\ntrailer<</Root 1 0 R>>\n%%EOF",
    "a broken cross-reference": b"%PDF-1.7\nxref\n0 99999999\ntrailer<</Root 1 0 R/Prev 9>>\nstartxref\n9\n%%EOF",
    "thousands of revisions": b"%PDF-1.7\n"
    + b"xref\n0 1\ntrailer<</Root 1 0 R/Prev 9>>\nstartxref\n9\n%%EOF\n" * 9_000,
    "a script": b"%PDF-1.7\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(while(1){})>>/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF",
    "a huge page": pdf_with_stream(b"", b"").replace(b"612 792", b"99999999 1"),
    "a picture's head": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\xff\xff\xff\xff\xff\xff\xff\xff\x08\x00\x00\x00\x00",
    "noise": bytes(range(256)) * 4_000,
    "nothing": b"",
}


@pytest.mark.parametrize("name", [*HOSTILE, "a bomb"])
def test_a_hostile_file_costs_bounded_time_and_is_answered(name):
    data = bomb() if name == "a bomb" else HOSTILE[name]
    began = time.monotonic()
    seen = SandboxReader(Bounds(seconds=4, megabytes=512))(data)
    assert time.monotonic() - began < 30
    assert seen.kind in FileKind
    assert seen.reason or seen.kind is not FileKind.UNREADABLE


def test_a_reader_that_dies_or_talks_nonsense_is_told_apart_from_an_answer(monkeypatch):
    reader = SandboxReader(Bounds(seconds=1, megabytes=300))
    for output in (b"", b"{", b"[]", b'{"kind": "pdf"}', b'{"kind": 7}'):
        done = subprocess.CompletedProcess([], 0, stdout=output)
        monkeypatch.setattr(subprocess, "run", lambda *_args, done=done, **_options: done)
        assert reader(b"x").kind is FileKind.UNREADABLE
    killed = subprocess.CompletedProcess([], -9, stdout=b"")
    monkeypatch.setattr(subprocess, "run", lambda *_args, **_options: killed)
    assert reader(b"x").kind is FileKind.UNREADABLE


def test_the_api_takes_pictures_and_shows_what_differs(place, issued, tmp_path):
    from certify.web.app import create_app  # noqa: PLC0415 - only this test needs the website

    client = create_app(place.services).test_client()
    row, pdf = issued[1]
    sent = client.post("/api/v1/verifications", data=photographed(pdf, tmp_path), content_type="image/jpeg")
    assert sent.status_code == 200
    assert sent.json["inspection"]["certificate_id"] == row.id
    assert sent.json["record"]["verdict"] == "PASSED"
    assert sent.json["verdict"] == "FAILED"


def test_an_address_broken_over_lines_is_still_read():
    name = "N7SABIAO55DLSBXMX5KUR6QUVE"
    seen = SandboxReader()(b"")
    text = f"see https://x.example/v/{name[:9]}\n{name[9:]}\nand more"
    assert identifiers_named(replace(seen, text=text)) == (name,)


class WithoutAnAttachment:
    """A document that names two attachments and has neither, as PDFium shows one."""

    def count_attachments(self):
        return 2

    def get_attachment(self, index):
        if index == 0:
            raise PdfiumError("Failed to get attachment.")
        return self

    def get_name(self):
        return "credential.json"

    def get_data(self):
        raise PdfiumError("Failed to extract attachment (no data).")


def test_an_attachment_that_is_named_and_not_there_is_passed_over():
    assert worker._attached(WithoutAnAttachment()) == []
