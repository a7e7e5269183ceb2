"""Who issues: the documents that certificates and credentials point to, for programs and for people.

They name nobody but the awarding body. The addresses stand in signed credentials, so they answer as long as
the installation does: every key ever used, every framework version ever published.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, render_template, request

from certify.credential.contexts import OWN_FILE, OWN_PATH, shipped
from certify.credential.didweb import KEY_SET_PATH, did_document, jwk_set, profile_document
from certify.credential.model import IssuerProfile
from certify.credential.openbadge import achievement as achievement_of
from certify.credential.rdf import compact
from certify.errors import NotFound
from certify.framework.load import canonical_document
from certify.framework.model import Framework, unit_id
from certify.issuing.awarding import unfilled_award
from certify.web.i18n import language
from certify.web.state import services

blueprint = Blueprint("identity", __name__)

JSON_LD = "application/ld+json"
_KEYS_SECONDS = 300
_CONTEXT_SECONDS = 86_400


@blueprint.get("/.well-known/did.json")
@blueprint.get("/did.json")
def did() -> Response:
    """Answer with the ``did:web`` document; where it stands depends on whether the public base has a path."""
    given = services()
    document = did_document(given.settings.public_base, given.published_keys())
    return _published(compact(document).encode(), "application/did+json", _KEYS_SECONDS)


@blueprint.get(KEY_SET_PATH)
def jwks() -> Response:
    """Answer with the key set of the tokens (RFC 7517)."""
    given = services()
    document = jwk_set(given.settings.public_base, given.published_keys())
    return _published(compact(document).encode(), "application/jwk-set+json", _KEYS_SECONDS)


@blueprint.get(OWN_PATH)
def context() -> Response:
    """Answer with our own terms, at the address that every credential names."""
    return _published(shipped(OWN_FILE), JSON_LD, _CONTEXT_SECONDS)


@blueprint.get("/issuer.json")
def issuer() -> Response:
    """Answer with the awarding body's profile, as the framework published last has it."""
    given = services()
    with given.database.reading() as unit:
        versions = unit.frameworks.all()
        if not versions:
            raise NotFound("No framework is published here yet, so nobody awards.")
        framework = unit.frameworks.get(*versions[-1][:2])
    body = framework.scheme.awarding_body
    profile = IssuerProfile(
        public_base=given.settings.public_base,
        name=framework.text(body.name, framework.languages[0]),
        website=body.website,
        country=body.country,
    )
    return _json(profile_document(profile), JSON_LD)


@blueprint.get("/achievements/<framework_id>/<version>/<role_id>/<tag>")
def achievement(framework_id: str, version: str, role_id: str, tag: str) -> Response:
    """Show what a role or unit certifies in one language: the achievement that credentials of it name."""
    framework = _framework(framework_id, version)
    if role_id not in framework.certifiable or tag not in framework.languages:
        raise NotFound("The framework certifies no such role or unit, or not in this language.")
    award = unfilled_award(framework, role_id, tag)
    if _wants_data():
        return _json(achievement_of(award, services().settings.public_base), JSON_LD)
    levels = sorted({item.level for item in award.competences})
    return _page("achievement.html", award=award, levels=levels)


@blueprint.get("/frameworks/<framework_id>/<version>")
def framework(framework_id: str, version: str) -> Response:
    """Show a framework version; as JSON, the very bytes whose SHA-256 is the digest in credentials."""
    found = _framework(framework_id, version)
    if _wants_data():
        return _varying(Response(canonical_document(found), content_type="application/json"))
    tag = language().tag if language().tag in found.languages else found.languages[0]
    return _page("framework.html", framework=found, tag=tag, unit_id=unit_id)


def _framework(framework_id: str, version: str) -> Framework:
    with services().database.reading() as unit:
        return unit.frameworks.get(framework_id, version)


def _wants_data() -> bool:
    """Tell whether a program asks; a browser names ``text/html``, and curl's ``*/*`` gets the page as well."""
    accepts = request.accept_mimetypes
    return max(accepts.quality("application/json"), accepts.quality(JSON_LD)) > accepts.quality("text/html")


def _page(template: str, **values: object) -> Response:
    return _varying(Response(render_template(template, **values), mimetype="text/html"))


def _json(document: Mapping[str, Any], content_type: str) -> Response:
    return _varying(Response(compact(document), content_type=content_type))


def _varying(response: Response) -> Response:
    response.vary.add("Accept")
    return response


def _published(body: bytes, content_type: str, seconds: int) -> Response:
    """Answer with a document that no data of the register changes, so that `certify.web.kept` cannot keep it."""
    response = Response(body, content_type=content_type)
    response.cache_control.public = True
    response.cache_control.max_age = seconds
    response.add_etag()
    response.make_conditional(request)
    return response
