"""What holders decide about what is known of them: addresses to share, a copy of everything, the end of the account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from tempfile import SpooledTemporaryFile

from flask import Blueprint, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from certify.archiving.service import rendition
from certify.errors import CertifyError, InvalidInput
from certify.issuing.credentials import credential_json
from certify.issuing.model import CertificateRow
from certify.people.passwords import matches
from certify.privacy.export import Entry, as_text, person_document, write_archive
from certify.privacy.service import close_account
from certify.sharing.model import NameForm, SharedFact
from certify.sharing.service import make_share, opened, shares_of, withdraw_share
from certify.signin.model import Method
from certify.signin.throttle import charge, code_gates, forgive
from certify.status.service import standing
from certify.web.i18n import gettext
from certify.web.pages import fields
from certify.web.problems import answer_to
from certify.web.scope import own_candidate
from certify.web.sessions import current_session, current_user, forget
from certify.web.state import services, today

blueprint = Blueprint("holder", __name__)
IN_MEMORY_BYTES = 8_000_000
DAYS = (30, 90, 365)
ANEW = timedelta(minutes=10)


@blueprint.get("/s/<share_id>")
def shared(share_id: str) -> str:
    """Show what an address shows, to whoever has it: nothing is counted, remembered or kept on the way."""
    given = services()
    with given.database.reading() as unit:
        share = opened(unit, share_id, given.clock())
        rows = [unit.certificates.get(certificate_id) for certificate_id in share.certificate_ids]
        shown = [(row, standing(unit, row.id), row.award.valid_until < today()) for row in rows]
    return render_template("shared.html", share=share, shown=shown, NameForm=NameForm, Fact=SharedFact)


@blueprint.get("/candidate/shares")
def shares() -> str:
    """List one's addresses, and offer to make another."""
    return _shares_page()


@blueprint.post("/candidate/shares")
def add_share() -> ResponseReturnValue:
    """Make an address that shows what was ticked, and nothing else."""
    given = services()
    try:
        make_share(
            given.database,
            given.clock,
            current_user(),
            certificate_ids=request.form.getlist("certificate"),
            name_form=fields.choice(NameForm, fields.text("name_form"), gettext("Name")),
            facts=[fields.choice(SharedFact, name, "") for name in request.form.getlist("fact")],
            days=fields.whole_number("days", gettext("Ends")),
        )
    except CertifyError as error:
        return _shares_page(error), answer_to(error).problem.status
    return redirect(url_for("holder.shares"), 303)


@blueprint.post("/candidate/shares/<share_id>/withdraw")
def withdraw(share_id: str) -> ResponseReturnValue:
    """Withdraw one of one's addresses; it shows nothing from now on."""
    withdraw_share(services().database, current_user(), share_id)
    return redirect(url_for("holder.shares"), 303)


@blueprint.get("/candidate/data")
def data() -> Response:
    """Hand out everything that is known of oneself: a page, JSON, and all files, in one archive."""
    given, user = services(), current_user()
    # It is deleted when the answer was sent; what is large waits on the disk, not in memory.
    stream = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 - the answer closes it
    with given.database.reading() as unit:
        own_candidate(unit, user)
        document = person_document(unit, user, given.clock())
        page = render_template("candidate/copy.html", document=document)

        def entries() -> Iterator[Entry]:
            yield Entry(name="index.html", content=page.encode())
            yield Entry(name="data.json", content=as_text(document))
            for number, kept in enumerate(unit.documents.of_candidate(user.candidate_id or ""), start=1):
                yield Entry(name=f"documents/{number} {kept.name}", content=given.documents.get(kept.digest))
            for row in unit.certificates.of_candidate(user.candidate_id or ""):
                if row.sha256 is not None:
                    name = f"certificates/{row.award.number}"
                    yield Entry(name=f"{name}.pdf", content=rendition(unit, row.id))
                    if row.credential_sha256 is not None:
                        yield Entry(name=f"{name}.credential.json", content=credential_json(unit, row))
                        yield Entry(
                            name=f"{name}.credential.jwt", content=given.tokens.of(row).encode("ascii")
                        )

        write_archive(stream, entries())
    stream.seek(0)
    answer = send_file(stream, "application/zip", as_attachment=True, download_name="my-data.zip", etag=False)
    # Flask lets browsers keep a file that they ask for again; all that is known of a person is kept by nobody.
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/candidate/close")
def closing() -> str:
    """Say what is erased and what is kept, before anything happens."""
    return _closing_page()


@blueprint.post("/candidate/close")
def close() -> ResponseReturnValue:
    """Close one's account, once it is confirmed with the password."""
    given, user = services(), current_user()
    try:
        if fields.text("understood") != "yes":
            raise InvalidInput(gettext("Tick that you have read what is erased and what is kept."))
        gates = code_gates(user.id)
        charge(given.database, given.clock, gates)
        if not (_signed_in_anew() or matches(user.password_hash, request.form.get("password", ""))):
            raise InvalidInput(gettext("The password is wrong."))
        forgive(given.database, given.clock, gates)
        close_account(given.database, given.clock, given.documents, user)
    except CertifyError as error:
        return _closing_page(error), answer_to(error).problem.status
    # Nobody is signed in any more, on this very page too.
    response = redirect(url_for("holder.closed"), 303)
    answer = make_response(response)
    forget(answer)
    return answer


@blueprint.get("/account-closed")
def closed() -> str:
    """Say that the account is closed, and what stands."""
    return render_template("account_closed.html")


def _shares_page(error: CertifyError | None = None) -> str:
    given, user = services(), current_user()
    with given.database.reading() as unit:
        own_candidate(unit, user)
        rows: dict[str, CertificateRow] = {
            row.id: row
            for row in unit.certificates.of_candidate(user.candidate_id or "")
            if row.sha256 is not None
        }
        found = shares_of(unit, user)
    return render_template(
        "candidate/shares.html",
        shares=found,
        rows=rows,
        now=given.clock(),
        base=given.settings.public_base,
        NameForm=NameForm,
        Fact=SharedFact,
        days=DAYS,
        error=error,
    )


def _signed_in_anew() -> bool:
    """Tell whether somebody who signs in without a password has done so just now, which confirms as much."""
    session = current_session()
    return session.method is not Method.PASSWORD and services().clock() - session.signed_in_at <= ANEW


def _closing_page(error: CertifyError | None = None) -> str:
    user = current_user()
    with services().database.reading() as unit:
        person = own_candidate(unit, user)
        issued = [row for row in unit.certificates.of_candidate(person.id) if row.sha256 is not None]
        shares_made = len(unit.shares.of_candidate(person.id))
    return render_template(
        "candidate/close.html",
        issued=issued,
        shares=shares_made,
        anew=_signed_in_anew(),
        error=error,
    )
