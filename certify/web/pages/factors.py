"""The second step of signing in, and where second factors and passkeys are set up."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from qrcode import QRCode
from werkzeug.wrappers import Response

from certify.errors import (
    CertifyError,
    InvalidInput,
    KeyStoreLocked,
    NotAuthenticated,
    NotPermitted,
    TooManyTries,
)
from certify.signin import second_factor as factor
from certify.signin.model import Method, Pending
from certify.signin.passkeys import PasskeyDesk, remove_passkey
from certify.signin.proof import proof_needed
from certify.web.pages import account, fields
from certify.web.pages.auth import begin, safe_path
from certify.web.problems import answer_to
from certify.web.sessions import current_session, current_user
from certify.web.state import services

blueprint = Blueprint("factors", __name__)
CEREMONY = "ceremony"
"""Under this key the browser's form cookie holds the secret of a ceremony with a passkey."""


@blueprint.get("/sign-in/second-step")
def second_step() -> ResponseReturnValue:
    """Ask for the second factor, or for setting one up."""
    pending, then = current_session().pending, safe_path(request.args.get("next", ""))
    if pending is Pending.ENROLMENT:
        return redirect(url_for("factors.set_up", next=then or None), 303)
    if pending is Pending.NOTHING:
        return redirect(then or url_for("auth.work"), 303)
    return _second_step(then)


@blueprint.post("/sign-in/second-step")
def second_step_submit() -> ResponseReturnValue:
    """Take the code, and begin the session that opens the rest."""
    given, user, now = services(), current_user(), current_session()
    then = safe_path(request.form.get("next", ""))
    try:
        factor.check_code(given.database, given.clock, given.vault, user, fields.text("code"))
    except CertifyError as error:
        return _second_step(then, error), answer_to(error).problem.status
    return begin(user, now.method, then or url_for("auth.work"), pending=Pending.NOTHING)


@blueprint.post("/sign-in/passkey/options")
def passkey_options() -> Response:
    """Begin a ceremony with anybody's passkey."""
    return _begun(*_desk().begin_sign_in())


@blueprint.post("/sign-in/passkey")
def passkey_submit() -> ResponseReturnValue:
    """Sign in by a passkey, which is both factors at once."""
    then = safe_path(request.form.get("next", ""))
    try:
        user = _desk().finish_sign_in(session.pop(CEREMONY, ""), _credential())
    except (NotAuthenticated, InvalidInput) as error:
        page = render_template("sign_in.html", next=then, passkey_fault=True)
        return page, answer_to(error).problem.status
    return begin(user, Method.PASSKEY, then or url_for("auth.work"))


@blueprint.get("/account/second-factor")
def set_up() -> str:
    """Show a new secret for an authenticator app."""
    return _set_up_page()


@blueprint.post("/account/second-factor")
def set_up_submit() -> ResponseReturnValue:
    """Keep the secret once the app's code shows that it has it, and show the recovery codes."""
    given, user = services(), current_user()
    then = safe_path(request.form.get("next", ""))
    sealed = request.form.get("sealed", "")
    try:
        secret = _opened(sealed)
        account.show_again()
        code = fields.text("code")
        codes = factor.enrol(given.database, given.clock, given.vault, user, secret, code, current_session())
    except CertifyError as error:
        return _set_up_page(error, sealed), answer_to(error).problem.status
    go_on = then or url_for("account.overview", _anchor="second-factor")
    page = render_template("account/recovery_codes.html", codes=codes, then=go_on)
    return begin(user, current_session().method, "", pending=Pending.NOTHING, page=page)


@blueprint.post("/account/second-factor/recovery-codes")
def renew_codes() -> ResponseReturnValue:
    """Make new recovery codes."""
    given, user = services(), current_user()
    try:
        codes = factor.renew_recovery_codes(
            given.database, given.clock, given.vault, user, fields.text("code")
        )
    except CertifyError as error:
        return _set_up_page(error), answer_to(error).problem.status
    return render_template(
        "account/recovery_codes.html", codes=codes, then=url_for("account.overview", _anchor="second-factor")
    )


@blueprint.post("/account/second-factor/remove")
def remove() -> ResponseReturnValue:
    """Stop asking for codes."""
    given, user = services(), current_user()
    required = given.settings.require_second_factor
    try:
        factor.remove(given.database, given.clock, given.vault, user, fields.text("code"), required=required)
    except CertifyError as error:
        return _set_up_page(error), answer_to(error).problem.status
    return redirect(url_for("account.overview", _anchor="second-factor"), 303)


@blueprint.post("/account/passkeys/options")
def new_passkey_options() -> Response:
    """Begin a ceremony that makes a passkey."""
    return _begun(*_desk().begin_registration(current_user()))


@blueprint.post("/account/passkeys")
def add_passkey() -> ResponseReturnValue:
    """Keep the passkey that the browser made."""
    here = current_session()
    try:
        ceremony, credential = session.pop(CEREMONY, ""), _credential()
        account.show_again()
        _desk().finish_registration(current_user(), ceremony, credential, fields.text("name"), here)
    except CertifyError as error:
        if here.pending:
            raise
        return account.page(error), answer_to(error).problem.status
    if here.pending is Pending.ENROLMENT:
        # It was made with the device unlocked: both factors are shown.
        then = safe_path(request.form.get("next", "")) or url_for("auth.work")
        return begin(current_user(), here.method, then, pending=Pending.NOTHING)
    return redirect(url_for("account.overview", _anchor="passkeys"), 303)


@blueprint.post("/account/passkeys/<passkey_id>/remove")
def end_passkey(passkey_id: str) -> ResponseReturnValue:
    """Forget one of one's passkeys."""
    given = services()
    try:
        account.show_again()
        required = given.settings.require_second_factor
        remove_passkey(given.database, current_user(), passkey_id, required=required)
    except (InvalidInput, TooManyTries, NotPermitted) as error:
        return account.page(error), answer_to(error).problem.status
    return redirect(url_for("account.overview", _anchor="passkeys"), 303)


def _desk() -> PasskeyDesk:
    given = services()
    return PasskeyDesk(given.database, given.clock, given.settings.public_base)


def _begun(options: Mapping[str, Any], secret: str) -> Response:
    session[CEREMONY] = secret
    return jsonify(options)


def _credential() -> dict[str, Any]:
    try:
        read = json.loads(request.form.get("credential", ""))
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise InvalidInput("The browser sent no passkey.", where="passkey", fix="begin again")
    return read


def _second_step(then: str, error: CertifyError | None = None) -> str:
    with services().database.reading() as unit:
        has_passkeys = bool(unit.passkeys.of_user(current_user().id))
    return render_template(
        "sign_in/second_step.html", next=then, enrolled=_enrolled(), has_passkeys=has_passkeys, error=error
    )


def _enrolled() -> bool:
    with services().database.reading() as unit:
        return unit.factors.of_user(current_user().id) is not None


def _set_up_page(error: CertifyError | None = None, sealed: str = "") -> str:
    given, user = services(), current_user()
    secret = None
    if sealed:
        try:
            secret = _opened(sealed)
        except CertifyError:
            sealed = ""
    if secret is None:
        secret = factor.new_secret()
        sealed = base64.urlsafe_b64encode(given.vault.seal(secret, _about_new(user.id))).decode("ascii")
    with given.database.reading() as unit:
        issuer = unit.organisations.get(user.organisation_id).name
        left = unit.factors.recovery_codes_left(user.id)
        removable = factor.may_remove(unit, user, required=given.settings.require_second_factor)
        proof = proof_needed(unit, user, current_session(), given.clock())
    spelled = factor.spelled(secret)
    pending = current_session().pending
    return render_template(
        "account/second_factor.html",
        code=_drawn(factor.provisioning_address(secret, user.email, issuer)),
        spelled=" ".join(spelled[start : start + 4] for start in range(0, len(spelled), 4)),
        sealed=sealed,
        enrolled=_enrolled(),
        left=left,
        must=pending is Pending.ENROLMENT,
        removable=removable,
        proof=proof,
        next=safe_path(request.values.get("next", "")),
        error=error,
    )


def _about_new(user_id: str) -> str:
    return f"new second factor of {user_id}"


def _opened(sealed: str) -> bytes:
    """The secret that the page showed and its form brought back, sealed for this person."""
    try:
        raw = base64.urlsafe_b64decode(sealed.encode("ascii"))
        return services().vault.open(raw, _about_new(current_user().id))
    except (binascii.Error, ValueError, KeyStoreLocked) as error:
        raise InvalidInput("The form is not whole.", where="form", fix="open the page again") from error


def _drawn(text: str) -> tuple[int, str]:
    """Return a QR code as the side of its square and the path of its dark modules, quiet zone included."""
    code = QRCode(border=4)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    path = "".join(
        f"M{column} {row}h1v1h-1z"
        for row, line in enumerate(rows)
        for column, dark in enumerate(line)
        if dark
    )
    return len(rows), path
