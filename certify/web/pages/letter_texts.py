"""What letters say: every kind in every language, shown as it is read, changed, and set back to what was shipped.

What is typed is kept as a draft (ADR 0025): the preview shows it, and it is lost neither by an error nor by a session's end.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from certify.completions.entered import Draft
from certify.errors import CertifyError, InvalidInput, NotFound
from certify.mail.model import KINDS, Letter, LetterKind, letter
from certify.mail.own_text import MOST_TEXT_CHARACTERS, LetterText, checked_words, links_of, slots_of
from certify.mail.rewording import reword, words_now
from certify.mail.wording import DAYS, texts
from certify.ports import UnitOfWork
from certify.settings import LANGUAGES
from certify.web.i18n import gettext
from certify.web.pages import fields
from certify.web.problems import answer_to
from certify.web.scope import operator_only
from certify.web.sessions import current_user
from certify.web.state import services, today

blueprint = Blueprint("letter_texts", __name__, url_prefix="/admin/mail/texts")
blueprint.before_request(operator_only)

_EXAMPLES = {
    "name": "Ana Specimen",
    "email": "ana@example.org",
    "title": "Smart City Project Developer",
    "number": "S4C-2026-7K3MQ-9XT2A-Y",
    "minutes": "20",
    "days": "3",
    "reason": "…",
    "ruling": "…",
}


@blueprint.get("")
def all_of_them() -> str:
    """List every letter with whose words it has in each language."""
    with services().database.reading() as unit:
        own = {(text.kind, text.language): text for text in unit.letter_texts.last()}
        people = {text.changed_by: _writer(unit, text) for text in own.values()}
    return render_template(
        "admin/letter_texts.html",
        kinds=list(LetterKind),
        known_languages=LANGUAGES,
        own=own,
        people=people,
        optional={kind for kind in LetterKind if KINDS[kind].optional},
    )


@blueprint.get("/<letter_kind>/<tag>")
def one(letter_kind: str, tag: str) -> str:
    """Show a letter as it would be read, and a form to change it; nothing is sent or queued."""
    return _page(_example(letter_kind, tag))


@blueprint.post("/<letter_kind>/<tag>")
def change(letter_kind: str, tag: str) -> ResponseReturnValue:
    """Preview what is typed, save it, give it up, or set the letter back to what was shipped."""
    given, user, example = services(), current_user(), _example(letter_kind, tag)
    asked = fields.text("do")
    form = _form_of(example)
    typed = request.form.get("subject", ""), request.form.get("body", "")[: 2 * MOST_TEXT_CHARACTERS]
    try:
        if asked not in {"preview", "save", "reset", "discard"}:
            raise InvalidInput("Choose one of the buttons.", where="do")
        if asked in {"preview", "save"}:
            content = json.dumps({"subject": typed[0][:1000], "body": typed[1]})
            draft = Draft(user_id=user.id, form=form, content=content, kept_at=given.clock())
            with given.database.writing() as unit:
                unit.drafts.keep(draft)
            checked_words(example.kind, *typed)
        if asked in {"save", "reset"}:
            after = fields.whole_number("after", gettext("Version"))
            reword(
                given.database,
                given.clock,
                user,
                example.kind,
                tag,
                typed if asked == "save" else None,
                after=after or 0,
            )
        if asked != "preview":
            with given.database.writing() as unit:
                unit.drafts.drop(user.id, form)
    except CertifyError as error:
        return _page(example, error), answer_to(error).problem.status
    saved = asked if asked in {"save", "reset"} else None
    return redirect(url_for("letter_texts.one", letter_kind=letter_kind, tag=tag, saved=saved), 303)


@blueprint.get("/<letter_kind>/<tag>/html")
def html(letter_kind: str, tag: str) -> Response:
    """Give the letter's HTML by itself, in a frame that may do nothing."""
    example = _example(letter_kind, tag)
    with services().database.reading() as unit:
        words, _typed = _shown(unit, example)
    response = make_response(services().mail_desk.worded(example, words).html)
    response.mimetype = "text/html"
    return response


def _form_of(example: Letter) -> str:
    return f"letter {example.kind.value} {example.language}"


def _shown(unit: UnitOfWork, example: Letter) -> tuple[tuple[str, str] | None, Mapping[str, str] | None]:
    """Return the words to preview, and what the person typed and has not saved; that is shown where it may be."""
    language = example.language or ""
    counting = words_now(unit, example.kind, language)
    draft = unit.drafts.find(current_user().id, _form_of(example))
    if draft is None:
        return counting, None
    typed: Mapping[str, str] = json.loads(draft.content)
    try:
        return checked_words(example.kind, typed["subject"], typed["body"]), typed
    except InvalidInput:
        return counting, typed


def _page(example: Letter, error: CertifyError | None = None) -> str:
    given, kind, language = services(), example.kind, example.language or ""
    with given.database.reading() as unit:
        words, typed = _shown(unit, example)
        versions = unit.letter_texts.versions(kind, language)
        people = {text.changed_by: _writer(unit, text) for text in versions}
        counting = words_now(unit, kind, language)
    shipped = texts(language)[kind.value]
    subject, body = counting or (shipped["subject"], shipped["body"].strip())
    return render_template(
        "admin/letter.html",
        kind=kind,
        tag=language,
        known_languages=LANGUAGES,
        optional=KINDS[kind].optional,
        words=given.mail_desk.worded(example, words),
        typed=typed or {"subject": subject, "body": body},
        unsaved=typed is not None,
        own=counting is not None,
        unfit=bool(versions) and bool(versions[-1].subject) and counting is None,
        versions=list(reversed(versions)),
        people=people,
        slots=[(name, _values()[name], name in DAYS) for name in slots_of(kind)],
        must_say=sorted(KINDS[kind].must_say),
        links=links_of(kind),
        saved=request.args.get("saved", ""),
        most=MOST_TEXT_CHARACTERS,
        error=error,
    )


def _writer(unit: UnitOfWork, text: LetterText) -> str:
    return unit.users.get(text.changed_by).display_name if text.changed_by else ""


def _values() -> Mapping[str, str]:
    base = services().settings.public_base
    return _EXAMPLES | {
        "address": f"{base}/…",
        "base": base,
        "valid_until": today().replace(month=1, day=15).isoformat(),
    }


def _example(kind: str, tag: str) -> Letter:
    known = {item.value for item in LetterKind}
    if kind not in known or tag not in LANGUAGES:
        raise NotFound("There is no such letter.")
    of_kind = KINDS[LetterKind(kind)].values
    values = _values()
    return letter(
        LetterKind(kind),
        _EXAMPLES["email"],
        services().clock(),
        {name: values.get(name, "…") for name in of_kind},
        language=tag,
    )
