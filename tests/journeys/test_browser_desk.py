"""A certifier's and a candidate's day in Debian's Chromium, on a served installation whose worker issues in the background.

Each page is looked at wide and narrow, light and dark, in two languages, and axe-core has nothing to say of any.
"""

from __future__ import annotations

import re
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe import findings
from installation import PASSWORD
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from website import Site, open_site
from werkzeug.serving import WSGIRequestHandler, make_server

from certify.people.model import Candidate
from certify.sharing.model import NameForm, SharedFact
from certify.web import background

CHROMIUM = "/usr/bin/chromium"
SHORT = 5_000
NAMES = (("Ада", "Ada"), ("Бела", "Bela"), ("Вера", "Vera"), ("Гера", "Gera"))


class Quiet(WSGIRequestHandler):
    """Says nothing of each request."""

    def log(self, *_args: object) -> None:
        pass


@dataclass(frozen=True)
class Day:
    """A site that is served, and people who wait to be certified on it."""

    site: Site
    base: str
    waiting: list[Candidate]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    site = open_site(tmp_path_factory.mktemp("day"))
    waiting = [
        site.place.candidate(f"D-{number}", f"{name} Лин", f"{latin} Lin")
        for number, (name, latin) in enumerate(NAMES)
    ]
    for person in waiting:
        site.place.passes(person, "A5")
        site.place.passes(person, "B6")
    site.share_of_ana(*SharedFact, name_form=NameForm.LATIN)
    server = make_server("127.0.0.1", 0, site.app, threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    background.start(site.place.services)
    yield Day(site=site, base=f"http://127.0.0.1:{server.port}", waiting=waiting)
    server.shutdown()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def signed_in(context: BrowserContext, day: Day, name: str) -> Page:
    page = context.new_page()
    page.goto(f"{day.base}/sign-in")
    page.get_by_label("E-mail address").fill(day.site.users[name])
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    return page


def press_access_key(page: Page, key: str) -> None:
    """Press Alt and a key; Playwright's own keyboard leaves out what the browser knows an access key by."""
    devtools = page.context.new_cdp_session(page)
    pressed = {"modifiers": 1, "key": key, "unmodifiedText": key, "windowsVirtualKeyCode": ord(key.upper())}
    devtools.send("Input.dispatchKeyEvent", {"type": "keyDown", "text": key, **pressed})
    devtools.send("Input.dispatchKeyEvent", {"type": "keyUp", **pressed})
    devtools.detach()


def test_a_certifier_goes_through_the_queue_by_keyboard_and_grants_the_rest_together(
    day: Day, chromium: Browser
) -> None:
    page = signed_in(chromium.new_context(), day, "certifier")
    page.get_by_role("link", name="Open Ада Лин").press("Enter")
    expect(page.get_by_text("Every requirement is met")).to_be_visible()
    press_access_key(page, "1")
    press_access_key(page, "g")

    # The next case is there, its name has the focus, and the certificate of the first is being issued.
    expect(page.get_by_role("heading", level=1)).to_have_text("Бела Лин")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.get_by_role("status")).to_contain_text("Granted: Ада Лин")
    press_access_key(page, "n")
    expect(page.get_by_role("heading", level=1)).to_have_text("Вера Лин")
    press_access_key(page, "q")

    # Two were opened and may be ticked; the third was not.
    expect(page.get_by_role("checkbox", name=re.compile("Grant .* Лин"))).to_have_count(2)
    for name in ("Бела Лин", "Вера Лин"):
        page.get_by_role("checkbox", name=f"Grant {name}").check()
    together = page.get_by_role("button", name="Grant those ticked")
    together.click()
    expect(page.get_by_role("alert")).to_contain_text("conflict of interest")
    page.get_by_role("checkbox", name="I have no conflict of interest").check()
    together.click()

    # The page of the job keeps itself up to date.
    expect(page.get_by_text("2 certificates are issued")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("link", name=re.compile("^S4C-"))).to_have_count(2)
    page.goto(f"{day.base}/certifier/")
    expect(page.get_by_role("row").filter(has_text="D-")).to_have_count(1)


def test_a_conflict_is_declared_and_the_page_says_who_decides_instead(day: Day, chromium: Browser) -> None:
    day.site.place.colleague("second")
    page = signed_in(chromium.new_context(java_script_enabled=False), day, "certifier")
    page.goto(f"{day.base}/certifier/cases/{day.waiting[3].id}/small/developer")
    page.get_by_label("I have one, so somebody else decides").check()
    page.get_by_label("What it is").fill("We are cousins <b>twice</b>")
    page.get_by_role("button", name="Grant and issue the certificate").click()

    expect(page.get_by_text("Another certifier has to decide this.")).to_be_visible()
    expect(page.get_by_text("These may decide: Second")).to_be_visible()
    expect(page.get_by_text("We are cousins <b>twice</b>").first).to_be_visible()
    expect(page.get_by_role("button", name="Grant and issue the certificate")).to_have_count(0)


def test_a_candidate_shares_a_part_withdraws_it_and_takes_a_copy(
    day: Day, chromium: Browser, tmp_path: Path
) -> None:
    page = signed_in(chromium.new_context(), day, "ana")
    expect(page.get_by_role("link", name="Add to my LinkedIn profile")).to_be_visible()
    page.get_by_role("link", name="Share only what you choose").click()
    page.get_by_role("button", name="Withdraw").click()
    page.get_by_label("no name").check()
    page.get_by_label("role", exact=True).uncheck()
    page.get_by_role("button", name="Make the address").click()
    path = page.locator("main a[href^='/s/']").get_attribute("href")

    stranger = chromium.new_context()
    seen = stranger.new_page()
    seen.goto(f"{day.base}{path}")
    expect(seen.get_by_text("In force")).to_be_visible()
    assert "Ана" not in seen.content()
    assert "Ana Li" not in seen.content()
    assert stranger.cookies() == []
    page.get_by_role("button", name="Withdraw").click()
    seen.reload()
    expect(seen.get_by_role("heading", level=1)).to_have_text("Nothing was found here")

    page.goto(f"{day.base}/candidate")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download everything that is known of me").click()
    file = tmp_path / "copy.zip"
    download.value.save_as(file)
    (tmp_path / "index.html").write_bytes(zipfile.ZipFile(file).read("index.html"))
    copy = chromium.new_context(offline=True).new_page()
    copy.goto((tmp_path / "index.html").as_uri())
    expect(copy.get_by_text("ana@example.org").first).to_be_visible()
    assert findings(copy) == []


LOOKS = (("en", 1200, "light"), ("bg", 320, "dark"))
PAGES = {
    "certifier": (
        "/certifier/",
        "/certifier/cases/{boris}/small/developer",
        "/certifier/cases/{ana}/small/developer",
        "/certifier/jobs",
        "/certifier/jobs/{job}",
        "/certifier/certificates",
        "/certifier/certificates/{certificate}",
        "/corrections",
    ),
    "ana": (
        "/candidate",
        "/candidate/roles/developer",
        "/candidate/shares",
        "/candidate/close",
        "/candidate/name",
    ),
    "": ("/s/{share}", "/account-closed"),
}


@pytest.mark.parametrize("name", PAGES)
def test_axe_has_nothing_to_say_of_any_page_wide_or_narrow(day: Day, chromium: Browser, name: str) -> None:
    site = day.site
    certificate = site.certificate_of_ana()
    values = {
        "ana": site.ana.id,
        "boris": site.boris.id,
        "certificate": certificate,
        "job": site.job_of(certificate),
        "share": site.share_of_ana(*SharedFact, name_form=NameForm.NATIVE),
    }
    context = chromium.new_context(bypass_csp=True)
    page = signed_in(context, day, name) if name else context.new_page()
    page.set_default_timeout(SHORT)
    for path in PAGES[name]:
        for language, width, scheme in LOOKS:
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            answer = page.goto(f"{day.base}{path.format(**values)}?lang={language}")
            assert answer is not None
            assert answer.status == 200, path
            assert findings(page) == [], (path, language)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, language)
