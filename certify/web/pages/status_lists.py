"""The status lists, at the addresses that certificates name.

`certify.web.kept` gives them their ETag and serves them again for as long as nothing was committed.
"""

from __future__ import annotations

from flask import Blueprint, Response

from certify.credential.jwt import MEDIA_TYPE as JWT_TYPE
from certify.errors import NotFound
from certify.status.lists import SignedList
from certify.status.published import StatusPurpose
from certify.web.state import services

blueprint = Blueprint("status_lists", __name__, url_prefix="/status")

JSON_TYPE = "application/json"
"""As a plain file host names it; the specification allows it (4), and more programs read it than application/vc."""


@blueprint.get("/<purpose>/<int:number>.json")
def as_json(purpose: str, number: int) -> Response:
    """Answer with a list as JSON with its embedded proof."""
    return Response(_list(purpose, number).json, content_type=JSON_TYPE)


@blueprint.get("/<purpose>/<int:number>.jwt")
def as_jwt(purpose: str, number: int) -> Response:
    """Answer with a list as a JWT."""
    return Response(_list(purpose, number).jwt, content_type=JWT_TYPE)


def _list(purpose: str, number: int) -> SignedList:
    if purpose not in set(StatusPurpose):
        raise NotFound("There is no such status list.", where="status list")
    return services().status_lists.get(StatusPurpose(purpose), number)
