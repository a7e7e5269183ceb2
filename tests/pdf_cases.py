"""Files of every kind that is pressed, and ways to break one: for the tests of PDF/A-3a and PDF/UA-1."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pikepdf
from pdf_awards import NAMES, award

from certify.people.names import holder_name

KINDS = [
    *((language, kind, "latin") for language in ("en", "bg") for kind in ("role", "unit")),
    *(("en", kind, script) for kind in ("role", "unit") for script in NAMES if script != "latin"),
]
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
    "deep and high marks": {
        "holder": holder_name(
            "A\N{COMBINING DOT BELOW}\N{COMBINING CIRCUMFLEX ACCENT}nh Q\N{COMBINING DOT ABOVE}", "Anh Q"
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


def _with_lines_run_together(pdf):
    pdf.pages[0].contents_add(b"/P <</MCID 99>> BDC BT /T 9 Tf <0001> Tj ET BT /T 9 Tf <0002> Tj ET EMC")


def _with_a_narrow_figure(pdf):
    _first(pdf, "/Figure").A.BBox[2] -= 2


def _with_a_low_font_box(pdf):
    pdf.pages[0].Resources.Font.N.DescendantFonts[0].FontDescriptor.FontBBox[3] = 300


def _with_a_wrong_next_key(pdf):
    pdf.Root.StructTreeRoot.ParentTreeNextKey = 9


MUTATIONS = [
    ("ISO 14289-1, 7.3", _without_alternative),
    ("ISO 14289-1, 7.4.2", _with_a_level_skipped),
    ("ISO 14289-1, 7.5", _with_a_cell_without_scope),
    ("ISO 14289-1, 7.18.3", _without_tab_order),
    ("ISO 14289-1, 7.1: each", _with_a_mark_in_no_element),
    ("ISO 14289-1, 7.1: everything", _with_something_unmarked),
    ("ISO 19005-3, 6.8", _without_description),
    ("ISO 19005-3, 6.2.11.5", _with_a_wrong_width),
    ("ISO 19005-3, 6.3.2", _not_printed),
    ("ISO 32000-1, 9.8.1", _with_a_low_font_box),
    ("ISO 32000-1, 14.7.4.4", _with_a_wrong_next_key),
    ("ISO 32000-1, 14.8.2.5", _with_lines_run_together),
    ("ISO 32000-1, 14.8.5.4.3", _with_a_narrow_figure),
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
]


def broken_by(break_it, data: bytes) -> bytes:
    """Return a file, broken in one way."""
    with pikepdf.open(BytesIO(data)) as pdf:
        break_it(pdf)
        out = BytesIO()
        pdf.save(out)
    return out.getvalue()
