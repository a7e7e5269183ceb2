"""Cuts off what a mail filter made of a ``#`` in an address, before anything sees it.

Browsers keep what follows ``#`` to themselves, and in the code on a certificate that is the holder's name. Some
filters write ``%23`` instead, and then it is sent as a part of the path. No address of ours has either, so the
path ends there: no log, kept answer, error or link can hold more. The page's script repairs it from the
address that the browser shows (docs/offline-qr.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_MADE_OF_A_FRAGMENT = re.compile(r"(?:#|%(?:25)*23).*", re.DOTALL)
_ADDRESSES = ("PATH_INFO", "REQUEST_URI", "RAW_URI")


class WithoutFragments:
    """The WSGI application in front of all others; PATH_INFO comes decoded once (PEP 3333)."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, asked: WSGIEnvironment, start_response: StartResponse, /) -> Iterable[bytes]:
        """Pass the request on with its path cut."""
        path = asked.get("PATH_INFO", "")
        if "#" in path or "%" in path:
            for name in _ADDRESSES:
                if name in asked:
                    asked[name] = _MADE_OF_A_FRAGMENT.sub("", asked[name])
        return self._application(asked, start_response)
