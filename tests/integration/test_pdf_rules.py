"""The pressed file keeps PDF/A-3a and PDF/UA-1, rule by rule, in both designs, every script and both languages."""

from __future__ import annotations

from io import BytesIO

import pikepdf
import pikepdf.pdfa
import pytest
from pdf_awards import NAMES, award, pressed
from pdf_rules import RULES, Opened
from signed_files import SIGNED_AT, Office

from certify.pdf.press import CertificatePress

KINDS = [
    *((language, kind, "latin") for language in ("en", "bg") for kind in ("role", "unit")),
    *(("en", kind, script) for kind in ("role", "unit") for script in NAMES if script != "latin"),
]
KNOWN = {
    ("pikepdf:schema-Catalog", "interactive forms (/AcroForm) are not supported"),
    ("pikepdf:embedded-file", "embedded files are not supported"),
    ("ISO_19005_3:6.6.2.3.1-1", "XMP namespace pdfaExtension="),
    ("ISO_19005_3:6.6.2.3.1-1", "XMP namespace pdfaSchema="),
    ("ISO_19005_3:6.6.2.3.1-1", "XMP namespace pdfaProperty="),
    ("ISO_19005_3:6.6.2.3.1-1", "XMP property pdfuaid:part is not permitted"),
    ("ISO_19005_3:6.6.2.3.1-1", "XMP property pdfaExtension:schemas is not permitted"),
    ("ISO_19005_3:6.6.4-3", "pdfaid:conformance is 'A', expected 'B'"),
}
"""What pikepdf's checker for level B cannot judge: level A, attachments, the signature field, and PDF/UA's mark."""


@pytest.fixture(scope="module", params=KINDS, ids="-".join)
def file(request):
    language, kind, script = request.param
    return Opened(pressed(award(language, kind, script)).content)


@pytest.mark.parametrize("clause", RULES)
def test_the_file_keeps(file, clause):
    assert list(RULES[clause](file)) == []


def test_another_checker_finds_nothing_but_what_it_cannot_judge(file):
    report = pikepdf.pdfa.validate_written(BytesIO(file.data), "3b")
    found = [(finding.rule, finding.message) for finding in report.findings]
    assert found
    assert [
        item
        for item in found
        if not any(item[0] == rule and item[1].startswith(text) for rule, text in KNOWN)
    ] == []


@pytest.mark.parametrize("specimen", [True, False])
def test_it_keeps_every_rule_when_signed(tmp_path, specimen):
    office = Office.open(tmp_path)
    one = award(specimen=specimen, issued_at=SIGNED_AT)
    signed = office.signer.sign(pressed(one, CertificatePress(office.signer.contents_length)), SIGNED_AT)
    opened = Opened(signed)
    assert {clause: found for clause, check in RULES.items() if (found := list(check(opened)))} == {}


def _first(pdf, tag):
    return next(
        item
        for item in pdf.objects
        if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/StructElem" and tag == item.S
    )


def _without_alternative(pdf):
    _first(pdf, "/Figure").Alt = pikepdf.String("")


def _with_a_level_skipped(pdf):
    _first(pdf, "/H2").S = pikepdf.Name("/H3")


def _with_a_cell_without_scope(pdf):
    _first(pdf, "/TD").S = pikepdf.Name("/TH")


def _without_tab_order(pdf):
    del pdf.pages[0].Tabs


def _with_a_mark_in_no_element(pdf):
    _first(pdf, "/Lbl").K = pikepdf.Array([])


def _with_something_unmarked(pdf):
    pdf.pages[0].contents_add(b"0 0 9 9 re f")


def _without_description(pdf):
    del pdf.Root.AF[0].Desc


def _with_a_wrong_width(pdf):
    pdf.pages[0].Resources.Font.N.DescendantFonts[0].W[1][0] = 1


def _not_printed(pdf):
    pdf.pages[0].Annots[0].F = 0


def _with_a_wrong_next_key(pdf):
    pdf.Root.StructTreeRoot.ParentTreeNextKey = 9


@pytest.mark.parametrize(
    ("clause", "break_it"),
    [
        ("ISO 14289-1, 7.3", _without_alternative),
        ("ISO 14289-1, 7.4.2", _with_a_level_skipped),
        ("ISO 14289-1, 7.5", _with_a_cell_without_scope),
        ("ISO 14289-1, 7.18.3", _without_tab_order),
        ("ISO 14289-1, 7.1: each", _with_a_mark_in_no_element),
        ("ISO 14289-1, 7.1: everything", _with_something_unmarked),
        ("ISO 19005-3, 6.8", _without_description),
        ("ISO 19005-3, 6.2.11.5", _with_a_wrong_width),
        ("ISO 19005-3, 6.3.2", _not_printed),
        ("ISO 32000-1, 14.7.4.4", _with_a_wrong_next_key),
    ],
)
def test_a_rule_that_is_broken_is_seen(clause, break_it):
    with pikepdf.open(BytesIO(pressed(award()).content)) as pdf:
        break_it(pdf)
        out = BytesIO()
        pdf.save(out)
    broken = Opened(out.getvalue())
    seen = [name for name, check in RULES.items() if list(check(broken))]
    assert any(name.startswith(clause) for name in seen), seen
