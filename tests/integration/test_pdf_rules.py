"""The pressed file keeps PDF/A-3a and PDF/UA-1, rule by rule, in both designs, every script and both languages."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pikepdf
import pikepdf.pdfa
import pytest
from pdf_awards import NAMES, award, pressed
from pdf_rules import Opened
from pdf_rules_more import RULES
from signed_files import SIGNED_AT, Office
from timestamped_files import Stamping

from certify.pdf.press import CertificatePress
from certify.people.names import holder_name

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


LONG = "Wolfeschlegelsteinhausenbergerdorff-Wełnowska de la Santísima Trinidad y Domínguez-Ñuñez Przybyszews"
EXTREMES = {
    "shortest name": {"holder": holder_name("Ó", "O")},
    "longest name": {"holder": holder_name(LONG, LONG)},
    "longest name, from right to left": {
        "holder": holder_name(
            "عبد الرحمن بن عبد العزيز بن عبد الله بن محمد بن سعود آل سعود الهاشمي القرشي المكي",
            "Abd al-Rahman",
        )
    },
    "forty long competences": {
        "competences": tuple(
            replace(item, title=f"{item.title} and the lawful stewardship of data about people and places")
            for item in award().competences
        )
    },
    "one competence": {"competences": award().competences[:1], "level_minimum": 6, "level_maximum": 6},
}


def broken_rules(file):
    return {clause: found for clause, check in RULES.items() if (found := list(check(file)))}


@pytest.fixture(scope="module", params=KINDS, ids="-".join)
def file(request):
    language, kind, script = request.param
    return Opened(pressed(award(language, kind, script)).content)


def test_the_file_keeps_every_rule(file):
    assert broken_rules(file) == {}


@pytest.mark.parametrize("extreme", EXTREMES)
def test_a_file_of_extremes_keeps_every_rule(extreme):
    assert broken_rules(Opened(pressed(award(**EXTREMES[extreme])).content)) == {}


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
    assert broken_rules(Opened(signed)) == {}


def test_it_keeps_every_rule_after_each_update(tmp_path):
    """A proven time in the signature, an archive timestamp behind it, and its renewal years later."""
    stamping = Stamping.open(tmp_path, SIGNED_AT)
    data = stamping.sign(pressed=True)
    assert broken_rules(Opened(data)) == {}
    for days in (0, 2000):
        data = stamping.archive(data, days=days)
        assert broken_rules(Opened(data)) == {}


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


def _with_a_version(pdf):
    pdf.Root.Version = pikepdf.Name("/2.0")


def _with_a_character_set(pdf):
    descriptor = pdf.pages[0].Resources.Font.N.DescendantFonts[0].FontDescriptor
    descriptor.CIDSet = pdf.make_stream(b"\xff")


def _with_another_collection(pdf):
    pdf.pages[0].Resources.Font.T.DescendantFonts[0].CIDSystemInfo.Ordering = pikepdf.String("Japan1")


def _with_text_of_no_glyph(pdf):
    pdf.pages[0].contents_add(b"/Artifact BMC BT /T 9 Tf <0000> Tj ET EMC")


def _with_an_unknown_operator(pdf):
    pdf.pages[0].contents_add(b"/Artifact BMC blink EMC")


def _with_a_form_to_make(pdf):
    pdf.Root.AcroForm.NeedAppearances = True


def _with_layers(pdf):
    pdf.Root.OCProperties = pikepdf.Dictionary()


def _with_an_odd_language(pdf):
    _first(pdf, "/P").Lang = pikepdf.String("Bulgarian language")


def _with_an_empty_element(pdf):
    _first(pdf, "/P").K = pikepdf.Array([])


def _with_a_note(pdf):
    note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[9, 9, 20, 20], F=4)
    pdf.pages[0].Annots.append(pdf.make_indirect(note))


def _with_an_unknown_property(pdf):
    data = pdf.Root.Metadata.read_bytes()
    pdf.Root.Metadata.write(data.replace(b"<dc:format>", b"<xmp:Mood>fine</xmp:Mood><dc:format>"))


def _without_one_name_of_the_attachment(pdf):
    del pdf.Root.AF[0].UF


def _with_a_cell_in_a_body(pdf):
    _first(pdf, "/TR").S = pikepdf.Name("/TD")


def _with_a_very_long_string(pdf):
    _first(pdf, "/Figure").Alt = pikepdf.String("x" * 40_000)


def _with_a_form_in_the_page(pdf):
    form = pdf.make_stream(b"", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=[0, 0, 9, 9])
    pdf.pages[0].Resources.XObject = pikepdf.Dictionary(F=form)


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
        ("ISO 19005-3, 6.1.2 and 6.1.3", _with_a_version),
        ("ISO 19005-3, 6.1.13", _with_a_very_long_string),
        ("ISO 19005-3, 6.2.2", _with_an_unknown_operator),
        ("ISO 19005-3, 6.2.9", _with_a_form_in_the_page),
        ("ISO 19005-3, 6.2.11.3.1", _with_another_collection),
        ("ISO 19005-3, 6.2.11.4.2", _with_a_character_set),
        ("ISO 19005-3, 6.2.11.8", _with_text_of_no_glyph),
        ("ISO 19005-3, 6.3.1", _with_a_note),
        ("ISO 19005-3, 6.4.1", _with_a_form_to_make),
        ("ISO 19005-3, 6.5, 6.9", _with_layers),
        ("ISO 19005-3, 6.6.2.3", _with_an_unknown_property),
        ("ISO 19005-3, 6.7.4", _with_an_odd_language),
        ("ISO 14289-1, 7.1: the structure", _with_an_empty_element),
        ("ISO 14289-1, 7.5: a table", _with_a_cell_in_a_body),
        ("ISO 14289-1, 7.11", _without_one_name_of_the_attachment),
    ],
)
def test_a_rule_that_is_broken_is_seen(clause, break_it):
    with pikepdf.open(BytesIO(pressed(award()).content)) as pdf:
        break_it(pdf)
        out = BytesIO()
        pdf.save(out)
    broken = Opened(out.getvalue())
    rules = [check for name, check in RULES.items() if name.startswith(clause)]
    assert rules
    assert any(list(check(broken)) for check in rules)
