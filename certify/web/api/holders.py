"""What holders decide about what is known of them, by API: addresses that they share, and a copy of everything."""

from __future__ import annotations

from certify.clock import iso
from certify.privacy.export import person_document
from certify.sharing.model import NameForm, Share, SharedFact
from certify.sharing.service import make_share, shares_of, withdraw_share
from certify.web.api import holder_schemas as schemas
from certify.web.api.blueprint import ApiBlueprint
from certify.web.api.paging import page_of
from certify.web.api.schemas import Paging
from certify.web.api.shapes import Json
from certify.web.scope import own_candidate
from certify.web.sessions import current_user
from certify.web.state import services

blueprint = ApiBlueprint("api-holders", __name__, description="See to what is known of oneself.")


@blueprint.on("GET", "/shares")
@blueprint.queried(Paging)
@blueprint.answers(200, schemas.ShareListShape)
def shares(query: Json) -> Json:
    """List one's addresses that show certificates, oldest first."""
    user = current_user()
    with services().database.reading() as unit:
        own_candidate(unit, user)
        found = shares_of(unit, user)
    return page_of("shares", found, query, lambda share: (iso(share.made_at), share.id), _share_shape)


@blueprint.on("POST", "/shares")
@blueprint.takes(schemas.NewShare)
@blueprint.answers(201, schemas.ShareShape)
def add_share(sent: Json) -> Json:
    """Make an address that shows what is asked for, and nothing else, to whoever has it."""
    given = services()
    share = make_share(
        given.database,
        given.clock,
        current_user(),
        certificate_ids=sent["certificate_ids"],
        name_form=NameForm(sent["name_form"]),
        facts=[SharedFact(name) for name in sent["facts"]],
        days=sent["days"],
    )
    return _share_shape(share)


@blueprint.on("DELETE", "/shares/<share_id>")
@blueprint.answers(204)
def withdraw(share_id: str) -> None:
    """Withdraw one of one's addresses; it shows nothing from now on."""
    withdraw_share(services().database, current_user(), share_id)


@blueprint.on("GET", "/me/data")
@blueprint.hands_out(("application/json",), {"type": "object"}, "All that is known of oneself.")
def data() -> Json:
    """Hand out everything that is known of oneself as JSON; certificates have addresses of their own."""
    given, user = services(), current_user()
    with given.database.reading() as unit:
        own_candidate(unit, user)
        return person_document(unit, user, given.clock())


def _share_shape(share: Share) -> Json:
    return {
        "id": share.id,
        "address": f"{services().settings.public_base}/s/{share.id}",
        "certificate_ids": list(share.certificate_ids),
        "name_form": share.name_form.value,
        "facts": sorted(fact.value for fact in share.facts),
        "made_at": iso(share.made_at),
        "expires_at": share.expires_at and iso(share.expires_at),
    }
