"""The browser's verifier gives the answers of the Python one: the same facts and the same refusals.

It runs in node and in Chromium. What the letters of a code page are is asked in Chromium only: node reads
windows-1252 as Latin-1, and one gap of windows-1253 as a letter, where the Encoding Standard does not.
"""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import cbor2
import pytest
from credential_keys import BASE
from playwright.sync_api import sync_playwright
from small_scheme import TODAY
from statements import (
    ED25519,
    ID,
    NAMES,
    OTHER_ID,
    P256,
    RETIRED,
    facts,
    hostile,
    made,
    raw_of,
    statement_text,
)

from certify.credential.model import PublishedKey
from certify.statement import cbor
from certify.statement.address import to_text
from certify.statement.keylist import key_list
from certify.statement.payload import CODE_PAGES, Statement
from certify.statement.verify import Refusal, verify_statement

HERE = Path(__file__).parents[1] / "interop"
Asked = tuple[str, str]


Answers = dict[str, Any]
Engine = Callable[[dict[str, Any]], Answers]


def node(question: dict[str, Any], *options: str) -> Answers:
    answered = subprocess.run(
        ["node", *options, HERE / "statements.mjs"],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found: Answers = json.loads(answered.stdout)
    return found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Engine]:
    """The same questions in a page: with WebCrypto, so on localhost, which nobody needs to serve."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page()
        page.route("**/*", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
        page.goto("http://localhost/")
        source = (HERE.parents[1] / "certify" / "web" / "static" / "statement.js").read_text("utf-8")

        def ask(question: dict[str, Any]) -> Answers:
            answers: Answers = page.evaluate(IN_A_PAGE, {"source": source, **question})
            return answers

        yield ask
        browser.close()


IN_A_PAGE = """async ({source, keys, cases}) => {
  const {verify} = await import(`data:text/javascript,${encodeURIComponent(source)}`);
  const verdicts = [];
  for (const {id, text} of cases) {
    verdicts.push(await verify(id, text, keys).catch((refused) => refused.why ?? `stumbled: ${refused.stack}`));
  }
  return {verdicts};
}"""


@pytest.fixture(params=["node", "chromium"])
def engine(request: pytest.FixtureRequest) -> Engine:
    found: Engine = node if request.param == "node" else request.getfixturevalue("chromium")
    return found


def question_of(cases: Iterable[Asked], keys: tuple[PublishedKey, ...], *addresses: str) -> dict[str, Any]:
    return {
        "keys": key_list(BASE, keys, [], TODAY)["keys"],
        "cases": [{"id": certificate_id, "text": text} for certificate_id, text in cases],
        "addresses": addresses,
    }


def told(verdict: Statement | Refusal) -> object:
    """A verdict as JavaScript tells it."""
    if isinstance(verdict, Refusal):
        return verdict.value
    return {
        "name": verdict.name,
        "scope": verdict.scope.hex(),
        "issuedOn": verdict.issued_on.isoformat(),
        "expiresOn": verdict.expires_on.isoformat() if verdict.expires_on else None,
        "specimen": verdict.specimen,
    }


def agree(
    engine: Engine, cases: list[Asked], keys: tuple[PublishedKey, ...] = (ED25519, P256)
) -> list[object]:
    expected = [told(verify_statement(certificate_id, text, keys)) for certificate_id, text in cases]
    found = engine(question_of(cases, keys))["verdicts"]
    assert len(found) == len(expected)
    for case, one, other in zip(cases, found, expected, strict=True):
        assert one == other, case
    return expected


def test_every_kind_of_name_and_key_is_read_alike(engine: Engine) -> None:
    cases = [(ID, statement_text(name)) for name in NAMES.values()]
    cases += [(ID, text.lower() + ".") for _, text in cases]
    for algorithm, key in ((-7, P256), (-9, P256), (-8, ED25519), (-19, ED25519)):
        cases.append((ID.lower(), to_text(cbor2.dumps(made(algorithm=algorithm, key=key)))))

    assert all(isinstance(verdict, dict) for verdict in agree(engine, cases))


def test_whatever_is_wrong_is_refused_for_the_same_reason(engine: Engine) -> None:
    cases = [
        (case.certificate_id, case.text)
        for case in hostile()
        if engine is not node or case.what != "a name in a gap of windows-1253"
    ]

    assert set(agree(engine, cases)) == {refusal.value for refusal in Refusal} - {"retired-key"}


def test_a_retired_key_is_refused_alike(engine: Engine) -> None:
    assert agree(engine, [(ID, statement_text())], (RETIRED,)) == ["retired-key"]


def test_every_byte_of_every_code_page_is_the_same_letter(chromium: Engine) -> None:
    cases = [
        (ID, to_text(cbor2.dumps(made(facts(_0=bytes((code, 65, byte)))))))
        for code in CODE_PAGES
        for byte in range(256)
    ]

    assert sum(isinstance(verdict, dict) for verdict in agree(chromium, cases)) > 1000


def mutants(seed: int, count: int) -> Iterator[Asked]:
    """Statements with bytes changed, left out and put in: of the whole, and of what is then signed for real."""
    chance = random.Random(seed)
    whole = raw_of(statement_text())
    payloads = [made(facts(_0="Ана Ли", _4=True))[2], made()[2], cbor2.loads(whole)[2]]
    headers = [made()[0]]
    for _ in range(count):
        kind = chance.randrange(4)
        if kind == 0:
            yield ID, to_text(changed(chance, whole))
        elif kind == 1:
            yield ID, to_text(cbor2.dumps(made(changed(chance, chance.choice(payloads)))))
        elif kind == 2:
            yield ID, to_text(cbor2.dumps(made(header=changed(chance, headers[0]))))
        else:
            yield ID, to_text(cbor2.dumps(made(cbor.encode(random_facts(chance)))))


def changed(chance: random.Random, raw: bytes) -> bytes:
    made_of = bytearray(raw)
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        at = chance.randrange(len(made_of))
        match chance.randrange(4):
            case 0:
                made_of[at] ^= 1 << chance.randrange(8)
            case 1:
                made_of[at] = chance.randrange(256)
            case 2:
                del made_of[at : at + chance.randrange(1, 3)]
            case _:
                made_of[at:at] = chance.randbytes(chance.randrange(1, 3))
    return bytes(made_of) or b"\0"


def random_facts(chance: random.Random) -> dict[int, Any]:
    def value(depth: int = 0) -> Any:
        return chance.choice([
            lambda: None,
            lambda: chance.random() < 0.5,
            lambda: chance.choice((0, 1, 20781, 2932896, 2932897, 2**32, 2**53 + 1, 2**64 - 1, -1, -(2**64))),
            lambda: chance.randbytes(chance.choice((0, 1, 4, 24))),
            lambda: "".join(chance.choice("aЖ\u200d\ufeff😀\x85é") for _ in range(chance.randrange(5))),
            lambda: [] if depth > 4 else [value(depth + 1)],
            lambda: {} if depth > 4 else {chance.randrange(4): value(depth + 1)},
        ])()  # fmt: skip

    given: dict[int, Any] = dict(
        facts(_0=chance.choice(("Ana", b"\x03Ana", "\ufeffA", "😀" * 400, "😀" * 401)))
    )
    for _ in range(chance.randrange(3)):
        given[chance.randrange(6)] = value()
    return given


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_thousand_mutants_are_judged_alike(engine: Engine, seed: int) -> None:
    verdicts = agree(engine, list(mutants(seed, 1000)))

    reasons = [verdict for verdict in verdicts if isinstance(verdict, str)]
    assert {"unreadable", "altered", "unknown-key", "wrong-algorithm"} <= set(reasons)
    assert 50 < len(verdicts) - len(reasons) < 950


def test_addresses_are_read_as_browsers_show_them() -> None:
    read = {
        f"/v/{ID}#QRE2": {"path": f"/v/{ID}", "id": ID, "text": "QRE2"},
        f"/v/{ID}": {"path": f"/v/{ID}", "id": ID, "text": ""},
        f"/v/{ID.lower()}#qre2": {"path": f"/v/{ID.lower()}", "id": ID, "text": "qre2"},
        f"/v/{ID}%23QRE2": {"path": f"/v/{ID}", "id": ID, "text": "QRE2"},
        f"/v/{ID}%2523QRE2": {"path": f"/v/{ID}", "id": ID, "text": "QRE2"},
        f"/deep/path/v/{ID}/#QRE2": {"path": f"/deep/path/v/{ID}/", "id": ID, "text": "QRE2"},
        f"/v/{ID}/index.html#QRE2": {"path": f"/v/{ID}/index.html", "id": ID, "text": "QRE2"},
        f"/v/{ID}/index.bg.html#QRE2": {"path": f"/v/{ID}/index.bg.html", "id": ID, "text": "QRE2"},
        f"/v/{ID}.html#QRE2": {"path": f"/v/{ID}.html", "id": ID, "text": "QRE2"},
        f"/v/{ID}/file#QRE2": None,
        f"/v/{ID}A#QRE2": None,
        f"/v/{ID}%": None,
        "/offline": None,
        "": None,
    }

    assert node(question_of([], (), *read))["addresses"] == list(read.values())


def test_a_browser_without_the_means_says_so_and_believes_nothing() -> None:
    """As on a page without https: there is no WebCrypto."""
    without = "data:text/javascript,Object.defineProperty(globalThis, 'crypto', {value: {}});"

    assert node(question_of([(ID, statement_text())], (P256,)), "--import", without)["verdicts"] == ["cannot"]


def test_a_statement_of_another_certificate_is_refused_alike(engine: Engine) -> None:
    assert agree(engine, [(OTHER_ID, statement_text())]) == ["altered"]
