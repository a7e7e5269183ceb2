"""The description of the API is valid, whole, and true: its examples are sent, and its answers are what comes back."""

from __future__ import annotations

import json

import pytest
from api_story import alike, open_story
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from certify.web.access import ACCESS, PUBLIC
from certify.web.api.examples import EXAMPLES, recorded
from certify.web.api.openapi import routes


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    made = open_story(tmp_path_factory.mktemp("story"))
    yield made
    made.place.services.database.close()


@pytest.fixture(scope="module")
def document(story):
    return story.app.test_client().get("/api/v1/openapi.json").json


def schema_at(document, reference):
    """A schema that sees the whole document, so that its references lead somewhere."""
    return Draft202012Validator(
        document | {"$ref": reference}, format_checker=Draft202012Validator.FORMAT_CHECKER
    )


def resolved(document, value):
    while "$ref" in value:
        name = value["$ref"].split("/")
        value = document["components"][name[2]][name[3]]
    return value


def test_the_document_is_valid_openapi_3_1(document):
    assert not [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()]


def test_every_operation_has_an_example_an_id_of_its_own_and_says_who_may_send_it(story, document):
    operations = {endpoint: document["paths"][path][method] for endpoint, path, method in routes(story.app)}
    assert operations.keys() == EXAMPLES.keys()
    assert len({operation["operationId"] for operation in operations.values()}) == len(operations)
    for endpoint, operation in operations.items():
        assert operation["summary"].endswith("."), endpoint
        roles = [] if ACCESS[endpoint] is PUBLIC else sorted(ACCESS[endpoint])
        assert operation["x-roles"] == roles
        assert (operation.get("security") == []) is (not roles), endpoint


def test_every_example_is_answered_as_the_document_says_and_as_was_recorded(story, document):
    for endpoint, path, method, answer in story.told():
        told = (endpoint, answer.status_code, answer.data[:600])
        assert answer.status_code in {200, 201, 202, 204}, told
        described = document["paths"][path][method]["responses"][str(answer.status_code)]
        content = described.get("content", {})
        assert (answer.mimetype in content) is (answer.status_code != 204), told
        if answer.mimetype != "application/json" or not answer.data:
            continue
        place = f"#/paths/{path.replace('/', '~1')}/{method}/responses/{answer.status_code}/content/application~1json"
        schema = schema_at(document, f"{place}/schema")
        assert not [error.message for error in schema.iter_errors(answer.json)], told
        shown = content["application/json"]["example"]
        assert not [error.message for error in schema.iter_errors(shown)], endpoint
        assert recorded()[endpoint]["status"] == answer.status_code
        assert alike(shown, answer.json), f"{endpoint}: run tools/write_api_examples.py"


def test_every_example_that_is_sent_is_what_the_document_asks_for(document):
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method == "parameters":
                continue
            for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
                if media_type == "application/json":
                    place = f"#/paths/{path.replace('/', '~1')}/{method}/requestBody/content/application~1json/schema"
                    assert schema_at(document, place).is_valid(content["example"]), (path, method)


def test_every_refusal_is_described_as_a_problem_document(document):
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method == "parameters":
                continue
            for status, answer in operation["responses"].items():
                if status >= "400":
                    content = resolved(document, answer)["content"]
                    assert list(content) == ["application/problem+json"], (path, method, status)


def test_no_recorded_answer_holds_a_real_token():
    assert json.dumps(recorded()).count('"token"') == 1
    assert recorded()["api-sessions.open_session"]["body"]["token"] == "TOKEN"


def test_the_page_for_people_shows_every_operation_and_runs_no_script(story, document):
    answer = story.app.test_client().get("/api", headers={"Accept-Language": "bg"})
    page = answer.get_data(as_text=True)

    assert (answer.status_code, answer.headers.get("Set-Cookie")) == (200, None)
    assert "<script" not in page
    assert 'lang="bg"' in page
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method != "parameters":
                assert f"{method.upper()} {path}" in page
                assert f'id="{operation["operationId"]}"' in page
    assert "city-as-a-system" in page
