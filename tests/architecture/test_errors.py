"""Every error that may cross a boundary has a code of its own, an answer for programs and an explanation for people."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest
from installation import install

from certify import errors
from certify.errors import CertifyError
from certify.web.app import create_app
from certify.web.problems import PROBLEMS, answer_to

ROOT = Path(__file__).parents[2]
RAW = {"Exception", "ValueError", "KeyError", "IndexError", "LookupError", "OSError", "ArithmeticError"}
"""RuntimeError and TypeError are not among them: they tell the program's author of a mistake."""


def subclasses(kind: type[CertifyError]) -> Iterator[type[CertifyError]]:
    """The program's own: other tests, in the same process, may make some for themselves."""
    if kind.__module__.startswith("certify."):
        yield kind
    for child in kind.__subclasses__():
        yield from subclasses(child)


ERRORS = sorted(set(subclasses(CertifyError)), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", ERRORS)
def test_every_error_is_mapped_to_a_problem_and_says_what_it_means(kind: type[CertifyError]) -> None:
    problem = PROBLEMS[kind.code]

    assert HTTPStatus(problem.status) >= HTTPStatus.BAD_REQUEST
    assert problem.title
    assert problem.meaning.endswith(".")
    assert "code" in vars(kind), "its code is its own, not inherited"
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", kind.code)
    assert kind.__doc__
    assert kind.__doc__.split("\n")[0].rstrip(".") != (kind.__base__.__doc__ or "").split("\n")[0].rstrip(".")


def test_no_two_errors_share_a_code() -> None:
    assert not [code for code, count in Counter(kind.code for kind in ERRORS).items() if count > 1]


def test_all_errors_are_found_in_one_file() -> None:
    assert {kind.__module__ for kind in ERRORS} == {errors.__name__}


def test_an_error_without_a_mapping_is_answered_without_detail() -> None:
    class Unheard(CertifyError):
        code = "unheard-of"

    answer = answer_to(Unheard("the key is 12345", where="keys/secret", fix="ask nobody"))

    assert (answer.code, answer.problem.status) == ("error", 500)
    assert (answer.detail, answer.where, answer.fix) == ("", "", "")


def test_the_page_of_problems_explains_every_code(tmp_path: Path) -> None:
    page = create_app(install(tmp_path).services).test_client().get("/problems").get_data(as_text=True)

    assert set(re.findall(r'id="([a-z-]+)"', page)) >= PROBLEMS.keys()
    assert {kind.code for kind in ERRORS} <= PROBLEMS.keys()


def test_no_raw_error_is_raised_that_the_same_function_does_not_catch() -> None:
    found = []
    for path in sorted((ROOT / "certify").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        caught = {
            raising
            for attempt in ast.walk(tree)
            if isinstance(attempt, ast.Try)
            and RAW
            & {
                name.id
                for handler in attempt.handlers
                for name in ast.walk(handler)
                if isinstance(name, ast.Name)
            }
            for statement in attempt.body
            for raising in ast.walk(statement)
            if isinstance(raising, ast.Raise)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Raise) and node.exc is not None and node not in caught:
                raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
                if isinstance(raised, ast.Name) and raised.id in RAW:
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno} raises {raised.id}")

    assert not found


def test_no_handler_swallows_everything() -> None:
    """A handler that catches all errors also catches the mistakes of this program."""
    broad = {
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted((ROOT / "certify").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and (
            node.type is None
            or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"})
        )
    }

    assert not broad
