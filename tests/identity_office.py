"""A real identity provider in a process of its own (tests/interop/provider.mjs), and what a person does there."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener

INTEROP = Path(__file__).parent / "interop"
CLIENT, SECRET = "certify of a school", "a secret of the school's / with + signs"


@contextmanager
def identity_office(redirect: str) -> Iterator[str]:
    """Run the provider until the block ends, and say its issuer."""
    process = subprocess.Popen(
        ["node", "provider.mjs", redirect, CLIENT, SECRET],
        cwd=INTEROP,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.terminate()
        process.wait(20)


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def at_the_provider(address: str, login: str, redirect: str) -> str:
    """Give the name, agree, and return where the browser is sent back to."""
    opener = build_opener(HTTPCookieProcessor(CookieJar()), _Stay)
    base = "{0.scheme}://{0.netloc}".format(urlsplit(address))

    def ask(target: str, form: dict[str, str] | None = None) -> tuple[str, str]:
        body = urlencode(form).encode() if form else None
        try:
            with opener.open(Request(target, body), timeout=20) as answer:
                return "", answer.read().decode()
        except HTTPError as error:
            return error.headers.get("Location", ""), error.read().decode()

    where, page = ask(address)
    for _ in range(12):
        if where.startswith(redirect):
            return where
        if where:
            where, page = ask(where if where.startswith("http") else base + where)
            continue
        action = unescape(re.search(r'action="([^"]+)"', page)[1])  # type: ignore[index]
        prompt = re.search(r'name="prompt" value="(\w+)"', page)[1]  # type: ignore[index]
        more = {"login": login, "password": "any"} if prompt == "login" else {}
        where, page = ask(action if action.startswith("http") else base + action, {"prompt": prompt, **more})
    raise AssertionError(page[:2000])
