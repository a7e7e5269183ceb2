"""What was typed into a form outlives the session: it is kept as its author's draft, and shown after signing in.

A form that may be kept carries a seal: whose it is and since when, with a code that only this installation can
make. Whoever holds the seal can leave a draft for that one person, and nothing more; the draft shows only to
them, after they signed in. So nothing of it stays in the browser of a shared computer.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping

from flask import current_app, request, url_for
from werkzeug.datastructures import MultiDict

from certify.completions.entered import Draft
from certify.errors import CertifyError
from certify.web.state import services

MOST_CHARACTERS = 200_000
SEAL = "kept_for"
_SEAL_HOURS = 48
_NOT_TYPED = frozenset({"csrf_token", "do", SEAL})
_PAGES: Mapping[str, Callable[[str], str]] = {
    "cohort_log.submit": lambda cohort_id: url_for("cohort_log.form", cohort_id=cohort_id, kept="yes")
}
"""Endpoints whose forms are kept, with the page that shows the draft."""


def form_name(cohort_id: str) -> str:
    """Return the name under which the form of a cohort is kept."""
    return f"log {cohort_id}"


def seal(user_id: str) -> str:
    """Return what proves later whose form it was."""
    return _sealed(user_id, _hours())


def typed() -> MultiDict[str, str]:
    """Return what the request's form holds, without what the page itself put there."""
    pairs = [(name, value) for name, value in request.form.items(multi=True) if name not in _NOT_TYPED]
    return MultiDict(pairs)


def keep(user_id: str, cohort_id: str, content: MultiDict[str, str]) -> bool:
    """Keep a draft; False where it is larger than any form of ours."""
    text = json.dumps(list(content.items(multi=True)), ensure_ascii=False)
    if len(text) > MOST_CHARACTERS:
        return False
    given = services()
    draft = Draft(user_id=user_id, form=form_name(cohort_id), content=text, kept_at=given.clock())
    with given.database.writing() as unit:
        unit.drafts.keep(draft)
    return True


def content_of(draft: Draft) -> MultiDict[str, str]:
    """Return what a draft holds."""
    return MultiDict([(str(name), str(value)) for name, value in json.loads(draft.content)])


def keep_unsent() -> str | None:
    """Keep the form of a request that nobody signed in for, and return the page that will show it.

    None where the form is none of those that are kept, or its seal is not ours.
    """
    page = _PAGES.get(request.endpoint or "")
    cohort_id = (request.view_args or {}).get("cohort_id", "")
    user_id, _, rest = request.form.get(SEAL, "").partition(".") if page else ("", "", "")
    hours = rest.partition(".")[0]
    if page is None or not (hours.isascii() and hours.isdigit() and len(hours) < 10):  # noqa: PLR2004 - a small number
        return None
    if not hmac.compare_digest(request.form[SEAL].encode(), _sealed(user_id, int(hours)).encode()):
        return None
    if _hours() - int(hours) > _SEAL_HOURS:
        return None
    try:
        keep(user_id, cohort_id, typed())
    except CertifyError:
        return None  # The person is gone, or the database is: then there is nobody to keep it for.
    return page(cohort_id)


def _hours() -> int:
    return int(services().clock().timestamp()) // 3600


def _sealed(user_id: str, hours: int) -> str:
    secret = current_app.secret_key
    assert isinstance(secret, bytes)
    told = f"{user_id}.{hours}"
    code = hmac.new(secret, f"kept form {told}".encode(), hashlib.sha256).hexdigest()
    return f"{told}.{code}"
