"""Why rows are refused is said in the reader's language: whole, or in marked English."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from flask import Flask

from certify.errors import CertifyError, InvalidInput
from certify.mail.model import LetterKind
from certify.mail.own_text import checked_words
from certify.people import names
from certify.people.typed import clean_code, clean_email, clean_title
from certify.web import i18n, reasons
from certify.web.i18n import languages
from certify.web.reasons import PLACES, REMEDIES, SENTENCES, error_said, in_words, plain_reason, reason

ROOT = Path(__file__).parents[2] / "certify"
ROOMS = (
    "completions",
    "sheets",
    "people/csv_import.py",
    "people/names.py",
    "people/passwords.py",
    "people/typed.py",
    "pdf/shaping.py",
    "evidence/model.py",
)
"""What the rows of files, a class and a list of candidates can be refused with."""
SAMPLES = {
    "by": "reference",
    "kind": "a digit",
    "_difference(known, record)": "outcome failed, not passed; other evidence",
    "hint": "its versions are 1, 2",
    "as_in": "write it as in the passport's Latin line, perhaps Ana",
    "fix": "remove it",
    "wanted": "the columns are reference,name",
    "where": "name",
    "MIN_LENGTH": "12",
    "MAX_LENGTH": "1024",
}


class Fault(CertifyError):
    """Stands for every error that is raised."""


def raised(path: Path):
    """The sentence, place and remedy of each error that a file raises, with samples for what stands in them."""
    kinds = set(re.findall(r"^class (\w+)\(", (ROOT / "errors.py").read_text("utf-8"), re.MULTILINE))
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in kinds
            and node.args
        ):
            rest = {word.arg: sample(word.value) for word in node.keywords}
            yield sample(node.args[0]), rest.get("where", ""), rest.get("fix", "")


def sample(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else SAMPLES.get(ast.unparse(part.value), "x1")
            for part in node.values
        )
    if isinstance(node, ast.BinOp):
        return sample(node.left) + sample(node.right)
    if isinstance(node, ast.IfExp):
        return sample(node.body)
    return SAMPLES.get(ast.unparse(node), "x1")


def sources():
    for room in ROOMS:
        path = ROOT / room
        yield from sorted(path.glob("*.py")) if path.is_dir() else [path]


ELSEWHERE = {"has a heading that cannot be read: x1.", "is not a language of letters."}
"""Of which a part is a sentence, or a list, of its own; and no row has them."""


@pytest.fixture(params=["bg", "el"])
def reader(request, app):
    with app.test_request_context(f"/?lang={request.param}"):
        yield request.param


@pytest.fixture(scope="module")
def app():
    made = Flask("test")
    i18n.install(made)
    return made


def test_every_reason_that_the_rooms_of_rows_give_is_said_in_the_readers_language(reader):
    assert reader in languages()
    missing = []
    for path in sources():
        for sentence, where, fix in raised(path):
            error = InvalidInput(sentence, where="" if where == "x1" else where, fix=fix)
            if sentence not in ELSEWHERE and in_words(str(error)) is None:
                missing.append((path.name, str(error)))
    assert not missing


def test_each_kind_of_character_that_a_name_may_not_have_is_said(reader):
    for native in (
        "Ana\u200bLi",
        "Ana\u202eLi",
        "An@ Li",
        "Ana 5 Li",
        "Ana™",
        "Ａna",
        "A\u0301\u0301\u0301\u0301\u0301\u0301na",
        "A\tB",
    ):
        with pytest.raises(CertifyError) as refused:
            names.clean_name(native, "name")
        assert in_words(str(refused.value)) is not None, str(refused.value)


def test_what_stands_in_a_reason_stays_as_it_is(reader):
    del reader
    said = in_words("candidate: nobody has the name 'Ана: (x) %(told)s <b>'. (see the candidates' list)")
    assert said is not None
    assert "'Ана: (x) %(told)s <b>'" in said
    assert "nobody" not in said
    assert "<b>" not in reason(said)


def test_what_is_not_known_is_whole_english_and_says_so(reader):
    del reader
    for text in ("candidate: is purple. (use the reference)", "names nobody. (paint it)", "x" * 5_000, ""):
        assert in_words(text) is None
        assert plain_reason(text) == text
    assert reason("paint <it>") == '<span lang="en">paint &lt;it&gt;</span>'
    assert error_said(Fault("is purple.", where="file")) == '<span lang="en">file: is purple.</span>'


def test_a_form_is_told_of_its_fields_in_words_and_not_by_programs_names(app):
    for tag in ("en", "bg"):
        with app.test_request_context(f"/?lang={tag}"):
            said = error_said(Fault("is purple.", where="completed_on"))
            assert said == '<span lang="en">day of completion: is purple.</span>'
            assert "superseded_by" not in error_said(Fault("is purple.", where="superseded_by"))


def test_english_is_as_it_was_written(app):
    with app.test_request_context("/?lang=en"):
        assert in_words("candidate: names nobody.") == "candidate: names nobody."


@pytest.mark.parametrize(
    ("clean", "where", "bulgarian", "greek"),
    [
        (clean_title, "name", "име: липсва.", "όνομα: λείπει."),
        (clean_title, "reason for the correction", "причина: липсва.", "αιτία: λείπει."),
        (clean_title, "cohort title", "заглавие: липсва.", "τίτλος: λείπει."),
        (clean_code, "cohort code", "код: липсва.", "κωδικός: λείπει."),
        (
            clean_email,
            "e-mail",
            "адрес на електронна поща: липсва.",
            "διεύθυνση ηλεκτρονικού ταχυδρομείου: λείπει.",
        ),
    ],
)
def test_what_is_missing_is_called_missing(app, clean, where, bulgarian, greek):
    for empty in ("", "  "):
        with pytest.raises(InvalidInput) as refused:
            clean(empty, where)
        assert str(refused.value) == f"{where}: is missing."
        for tag, said in (("bg", bulgarian), ("el", greek)):
            with app.test_request_context(f"/?lang={tag}"):
                assert error_said(refused.value) == said


@pytest.mark.parametrize(
    ("subject", "text", "where"), [(" ", "Text {address}", "subject"), ("Word", " ", "text")]
)
def test_a_letter_without_a_subject_or_text_is_told_which_is_missing(subject, text, where):
    with pytest.raises(InvalidInput, match=f"{where}: is missing"):
        checked_words(LetterKind.PASSWORD_LINK, subject, text)


def test_no_text_is_twice_in_a_table_and_none_is_without_words():
    for table in (SENTENCES, REMEDIES):
        assert len(set(table)) == len(table)
    assert all(PLACES.values())
    assert reasons._said("", SENTENCES) is None
