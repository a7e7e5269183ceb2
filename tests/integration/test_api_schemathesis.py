"""Whatever is sent to the API, by whomever, is answered as its description says: schemathesis draws the requests.

On PostgreSQL, which is the stricter of the two about what a text may hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from api_story import Story, open_story
from databases import fresh_database
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode

from certify.web.api import examples as shown

EXAMPLES = 5
"""Requests of each kind for each operation and role that may ask; the whole stays well under a minute."""

CONFIG = SchemathesisConfig.from_dict(
    {
        "checks": {
            # A request that its schema allows may still be refused by a rule that no schema can say: 422 as well.
            "positive_data_acceptance": {"expected-statuses": ["2xx", 401, 403, 404, 409, 415, 422]}
        }
    }
)
ONCE = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
PLAIN = {"/api/v1/frameworks/{framework_id}"}
"""Addresses with nothing to get wrong: any text may be asked for."""


@pytest.fixture(scope="module")
def story(tmp_path_factory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("fuzzed")
    with fresh_database("postgresql", folder) as url:
        made = open_story(folder, url)
        for _ in made.told():
            pass  # so that there is something of everything
        made.tokens.clear()
        yield made
        made.place.services.database.close()


@pytest.fixture(scope="module")
def operations(story) -> dict[str, Any]:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", story.app, config=CONFIG)
    return {operation.ok().label: operation.ok() for operation in schema.get_all_operations()}


def aimed(story: Story, case: Any) -> None:
    """Put real identifiers where the request has drawn ones, so that it gets past the first door."""
    real = {
        "candidate_id": story.real[shown.CANDIDATE],
        "cohort_id": story.real[shown.COHORT],
        "completion_id": story.real[shown.COMPLETION],
        "certificate_id": story.real[shown.CERTIFICATE],
        "correction_id": story.real[shown.CORRECTION],
        "framework_id": shown.FRAMEWORK,
        "role_id": shown.ROLE,
        "module_id": shown.MODULE,
        "module_version": "2",
    }
    for part in (case.path_parameters, case.body):
        if isinstance(part, dict):
            part.update({name: value for name, value in real.items() if name in part})


def fuzz(story: Story, operation: Any, role: str, mode: GenerationMode) -> None:
    def headers() -> dict[str, str]:
        return {"Authorization": f"Bearer {story.token(role)}"} if role else {}

    @ONCE
    @given(case=operation.as_strategy(generation_mode=mode), aim=st.booleans())
    def ask(case: Any, *, aim: bool) -> None:
        if aim and mode is GenerationMode.POSITIVE:
            aimed(story, case)
        given_headers = headers()
        answer = case.call(headers=given_headers)
        if operation.path.endswith("/sessions/current"):
            story.tokens.pop(role, None)
        case.validate_response(answer, headers=given_headers)

    ask()


def test_every_operation_answers_as_described_to_whoever_may_ask(story, operations):
    assert len(operations) == len(shown.EXAMPLES)
    for operation in operations.values():
        for role in operation.definition.raw["x-roles"] or [""]:
            fuzz(story, operation, role, GenerationMode.POSITIVE)


def test_every_operation_refuses_what_its_description_does_not_allow(story, operations):
    for operation in operations.values():
        asks = operation.body or operation.query or operation.path_parameters
        if asks and operation.path not in PLAIN:
            role = (operation.definition.raw["x-roles"] or [""])[0]
            fuzz(story, operation, role, GenerationMode.NEGATIVE)
