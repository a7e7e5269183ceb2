"""Any valid framework survives storing; any change of content shows in its digest; no input breaks the loader."""

import copy
import json
import random
import string
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certify.errors import FrameworkInvalid
from certify.framework.load import canonical_document, from_document, load_framework, published_scheme

COUNTS = st.integers(1, 3)
WORDS = st.text(
    st.sampled_from("abc éЖЩיםمدينة:#-'\"{}[],&*!|>%@`no") | st.sampled_from("0123456789.~"),
    min_size=1,
    max_size=30,
)
TEXTS = WORDS.map(str.strip).filter(bool)
SLOW = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:  # noqa: C901 - one part of the format after another
    """Small documents in canonical form: every optional key there or not, every text odd."""
    languages = draw(st.sampled_from([["en"], ["bg", "en"], ["no", "en", "sr-Latn"]]))
    low = draw(st.integers(1, 8))
    high = draw(st.integers(low, 8))

    def texts() -> dict[str, str]:
        return {language: draw(TEXTS) for language in languages}

    def ids(prefix: str) -> list[str]:
        return [f"{prefix}-{n}" for n in range(draw(COUNTS))]

    areas, phases, competences = ids("area"), ids("phase"), ids("C")
    forms, kinds = ids("form"), ids("kind")

    def levels() -> list[dict[str, Any]]:
        chosen = draw(st.lists(st.sampled_from(competences), min_size=1, unique=True))
        return [{"competence": name, "level": draw(st.integers(low, high))} for name in chosen]

    def competence(name: str) -> dict[str, Any]:
        outcomes = {kind: texts() for kind in ("knowledge", "skills", "responsibility_autonomy")}
        item = {
            "id": name, "area": draw(st.sampled_from(areas)), "title": texts(), "description": texts(),
            "learning_outcomes": outcomes,
        }  # fmt: skip
        if draw(st.booleans()):
            item["unit_levels"] = sorted(draw(st.sets(st.integers(low, high), min_size=1)))
        if draw(st.booleans()):
            item["esco"] = "http://data.europa.eu/esco/skill/" + draw(
                st.text(string.hexdigits, min_size=1, max_size=8)
            )
        return item

    def role(name: str) -> dict[str, Any]:
        item = {
            "id": name, "phase": draw(st.sampled_from(phases)), "title": texts(), "description": texts(),
            "requires": levels(),
        }  # fmt: skip
        if draw(st.booleans()):
            item["aliases"] = {languages[-1]: draw(st.lists(TEXTS, min_size=1, max_size=3, unique=True))}
        return item

    def module(name: str) -> dict[str, Any]:
        begins = draw(st.dates())
        item = {
            "id": name, "version": draw(st.sampled_from(["1", "1.0", "2026-a"])), "title": texts(),
            "provider": draw(TEXTS), "addresses": levels(),
            "workload_hours": draw(st.sampled_from(["1", "0.25", "7.5", "2000", "13.75"])),
            "participation": draw(st.sampled_from(forms)), "assessment": draw(st.sampled_from(kinds)),
            "valid_from": begins.isoformat(),
        }  # fmt: skip
        if draw(st.booleans()):
            item["ects"] = draw(st.sampled_from(["1", "0.5", "60", "2.25"]))
        if draw(st.booleans()):
            item["valid_until"] = draw(st.dates(min_value=begins)).isoformat()
        return item

    return {
        "format": 1, "id": "scheme", "version": "1", "title": texts(), "languages": languages,
        "illustrative": draw(st.booleans()),
        "levels": {"minimum": low, "maximum": high}, "admission": {"minimum": 7, "maximum": 8},
        "scheme": {
            "awarding_body": {"name": texts(), "country": draw(st.sampled_from(["BG", "NO"])),
                              "website": "https://a.example", "signatory": texts()},
            "quality_assurance": texts(), "assessment": texts(), "participation": texts(), "renewal": texts(),
            "validity_months": draw(st.integers(1, 120)), "number_prefix": "S4C",
        },
        "phases": [{"id": name, "title": texts()} for name in phases],
        "areas": [{"id": name, "title": texts()} for name in areas],
        "competences": [competence(name) for name in competences],
        "roles": [role(name) for name in ids("role")],
        "participation_forms": {name: texts() for name in forms},
        "assessment_types": {name: texts() for name in kinds},
        "modules": [module(name) for name in ids("module")],
    }  # fmt: skip


def shuffled(value: object, dice: random.Random) -> object:
    """Return the value with the keys of every mapping in another order."""
    if isinstance(value, dict):
        keys = list(value)
        dice.shuffle(keys)
        return {key: shuffled(value[key], dice) for key in keys}
    return [shuffled(item, dice) for item in value] if isinstance(value, list) else value


def leaves(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if isinstance(value, dict):
        return [leaf for key, item in value.items() for leaf in leaves(item, (*path, key))]
    if isinstance(value, list):
        return [leaf for n, item in enumerate(value) for leaf in leaves(item, (*path, n))]
    return [path]


def replaced(document: dict[str, Any], path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    inner: Any = changed
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return changed


@SLOW
@given(documents())
def test_a_document_becomes_a_framework_and_the_same_document_again(document: dict[str, Any]) -> None:
    stored = canonical_document(from_document(document))

    assert json.loads(stored) == document
    assert from_document(json.loads(stored)) == from_document(document)


@SLOW
@given(documents(), st.integers(), st.sampled_from(["flow", "block", "json"]), st.integers(30, 200))
def test_the_digest_does_not_depend_on_how_the_file_is_laid_out(
    document: dict[str, Any], seed: int, layout: str, width: int
) -> None:
    other = shuffled(document, random.Random(seed))
    if layout == "json":
        text = json.dumps(other, ensure_ascii=seed % 2 == 0, indent=width % 3)
    else:
        text = yaml.safe_dump(
            other, allow_unicode=True, default_flow_style=layout == "flow", sort_keys=False, width=width
        )

    assert load_framework(text.encode()).digest == from_document(document).digest


@SLOW
@given(documents(), st.data())
def test_changing_any_leaf_changes_the_digest_or_is_refused(
    document: dict[str, Any], data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(leaves(document)))
    value: Any = document
    for step in path:
        value = value[step]
    changed = not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else value + "x"

    try:
        framework = from_document(replaced(document, path, changed))
    except FrameworkInvalid:
        return
    assert framework.digest != from_document(document).digest


SCHEME = json.loads(canonical_document(load_framework(published_scheme())))
TEXT_LEAVES = [path for path in leaves(SCHEME) if path[-1] in {"en", "bg", "provider"}]


def test_the_shipped_scheme_has_texts_to_change() -> None:
    assert len(TEXT_LEAVES) > 300


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(TEXT_LEAVES))
def test_every_text_of_the_shipped_scheme_is_under_its_digest(path: tuple[str | int, ...]) -> None:
    assert from_document(replaced(SCHEME, path, "Other words")).digest != from_document(SCHEME).digest


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)


@SLOW
@given(documents(), JSON, st.data())
def test_a_document_with_anything_anywhere_is_refused_or_survives_storing(
    document: dict[str, Any], anything: object, data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(leaves(document)))
    path = path[: data.draw(st.integers(1, len(path)))]
    try:
        framework = from_document(replaced(document, path, anything))
    except FrameworkInvalid:
        return
    assert from_document(json.loads(canonical_document(framework))) == framework


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | st.text("ab:-[]{}&*!|>'\"\n\t #?,%@0", max_size=80).map(str.encode))
def test_no_bytes_break_the_loader(data: bytes) -> None:
    with pytest.raises(FrameworkInvalid) as refused:
        load_framework(data)
    assert refused.value.problems
