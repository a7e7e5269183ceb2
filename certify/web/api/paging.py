"""Lists in pages: a cursor names the last entry seen, so entries added meanwhile move nothing."""

from __future__ import annotations

import base64
import binascii
import json
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from flask import Response, after_this_request, request

from certify.paging import Asked, Part, Place, no_place

Entry = TypeVar("Entry")

MOST_PARTS = 4


def to_cursor(place: Place) -> str:
    """Write a place as a cursor: opaque to callers, and no secret."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def from_cursor(cursor: str) -> Place:
    """Read a cursor.

    Raises:
        InvalidInput: It is none of ours.
    """
    try:
        place = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise no_place() from error
    if not (
        isinstance(place, list)
        and 0 < len(place) <= MOST_PARTS
        and all(isinstance(part, str) for part in place)
    ):
        raise no_place()
    return tuple(place)


def slice_of(
    entries: Sequence[Entry], place: Callable[[Entry], Place], limit: int, after: str
) -> tuple[Sequence[Entry], str]:
    """Return the next ``limit`` entries in the order of their places, and the cursor of those that follow.

    Args:
        after: A cursor; empty for the first page.

    Returns:
        The entries, and an empty text where none follows.
    """
    ordered = sorted(entries, key=place)
    begin = bisect_right(ordered, from_cursor(after), key=place) if after else 0
    end = begin + limit
    return ordered[begin:end], to_cursor(place(ordered[end - 1])) if end < len(ordered) else ""


def page_of(
    name: str,
    entries: Sequence[Entry],
    query: dict[str, Any],
    place: Callable[[Entry], Place],
    shape: Callable[[Entry], object],
) -> dict[str, Any]:
    """Answer one page of a list under ``name``, with the address of the next page as ``next`` and ``Link``."""
    shown, cursor = slice_of(entries, place, query["limit"], query["cursor"])
    return {name: [shape(entry) for entry in shown], "next": linked(cursor)}


def asked_of(query: dict[str, Any], order: str = "") -> Asked:
    """Return which part of a list a query asks for."""
    after = from_cursor(query["cursor"]) if query["cursor"] else ()
    return Asked(limit=query["limit"], after=after, order=order)


def page_of_part(name: str, part: Part[Entry], shape: Callable[[Entry], object]) -> dict[str, Any]:
    """Answer what the database returned of a list under ``name``, as `page_of`."""
    return {
        name: [shape(entry) for entry in part.entries],
        "next": linked(to_cursor(part.after) if part.after else ""),
    }


def linked(cursor: str) -> str | None:
    """Return the address of the page that begins there, and say it as ``Link``, too; None on the last page."""
    if not cursor:
        return None
    asked = [(key, value) for key, value in request.args.items(multi=True) if key != "cursor"]
    address = f"{quote(request.path)}?{urlencode([*asked, ('cursor', cursor)], errors='replace')}"

    @after_this_request
    def link(response: Response) -> Response:
        response.headers.add("Link", f'<{address}>; rel="next"')
        return response

    return address
