"""What the press makes: the same bytes every time, names that can be read and copied, nothing that collides."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from io import BytesIO

import pikepdf
import pytest
from pdf_awards import award as scheme_award
from small_scheme import NOW, TODAY

from certify.award.record import AwardedCompetence, AwardRecord
from certify.errors import InvalidName, LintFailed, UnprintableName
from certify.pades.document import UnsignedPdf
from certify.parts import whole
from certify.pdf.design import Designs
from certify.pdf.press import CertificatePress
from certify.pdf.shaping import shape, width_of
from certify.pdf.slots import fit_name
from certify.people.model import HolderName

IDENTIFIER = "ABCDEFGHIJKLMNOPQRSTUVWXYA"
PRESS = CertificatePress(2602)
CREDENTIAL = b'{"name":"A credential"}'
NAMES = (
    "Ana Li",
    "Jürgen Müller-Lüdenscheidt",
    "Nguyễn Thị Hoà",
    "Цветелина Ангелова",
    "Ελένη Παπαδοπούλου",
    "فاطمة الزهراء بنت محمد",
    "יעל בן־דוד",
    "कृष्णमूर्ति श्रीवास्तव",
    "प्रिया ज्ञानेश्वरी",
)


def press(one: AwardRecord) -> UnsignedPdf:
    return PRESS.press(one, one.verification_url, whole(CREDENTIAL))


def award(printed="Ana Li", latin="Ana Li", **changes):
    made = AwardRecord(
        certificate_id=IDENTIFIER,
        number="S4C-2026-7K3MQ-9XT2A-Y",
        language="en",
        specimen=False,
        kind="role",
        holder=HolderName(native=printed, latin=latin, printed=printed),
        role_id="developer",
        role_title="Smart Cities Project Developer",
        description="Develops projects.",
        phase="Ideation and design",
        framework_id="small",
        framework_title="A small scheme",
        framework_version="1",
        framework_digest="0" * 64,
        competences=tuple(
            AwardedCompetence(
                id=f"c{i}", title=f"Competence number {i}", area=f"Area {i // 5}", level=4 + i % 3
            )
            for i in range(40)
        ),
        level_minimum=4,
        level_maximum=6,
        workload_minutes=600,
        awarding_body="A body",
        country="BG",
        website="https://body.example",
        signatory="Head of Certification",
        assessment="Examination",
        participation="On site",
        quality_assurance="Audit",
        renewal="Every three years",
        decided_on=TODAY,
        issued_at=NOW,
        valid_from=TODAY,
        valid_until=TODAY.replace(year=2029),
        verification_url=f"https://certificates.example.org/v/{IDENTIFIER}",
        status_list=1,
        status_index=1,
        template_id="role",
        template_version=1,
    )
    return replace(made, **changes)


def text_of(content, *options):
    done = subprocess.run(["pdftotext", *options, "-", "-"], input=content, capture_output=True, check=True)
    # Marks of direction are pdftotext's own addition around right-to-left text.
    return done.stdout.decode().translate(dict.fromkeys(map(ord, "\u202a\u202b\u202c\u200e\u200f")))


def test_the_same_award_gives_the_same_bytes():
    assert press(award()).content == press(award()).content


@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_any_of_the_scripts_can_be_copied_out(name):
    text = text_of(press(award(name, "Latin Form")).content, "-l", "1")
    assert name in text
    assert "Latin Form" in text


# pdftotext sorts the runs of a line of mixed direction by their place; this reader takes them as written.
@pytest.mark.parametrize("name", [*NAMES, "Anna فاطمة Smith"])
def test_another_reader_copies_the_same_name(name, tmp_path):
    path = tmp_path / "c.pdf"
    path.write_bytes(press(award(name)).content)
    done = subprocess.run(["mutool", "draw", "-F", "txt", path, "1"], capture_output=True, check=True)
    assert name in done.stdout.decode()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Anna יעל (כהן) Smith", ["Anna ", "יעל (כהן)", " Smith"]),
        ("Anna (יעל) Smith", ["Anna (", "יעל", ") Smith"]),
        ("יעל (Anna) כהן", [") כהן", "Anna", "יעל ("]),
        ("(محمد) علي", ["(محمد) علي"]),
        ("’علي", ["’علي"]),
        ("John (محمد) علي", ["John (", "محمد", ") ", "علي"]),
        ("Anna محمد יעל", ["Anna ", "محمد יעל"]),
        ("محمد John देवी", ["John देवी", "محمد "]),
        ("فاطمة देवी", ["देवी", "فاطمة "]),
    ],
)
def test_each_part_of_a_name_stands_on_its_side(name, shown):
    """UAX #9: seen from left to right, the runs of a name in two directions."""
    merged: list[tuple[str, bool]] = []
    for run in sorted(shape(name), key=lambda run: run.left):
        text = "".join(cluster.text for cluster in run.clusters)
        if merged and not run.rtl and not merged[-1][1]:
            merged[-1] = (merged[-1][0] + text, False)
        elif merged and run.rtl and merged[-1][1]:
            merged[-1] = (text + merged[-1][0], True)
        else:
            merged.append((text, run.rtl))
    assert [text for text, _ in merged] == shown


@pytest.mark.parametrize("name", ["فاطمة Anna Smith", "محمد John देवी", "(محمد) علي"])
def test_a_name_in_two_directions_is_read_in_its_own_order(name, tmp_path):
    path = tmp_path / "c.pdf"
    path.write_bytes(press(award(name)).content)
    done = subprocess.run(["mutool", "draw", "-F", "txt", path, "1"], capture_output=True, check=True)
    # A step back to the left is a new line to this reader.
    assert name in done.stdout.decode().replace(" \n", " ")


def test_both_pages_carry_every_competence_and_the_number_is_on_each():
    content = press(award()).content
    first, second = (text_of(content, "-f", str(page), "-l", str(page)) for page in (1, 2))
    assert "S4C-2026-7K3MQ-9XT2A-Y" in first
    assert "S4C-2026-7K3MQ-9XT2A-Y" in second
    for number in range(40):
        assert f"Competence number {number} EQF {4 + number % 3}" in " ".join(second.split())


@pytest.mark.parametrize("reader", [["pdftotext", "-layout"], ["mutool", "draw", "-q", "-F", "txt"]])
def test_spaced_capitals_are_copied_as_words(tmp_path, reader):
    """To a reader letters far apart are words of one letter each; the text itself is told beside them."""
    path = tmp_path / "c.pdf"
    path.write_bytes(press(award()).content)
    ending = ["-"] if reader[0] == "pdftotext" else ["1"]
    done = subprocess.run([*reader, path, *ending], capture_output=True, check=True, text=True)
    assert award().awarding_body.upper() in done.stdout


def test_numbers_and_levels_are_written_as_the_language_does():
    shown = {
        language: " ".join(
            text_of(press(replace(scheme_award(language), workload_minutes=9_630)).content).split()
        )
        for language in ("en", "bg")
    }
    assert "160.5 hours" in shown["en"]
    assert "EQF 6" in shown["en"]
    assert "160,5 часа" in shown["bg"]
    assert "ЕКР 6" in shown["bg"]
    assert "EQF" not in shown["bg"]


def test_competences_of_one_level_are_not_said_to_have_several():
    one = scheme_award()
    alike = tuple(replace(item, level=5) for item in one.competences)
    text = " ".join(
        text_of(press(replace(one, competences=alike, level_minimum=5, level_maximum=5)).content).split()
    )
    assert "at EQF level 5" in text
    assert "5 to 5" not in text


def test_a_name_on_two_lines_is_broken_near_its_middle():
    name = "عبد الرحمن بن عبد العزيز بن عبد الله بن محمد بن سعود آل سعود الهاشمي القرشي المكي"
    (first, _), (second, _) = fit_name(name, 240 * 2.83, 34, 15)
    assert abs(width_of(first) - width_of(second)) < 0.2 * width_of(second)


def test_only_a_specimen_says_specimen():
    assert "SPECIMEN" not in text_of(press(award()).content)
    assert "SPECIMEN" in text_of(press(award(specimen=True)).content)


def test_every_font_is_embedded_and_tells_its_letters():
    with pikepdf.open(BytesIO(press(award("Ελένη")).content)) as pdf:
        fonts = [font for page in pdf.pages for font in page.Resources.Font.values()]
        assert fonts
        for font in fonts:
            assert "/ToUnicode" in font
            descriptor = (font.DescendantFonts[0] if "/DescendantFonts" in font else font).FontDescriptor
            assert "/FontFile2" in descriptor


def test_the_file_is_sound(tmp_path):
    path = tmp_path / "c.pdf"
    path.write_bytes(press(award()).content)
    done = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=True)
    assert "No syntax or stream encoding errors found" in done.stdout


def test_the_room_for_the_signature_is_all_that_the_byte_range_leaves_out():
    unsigned = press(award())
    start, first, second, rest = unsigned.byte_range
    assert (start, second + rest) == (0, len(unsigned.content))
    assert unsigned.content[first:second] == b"<" + b"0" * 2600 + b">"
    assert f"/ByteRange [0 {first} {second} {rest}".encode() in unsigned.content


def test_a_long_name_shrinks_then_wraps_and_never_leaves_its_box():
    short, long, longer = "Ana Li", "Alexandra Konstantina " * 2, "Maximiliana Alexandrina " * 4
    sizes = [fit_name(name.strip(), 680, 34, 15) for name in (short, long, longer)]
    assert [len(lines) for lines in sizes] == [1, 1, 2]
    assert sizes[0][0][1] > sizes[1][0][1] > sizes[2][0][1]
    for lines in sizes:
        for line, size in lines:
            assert sum(run.width for run in line) * size / 1000 <= 680.01


def test_a_name_that_cannot_fit_is_refused():
    with pytest.raises(InvalidName, match="too long"):
        fit_name("W" * 100, 680, 34, 15)


def test_a_character_that_no_font_has_is_named():
    with pytest.raises(UnprintableName, match=r"U\+4E2D CJK UNIFIED IDEOGRAPH-4E2D"):
        press(award("中 Li"))


@pytest.mark.parametrize("field", ["role_title", "description", "assessment"])
def test_a_letter_of_the_framework_that_no_font_has_is_not_laid_to_the_name(field):
    with pytest.raises(LintFailed, match=r"^framework: A text of the framework .* U\+4E2D") as caught:
        press(award(**{field: "\u4e2d"}))
    assert not isinstance(caught.value, UnprintableName)
    assert "name" not in caught.value.fix


def test_more_competences_than_the_supplement_holds_are_refused_not_cut():
    many = tuple(AwardedCompetence(id=str(i), title=f"C {i}", area="One", level=4) for i in range(200))
    with pytest.raises(LintFailed, match="more competences"):
        press(award(competences=many))


def test_every_language_has_every_label_and_the_months():
    english, bulgarian = (Designs().words(language, 1) for language in ("en", "bg"))
    assert english.keys() == bulgarian.keys()
    assert all(len(words["months"]) == 12 for words in (english, bulgarian))
    assert json.dumps(english) != json.dumps(bulgarian)


def test_the_credential_is_attached_to_the_document_and_comes_out_as_it_went_in():
    with pikepdf.open(BytesIO(press(award()).content)) as pdf:
        assert pdf.attachments["credential.json"].get_file().read_bytes() == CREDENTIAL
        assert pdf.Root.AF[0].AFRelationship == pikepdf.Name.Alternative
