"""What is read of YAML, and what is refused."""

import re
import time
import unicodedata
from pathlib import Path

import pytest

from certify.errors import FileUnreadable, FrameworkInvalid
from certify.framework.load import load_framework, load_framework_file
from certify.framework.yaml_source import MAX_BYTES, read_yaml

PAGE = Path(__file__).parents[2] / "docs" / "framework-format.md"
EXAMPLE = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[0]


def problems_of(data: bytes) -> tuple[str, ...]:
    with pytest.raises(FrameworkInvalid) as refused:
        read_yaml(data, "f.yaml")
    return refused.value.problems


def value_of(written: str) -> object:
    document, _ = read_yaml(f"key: {written}".encode(), "f.yaml")
    return document["key"]


def test_norway_is_a_country() -> None:
    framework = load_framework(EXAMPLE.replace("country: BG", "country: NO").encode())

    assert framework.scheme.awarding_body.country == "NO"


def test_norwegian_is_a_language() -> None:
    text = EXAMPLE.replace("languages: [en, bg]", "languages: [en, no]").replace(" bg:", " no:")

    assert load_framework(text.encode()).areas[0].title["no"] == "Улици"


@pytest.mark.parametrize(
    "written",
    [
        "no",
        "Yes",
        "on",
        "OFF",
        "y",
        "2026-01-01",
        "12:30:45",
        "1e3",
        "0x1F",
        "0o17",
        "1_000",
        "007",
        ".inf",
        "7.5",
        "TRUE",
    ],
)
def test_a_bare_word_stays_text(written: str) -> None:
    assert value_of(written) == written


@pytest.mark.parametrize(
    ("written", "value"),
    [("5", 5), ("-5", -5), ("0", 0), ("true", True), ("false", False), ("~", None), ("null", None), ('"5"', "5"),
     ("'true'", "true"), ('""', ""), ("9" * 15, int("9" * 15)), ("9" * 16, "9" * 16)],
)  # fmt: skip
def test_only_whole_numbers_and_truth_values_are_more_than_text(written: str, value: object) -> None:
    found = value_of(written)

    assert found == value
    assert type(found) is type(value)


def test_text_comes_back_in_normalisation_form_c() -> None:
    composed = "Й\u00e9"

    assert value_of(unicodedata.normalize("NFD", composed)) == composed


def test_a_byte_order_mark_is_no_part_of_the_file() -> None:
    assert load_framework(b"\xef\xbb\xbf" + EXAMPLE.encode()).id == "quiet-streets"


def test_lines_of_windows_are_lines() -> None:
    assert (
        load_framework(EXAMPLE.replace("\n", "\r\n").encode()).digest
        == load_framework(EXAMPLE.encode()).digest
    )


@pytest.mark.parametrize(
    ("data", "line", "said", "fix"),
    [
        (b"a: 1\nb: 2\na: 3\n", 3, "a: is there twice; first on line 1", "remove one"),
        (b"a:\n  - b: 1\n    b: 2\n", 3, "a[0].b: is there twice; first on line 2", "remove one"),
        (b"a: &x 1\nb: 2\n", 1, "a: has the anchor &x", "anchors are not read"),
        (b"a: 1\nb: *x\n", 2, "b: uses the alias *x", "aliases are not read"),
        (b"<<: {a: 1}\nb: !!python/object:os.system 2\n", 2, "b: has the tag", "tags are not read"),
        (b"1: a\n", 1, "has the key 1, which is not text", "quotation marks"),
        (b"a:\n  true: b\n", 2, "a: has the key true, which is not text", "quotation marks"),
        (b"? [a, b]\n: c\n", 1, "a mapping or list as a key", "a plain word"),
        (b"? {a: [b, {c: d}]}\n: [e]\nf: g\n", 1, "a mapping or list as a key", "a plain word"),
        (b"a: {b: roads, rails}\n", 1, "a.rails: has no value; a comma", "quotation marks"),
        (b"a: 1\n---\nb: 2\n", 2, "begins a second document", "one framework a file"),
        (b"a:\n\tb: 1\n", 2, "begins with a tab", "replace tabs by spaces"),
        (b"a: [1, 2\nb: 3\n", 2, "cannot be read as YAML", "indentation, colons"),
        (b"a: 1\n  b: 2\n", 2, "cannot be read as YAML", "indentation, colons"),
        (b"a: 'open\n", 2, "cannot be read as YAML", "quotation marks"),
        (b"a: 1\nb: caf\xe9\n", 2, "is not UTF-8: byte 0xE9", "save it as UTF-8"),
        ("a: 1\n".encode("utf-16"), 1, "is not UTF-8", "save it as UTF-8"),
        (b"a: 1\nb: \x00\n", 2, "has the control character U+0000", "remove it"),
        (b"a: 1\nb: c\xc2\x85d\n", 2, "has the control character U+0085", "remove it"),
        ("a: 1\nb: c\u2028d\n".encode(), 2, "has the control character U+2028", "remove it"),
    ],
)  # fmt: skip
def test_what_is_not_plain_yaml_is_refused(data: bytes, line: int, said: str, fix: str) -> None:
    problem = next(p for p in problems_of(data) if said in p)

    assert problem.startswith(f"f.yaml:{line}: ")
    assert fix in problem.rsplit("(", 1)[1]


@pytest.mark.parametrize("data", [b"", b"\n\n", b"# only a comment\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_called_empty(data: bytes) -> None:
    assert "is empty" in problems_of(data)[0]


def test_a_file_too_large_is_not_read() -> None:
    assert "at most 2,000,000" in problems_of(b"a" * (MAX_BYTES + 1))[0]


def test_a_bomb_of_aliases_is_refused_at_once() -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    began = time.monotonic()

    assert any("aliases are not read" in problem for problem in problems_of("\n".join(rows).encode()))
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("opening", [b"[", b"{a: ", b"- ", b"? "])
def test_depth_cannot_exhaust_the_stack(opening: bytes) -> None:
    began = time.monotonic()

    assert problems_of(opening * 100_000)
    assert time.monotonic() - began < 10


def test_nesting_beyond_the_limit_is_named() -> None:
    assert any("nested more than 16 deep" in problem for problem in problems_of(b"[" * 20 + b"]" * 20))


def test_a_file_is_read_by_its_path(tmp_path: Path) -> None:
    file = tmp_path / "streets.yaml"
    file.write_text(EXAMPLE.replace("level: 5}", "level: 9}"), encoding="utf-8")

    with pytest.raises(FrameworkInvalid) as refused:
        load_framework_file(file)
    assert refused.value.problems[0].startswith(f"{file}:")
    file.write_text(EXAMPLE, encoding="utf-8")
    assert load_framework_file(str(file)).id == "quiet-streets"


def test_a_file_that_is_not_there_is_an_error_of_ours(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(FileUnreadable, match="cannot be read"):
            load_framework_file(path)
