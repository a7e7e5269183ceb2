"""Documents of prior qualifications: brought, replaced, opened by who may, drawn, reviewed, and erased with the account."""

from __future__ import annotations

import hashlib
import io
import zipfile
from contextlib import closing
from dataclasses import replace

import pypdfium2
import pytest
from PIL import Image
from website import DIPLOMA, open_site, read_page, upload, words

from certify.audit.model import AuditAction, AuditFilter
from certify.errors import Conflict, FileUnreadable, NotFound
from certify.evidence.documents import bring_document, document_of
from certify.organisations.service import sight_of
from certify.people.model import Review, UserRole
from certify.people.service import review_admission
from certify.privacy.service import close_account
from certify.sandbox.reader import SandboxReader


@pytest.fixture
def site(tmp_path, database_url):
    made = open_site(tmp_path, database_url=database_url)
    with closing(made.place.services.database):
        yield made


@pytest.fixture
def lite(tmp_path):
    made = open_site(tmp_path)
    with closing(made.place.services.database):
        yield made


def picture(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 80), colour).save(out, "PNG")
    return out.getvalue()


def is_kept(site, digest: str) -> bool:
    try:
        return bool(site.place.services.documents.get(digest))
    except NotFound:
        return False


def review(site, digest: str, *, accepted: bool = True):
    given = site.place.services
    return review_admission(
        given.database,
        given.clock,
        site.place.certifier,
        site.ana.id,
        qualification="MSc",
        eqf_level=7,
        evidence_digest=None,
        accepted=accepted,
        document_digest=digest,
    )


def test_what_waits_is_replaced_and_what_a_review_names_stays_until_the_account_is_closed(site):
    given = site.place.services
    first = site.document_of_ana(picture("red"))
    assert site.document_of_ana(picture("red")) == first
    second = site.document_of_ana(picture("blue"))

    assert (is_kept(site, first), is_kept(site, second)) == (False, True)
    with pytest.raises(Conflict, match="replaced meanwhile"):
        review(site, first)
    assert review(site, second, accepted=False).evidence_digest == second
    with pytest.raises(Conflict, match="reviewed already"):
        site.document_of_ana(picture("blue"))
    third = site.document_of_ana(picture("green"))
    with given.database.reading() as unit:
        assert [item.reviewed for item in unit.documents.of_candidate(site.ana.id)] == [True, False]
        sight = sight_of(unit, site.place.certifier)
        assert unit.candidates.count(sight, (), Review.DOCUMENT, 9) == 1
        assert unit.candidates.count(sight, (), Review.NOT_ACCEPTED, 9) == 1
        ana = unit.users.by_email("ana@example.org")
        done = [
            item.detail for item in unit.trail.search(AuditFilter(action=AuditAction.DOCUMENT_BROUGHT), 9)
        ]
    assert done == ["", "instead of another", ""]

    close_account(given.database, given.clock, given.documents, ana)
    with given.database.reading() as unit:
        assert unit.documents.of_candidate(site.ana.id) == []
        assert unit.candidates.admission(site.ana.id).evidence_digest == second
    assert not any(is_kept(site, digest) for digest in (first, second, third))


def test_one_persons_file_is_not_anothers_and_goes_only_with_the_last_of_them(lite):
    given, administrator = lite.place.services, lite.place.administrator
    digest = lite.document_of_ana()
    with given.database.reading() as unit:
        boris = unit.users.by_email("boris@example.org")
        with pytest.raises(NotFound):
            document_of(unit, boris, lite.boris.id, digest)
        with pytest.raises(NotFound):
            document_of(unit, boris, lite.ana.id, digest)
        with pytest.raises(NotFound):
            document_of(unit, lite.place.trainer, lite.ana.id, digest)
    bring_document(
        given.database,
        given.clock,
        given.documents,
        administrator,
        lite.boris.id,
        name="../../Диплома <b>.exe",
        data=DIPLOMA,
        most_bytes=10_000,
    )
    with given.database.reading() as unit:
        assert document_of(unit, boris, lite.boris.id, digest).name == "Диплома _b_.png"
    lite.person("ana").submit("/candidate/qualification", "withdraw")
    assert is_kept(lite, digest)
    lite.person("administrator").submit(f"/admin/candidates/{lite.boris.id}", "withdraw")
    assert not is_kept(lite, digest)


def test_a_file_that_is_no_document_is_refused_and_says_why(lite):
    ana = lite.person("ana")
    refused = {
        b"<html><script>alert(1)</script></html>": "neither a PDF nor",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>": "neither a PDF nor",
        DIPLOMA + b"<script>": "put behind its end",
        b"%PDF-1.7" + b"x" * 10_000_001: "at most",
        b"": "Choose a file",
    }
    for data, said in refused.items():
        answer = ana.submit("/candidate/qualification", "/qualification", file=upload(data, "d.pdf"))
        assert (answer.status_code, said in words(answer)) == (422, True), said

    with lite.place.services.database.reading() as unit:
        assert unit.documents.of_candidate(lite.ana.id) == []


def test_a_certifier_sees_it_beside_the_case_reviews_it_there_and_the_record_names_it(lite):
    ana, certifier = lite.person("ana"), lite.person("certifier")
    sent = ana.submit(
        "/candidate/qualification", "/candidate/qualification", file=upload(DIPLOMA, "My diploma.png")
    )
    assert "waits for its review" in words(ana.follow(sent))
    assert "Qualifications whose document waits: 1" in words(certifier.get("/certifier/"))
    listed = words(certifier.get("/admin/candidates?review=document"))
    assert "Ана Ли" in listed
    assert "Boris Do" not in listed
    case = f"/certifier/cases/{lite.ana.id}/small/developer"
    links = read_page(certifier.get(case)).links
    file = next(link for link in links if link.startswith("/documents/") and not link.endswith("picture"))

    handed = certifier.get(file)
    assert handed.data == DIPLOMA
    assert handed.headers["Content-Type"] == "image/png"
    assert handed.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in handed.headers["Content-Security-Policy"]
    shown = certifier.get(f"{file}/picture")
    assert shown.headers["Content-Type"] == "image/jpeg"
    assert Image.open(io.BytesIO(shown.data)).size == (60, 80)

    answer = certifier.submit(case, "/admission", qualification="MSc Cities", eqf_level="7", accepted="yes")
    assert answer.headers["Location"] == f"{case}#prior"
    page = words(certifier.get(case))
    assert "MSc Cities, EQF 7" in page
    assert "My diploma.png" in page
    with lite.place.services.database.reading() as unit:
        record = unit.candidates.admission(lite.ana.id)
    assert record.evidence_digest == hashlib.sha256(DIPLOMA).hexdigest()
    assert lite.person("trainer").get(file).status_code == 403

    with zipfile.ZipFile(io.BytesIO(ana.get("/candidate/data").data)) as archive:
        assert archive.read("documents/1 My diploma.png") == DIPLOMA
        assert b"My diploma.png" in archive.read("data.json")


def test_a_document_that_is_kept_elsewhere_is_named_by_its_digest(lite):
    certifier = lite.person("certifier")

    certifier.submit(
        f"/admin/candidates/{lite.ana.id}",
        "/admission",
        qualification="MSc",
        eqf_level="7",
        evidence="ab" * 32,
        accepted="yes",
    )

    assert "kept elsewhere: abababab" in words(certifier.get(f"/admin/candidates/{lite.ana.id}"))


def test_who_trains_a_candidate_sees_on_the_case_why_another_reviews(lite):
    place = lite.place
    with place.services.database.reading() as unit:
        both = unit.users.by_email("trainer@example.org")
    with place.services.database.writing() as unit:
        unit.users.replace(replace(both, roles=both.roles | {UserRole.CERTIFIER}))
    trainer = lite.person("trainer")

    page = trainer.get(f"/certifier/cases/{lite.ana.id}/small/developer")

    assert "Somebody else has to review this." in words(page)
    assert not [form for form in read_page(page).forms if form.action.endswith("/admission")]


def test_what_cannot_be_drawn_is_said_and_a_page_of_a_pdf_is(tmp_path):
    document = pypdfium2.PdfDocument.new()
    document.new_page(200, 300)
    out = io.BytesIO()
    document.save(out)
    reader = SandboxReader()

    assert Image.open(io.BytesIO(reader.picture(out.getvalue()))).height == 1400
    for bad in (b"%PDF-1.7 %%EOF", b"no file", DIPLOMA[:60]):
        with pytest.raises(FileUnreadable):
            reader.picture(bad)
