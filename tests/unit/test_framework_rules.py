"""Broken framework files: each fault with its line, key path and fix."""

import re
from pathlib import Path

import pytest

from certify.errors import FrameworkInvalid
from certify.framework.load import from_document, load_framework
from certify.framework.rules import RULES
from certify.framework.yaml_source import read_yaml

PAGE = Path(__file__).parents[2] / "docs" / "framework-format.md"
EXAMPLE = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[0]
SECOND_ROLE = """\
  - id: STREET-designer
    phase: design
    title: {en: A, bg: Б}
    description: {en: A.}
    requires: [{competence: STR-1, level: 5}]
participation_forms:
"""
SECOND_MODULE = """\
  - id: ID
    version: "VERSION"
    title: {en: A}
    provider: A
    addresses: [{competence: STR-1, level: 5}]
    workload_hours: 1
    participation: online
    assessment: case-study
    valid_from: FROM
"""


def second_module(name: str, version: str, begins: str) -> str:
    return SECOND_MODULE.replace("ID", name).replace("VERSION", version).replace("FROM", begins)


# What is replaced, by what, the key path of the fault, what is said, and the fix.
BROKEN = {
    "unknown format": ("format: 1", "format: 2", "format", "is 2", "give the version of this file format: 1"),
    "missing key": ("illustrative: true\n", "", "", 'lacks the key "illustrative"', "add it: true where"),
    "missing key inside": ("    phase: design\n", "", "roles[0]", 'lacks the key "phase"', "add it"),
    "misspelt key": ("    provider:", "    provder:", "modules[0].provder", "not a key", "did you mean provider?"),
    "strange key": ("levels:", "colour: red\nlevels:", "colour", "not a key", "the keys here are format, id"),
    "version as number": ('version: "2026.1"', "version: 2026", "version", "not text", "put it in quotation marks"),
    "module version as number": ('version: "1"', "version: 1", "modules[0].version", "not text", "quotation marks"),
    "truth as text": ("illustrative: true", "illustrative: yes", "illustrative", '"yes"', "write true or false"),
    "truth in quotes": ("illustrative: true", 'illustrative: "true"', "illustrative", "true or false", "without"),
    "level as text": ("level: 5}", 'level: "5"}', "roles[0].requires[0].level", "whole number", "without quotation"),
    "level in words": ("level: 5}", "level: five}", "roles[0].requires[0].level", '"five"', "an EQF level"),
    "level with a fraction": ("level: 5}", "level: 5.5}", "roles[0].requires[0].level", '"5.5"', "an EQF level"),
    "level 0": ("level: 5}", "level: 0}", "roles[0].requires[0].level", "is 0", "a whole number from 1 to 8"),
    "level 9": ("level: 5}", "level: 9}", "roles[0].requires[0].level", "is 9", "a whole number from 1 to 8"),
    "level of a unit outside the scheme": ("unit_levels: [5]", "unit_levels: [5, 7]", "competences[0].unit_levels[1]", "go from 4 to 6", "range"),
    "level of a unit twice": ("unit_levels: [5]", "unit_levels: [5, 5]", "competences[0].unit_levels", "twice", "remove"),
    "levels of a unit as one": ("unit_levels: [5]", "unit_levels: 5", "competences[0].unit_levels", "not a list", "[5, 6]"),
    "level of the scheme 9": ("maximum: 6}", "maximum: 9}", "levels.maximum", "is 9", "from 1 to 8"),
    "level outside the scheme": ("level: 5}", "level: 7}", "roles[0].requires[0].level", "go from 4 to 6", "range"),
    "range upside down": ("{minimum: 4,", "{minimum: 7,", "levels.minimum", "above the maximum, 6", "exchange"),
    "admission upside down": ("{minimum: 6, maximum: 8}", "{minimum: 8, maximum: 7}", "admission.minimum", "above", "ex"),
    "unknown area": ("area: streets", "area: roads", "competences[0].area", '"roads"', "use one of: streets"),
    "unknown phase": ("phase: design", "phase: dsign", "roles[0].phase", '"dsign"', "use one of: design"),
    "unknown competence": ("competence: STR-1", "competence: STR-2", "roles[0].requires[0].competence", '"STR-2"', "STR-1"),
    "unknown form": ("participation: online", "participation: post", "modules[0].participation", '"post"', "online"),
    "unknown assessment": ("assessment: case-study", "assessment: quiz", "modules[0].assessment", '"quiz"', "case-study"),
    "competence twice in a role": (
        "      - {competence: STR-1, level: 5}\n\npart",
        "      - {competence: STR-1, level: 5}\n      - {competence: STR-1, level: 4}\n\npart",
        "roles[0].requires[1].competence", "already at position 0", "keep one",
    ),
    "role id twice but for capitals": (
        "participation_forms:\n", SECOND_ROLE, "roles[1].id", "as roles[0].id is", "its own id"
    ),
    "module version twice": (
        "modules:\n", "modules:\n" + second_module("listening-to-streets", "1", "2025-01-01"),
        "modules[1].version", "as in modules[0]", "another version",
    ),
    "module spelt differently": (
        "modules:\n", "modules:\n" + second_module("Listening-to-streets", "0", "2025-01-01"),
        "modules[1].id", "is spelt", "alike",
    ),
    "versions in the wrong order": (
        "modules:\n", "modules:\n" + second_module("listening-to-streets", "2", "2027-01-01"),
        "modules[1].valid_from", "not after 2027-01-01", "oldest first",
    ),
    "module without competences": (
        "    addresses:\n      - {competence: STR-1, level: 5}\n", "    addresses: []\n",
        "modules[0].addresses", "is empty", "give the competences",
    ),
    "role without competences": (
        "    requires:\n      - {competence: STR-1, level: 5}\n", "    requires: []\n",
        "roles[0].requires", "is empty", "give every required competence",
    ),
    "ends before it begins": ("2028-12-31", "2025-12-31", "modules[0].valid_until", "before valid_from", "exchange"),
    "no day of the calendar": ("2026-01-01", "2026-02-30", "modules[0].valid_from", "no calendar has", "correct"),
    "day in another form": ("2026-01-01", "01.01.2026", "modules[0].valid_from", '"01.01.2026"', "YYYY-MM-DD"),
    "no workload": ('workload_hours: "12.5"', "workload_hours: 0", "modules[0].workload_hours", "is 0", "more than 0"),
    "no workload as text": ('workload_hours: "12.5"', "workload_hours: 0.0", "modules[0].workload_hours", "0.0", "more than 0"),
    "workload of zero quarters": ('"12.5"', "0", "modules[0].workload_hours", "is 0", "more than 0"),
    "negative workload": ('"12.5"', "-8", "modules[0].workload_hours", "is -8", "more than 0"),
    "workload in thirds": ('"12.5"', "12.33", "modules[0].workload_hours", "12.33", "quarters"),
    "endless workload": ('"12.5"', "9000.5", "modules[0].workload_hours", "out of range", "at most 2000"),
    "too many credits": ('ects: "0.5"', "ects: 99.5", "modules[0].ects", "out of range", "at most 60"),
    "country as word": ("country: BG", "country: Bulgaria", "scheme.awarding_body.country", "Bulgaria", "two capital"),
    "country unknown": ("country: BG", "country: ZZ", "scheme.awarding_body.country", "ISO 3166-1", "as BG"),
    "country of the EU's own": ("country: BG", "country: EL", "scheme.awarding_body.country", "ISO 3166-1", "GR for Greece"),
    "http": ("https://quiet", "http://quiet", "scheme.awarding_body.website", "not an https", "https://www"),
    "a password in an address": ("https://quiet", "https://me:pw@quiet", "scheme.awarding_body.website", "https", "write"),
    "a broken address": ("https://quiet-streets.example", "https://[::1", "scheme.awarding_body.website", "https", "write"),
    "validity of no month": ("months: 36", "months: 0", "scheme.validity_months", "is 0", "1 to 120"),
    "validity of a century": ("months: 36", "months: 1200", "scheme.validity_months", "is 1200", "1 to 120"),
    "prefix in small letters": ("prefix: QS", "prefix: qs", "scheme.number_prefix", '"qs"', "2 to 8 capital"),
    "prefix too long": ("prefix: QS", "prefix: QSQSQSQSQ", "scheme.number_prefix", "QSQSQSQSQ", "2 to 8 capital"),
    "id with a space": ("id: quiet-streets", "id: quiet streets", "id", '"quiet streets"', "single hyphens"),
    "id too long": ("id: quiet-streets", "id: " + "q" * 49, "id", "49 characters", "shorten"),
    "text too long": ("{en: Streets,", "{en: " + "s" * 121 + ",", "areas[0].title.en", "at most 120", "shorten"),
    "empty text": ("{en: Streets,", '{en: "",', "areas[0].title.en", "is empty", "give a text"),
    "blank text": ("{en: Streets,", '{en: " ",', "areas[0].title.en", "a space", "remove"),
    "no first language": ("{en: Streets, bg", "{bg", "areas[0].title", 'no text in "en"', "add en: ..."),
    "no second title": (", bg: Улици", "", "areas[0].title", 'no title in "bg"', "add bg: ..."),
    "language not declared": ("{en: Streets,", "{en: Streets, de: Straßen,", "areas[0].title.de", "declare", "declare"),
    "alias not declared": ("      en: [Public", "      de: [Public", "roles[0].aliases.de", "declare", "declare"),
    "no language tag": ("languages: [en, bg]", "languages: [en, bg, English]", "languages[2]", '"English"', "BCP 47"),
    "language twice": ("languages: [en, bg]", "languages: [en, bg, en]", "languages", "twice", "remove"),
    "text where texts belong": ("{en: Streets, bg: Улици}", "Streets", "areas[0].title", "not a mapping", "by language"),
    "list where a mapping belongs": ("levels: {minimum: 4, maximum: 6}", "levels: [4, 6]", "levels", "a list", "range"),
    "nothing where a list belongs": ("      - {competence: STR-1, level: 5}\n\npart", "\npart", "roles[0].requires", "empty", "give"),
    "ESCO address of another house": ("http://data.europa.eu/esco", "http://esco.example", "competences[0].esco", "esco.example", "ESCO"),
    "right-to-left override": ("{en: Streets,", '{en: "Str\\u202Eeets",', "areas[0].title.en", "U+202E RIGHT-TO-LEFT", "remove"),
    "escaped control character": ("{en: Streets,", '{en: "Str\\u0007eets",', "areas[0].title.en", "U+0007", "remove"),
    "line break": ("      en: >-\n", "      en: >\n", "competences[0].description.en", "line break", "write >-"),
    "form named by a phrase": ("  online: {", "  on line: {", "participation_forms.on line", "wrong form", "single hyphens"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_refused_with_line_path_and_fix(case: str) -> None:
    old, new, path, said, fix = BROKEN[case]
    assert old in EXAMPLE
    text = EXAMPLE.replace(old, new, 1)

    with pytest.raises(FrameworkInvalid) as refused:
        load_framework(text.encode(), "broken.yaml")

    fitting = [
        problem
        for problem in refused.value.problems
        if re.match(rf"broken.yaml:\d+: {re.escape(path)}", problem)
    ]
    assert [p for p in fitting if said in p and fix in p.rsplit("(", 1)[1]], refused.value.problems


@pytest.mark.parametrize(
    "case", [name for name, (_, new, *_) in BROKEN.items() if new and "\n" not in new and "[" not in new]
)
def test_the_line_named_is_the_line_of_the_fault(case: str) -> None:
    old, new, path, *_ = BROKEN[case]
    line = EXAMPLE[: EXAMPLE.index(old)].count("\n") + 1

    with pytest.raises(FrameworkInvalid) as refused:
        load_framework(EXAMPLE.replace(old, new, 1).encode(), "broken.yaml")

    assert any(problem.startswith(f"broken.yaml:{line}: {path}") for problem in refused.value.problems)


def test_all_faults_are_named_at_once_in_the_order_of_the_file() -> None:
    text = (
        EXAMPLE.replace("level: 5}", "level: 9}")
        .replace("area: streets", "area: x")
        .replace("format: 1", "format: 0")
    )

    with pytest.raises(FrameworkInvalid) as refused:
        load_framework(text.encode(), "f.yaml")

    lines = [int(problem.split(":")[1]) for problem in refused.value.problems]
    assert len(lines) == 4
    assert lines == sorted(lines)
    assert "4 problems" in str(refused.value)


def test_a_level_out_of_every_range_is_one_fault_and_not_two() -> None:
    with pytest.raises(FrameworkInvalid) as refused:
        load_framework(EXAMPLE.replace("level: 5}", "level: 9}", 1).encode())

    assert len(refused.value.problems) == 1


def test_a_document_without_lines_is_named_by_path() -> None:
    with pytest.raises(FrameworkInvalid) as refused:
        from_document({"format": 1, "levels": {"minimum": 6, "maximum": 4}}, "stored")

    assert any(problem.startswith("stored: levels.minimum: is 6") for problem in refused.value.problems)


@pytest.mark.parametrize("document", [None, 1, "text", [], [{}], True, 1.5])
def test_what_is_no_mapping_is_refused(document: object) -> None:
    with pytest.raises(FrameworkInvalid):
        from_document(document)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x7fELF\x02\x01\0\0\xd0", "f.yaml: is no framework: it is no text."),
        (b"root:x:0:0:root:/root:/bin/sh\n", "it holds plain text"),
        (b"-1\n", "it holds plain text"),
        (b'[{"a": 1}]', "it holds a list"),
        (b"null\n", "it holds nothing"),
        (b"{}", "none of the keys"),
        (b"name: certify\non: push\n", "none of the keys"),
    ],
)
def test_a_file_that_is_no_framework_is_said_to_be_none_and_nothing_of_its_keys(
    data: bytes, said: str
) -> None:
    with pytest.raises(FrameworkInvalid) as refused:
        load_framework(data, "f.yaml")
    (problem,) = refused.value.problems

    assert said in problem
    assert "docs/framework-format.md" in problem
    assert "root" not in problem, "what another file says is nobody's business here"


def test_a_quoted_line_break_at_the_end_of_an_id_is_refused() -> None:
    # A pattern's $ also matches before a last line break; the rule on texts closes that gap.
    with pytest.raises(FrameworkInvalid, match="line break"):
        load_framework(EXAMPLE.replace("id: quiet-streets", 'id: "quiet-streets\\n"').encode())


def test_every_rule_says_what_it_asks_for() -> None:
    assert all((rule.__doc__ or "").strip().endswith(".") for rule in RULES.values())


def test_every_rule_is_broken_by_one_of_the_files_above() -> None:
    unbroken = set(RULES)
    for old, new, *_ in BROKEN.values():
        document, _ = read_yaml(EXAMPLE.replace(old, new, 1).encode(), "broken.yaml")
        unbroken -= {name for name, rule in RULES.items() if list(rule(document))}

    assert not unbroken
