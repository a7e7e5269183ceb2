"""Answers a second of one core: a bare Flask hello, and the page behind a certificate's code, on the same server.

    hello      a bare Flask application that says hello
    unchecked  the page of a certificate that nobody ever asked for: every check is made
    first      the page of a certificate that this worker was never asked for, and another process has checked
    kept       the page again, nothing having changed
    unchanged  the page again, asked for with the validator of the copy that the reader has (304)

Every certificate of ``first`` and ``unchecked`` is asked for once, ever; one to two hundred others, before, warmed the worker.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from benchmarks.measure import Task
from benchmarks.office import EUROPEAN, BenchOffice, names
from benchmarks.serving import Serving, serving
from certify.errors import CertifyError

IN_ONE_ROUND = {"hello": 1_500, "unchecked": 40, "first": 240, "kept": 1_500, "unchanged": 3_000}
HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "en-GB,en;q=0.9",
}
"""What a browser sends."""


class Requests:
    """The section ``requests`` of ``bench.json``."""

    name = "requests"

    def __init__(self, folder: Path) -> None:
        (folder / "requests").mkdir()
        self._office = BenchOffice.open(folder / "requests", "p256")
        self._given = names(EUROPEAN)
        self._page = f"/v/{self._issued(1)[0]}"
        self._stack = ExitStack()

    def close(self) -> None:
        """Stop the servers."""
        self._stack.close()

    def tasks(self) -> Iterator[Task]:
        """One task for each kind of answer."""
        settings = self._office.services.settings
        core = _another_core()
        certify = self._stack.enter_context(
            serving(
                "certify.web.rsgi:front",
                "rsgi",
                core,
                {
                    "CERTIFY_DATABASE_URL": settings.database_url,
                    "CERTIFY_PUBLIC_BASE": settings.public_base,
                    "CERTIFY_KEY_DIRECTORY": str(settings.key_directory),
                    "CERTIFY_KEY_PASSPHRASE_FILE": str(settings.key_passphrase_file),
                    "CERTIFY_CHECKED_FILE": str(settings.checked_file),
                },
            )
        )
        hello = self._stack.enter_context(serving("benchmarks.serving:hello", "wsgi", core, {}))
        warming = self._issued(200)
        self._check(warming)
        certify.ask([f"/v/{name}" for name in warming], HEADERS, 200)
        etag, self._bytes = _validator(certify, self._page)
        fresh: dict[str, list[str]] = {"first": [], "unchecked": []}

        def prepare(name: str, *, checked: bool) -> None:
            issued = self._issued(IN_ONE_ROUND[name])
            fresh[name] = [f"/v/{item}" for item in issued]
            if checked:
                self._check(issued)
            # What was just issued voids what is kept: the page is made anew here, unmeasured.
            certify.ask([self._page], HEADERS, 200)

        page, validated = [self._page], {**HEADERS, "If-None-Match": etag}
        yield _task("hello", hello, lambda: hello.ask(["/"] * IN_ONE_ROUND["hello"], HEADERS, 200))
        for name in tuple(fresh):
            yield _task(
                name,
                certify,
                lambda name=name: certify.ask(fresh[name], HEADERS, 200),
                lambda name=name: prepare(name, checked=name == "first"),
            )
        yield _task("kept", certify, lambda: certify.ask(page * IN_ONE_ROUND["kept"], HEADERS, 200))
        yield _task(
            "unchanged", certify, lambda: certify.ask(page * IN_ONE_ROUND["unchanged"], validated, 304)
        )

    def _issued(self, count: int) -> list[str]:
        outcomes = self._office.services.issuer.issue_many(self._office.grant(count, self._given))
        failed = [item for item in outcomes if isinstance(item, CertifyError)]
        if failed:
            raise failed[0]
        return [item.id for item in outcomes if not isinstance(item, CertifyError)]

    def _check(self, issued: list[str]) -> None:
        """Check certificates in this process, as whoever is asked for them first does."""
        for name in issued:
            self._office.services.verifier.verify_certificate(name)
        self._office.services.checked_files.flush()

    def result(self, tasks: dict[str, Task]) -> dict[str, Any]:
        """Rates, and ratios to the hello, round by round."""
        hello = tasks["hello"]
        found: dict[str, Any] = {"page_bytes": self._bytes}
        for name in IN_ONE_ROUND:
            task = tasks[name]
            found[name] = {
                "per_second": round(task.rate),
                "per_second_on_the_wall": round(task.wall_rate),
                "times_hello": _median_ratio(hello.seconds, task.seconds),
                "times_hello_on_the_wall": _median_ratio(hello.elapsed, task.elapsed),
            }
        return found

    def lines(self, result: dict[str, Any]) -> Iterator[str]:
        """What is printed."""
        for name in IN_ONE_ROUND:
            item = result[name]
            yield (
                f"{name:9} {item['per_second']:7,}/s of the server's core   {item['times_hello']:5.2f} x hello"
                f"   (on the wall {item['per_second_on_the_wall']:7,}/s, {item['times_hello_on_the_wall']:5.2f} x)"
            )
        yield f"a page has {result['page_bytes']:,} bytes"


def _task(name: str, server: Serving, run: Any, prepare: Any = None) -> Task:  # noqa: ANN401 - functions
    return Task(name, run, IN_ONE_ROUND[name], prepare or (lambda: None), clock=server.seconds_used)


def _median_ratio(hello: list[float], task: list[float]) -> float:
    return round(statistics.median(a / b for a, b in zip(hello, task, strict=True)), 2)


def _validator(server: Serving, page: str) -> tuple[str, int]:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", page, headers=HEADERS)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    etag = answer.headers["ETag"]
    if etag is None:
        raise RuntimeError("the page has no validator")
    return etag, len(body)


def _another_core() -> int | None:
    """Return a core that is not the client's, where there is one."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    own = os.sched_getaffinity(0)
    others = set(range(os.cpu_count() or 1)) - own
    return min(others or own)
