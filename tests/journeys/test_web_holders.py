"""What holders do with what is theirs: see the whole of it, share a part, take a copy, and leave."""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import closing
from urllib.parse import parse_qs, urlsplit

import pytest
from installation import PASSWORD
from website import read_page, words

from certify.certification.service import apply_for
from certify.corrections.service import request_name
from certify.db import connect
from certify.identifiers import new_identifier
from certify.mail.model import LetterKind, letter
from certify.people.names import holder_name
from certify.publicity.service import set_public
from certify.sharing.model import NameForm, SharedFact
from certify.signin.model import Passkey, Scope, SecondFactor
from certify.signin.tokens import make_token

SCRIPT = "<script>alert(1)</script>"


def link(response, part):
    return next(found for found in read_page(response).links if part in found)


def shared(site, **chosen):
    ana = site.person("ana")
    ana.submit("/candidate/shares", "/shares", certificate=[site.certificate_of_ana()], **chosen)
    return link(ana.get("/candidate/shares"), "/s/")


def test_one_page_says_what_is_there_and_what_the_chosen_role_still_asks(site):
    site.place.passes(site.ana, "A4")
    ana = site.person("ana")
    said = words(ana.get("/candidate"))
    for expected in (
        "1 of 3 requirements met",
        "a EQF 4 EQF 5 Missing A5",
        "b – EQF 6 Missing B6",
        "Prior qualification EQF 7 EQF 7–8 Met",
        "The least training that closes the gap: 20 h",
        "No certificate yet.",
    ):
        assert expected in said, said

    assert ana.submit("/candidate", "/candidate/role", role="developer").status_code == 303
    forged = {
        **ana.form("/candidate", "/candidate/role").fields,
        "role": "emperor",
        "candidate_id": site.boris.id,
    }
    assert ana.client.post("/candidate/role", data=forged).status_code == 422


def test_linkedin_is_offered_the_facts_and_learns_nothing_before(site):
    site.certificate_of_ana()
    page = site.person("ana").get("/candidate")
    asked = parse_qs(urlsplit(link(page, "linkedin.com")).query)
    with site.place.services.database.reading() as unit:
        award = unit.certificates.get(site.certificate_of_ana()).award

    assert asked["name"] == [f"SPECIMEN: {award.role_title}"]
    assert asked["certUrl"] == [award.verification_url]
    assert asked["certId"] == [award.number]
    assert (asked["issueMonth"], asked["expirationYear"]) == (["11"], [str(award.valid_until.year)])
    assert page.headers["Referrer-Policy"] == "no-referrer"


def test_a_share_shows_what_was_ticked_and_nothing_else(site):
    path = shared(site, name_form="none", fact=["dates"])
    visitor = site.visitor()
    answer = visitor.get(path)
    said = answer.get_data(as_text=True)

    assert answer.status_code == 200
    assert "until" in words(answer)
    for hidden in ("Ана Ли", "Ana Li", "S4C-", "/v/", "Competences and levels", "Hours of training"):
        assert hidden not in said, hidden
    assert "In force" in said
    assert answer.headers["Cache-Control"] == "no-store"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert "Set-Cookie" not in answer.headers

    everything = site.share_of_ana(*SharedFact, name_form=NameForm.LATIN)
    full = site.visitor().get(f"/s/{everything}")
    for shown in ("Ana Li", "S4C-", "Competences and levels", "Hours of training"):
        assert shown in full.get_data(as_text=True), shown


def test_a_share_is_withdrawn_at_once_and_only_by_its_holder(site):
    share_id = site.share_of_ana(SharedFact.ROLE, name_form=NameForm.PRINTED)
    path, visitor = f"/s/{share_id}", site.visitor()
    assert visitor.get(path).status_code == 200
    boris = site.person("boris")
    token = boris.form("/password")
    assert boris.client.post(f"/candidate/shares/{share_id}/withdraw", data=token.fields).status_code == 404

    ana = site.person("ana")
    ana.submit("/candidate/shares", "/withdraw")

    assert visitor.get(path).status_code == 404
    unknown = visitor.get("/s/" + "A" * 26)
    assert words(visitor.get(path)).split("reference")[0] == words(unknown).split("reference")[0]


def test_nobody_shares_what_somebody_else_holds_or_what_is_not_offered(site):
    hers = site.certificate_of_ana()
    boris = site.person("boris")
    token = boris.form("/password").fields
    for chosen in (
        {"certificate": hers, "name_form": "none"},
        {"certificate": hers, "name_form": "none", "candidate_id": site.ana.id},
    ):
        assert boris.client.post("/candidate/shares", data={**token, **chosen}).status_code == 404
    ana = site.person("ana")
    token = ana.form("/password").fields
    for wrong in (
        {"name_form": "none"},
        {"certificate": hers, "name_form": "all"},
        {"certificate": hers, "name_form": "none", "fact": SCRIPT},
        {"certificate": hers, "name_form": "none", "days": "0"},
    ):
        answer = ana.client.post("/candidate/shares", data={**token, **wrong})
        assert answer.status_code == 422
        assert SCRIPT not in answer.get_data(as_text=True)


def test_the_same_form_sent_twice_makes_one_address(site):
    ana = site.person("ana")
    for _ in range(2):
        ana.submit("/candidate/shares", "/shares", certificate=[site.certificate_of_ana()], name_form="none")
    assert len([found for found in read_page(ana.get("/candidate/shares")).links if "/s/" in found]) == 1
    ana.submit("/candidate/shares", "/shares", certificate=[site.certificate_of_ana()], name_form="latin")
    assert len([found for found in read_page(ana.get("/candidate/shares")).links if "/s/" in found]) == 2


def test_a_revoked_certificate_says_so_wherever_it_is_shared(site):
    path = shared(site, name_form="none")
    certifier = site.person("certifier")
    page = f"/certifier/certificates/{site.certificate_of_ana()}"
    certifier.submit(page, "/status", step="revoke issued_in_error", final="yes")

    assert "Revoked" in words(site.visitor().get(path))


def asked_for_by_colleagues(site):
    """A colleague applies for Ana, and asks to correct her name."""
    services, certifier = site.place.services, site.place.certifier
    apply_for(services.database, services.clock, certifier, site.ana.id, "small", "a@5")
    name = holder_name("Ана Ли-До", "Ana Li-Do")
    request_name(
        services.database, services.clock, certifier, site.ana.id, name, reason="Married", evidence="Passport"
    )


def kept_by_herself(site):
    """Ana makes her certificate public and private again, and has each way to sign in; a letter was written."""
    services = site.place.services
    with services.database.reading() as unit:
        ana = unit.users.by_email("ana@example.org")
    for public in (True, False):
        set_public(services.database, services.clock, ana, site.certificate_of_ana(), public=public)
    make_token(services.database, services.clock, ana, name="My script", scopes=[Scope.READ], days=30, by=ana)
    passkey = Passkey(
        id=new_identifier(),
        user_id=ana.id,
        credential_id=b"SECRET-1",
        credential=b"SECRET-2",
        sign_count=0,
        name="My phone",
        made_at=services.clock(),
    )
    factor = SecondFactor(user_id=ana.id, sealed_secret=b"SECRET-3", last_step=0, made_at=services.clock())
    with (
        closing(connect(services.settings.database_url, keeps_letters=True)) as database,
        database.writing() as unit,
    ):
        unit.passkeys.add(passkey)
        unit.factors.put(factor)
        unit.outbox.put(letter(LetterKind.TRIAL, "Ana@example.org", services.clock(), {"name": "Ana"}))


def test_the_copy_holds_everything_and_names_no_colleague(site):
    site.share_of_ana(SharedFact.ROLE)
    ana = site.person("ana")
    asked_for_by_colleagues(site)
    kept_by_herself(site)
    answer = ana.get("/candidate/data")
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    names = archive.namelist()
    document = json.loads(archive.read("data.json"))

    assert answer.headers["Content-Disposition"].startswith("attachment; filename=my-data.zip")
    assert names[:2] == ["index.html", "data.json"]
    assert sum(name.endswith(".pdf") for name in names) == 1
    assert sum(name.endswith((".credential.json", ".credential.jwt")) for name in names) == 2
    assert document["person"]["name"]["native"] == "Ана Ли"
    assert document["account"]["email"] == "ana@example.org"
    assert len(document["records"]) == 2
    assert document["certificates"][0]["award"]["holder"]["latin"] == "Ana Li"
    assert [len(document[name]) for name in ("decisions", "shares", "cohorts")] == [1, 1, 1]
    assert [len(document[name]) for name in ("applications", "corrections")] == [1, 1]
    assert [step["public"] for step in document["certificates"][0]["publicity"]] == [True, False]
    assert [document[name][0]["name"] for name in ("tokens", "passkeys")] == ["My script", "My phone"]
    assert document["second_factor"]["recovery_codes_left"] == 0
    assert [(found["kind"], found["to"]) for found in document["letters"]] == [("trial", "Ana@example.org")]
    assert "token-made" in {found["action"] for found in document["what_you_did"]}
    whole = archive.read("data.json") + archive.read("index.html")
    for secret in (b"$argon2", b"SECRET", site.place.trainer.id.encode(), site.place.certifier.id.encode()):
        assert secret not in whole
    assert "Ана Ли" in archive.read("index.html").decode()


def test_the_page_of_the_copy_runs_nothing_that_somebody_wrote(site):
    certifier = site.person("certifier")
    certifier.submit(
        f"/certifier/cases/{site.ana.id}/small/developer",
        "/cases/",
        outcome="refused",
        interest="none",
        reason=SCRIPT,
    )
    archive = zipfile.ZipFile(io.BytesIO(site.person("ana").get("/candidate/data").data))

    assert SCRIPT not in archive.read("index.html").decode()
    assert SCRIPT not in certifier.get(f"/certifier/cases/{site.ana.id}/small/developer").get_data(
        as_text=True
    )


@pytest.mark.parametrize("typed", [{}, {"understood": "yes"}, {"understood": "yes", "password": "wrong"}])
def test_an_account_is_not_closed_unless_it_is_confirmed(site, typed):
    ana = site.person("ana")

    assert ana.submit("/candidate/close", "/close", **typed).status_code == 422
    assert ana.get("/candidate").status_code == 200


def test_a_closed_account_is_over_at_once_and_its_certificate_is_still_checked(site):
    certificate = site.certificate_of_ana()
    share_id = site.share_of_ana(SharedFact.ROLE)
    ana, elsewhere = site.person("ana"), site.person("ana")
    ana.submit("/candidate", "/publicity", public="yes")
    said = words(ana.get("/candidate/close"))
    assert "Kept, and why" in said
    assert "your certificate as it was issued" in said

    gone = ana.follow(ana.submit("/candidate/close", "/close", understood="yes", password=PASSWORD))

    assert "The account is closed" in words(gone)
    for browser in (ana, elsewhere):
        assert browser.get("/candidate").status_code == 303
    assert site.visitor().submit("/sign-in", email="ana@example.org", password=PASSWORD).status_code == 401
    assert site.visitor().get(f"/s/{share_id}").status_code == 404
    public = words(site.visitor().get(f"/v/{certificate}"))
    assert "Ана Ли" in public
    assert "it certifies nothing" in public
    with site.place.services.database.reading() as unit:
        assert not unit.publicity.last(certificate).public
        assert "Ана" not in unit.candidates.get(site.ana.id).name.native
    administrator = site.person("administrator")
    assert "Ана Ли" not in words(administrator.get("/admin/candidates"))
    assert "ana@example.org" not in words(administrator.get("/admin/users"))
