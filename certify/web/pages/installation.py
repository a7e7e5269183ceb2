"""The installation as it is: keys, settings with advice, and the certificate designs with a real preview."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from flask import Blueprint, Response, make_response, render_template, request

from certify.errors import CertifyError, NotFound
from certify.people.names import clean_name
from certify.preview import preview
from certify.settings import Settings
from certify.web.i18n import N_, say
from certify.web.problems import answer_to
from certify.web.scope import operator_only
from certify.web.state import services

blueprint = Blueprint("installation", __name__, url_prefix="/admin")
blueprint.before_request(operator_only)

_SPECIMEN_NAME = "Ана Образцова"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A setting as the page shows it; ``advice`` is empty where all is well."""

    variable: str
    value: str
    is_default: bool
    advice: str


@blueprint.get("/keys")
def keys() -> str | tuple[str, int]:
    """Show every key, until when it stands, and what is to be done."""
    given = services()
    readable = given.settings.key_passphrase_file
    try:
        states = given.key_states()
    except CertifyError as error:
        return render_template("admin/keys.html", states=[], error=error), answer_to(error).problem.status
    return render_template("admin/keys.html", states=states, locked=not _is_readable(readable), error=None)


@blueprint.get("/settings")
def settings() -> str:
    """Show every setting with where it comes from, without its secrets."""
    return render_template("admin/settings.html", settings=list(_shown(services().settings)))


@blueprint.get("/designs")
def designs() -> str:
    """List certificate designs, and show one as it would be issued now."""
    found = services().designs
    listed = [(design, found.languages(design.labels_version)) for design in found.all()]
    chosen = request.args.get("design", "") or f"{listed[0][0].id}-{listed[0][0].version}"
    shown = next((item for item in listed if f"{item[0].id}-{item[0].version}" == chosen), None)
    if shown is None:
        raise NotFound("There is no such design.")
    tag = request.args.get("in", "")
    return render_template(
        "admin/designs.html",
        designs=listed,
        frameworks=services().chosen_designs.frameworks(shown[0].id, shown[0].version),
        shown=shown,
        tag=tag if tag in shown[1] else ("en" if "en" in shown[1] else shown[1][0]),
        name=_name(),
    )


@blueprint.get("/designs/<design_id>/<int:version>/specimen.<form>")
def specimen(design_id: str, version: int, form: str) -> Response:
    """Press and sign a specimen with keys that are thrown away; nothing registers it."""
    given = services()
    if form not in {"pdf", "png"}:
        raise NotFound("There is no such file.")
    design = given.designs.get(design_id, version)
    tag = request.args.get("in", "en")
    if tag not in given.designs.languages(design.labels_version):
        raise NotFound("There are no labels in this language.")
    made = preview(design, given.designs, tag, _name(), given.clock)
    response = make_response(given.picture(made) if form == "png" else made)
    response.mimetype = "image/png" if form == "png" else "application/pdf"
    return response


def _name() -> str:
    typed = request.args.get("name", "").strip()
    return clean_name(typed, "name") if typed else _SPECIMEN_NAME


def _shown(chosen: Settings) -> Iterator[Shown]:
    default = Settings()
    for field in fields(Settings):
        value = getattr(chosen, field.name)
        text = _spelled(value)
        yield Shown(
            variable=f"CERTIFY_{field.name.upper()}",
            value=services().database_address if field.name == "database_url" else _without_secret(text),
            is_default=value == getattr(default, field.name),
            advice=say(told) if (told := advice(field.name, chosen)) else "",
        )


def _spelled(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(value) if isinstance(value, tuple) else str(value)


def _without_secret(text: str) -> str:
    """Leave out who signs in and the query of an address; nothing is left of one that cannot be taken apart."""
    if "://" not in text:
        return text
    try:
        parts = urlsplit(text)
        host = f"{parts.hostname or ''}:{parts.port}" if parts.port else parts.hostname or ""
    except ValueError:
        return ""
    # A password with a raw slash, question mark or number sign ends the host early.
    if "@" in f"{parts.path}{parts.query}{parts.fragment}":
        return ""
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def advice(name: str, chosen: Settings) -> str:
    """Return what to think of, as a text to translate; empty where all is well."""
    base = urlsplit(chosen.public_base)
    local = base.hostname in {"localhost", "127.0.0.1", "::1"}
    wrong = {
        "public_base": local or base.scheme != "https",
        "key_passphrase_file": chosen.key_directory.resolve() in chosen.key_passphrase_file.resolve().parents,
        "secure_cookies": not chosen.secure_cookies and not local,
        "trusted_proxies": base.scheme == "https" and not chosen.trusted_proxies,
        "pades_level": chosen.pades_level == "B-B",
        "smtp_url": not chosen.smtp_url,
        "database_url": chosen == Settings(),
    }
    return _ADVICE[name] if wrong.get(name) else ""


_ADVICE = {
    "public_base": N_("It is printed on every certificate for good. Choose an https address of your own before the first one is issued."),
    "key_passphrase_file": N_("The passphrase lies with the keys: a copy of the folder alone can sign. Keep it elsewhere."),
    "secure_cookies": N_("Sign-ins can be overheard. Serve the site over https and set this to yes."),
    "trusted_proxies": N_("Behind a proxy, set how many there are; otherwise everybody shares one limit on signing in."),
    "pades_level": N_("Signatures have no timestamp. With one, a certificate can be proven long after its key has ended."),
    "smtp_url": N_("No letters are written. People learn of their certificates only when they look."),
    "database_url": N_("Everything is as it came. Read the page on settings before serving this for real."),
}  # fmt: skip


def _is_readable(path: Path) -> bool:
    try:
        return bool(path.read_bytes().strip())
    except OSError:
        return False
