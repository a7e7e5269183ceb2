"""New certificates have the designs that the installation chose, and what was begun with another keeps it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from installation import Installation

from certify.bootstrap import Services, build
from certify.cli import main
from certify.errors import DesignInvalid, SettingInvalid
from certify.issuing.designs import ChosenDesigns
from certify.verification.report import CheckOutcome

SHIPPED = Path(__file__).parents[2] / "certify" / "pdf" / "designs"


def drawn(folder: Path, design_id: str, version: int = 1, kind: str = "role") -> None:
    """Put a design of one's own into a folder: the shipped one in other ink."""
    folder.mkdir(exist_ok=True)
    document = yaml.safe_load((SHIPPED / f"{kind}-1.yaml").read_text("utf-8"))
    document |= {"id": design_id, "version": version}
    document["inks"] = dict.fromkeys(document["inks"], "#112233")
    (folder / f"{design_id}-{version}.yaml").write_text(yaml.safe_dump(document), "utf-8")


def choosing(place: Installation, *designs: str) -> Services:
    """The installation's services after its operator chose designs and started it again."""
    settings = replace(
        place.services.settings, template_directory=place.services.settings.key_directory.parent / "designs",
        designs=designs,
    )  # fmt: skip
    return build(settings, place.services.clock)


def test_a_new_certificate_has_the_chosen_design_and_an_older_one_keeps_its_own(place):
    drawn(place.services.settings.key_directory.parent / "designs", "town")
    before = place.services.issuer.issue(place.granted("C-1"))
    prepared = place.services.issuer.prepare(place.granted("C-2"))
    services = choosing(place, "town-1")

    after = services.issuer.issue(place.granted("C-3"))
    finished = services.issuer.issue(prepared.decision_id)

    assert (after.award.template_id, after.award.template_version) == ("town", 1)
    for row in (before, finished):
        assert (row.award.template_id, row.award.template_version) == ("role", 1)
    for row in (before, finished, after):
        assert services.verifier.verify_certificate(row.id).verdict is CheckOutcome.PASSED
    services.database.close()


def test_one_framework_may_have_a_design_of_its_own(place):
    folder = place.services.settings.key_directory.parent / "designs"
    drawn(folder, "town")
    drawn(folder, "crest", version=2)

    services = choosing(place, "town-1", "small:crest-2")

    assert services.issuer.issue(place.granted()).award.template_id == "crest"
    chosen = services.chosen_designs
    assert chosen.of("small", "role") == ("crest", 2)
    assert chosen.of("another", "role") == ("town", 1)
    assert chosen.of("small", "unit") == ("unit", 1)
    assert chosen.frameworks("crest", 2) == ["small"]
    assert chosen.frameworks("town", 1) == chosen.frameworks("unit", 1) == ["*"]
    assert chosen.frameworks("role", 1) == []
    services.database.close()


def test_designs_that_cannot_be_used_stop_issuing_before_anything_is_prepared(place):
    folder = place.services.settings.key_directory.parent / "designs"
    drawn(folder, "town")
    drawn(folder, "crest", version=2)
    decision = place.granted()

    for designs, error in (("nowhere-1", DesignInvalid), ("town-1 crest-2", SettingInvalid)):
        services = choosing(place, *designs.split())
        with pytest.raises(error):
            services.issuer.issue(decision)
        with services.database.reading() as unit:
            assert unit.certificates.by_decision(decision) is None
        services.database.close()


def test_two_designs_for_the_same_certificates_are_named():
    with pytest.raises(SettingInvalid, match=r"town-1 and crest-2 .* both are for a role"):
        ChosenDesigns(["town-1", "crest-2"], lambda _id, _version: "role")

    ChosenDesigns(["town-1", "a:crest-2", "b:crest-2"], lambda _id, _version: "role")


def test_the_list_says_what_new_certificates_have(tmp_path):
    drawn(tmp_path / "own", "town")

    def listed(designs: str):
        variables = {"CERTIFY_TEMPLATE_DIRECTORY": str(tmp_path / "own"), "CERTIFY_DESIGNS": designs}
        done = CliRunner().invoke(main, ["template", "list", "--json"], env=variables)
        assert done.exit_code == 0
        named = {item["id"]: item["new_certificates_of"] for item in json.loads(done.stdout)}
        return named, done.stderr

    assert listed("s4c:town-1") == ({"role": ["*"], "town": ["s4c"], "unit": ["*"]}, "")
    named, said = listed("twon-1")
    assert named == {"role": [], "town": [], "unit": []}
    assert "'twon'" in said
