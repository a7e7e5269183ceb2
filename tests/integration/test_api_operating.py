"""Schemes by API: what is tried changes nothing, every fault is named, and what was published stays."""

from __future__ import annotations

import pytest
from api_story import open_story

from certify.framework.load import published_scheme
from certify.web.api import PREFIX

SCHEME = published_scheme()
NEXT = SCHEME.replace(b"2026.1", b"2026.2")


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    made = open_story(tmp_path_factory.mktemp("operating"))
    yield made
    made.place.services.database.close()


def sent(story, path, data):
    headers = {"Authorization": f"Bearer {story.token('administrator')}"}
    return story.app.test_client().post(
        f"{PREFIX}{path}", data=data, headers=headers, content_type="application/yaml"
    )


def versions(story):
    with story.place.services.database.reading() as unit:
        return {version for name, version, _at in unit.frameworks.all() if name == "skills4cities"}


def test_a_scheme_is_tried_without_a_trace_and_every_fault_is_named(story):
    tried = sent(story, "/frameworks/trial", NEXT)
    assert (tried.status_code, tried.json["version"], tried.json["unreached"]) == (200, "2026.2", [])
    for path in ("/frameworks/trial", "/frameworks"):
        for rubbish in (b"", b"\xff", b"a: [", NEXT.replace(b"roles:", b"rolls:")):
            refused = sent(story, path, rubbish)
            assert (refused.status_code, refused.json["code"]) == (422, "framework-invalid")
            assert refused.json["errors"]
    assert versions(story) == {"2026.1"}


def test_a_published_version_stays_as_it_is(story):
    for _ in range(2):
        assert sent(story, "/frameworks", NEXT).status_code == 201
    assert versions(story) == {"2026.1", "2026.2"}
    other = sent(story, "/frameworks", NEXT + b"\n# the same\n")
    assert other.status_code == 201
    changed = sent(story, "/frameworks", NEXT.replace(b"illustrative: true", b"illustrative: false"))
    assert (changed.status_code, changed.json["code"]) == (409, "framework-published")
