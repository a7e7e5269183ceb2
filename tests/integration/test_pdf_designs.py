"""Designs and labels: what is shipped never changes, an installation adds its own, and faults are told by file and key."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
import yaml
from click.testing import CliRunner
from pdf_awards import ROOM, award, pressed
from pdf_rules import RULES, Opened
from PIL import Image

from certify.cli import main
from certify.errors import DesignInvalid, LintFailed
from certify.pdf.design import Designs
from certify.pdf.elements import image_stream
from certify.pdf.press import CertificatePress

PDF = Path(__file__).parents[2] / "certify" / "pdf"
SHIPPED = {
    "designs/role-1.yaml": "e8422e36b3bc6c2a2bdfea69a5880065d461b40fd619d300e37c74f3797c91d0",
    "designs/unit-1.yaml": "8566bc8d1c2b0f8d9a660ff5f0f3f49f19772b422365da673d9ec5886ac0538a",
    "labels/1/bg.json": "ebce0627bcf1f0bdf2243f76bc848afcc1875bdfca71cac93c15dc0366ce002e",
    "labels/1/en.json": "f2a4b3a0b33e16c23ac39607d559127cda2f76a892edc038610f21868f63ccd6",
}
"""SHA-256 of what certificates are issued with. Never change one: add a version, or a language, and its line here."""


def test_a_published_version_of_a_design_or_of_labels_never_changes():
    found = {
        str(path.relative_to(PDF)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (*PDF.glob("designs/*.yaml"), *PDF.glob("labels/*/*.json"))
    }
    assert found == SHIPPED


def test_the_shipped_designs_are_there_in_both_languages():
    designs = Designs()
    assert [(design.id, design.version, design.kind) for design in designs.all()] == [
        ("role", 1, "role"),
        ("unit", 1, "unit"),
    ]
    assert designs.languages(1) == ["bg", "en"]
    assert designs.latest("role").version == 1


def own(directory: Path, change=lambda _document: None, name: str = "town-1.yaml") -> Path:
    """An installation's directory with one design of its own."""
    document = yaml.safe_load((PDF / "designs" / "role-1.yaml").read_text("utf-8"))
    document["id"] = "town"
    change(document)
    (directory / name).write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")
    return directory


def test_an_installation_adds_a_design_with_a_crest_and_a_language(tmp_path):
    def with_crest(document):
        crest = {"file": "crest.png", "at": [20, 20], "size": [20, 20], "alternative": "issuer"}
        document["pages"][0].append({"image": crest})

    own(tmp_path, with_crest)
    Image.new("RGBA", (40, 40), (200, 30, 30, 128)).save(tmp_path / "crest.png")
    (tmp_path / "labels" / "1").mkdir(parents=True)
    german = json.loads((PDF / "labels" / "1" / "en.json").read_text("utf-8"))
    german |= {"certificate": "Zertifikat", "date": "{day}. {month} {year}"}
    (tmp_path / "labels" / "1" / "de.json").write_text(json.dumps(german), "utf-8")
    designs = Designs(tmp_path)
    one = award(template_id="town", language="de")
    file = Opened(pressed(one, CertificatePress(ROOM, designs)).content)
    assert {clause: found for clause, check in RULES.items() if (found := list(check(file)))} == {}
    assert str(file.pdf.Root.Lang) == "de"
    assert [str(item.Alt) for item in file.elements if item.S == "/Figure"] == [
        german["code"],
        german["issuer"],
    ]
    (image,) = (
        item
        for item in file.pdf.objects
        if isinstance(item, pikepdf.Stream)
        and item.get("/Subtype") == "/Image"
        and "/ImageMask" not in item  # the code is one
    )
    # Half a red on white paper: transparency is laid on white.
    assert image.read_bytes()[:3] == bytes((227, 142, 142))
    assert [(design.id, design.version) for design in designs.all()] == [
        ("role", 1),
        ("town", 1),
        ("unit", 1),
    ]
    assert designs.written_day(one.valid_from, "de") == "24. November 2026"
    assert designs.written_day(one.valid_from, "xx") == "2026-11-24"


def test_a_crest_in_sixteen_bits_of_grey_keeps_its_greys(tmp_path):
    grey = Image.new("I;16", (3, 1))
    for x, value in enumerate((0, 0x8080, 0xFFFF)):
        grey.putpixel((x, 0), value)
    grey.save(tmp_path / "crest.png")
    data, _ = image_stream(tmp_path / "crest.png")
    assert data == bytes((0, 0, 0, 128, 128, 128, 255, 255, 255))


@pytest.mark.parametrize("path", [" ", "M10 10"])
def test_a_drawing_that_draws_nothing_is_refused(tmp_path, path):
    """An operator that paints may not stand where no path was made (ISO 32000-1, figure 9)."""

    def with_drawing(document):
        paths = [{"d": path, "fill": "ink"}]
        drawing = {"at": [20, 20], "size": [20, 20], "view": [20, 20], "paths": paths}
        document["pages"][0].append({"drawing": drawing})

    own(tmp_path, with_drawing)
    with pytest.raises(DesignInvalid, match="draws nothing"):
        pressed(award(template_id="town"), CertificatePress(ROOM, Designs(tmp_path)))


def test_labels_in_a_script_from_right_to_left_can_be_copied(tmp_path):
    (tmp_path / "labels" / "1").mkdir(parents=True)
    arabic = json.loads((PDF / "labels" / "1" / "en.json").read_text("utf-8"))
    arabic |= {"certificate": "شهادة", "certifies": "نشهد بأن", "verify": "تحقق من هذه الشهادة"}
    (tmp_path / "labels" / "1" / "ar.json").write_text(json.dumps(arabic), "utf-8")
    made = pressed(award(language="ar"), CertificatePress(ROOM, Designs(tmp_path))).content
    (tmp_path / "c.pdf").write_bytes(made)
    done = subprocess.run(
        ["mutool", "draw", "-F", "txt", tmp_path / "c.pdf", "1"], capture_output=True, check=True
    )
    for text in ("شهادة", "نشهد بأن", "تحقق من هذه الشهادة"):
        assert text in done.stdout.decode()


def test_numbers_in_a_script_from_right_to_left_are_not_turned_round(tmp_path):
    (tmp_path / "labels" / "1").mkdir(parents=True)
    arabic = json.loads((PDF / "labels" / "1" / "en.json").read_text("utf-8"))
    arabic["months"] = ["شهر"] * 12
    (tmp_path / "labels" / "1" / "ar.json").write_text(json.dumps(arabic), "utf-8")
    one = award(language="ar", role_title="مدن 2030", awarding_body="هيئة (EU) المدن")
    (tmp_path / "c.pdf").write_bytes(pressed(one, CertificatePress(ROOM, Designs(tmp_path))).content)
    done = subprocess.run(
        ["pdftotext", "-l", "1", tmp_path / "c.pdf", "-"], capture_output=True, check=True, text=True
    )
    for text in ("20", "2026", "2030", "EU"):
        assert text in done.stdout
    assert not {"02", "6202", "0302"} & set(done.stdout.split())


def _set(*path_and_value):
    *path, last, value = path_and_value

    def change(document):
        place = document
        for key in path:
            place = place[key]
        place[last] = value

    return change


def _style(document):
    next(item["text"] for item in document["pages"][0] if "text" in item)["style"] = "nothing"


def _field(document):
    next(item["text"] for item in document["pages"][0] if "text" in item)["text"] = "{holder}"


def _without_code(document):
    document["pages"][0] = [item for item in document["pages"][0] if "code" not in item]


def _notes_first(document):
    document["pages"][0].insert(0, next(item for item in document["pages"][1] if "notes" in item))


def _heading_on_specimens_alone(document):
    document["styles"]["first"] = {**document["styles"]["warning"], "tag": "H1"}
    note = next(item["text"] for item in document["pages"][0] if "only" in item.get("text", {}))
    note["style"] = "first"
    document["styles"]["title"]["tag"] = "H2"


@pytest.mark.parametrize(
    ("change", "place", "message"),
    [
        (_set("styles", "title", "ink", "pink"), "styles.title.ink", "There is no ink 'pink'"),
        (_set("styles", "title", "size", "large"), "styles.title.size", "'large' is not of type 'number'"),
        (_set("inks", "ink", "blue"), "inks.ink", "'blue' does not match"),
        (_set("labels", 9), "labels", "no labels of version 9"),
        (_set("version", 2), "", "must be named town-2.yaml"),
        (_style, r"pages\[0\]\[\d+\].text.style", "There is no style 'nothing'"),
        (_field, r"pages\[0\]\[\d+\].text.text", "There is no field 'holder'"),
        (_without_code, "pages", "one element 'code'"),
        (_set("pages", 0, 0, {"circle": {}}), r"pages\[0\]\[0\]", "circle"),
        (_set("styles", "title", "tag", "P"), r"pages\[0\]\[\d+\].text", "The heading H2 comes before an H1"),
        (
            _set("styles", "title", "tag", "H3"),
            r"pages\[0\]\[\d+\].text",
            "The heading H3 comes before an H2",
        ),
        (_heading_on_specimens_alone, r"pages\[0\]\[\d+\].text", "The heading H2 comes before an H1"),
        (_notes_first, r"pages\[0\]\[0\].notes", "The heading H3 comes before an H2"),
    ],
)
def test_what_is_wrong_is_said_with_its_file_and_key(tmp_path, change, place, message):
    own(tmp_path, change)
    with pytest.raises(DesignInvalid) as caught:
        Designs(tmp_path).all()
    assert caught.match(message)
    assert caught.match(rf"town-1\.yaml: {place}" if place else r"town-1\.yaml")


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ("{", "cannot be read as JSON"),
        ("[]", "has not the labels"),
        ({"months": ["January"]}, "months"),
        ({"valid_value": "{start}"}, "names other fields"),
        ({"certificate": ""}, "certificate"),
        ({"certificate": "Cert\0ificate"}, "certificate: is not the text"),
        ({"months": [None] * 12}, "months: is not the text"),
        ({"months": [""] * 12}, "months: is not the text"),
        ({"months": {str(month): "x" for month in range(12)}}, "months: is not the text"),
        ({"eqf": "EQF {level} {"}, "eqf: has a brace"),
        ({"date": "{day} {month} {year} }"}, "date: has a brace"),
    ],
)
def test_labels_that_are_not_whole_are_refused(tmp_path, labels, message):
    (tmp_path / "labels" / "1").mkdir(parents=True)
    english = json.loads((PDF / "labels" / "1" / "en.json").read_text("utf-8"))
    text = labels if isinstance(labels, str) else json.dumps(english | labels)
    (tmp_path / "labels" / "1" / "de.json").write_text(text, "utf-8")
    with pytest.raises(DesignInvalid, match=message):
        Designs(tmp_path).words("de", 1)


def test_an_own_design_with_a_shipped_ones_name_is_refused(tmp_path):
    (tmp_path / "role-1.yaml").write_bytes((PDF / "designs" / "role-1.yaml").read_bytes())
    with pytest.raises(DesignInvalid, match="id and version of another"):
        Designs(tmp_path).all()


def test_an_award_of_another_kind_or_an_unknown_design_is_refused():
    for changes in (
        {"template_id": "unit"},
        {"template_version": 7},
        {"template_id": "../role"},
        {"language": "xx"},
    ):
        with pytest.raises((DesignInvalid, LintFailed)):
            pressed(award(**changes))


def test_a_text_that_does_not_fit_is_refused_and_named():
    with pytest.raises(LintFailed, match="NOTIFIED BODY"):
        pressed(replace(award(), awarding_body="Notified body of very long name " * 20))


@pytest.mark.parametrize("design", ["role", "unit"])
@pytest.mark.parametrize("language", ["en", "bg"])
def test_the_preview_is_the_real_file(tmp_path, design, language):
    out = tmp_path / "specimen.pdf"
    done = CliRunner().invoke(
        main,
        [
            "template",
            "preview",
            "--design",
            design,
            "--language",
            language,
            "--name",
            "Ελένη Δήμου",
            "--out",
            str(out),
        ],
    )
    assert done.exit_code == 0, done.output
    file = Opened(out.read_bytes())
    assert {clause: found for clause, check in RULES.items() if (found := list(check(file)))} == {}
    told = subprocess.run(["pdfsig", "-nocert", out], capture_output=True, text=True, check=True).stdout
    assert "Signature is Valid" in told
    assert "Total document signed" in told
    text = subprocess.run(["pdftotext", out, "-"], capture_output=True, text=True, check=True).stdout
    assert "Ελένη Δήμου" in text
    assert "SPECIMEN" in text
    with pikepdf.open(BytesIO(out.read_bytes())) as pdf:
        assert b'"proof"' in pdf.attachments["credential.json"].get_file().read_bytes()


def test_the_list_names_every_design_with_its_digest():
    done = CliRunner().invoke(main, ["template", "list", "--json"])
    assert [(item["id"], item["sha256"]) for item in json.loads(done.output)] == [
        (design.id, design.digest) for design in Designs().all()
    ]


@pytest.mark.parametrize("kind", ["text", "notes", "competences"])
def test_letters_set_apart_keep_within_their_column(tmp_path, kind):
    def spaced(document):
        for page in document["pages"]:
            for element in page:
                ((name, spec),) = element.items()
                if name == kind and (name != "text" or spec.get("lines", 1) > 1):
                    style = spec.get("style") or spec.get("text_style") or spec["title_style"]
                    document["styles"][style] |= {"spacing": 2, "smallest": 4}

    own(tmp_path, spaced)
    one = award(template_id="town", description="What a city needs " * 12)
    file = tmp_path / "spaced.pdf"
    file.write_bytes(pressed(one, CertificatePress(ROOM, Designs(tmp_path))).content)
    told = subprocess.run(
        ["pdftotext", "-bbox", file, "-"], capture_output=True, check=True, text=True
    ).stdout
    ends = [float(found) for found in re.findall(r'xMax="([0-9.]+)"', told)]
    assert ends
    assert max(ends) < 842 - 40
