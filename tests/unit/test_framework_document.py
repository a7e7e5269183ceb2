"""The canonical document, its digest, and what the shipped scheme and the format's page hold."""

import hashlib
import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from babel import Locale

from certify.errors import NotFound
from certify.framework.countries import ISO_3166_1
from certify.framework.coverage import coverage
from certify.framework.load import canonical_document, from_document, load_framework, published_scheme
from certify.framework.model import CompetenceLevel
from certify.framework.structure import schema

PAGE = Path(__file__).parents[2] / "docs" / "framework-format.md"
EXAMPLE = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[0]


def test_the_example_becomes_plain_values() -> None:
    framework = load_framework(EXAMPLE.encode())

    assert (framework.id, framework.version, framework.languages) == ("quiet-streets", "2026.1", ("en", "bg"))
    assert framework.illustrative is True
    assert 6 in framework.levels
    assert 7 not in framework.levels
    assert framework.role["street-designer"].requires == (CompetenceLevel("STR-1", 5),)
    assert framework.role["street-designer"].aliases["en"] == ("Public Space Designer",)
    module = framework.module["listening-to-streets", "1"]
    assert (module.workload_minutes, module.ects) == (750, Decimal("0.5"))
    assert (module.valid_from, module.valid_until) == (date(2026, 1, 1), date(2028, 12, 31))
    description = framework.competence["STR-1"].description["en"]
    assert description == "Measures the noise of a street over a day and explains where it comes from."


def test_the_digest_is_of_the_canonical_document_and_survives_storing() -> None:
    framework = load_framework(EXAMPLE.encode())
    stored = canonical_document(framework)

    assert framework.digest == hashlib.sha256(stored).hexdigest()
    assert from_document(json.loads(stored)) == framework
    assert canonical_document(json.loads(stored)) == stored


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"12.5"', "12.5"),
        ('"0.5"', "0.50"),
        ("levels: {minimum: 4, maximum: 6}", "levels:\n  maximum: 6 # highest\n  minimum: 4"),
        ("id: quiet-streets", "id: 'quiet-streets'"),
        ("      en: >-\n        Measures the noise of a street over a day\n        and", "      en: Measures the noise of a street over a day and"),
    ],
)  # fmt: skip
def test_layout_does_not_change_the_digest(old: str, new: str) -> None:
    assert old in EXAMPLE
    assert (
        load_framework(EXAMPLE.replace(old, new, 1).encode()).digest
        == load_framework(EXAMPLE.encode()).digest
    )


def test_nothing_but_the_file_says_illustrative() -> None:
    assert (
        load_framework(EXAMPLE.replace("illustrative: true", "illustrative: false").encode()).illustrative
        is False
    )


def test_texts_cannot_be_changed_after_loading() -> None:
    with pytest.raises(TypeError):
        load_framework(EXAMPLE.encode()).title["en"] = "Other"  # type: ignore[index]  # that it fails is the point


def test_a_requirement_that_no_module_reaches_is_named() -> None:
    text = EXAMPLE.replace("level: 5}", "level: 6}", 1)
    short = coverage(load_framework(text.encode()))

    assert [str(item) for item in short] == [
        "street-designer requires STR-1 at level 6, but the best module reaches level 5."
    ]
    assert coverage(load_framework(EXAMPLE.encode())) == ()


def test_a_module_that_is_no_longer_valid_reaches_nothing() -> None:
    framework = load_framework(EXAMPLE.encode())

    assert coverage(framework, date(2028, 12, 31)) == ()
    assert coverage(framework, date(2029, 1, 1))[0].best is None
    assert "no module addresses it" in str(coverage(framework, date(2025, 12, 31))[0])


def test_every_country_code_is_one_that_the_world_uses() -> None:
    territories = Locale("en").territories

    assert len(ISO_3166_1) == 249
    assert all(code in territories for code in ISO_3166_1)
    assert not {"EU", "UK", "EL", "ZZ", "XK"} & ISO_3166_1


class TestTheSkills4CitiesScheme:
    framework = load_framework(published_scheme())

    def test_it_is_illustrative(self) -> None:
        assert (self.framework.id, self.framework.version) == ("skills4cities", "2026.1")
        assert self.framework.illustrative is True

    def test_it_has_forty_competences_in_eight_areas_of_five(self) -> None:
        assert len(self.framework.competences) == 40
        for area in self.framework.areas:
            assert sum(item.area_id == area.id for item in self.framework.competences) == 5

    def test_digital_skills_are_one_area_of_eight(self) -> None:
        assert sum(item.area_id == "digital" for item in self.framework.competences) == 5

    def test_each_of_three_roles_stands_for_a_phase_and_requires_every_competence(self) -> None:
        assert list(self.framework.role) == [
            "smart-city-project-developer",
            "smart-city-project-manager",
            "smart-city-project-management-consultant",
        ]
        assert [role.phase_id for role in self.framework.roles] == list(self.framework.phase)
        for role in self.framework.roles:
            assert {asked.competence_id for asked in role.requires} == set(self.framework.competence)

    def test_levels_go_from_4_to_6_and_admission_from_7_to_8(self) -> None:
        used = {asked.level for role in self.framework.roles for asked in role.requires}
        reached = {item.level for module in self.framework.modules for item in module.addresses}

        assert used == reached == {4, 5, 6}
        assert (self.framework.admission.minimum, self.framework.admission.maximum) == (7, 8)

    def test_the_roles_have_profiles_of_their_own(self) -> None:
        assert len({role.requires for role in self.framework.roles}) == 3

    @pytest.mark.parametrize("day", [date(2026, 4, 1), date(2026, 7, 1), date(2030, 1, 1)])
    def test_every_requirement_is_reached_by_a_valid_module(self, day: date) -> None:
        assert coverage(self.framework, day) == ()

    def test_some_module_falls_short_of_what_a_role_requires(self) -> None:
        asked = {item for role in self.framework.roles for item in role.requires}
        addressed = {item for module in self.framework.modules for item in module.addresses}

        assert any(CompetenceLevel(item.competence_id, item.level - 1) in addressed for item in asked)

    def test_a_superseded_module_version_has_ended(self) -> None:
        ended = [module for module in self.framework.modules if module.valid_until is not None]

        assert {(module.id, module.version) for module in ended} == {
            ("city-as-a-system", "1"),
            ("law-and-procurement", "1"),
        }
        assert all((module.id, "2") in self.framework.module for module in ended)

    def test_workloads_are_realistic(self) -> None:
        assert all(8 * 60 <= module.workload_minutes <= 40 * 60 for module in self.framework.modules)
        assert all(
            25 <= m.workload_minutes / 60 / float(m.ects) <= 30 for m in self.framework.modules if m.ects
        )

    def test_every_competence_and_role_is_described_in_both_languages(self) -> None:
        for item in (*self.framework.competences, *self.framework.roles):
            assert set(item.description) == {"en", "bg"}

    def test_no_two_learning_outcomes_are_alike(self) -> None:
        outcomes = [
            texts["en"]
            for item in self.framework.competences
            for texts in (
                item.learning_outcomes.knowledge,
                item.learning_outcomes.skills,
                item.learning_outcomes.responsibility_autonomy,
            )
        ]
        assert len(set(outcomes)) == 120

    def test_its_texts_say_what_is_from_the_source_and_what_is_an_example(self) -> None:
        assert "accredited by no body" in self.framework.scheme.quality_assurance["en"]
        assert "21 September 2022" in self.framework.scheme.quality_assurance["en"]
        assert "illustrative" in self.framework.scheme.awarding_body.name["en"]

    @pytest.mark.parametrize("name", ["none", "../schemes/skills4cities", "", "skills4cities.yaml"])
    def test_no_other_file_can_be_asked_for(self, name: str) -> None:
        with pytest.raises(NotFound, match="skills4cities"):
            published_scheme(name)


def _keys(part: dict[str, Any], path: str) -> dict[str, str]:
    """Return every key of the schema by path, with ``required`` or ``optional``."""
    if "$ref" in part:
        name = part["$ref"].removeprefix("#/$defs/")
        return (
            {} if name.endswith("_texts") and name != "named_texts" else _keys(schema()["$defs"][name], path)
        )
    found: dict[str, str] = {}
    for key, inner in part.get("properties", {}).items():
        here = f"{path}.{key}" if path else key
        found[here] = "required" if key in part["required"] else "optional"
        found |= _keys(inner, here)
    if "items" in part:
        found |= _keys(part["items"], f"{path}[]")
    if part.get("additionalProperties", {}) == {"$ref": "#/$defs/short_texts"}:
        found[path + "{}"] = "optional"
    return found


def test_every_key_of_the_schema_is_on_the_page_and_no_other() -> None:
    rows = re.findall(r"^\| `([^`]+)` \| (\w+) \| .+ \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)

    assert dict(rows) == _keys(dict(schema()), "")
    assert len(rows) == len(dict(rows))


def test_the_example_uses_every_key() -> None:
    document = json.loads(canonical_document(load_framework(EXAMPLE.encode())))

    def used(value: object, path: str) -> set[str]:
        if isinstance(value, list):
            return {key for item in value for key in used(item, f"{path}[]")}
        if not isinstance(value, dict):
            return set()
        return {f"{path}.{key}".lstrip(".") for key in value} | {
            key for name, item in value.items() for key in used(item, f"{path}.{name}")
        }

    asked = {key for key in _keys(dict(schema()), "") if not key.endswith("{}")}
    assert asked <= {key.lstrip(".") for key in used(document, "")}
