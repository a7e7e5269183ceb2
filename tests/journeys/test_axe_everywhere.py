"""Every page behind a sign-in, with real content: axe-core, and no wider than its screen, in two languages and two widths.

Public pages are looked at in every state by `test_accessibility`. A new page fails here until it has its line in PAGES.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

import pytest
from axe import findings
from installation import PASSWORD
from playwright.sync_api import Browser, Page, sync_playwright
from public_states import served
from website import Site, open_site

from certify.bootstrap import build
from certify.certification.service import apply_for
from certify.completions.batch import record_batch
from certify.completions.model import CompletionOutcome
from certify.completions.service import CompletionEntry
from certify.completions.uploads import Desk, start
from certify.corrections.service import request_name
from certify.identifiers import new_identifier
from certify.mail.model import LetterKind
from certify.mail.rewording import reword
from certify.people.names import holder_name
from certify.people.service import join_cohort
from certify.web.access import ACCESS, PUBLIC
from certify.web.app import create_app

CHROMIUM = "/usr/bin/chromium"
LONG = "Волфешлегелщайнхаузенбергердорфвелхефоралтернварен"
"""A name that no line can be broken in."""
SIZES = (("en", 1280, "light"), ("bg", 390, "dark"))


@dataclass(frozen=True)
class Look:
    """Who looks at a page, and what its address has besides."""

    by: str
    query: str = ""


PAGES: Mapping[str, tuple[Look, ...]] = {
    "account.overview": (Look("certifier"), Look("administrator")),
    "accounts.one": (Look("administrator"),),
    "admin.candidate": (Look("certifier"), Look("administrator")),
    "admin.candidates": (Look("certifier"), Look("administrator")),
    "admin.cohort": (Look("administrator"),),
    "admin.cohorts": (Look("administrator"),),
    "admin.users": (Look("administrator"),),
    "administration.home": (Look("administrator"),),
    "audit.trail": (Look("administrator"), Look("administrator", "q=nobody-like-this")),
    "auth.password": (Look("trainer"),),
    "batches.show": (Look("trainer"),),
    "candidate.overview": (Look("ana"), Look("boris")),
    "candidate.role": (Look("ana"),),
    "cases.one": (Look("certifier"),),
    "certifier.certificate": (Look("certifier"),),
    "certifier.certificates": (Look("certifier"),),
    "certifier.queue": (Look("certifier"),),
    "cohort_log.form": (Look("trainer"),),
    "corrections.name": (Look("certifier"),),
    "corrections.own_name": (Look("boris"),),
    "corrections.request_page": (Look("certifier"),),
    "corrections.waiting": (Look("certifier"),),
    "documents.own": (Look("ana"), Look("boris")),
    "factors.second_step": (Look("trainer"),),
    "factors.set_up": (Look("certifier"),),
    "holder.closing": (Look("ana"),),
    "holder.shares": (Look("ana"), Look("boris")),
    "imports.files": (Look("trainer"),),
    "imports.show": (Look("trainer"),),
    "installation.designs": (Look("administrator"),),
    "installation.keys": (Look("administrator"),),
    "installation.settings": (Look("administrator"),),
    "jobs.page": (Look("certifier"),),
    "jobs.recent": (Look("certifier"),),
    "letter_texts.all_of_them": (Look("administrator"),),
    "letter_texts.one": (Look("administrator"),),
    "letters.queue": (Look("administrator"),),
    "letters.reminders": (Look("administrator", "within=180"),),
    "organisation_sign_in.one": (Look("administrator"),),
    "organisations.all_of_them": (Look("administrator"),),
    "schemes.all_of_them": (Look("administrator"),),
    "schemes.one": (Look("administrator"),),
    "trainer.cohort": (Look("trainer"),),
    "trainer.cohorts": (Look("trainer"),),
    "trainer.correct": (Look("trainer"),),
    "trainer.member": (Look("trainer"),),
}
FILES = {
    "auth.work",
    "candidate.credential",
    "candidate.pdf",
    "candidate.token",
    "documents.file",
    "documents.picture",
    "evidence.file",
    "holder.data",
    "imports.rejected_file",
    "installation.specimen",
    "letter_texts.html",
}
"""They hand out files, or send on."""


@dataclass(frozen=True)
class Full:
    """A site where every list has something in it."""

    site: Site
    values: Mapping[str, object]

    def path(self, endpoint: str) -> str:
        """The address of a page about what is there."""
        values = dict(self.values)
        if endpoint == "cases.one":
            values["candidate_id"] = values["waiting_id"]
        rule = next(
            rule for rule in self.site.app.url_map.iter_rules(endpoint) if "GET" in (rule.methods or ())
        )
        with self.site.app.test_request_context():
            return self.site.app.url_map.bind("localhost").build(
                endpoint, {name: values[name] for name in rule.arguments}
            )


def fill(site: Site) -> Full:
    """Put something into every list: a case that waits, a document, records, a file, letters, a request, a job."""
    place, given = site.place, site.place.services
    certificate = site.certificate_of_ana()
    site.share_of_ana()
    site.document_of_ana()
    letter = site.letter_to_ana()
    waiting = place.candidate("C-9", LONG, "Volfeshlegelshtaynhauzenbergerdorfvelheforalternvaren")
    join_cohort(given.database, place.administrator, site.cohort.id, waiting.id, "developer")
    place.passes(waiting, "A5")
    place.passes(waiting, "B6")
    apply_for(given.database, given.clock, place.certifier, waiting.id, "small", "a@5")
    with given.database.reading() as unit:
        ana = unit.users.by_email("ana@example.org")
        trainer = unit.users.by_email("trainer@example.org")
    (correction,) = request_name(
        given.database,
        given.clock,
        ana,
        site.ana.id,
        holder_name("Анна Ли", "Anna Li"),
        reason="Misspelt",
        evidence="Passport",
    )
    entry = CompletionEntry(
        candidate_id=site.ana.id,
        module_id="A4",
        module_version="1",
        completed_on=date(2026, 4, 1),
        outcome=CompletionOutcome.PASSED,
        trainer_id=trainer.id,
    )
    batch = record_batch(given.database, given.clock, place.trainer, site.cohort, [entry], new_identifier())
    with given.database.reading() as unit:
        completion_id = unit.batches.lines(batch.id)[0].completion_id
    upload = start(
        Desk(given.database, given.clock, given.waiting_files, place.trainer),
        "small",
        "results of the spring.csv",
        b"candidate,module,date\nC-1,A4,2026-04-01\nC-7,A4,2026-04-01\n",
    )
    reword(
        given.database,
        given.clock,
        None,
        LetterKind.CERTIFICATE_ISSUED,
        "bg",
        ("Готово", "{name}\n\n[Виж]({address})"),
    )
    return Full(
        site,
        {
            "batch_id": batch.id,
            "candidate_id": site.ana.id,
            "certificate_id": certificate,
            "cohort_id": site.cohort.id,
            "completion_id": completion_id,
            "correction_id": correction.id,
            "framework_id": "small",
            "job_id": site.job_of(certificate),
            "letter_id": letter[:26],
            "letter_kind": "certificate-issued",
            "organisation_id": trainer.organisation_id,
            "role_id": "developer",
            "tag": "bg",
            "upload_id": upload.id,
            "user_id": trainer.id,
            "waiting_id": waiting.id,
        },
    )


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Full:
    made = fill(open_site(tmp_path_factory.mktemp("everywhere")))
    services = made.site.place.services
    settings = replace(services.settings, smtp_url="smtp+plain://127.0.0.1:1", mail_from="m@example.org")
    app = create_app(build(settings, clock=services.clock))
    return replace(made, site=replace(made.site, app=app))


@pytest.fixture(scope="module")
def base(full: Full) -> Iterator[str]:
    with served(full.site.app) as address:
        yield address


@pytest.fixture(scope="module")
def chromium(base: str) -> Iterator[Browser]:
    del base
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, base: str) -> Iterator[Mapping[str, Page]]:
    pages = {}
    for name in ("administrator", "certifier", "trainer", "ana", "boris"):
        page = pages[name] = chromium.new_context().new_page()
        page.goto(f"{base}/sign-in?lang=en")
        page.fill("#email", f"{name}@example.org")
        page.fill("#password", PASSWORD)
        page.locator("form:has(#password) button").first.click()
        page.wait_for_load_state()
        assert "/sign-in" not in page.url, name
    yield pages
    for page in pages.values():
        page.context.close()


@pytest.mark.parametrize("endpoint", PAGES)
def test_axe_finds_nothing_and_nothing_is_wider_than_its_screen(
    full: Full, base: str, signed_in: Mapping[str, Page], endpoint: str
) -> None:
    path = full.path(endpoint)
    for look in PAGES[endpoint]:
        page = signed_in[look.by]
        for tag, width, scheme in SIZES:
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme)
            answer = page.goto(f"{base}{path}?lang={tag}&{look.query}")
            assert answer is not None
            assert (answer.status, page.locator("html").get_attribute("lang")) == (200, tag), look
            for details in page.locator("details").all():
                details.evaluate("element => element.open = true")
            assert findings(page) == [], (look, tag, width)
            same = page.evaluate(
                "[...document.querySelectorAll('[id]')].map(e => e.id).filter((id, at, all) => all.indexOf(id) !== at)"
            )
            assert same == [], "two things with one id"
            wide = page.evaluate(
                "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
            )
            assert wide[0] <= wide[1], (look, tag, width, wide)


def test_every_page_behind_a_sign_in_is_looked_at(full: Full) -> None:
    shown = {
        rule.endpoint
        for rule in full.site.app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and not rule.endpoint.startswith("api-")
        and ACCESS[rule.endpoint] is not PUBLIC
    }

    assert shown - FILES == PAGES.keys()
    assert shown >= FILES
