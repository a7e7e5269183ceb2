"""The application that the server calls: what can be said at once is said at once, all else by Flask, in a thread.

It speaks Granian's own interface (RSGI 1.6), whose application is called without a thread for each request. An answer that
is kept or quickly made takes less than waking a thread would; so it is given where the request came in. Whatever
might wait, a database over the network included, is answered by the WSGI application (`certify.web.bridge`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from types import coroutine
from typing import Any

from flask import Flask

from certify.web import kept
from certify.web.bridge import Protocol, Scope, answer
from certify.web.recorded import Key, has_copy

THREADS = 32
"""As many as the database has connections for; a stranger's slow upload holds up no more than one."""


class Front:
    """An RSGI application.

    Args:
        app: What answers all that is not answered at once.
        at_once: Whether anything is: nothing may be that could wait.
    """

    def __init__(self, app: Flask, *, at_once: bool) -> None:
        self._application = app.wsgi_app
        keeper: kept.KeptAnswers = app.extensions[kept.EXTENSION]
        self._known: Callable[[Key], kept.Answer | None] = keeper.at_once if at_once else lambda _: None
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="certify-answers")

    def __rsgi_del__(self, _loop: object) -> None:
        """Let what is being answered come to its end."""
        self._threads.shutdown()

    async def __rsgi__(self, scope: Scope, protocol: Protocol) -> None:
        """Answer one request."""
        if scope.method == "GET" and self._answered(scope, protocol):
            return
        await _in_the_loop()
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._threads, answer, self._application, scope, protocol, loop)

    def _answered(self, scope: Scope, protocol: Protocol) -> bool:
        path, query = scope.path, scope.query_string
        if not (path.isascii() and query.isascii()):
            return False  # WSGI spells these otherwise (PEP 3333), so they would be two keys of one address
        headers = scope.headers
        # Lines of one name are one list (RFC 9110, 5.2), here as in the environment that Flask is given.
        found = self._known(
            (
                path,
                query,
                ",".join(headers.get_all("accept")),
                ",".join(headers.get_all("accept-language")),
            )
        )
        if found is None:
            return False
        sent = headers.get("if-none-match")
        if sent == found.etag or (sent and has_copy(",".join(headers.get_all("if-none-match")), found.etag)):
            protocol.response_empty(304, found.headers_unchanged)
        else:
            protocol.response_bytes(200, found.headers, found.body)
        return True


@coroutine
def _in_the_loop() -> Generator[None, Any, None]:
    """Let the rest be done in the loop; until here it was perhaps another thread (`certify.cli.eager`)."""
    yield
