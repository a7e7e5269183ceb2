"""The code on a certificate in a real browser: checked with a network, and on the same phone without one."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import cbor2
import pytest
from axe import findings
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from playwright.sync_api import Error as BrowserError
from statements import KEYS as STRANGERS
from statements import P256 as STRANGERS_KEY
from website import Site, open_site
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from certify.award.record import AwardRecord
from certify.credential.model import PublishedKey
from certify.identifiers import new_identifier
from certify.keyring.credentials import CredentialKeys, open_credential_keys, published_keys
from certify.statement.address import scan_address, to_text
from certify.status.model import StatusAction, StatusReason
from certify.status.service import change_status

TODAY = datetime(2026, 11, 24, 10, tzinfo=UTC)
NOT_KNOWN = "Without a network nobody can know whether it was suspended or revoked since"


class _Silent(WSGIRequestHandler):
    def log_request(self, *args: object) -> None:
        """Say nothing."""


@dataclass
class Venue:
    """A site that can be switched off, and codes to scan.

    Attributes:
        asked: Everything about every request that a server could write down.
        mood: What the server does instead of answering; None for nothing.
    """

    site: Site
    keys: CredentialKeys
    asked: list[str] = field(default_factory=list)
    mood: Callable[[], str] | None = None
    port: int = 0
    server: BaseWSGIServer | None = None

    @property
    def base(self) -> str:
        return f"http://localhost:{self.port}"

    def open(self) -> None:
        self.mood = None
        if self.server is None:
            self.server = make_server(
                "127.0.0.1", self.port, self.answer, threaded=True, request_handler=_Silent
            )
            self.port = self.server.server_port
            threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def shut(self) -> None:
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def answer(self, environ: dict[str, Any], start_response: Any) -> Any:
        self.asked.append(repr({name: value for name, value in environ.items() if isinstance(value, str)}))
        if self.mood is not None:
            start_response(self.mood(), [("Content-Type", "text/plain")])
            return [b"not now"]
        return self.site.app(environ, start_response)

    @property
    def key(self) -> PublishedKey:
        keys = published_keys(self.site.place.services.settings.key_directory)
        return next(key for key in keys if key.id == self.keys.es256_key_id)

    @property
    def award(self) -> AwardRecord:
        with self.site.place.services.database.reading() as unit:
            return unit.certificates.get(self.site.certificate_of_ana()).award

    def code(self, **changed: Any) -> str:
        """The address in the code of Ana's certificate, or of one that differs from it."""
        shown = replace(self.award, **changed)
        shown = replace(shown, verification_url=f"{self.base}/v/{shown.certificate_id}")
        return scan_address(shown, self.key, self.keys.sign_es256)

    def unseen_code(self, **changed: Any) -> str:
        """The code of a certificate whose address nobody opened before."""
        return self.code(**{"certificate_id": new_identifier(), "specimen": False, **changed})


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venue]:
    site = open_site(tmp_path_factory.mktemp("venue"))
    services = site.place.services
    settings = services.settings
    keys = open_credential_keys(settings.key_directory, settings.key_passphrase_file, services.clock)
    site.certificate_of_ana()  # before the browser: validating it and driving that each want the event loop
    made = Venue(site, keys)
    made.open()
    yield made
    made.shut()
    services.database.close()


@pytest.fixture(scope="module")
def chromium(venue: Venue) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser, venue: Venue) -> Iterator[BrowserContext]:
    """A phone that has never been here; its clock stands at TODAY."""
    venue.open()
    made = chromium.new_context(locale="en-GB")
    made.clock.set_fixed_time(TODAY)
    yield made
    made.close()


@pytest.fixture
def phone(context: BrowserContext, venue: Venue) -> BrowserContext:
    """A phone that has opened the verifier once."""
    page = context.new_page()
    page.goto(f"{venue.base}/offline")
    expect(page.get_by_text("This device is ready.")).to_be_visible()
    page.close()
    return context


def complaints(page: Page) -> list[str]:
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def headline(page: Page, sentence: str) -> None:
    expect(page.locator("h1:visible")).to_have_text(sentence)


def parts(address: str) -> tuple[str, list[Any]]:
    """Where an address leads, and the four parts of its statement."""
    page, _, text = address.partition("#")
    parts: list[Any] = cbor2.loads(base64.b32decode(text + "=" * (-len(text) % 8)))
    return page, parts


def with_parts(page: str, made: list[Any]) -> str:
    return f"{page}#{to_text(cbor2.dumps(made))}"


def test_with_a_network_the_code_is_checked_beside_the_live_status(
    context: BrowserContext, venue: Venue
) -> None:
    page = context.new_page()
    errors = complaints(page)
    page.goto(venue.code())

    said = page.locator("#statement")
    expect(said.get_by_text("Ана Ли", exact=True)).to_be_visible()
    expect(said.get_by_text("Developer", exact=True)).to_be_visible()
    expect(said).to_contain_text("SPECIMEN")
    expect(said).to_contain_text("23 November 2029")
    expect(said).to_contain_text("as said above; the register was asked this minute")
    expect(said).to_contain_text("Compare this with the paper and with an identity document.")
    expect(said).to_contain_text("The browser's history on this device keeps the address")
    expect(page.locator("#verdict h1")).to_have_text("SPECIMEN: it certifies nothing.")
    assert errors == []

    page.clock.set_fixed_time(TODAY + timedelta(minutes=12))
    page.clock.run_for(31_000)
    expect(said).to_contain_text("the register was asked 12 minutes ago")


def test_nothing_of_the_statement_is_sent_or_shown_in_the_address(
    context: BrowserContext, venue: Venue
) -> None:
    page = context.new_page()
    venue.asked.clear()
    address = venue.code()
    page.goto(address)
    expect(page.locator("#statement")).to_be_visible()

    assert page.url == address.partition("#")[0]
    page.reload()
    expect(page.locator("#statement")).to_contain_text("Ана Ли")
    page.get_by_role("link", name="How was this checked?").click()
    page.go_back()
    expect(page.locator("#statement")).to_contain_text("Ана Ли")
    assert len(venue.asked) > 5
    assert not [line for line in venue.asked if "QRE2" in line]


def test_changing_the_language_keeps_the_statement(context: BrowserContext, venue: Venue) -> None:
    page = context.new_page()
    page.goto(venue.code())
    expect(page.locator("#statement")).to_be_visible()
    page.locator("a[hreflang]").last.click()

    expect(page.locator("#statement .name")).to_have_text("Ана Ли")
    assert "lang=" in page.url
    assert "QRE2" not in page.url


def test_without_a_network_the_page_still_speaks_every_language(phone: BrowserContext, venue: Venue) -> None:
    address = venue.unseen_code()
    venue.shut()
    page = phone.new_page()
    page.goto(address)
    headline(page, "Signed by the issuing body; not known whether it still stands.")
    page.locator("a[hreflang=bg]").click()

    headline(page, "Подписан от издателя; не е известно дали още е в сила.")
    expect(page.locator("#statement")).to_contain_text("23 ноември 2029")
    expect(page.locator("#statement .name")).to_have_text("Ана Ли")


@pytest.mark.parametrize("how", ["the server is down", "the phone has no network"])
def test_without_a_network_a_certificate_never_opened_before_is_checked(
    phone: BrowserContext, venue: Venue, how: str
) -> None:
    address = venue.unseen_code()
    if how == "the server is down":
        venue.shut()
    else:
        phone.set_offline(True)
    venue.asked.clear()
    page = phone.new_page()
    page.goto(address)

    headline(page, "Signed by the issuing body; not known whether it still stands.")
    said = page.locator("#statement")
    for fact in ("Ана Ли", "Developer", "A body", "23 November 2026", "23 November 2029"):
        expect(said.get_by_text(fact, exact=True).first).to_be_visible()
    expect(said).to_contain_text("not checked: no network")
    expect(said).to_contain_text(NOT_KNOWN)
    expect(said).to_contain_text("whether this sheet is the one that was issued")
    expect(said).to_contain_text("with the issuing body's keys of 23 November 2026")
    assert page.locator(".good:visible").count() == 0
    assert page.url == address.partition("#")[0]
    assert page.title() == "Signed by the issuing body; not known whether it still stands."
    page.reload()
    expect(said.get_by_text("Ана Ли", exact=True)).to_be_visible()
    assert venue.asked == []


def test_without_a_network_a_specimen_and_an_expired_one_say_so_first(
    phone: BrowserContext, venue: Venue
) -> None:
    specimen = venue.unseen_code(specimen=True)
    expired = venue.unseen_code(valid_until=date(2026, 11, 23))
    last_day = venue.unseen_code(valid_until=date(2026, 11, 24))
    venue.shut()
    page = phone.new_page()

    page.goto(specimen)
    headline(page, "SPECIMEN: it certifies nothing.")
    expect(page.locator("#statement p.specimen")).to_be_visible()
    page.goto(expired)
    headline(page, "Expired, by the clock of this device.")
    page.goto(last_day)
    headline(page, "Signed by the issuing body; not known whether it still stands.")


def forgeries(venue: Venue) -> Iterator[tuple[str, str, str]]:
    """What is wrong, the address, and the sentence that the kept page begins with."""
    altered = "This is not what the issuing body signed."
    page, made = parts(venue.unseen_code())
    header, unprotected, payload, signature = made
    facts = cbor2.loads(payload)
    signed = cbor2.loads(header)

    def other(**changed: Any) -> str:
        encoded = cbor2.dumps({**facts, **{int(key[1:]): value for key, value in changed.items()}})
        return with_parts(page, [header, unprotected, encoded, signature])

    yield "another name", other(_0="Eva Li"), altered
    yield "another role", other(_1=b"abcd"), altered
    yield "a longer life", other(_3=None), altered
    flipped = signature[:10] + bytes([signature[10] ^ 1]) + signature[11:]
    yield "another signature", with_parts(page, [header, unprotected, payload, flipped]), altered
    yield "another certificate's", with_parts(parts(venue.unseen_code())[0], made), altered
    confused = cbor2.dumps({**signed, 1: -8}, canonical=True)
    yield "a confused algorithm", with_parts(page, [confused, unprotected, payload, signature]), altered
    foreign = replace(venue.award, verification_url=page, certificate_id=page[-26:])
    theirs = scan_address(foreign, STRANGERS_KEY, STRANGERS.sign_es256)
    yield "a stranger's key", theirs, "This cannot be checked on this device."
    borrowed = [header, {}, *parts(theirs)[1][2:]]
    yield "a stranger's key under our key's name", with_parts(page, borrowed), altered
    yield "cut short", f"{page}#{to_text(cbor2.dumps(made))[:-9]}", "The code could not be read."


def test_without_a_network_nothing_that_was_tampered_with_is_believed(
    phone: BrowserContext, venue: Venue
) -> None:
    tried = list(forgeries(venue))
    assert len(tried) == 9
    venue.shut()
    page = phone.new_page()
    for what, address, sentence in tried:
        page.goto(address)
        headline(page, sentence)
        expect(page.locator("#statement .name"), what).to_be_hidden()
        assert page.locator("#statement .note.bad:visible").count() == 1, what


def test_with_a_network_a_forgery_is_told_before_what_the_register_says(
    context: BrowserContext, venue: Venue
) -> None:
    where, made = parts(venue.code())
    facts = cbor2.loads(made[2])
    made[2] = cbor2.dumps({**facts, 0: "Eva Li"})
    page = context.new_page()
    page.goto(with_parts(where, made))

    expect(page.locator("main > :first-child")).to_contain_text(
        "The code you scanned is not what the issuing body signed."
    )
    expect(page.get_by_text("Eva Li")).to_have_count(0)
    expect(page.locator("#verdict")).to_be_visible()


def test_what_stands_is_said_as_soon_as_the_server_answers_again(phone: BrowserContext, venue: Venue) -> None:
    address = venue.code()
    venue.shut()
    page = phone.new_page()
    page.goto(address)
    headline(page, "SPECIMEN: it certifies nothing.")
    changes(venue, StatusAction.SUSPEND, StatusReason.UNDER_INVESTIGATION)
    venue.open()
    page.clock.run_for(21_000)
    expect(page.locator("#verdict h1")).to_contain_text("Suspended")
    expect(page.locator("#statement")).to_contain_text("as said above; the register was asked")

    changes(venue, StatusAction.REINSTATE, StatusReason.INVESTIGATION_CLOSED)
    page.reload()
    expect(page.locator("#verdict h1")).to_contain_text("SPECIMEN")
    expect(page.locator("#statement .name")).to_have_text("Ана Ли")


def changes(venue: Venue, action: StatusAction, reason: StatusReason) -> None:
    place = venue.site.place
    database, clock = place.services.database, place.services.clock
    change_status(database, clock, place.certifier, venue.award.certificate_id, action, reason)


def test_old_keys_are_warned_of(phone: BrowserContext, venue: Venue) -> None:
    address = venue.unseen_code()
    venue.shut()
    page = phone.new_page()
    page.goto(address)
    headline(page, "Signed by the issuing body; not known whether it still stands.")
    warning = page.get_by_text("The keys kept on this device are old")
    expect(warning).to_be_hidden()
    page.clock.set_fixed_time(TODAY + timedelta(days=31))
    page.reload()
    expect(warning).to_be_visible()


def test_a_role_that_the_kept_list_does_not_name_is_not_guessed(phone: BrowserContext, venue: Venue) -> None:
    address = venue.unseen_code(framework_digest="ab" * 32)
    venue.shut()
    page = phone.new_page()
    page.goto(address)

    expect(page.locator("#statement .name")).to_have_text("Ана Ли")
    expect(page.locator("#statement")).to_contain_text("As what, the list kept on this device does not say")
    expect(page.locator("#statement .role")).to_be_hidden()


@pytest.mark.parametrize("sign", ["%23", "%2523"])
def test_a_sign_that_a_mail_filter_changed_is_repaired_with_and_without_a_network(
    phone: BrowserContext, venue: Venue, sign: str
) -> None:
    page = phone.new_page()
    errors = complaints(page)
    address = venue.code()
    page.goto(address.replace("#", sign))
    expect(page.locator("#statement .name")).to_have_text("Ана Ли")
    assert page.url == address.partition("#")[0]
    assert errors == []

    unseen = venue.unseen_code()
    venue.shut()
    page.goto(unseen.replace("#", sign))
    headline(page, "Signed by the issuing body; not known whether it still stands.")
    assert page.url == unseen.partition("#")[0]


def test_an_address_without_a_statement_says_what_is_missing(phone: BrowserContext, venue: Venue) -> None:
    page = phone.new_page()
    page.goto(venue.code().partition("#")[0])
    expect(page.locator("#verdict")).to_be_visible()
    expect(page.locator("#statement")).to_be_hidden()

    venue.shut()
    page.goto(venue.unseen_code().partition("#")[0])
    headline(page, "Nothing can be checked without a network here.")


def test_a_link_within_the_page_is_no_statement(context: BrowserContext, venue: Venue) -> None:
    page = context.new_page()
    page.goto(f"{venue.code().partition('#')[0]}#checks")
    expect(page.locator("#verdict")).to_be_visible()
    expect(page.locator("#statement")).to_be_hidden()


@pytest.mark.parametrize("mood", ["503 Service Unavailable", "silence"])
def test_a_server_that_is_broken_or_silent_is_no_network(
    phone: BrowserContext, venue: Venue, mood: str
) -> None:
    address = venue.unseen_code()

    def silence() -> str:
        time.sleep(12)
        return "504 Gateway Timeout"

    venue.mood = silence if mood == "silence" else lambda: mood
    page = phone.new_page()
    began = time.monotonic()
    page.goto(address)
    headline(page, "Signed by the issuing body; not known whether it still stands.")
    assert time.monotonic() - began < 11


def test_without_a_script_the_page_is_the_registers_report(chromium: Browser, venue: Venue) -> None:
    venue.open()
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(venue.code())

    expect(page.locator("#verdict h1")).to_have_text("SPECIMEN: it certifies nothing.")
    expect(page.locator("#statement")).to_be_hidden()
    page.goto(f"{venue.base}/offline")
    headline(page, "Checking certificates without a network")
    expect(page.locator("noscript p")).to_contain_text("This needs JavaScript")
    context.close()


def test_a_browser_that_keeps_nothing_still_checks_with_a_network(
    context: BrowserContext, venue: Venue
) -> None:
    context.add_init_script(
        "navigator.serviceWorker.register = () => Promise.reject(new DOMException('private', 'SecurityError'))"
    )
    page = context.new_page()
    errors = complaints(page)
    page.goto(venue.code())
    expect(page.locator("#statement .name")).to_have_text("Ана Ли")
    page.goto(f"{venue.base}/offline")
    expect(page.get_by_text("This browser keeps nothing for later")).to_be_visible()
    assert errors == []


def test_without_the_keys_nothing_is_claimed(context: BrowserContext, venue: Venue) -> None:
    context.route("**/statement-keys.json", lambda route: route.abort())
    page = context.new_page()
    page.goto(venue.code())

    expect(page.locator("#statement")).to_contain_text("keys could not be loaded")
    expect(page.locator("#statement .name")).to_be_hidden()


def test_what_is_kept_names_nobody_and_other_pages_are_not_kept(
    context: BrowserContext, venue: Venue
) -> None:
    page = context.new_page()
    page.goto(f"{venue.base}/sign-in")
    page.fill("#email", "ana@example.org")
    page.fill("#password", "correct horse battery")
    page.click("main button")
    page.goto(venue.code())
    page.goto(f"{venue.base}/offline")
    expect(page.get_by_text("This device is ready.")).to_be_visible()

    kept = page.evaluate(
        """async () => {
          const cache = await caches.open((await caches.keys())[0]);
          const addresses = (await cache.keys()).map(({url}) => url);
          return Promise.all(addresses.map(async (url) => [url, await (await cache.match(url)).text()]));
        }"""
    )

    paths = {address.removeprefix(venue.base).partition("?")[0] for address, _ in kept}
    assert paths == {
        "/offline",
        "/statement-keys.json",
        "/static/certify.css",
        "/static/icon.svg",
        "/static/statement.js",
        "/static/statement-page.js",
    }
    everything = "".join(text for _, text in kept)
    for personal in ("Ана", "Ana", "ana@", "csrf", venue.award.certificate_id):
        assert personal not in everything, personal
    venue.shut()
    for path in ("/candidate", "/verify", "/"):
        with pytest.raises(BrowserError):
            page.goto(f"{venue.base}{path}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_no_state_axe_finds_anything_or_a_narrow_screen_is_too_narrow(
    phone: BrowserContext,
    venue: Venue,
    scheme: Any,
) -> None:
    page = phone.new_page()
    page.emulate_media(color_scheme=scheme)
    long_name = replace(
        venue.award.holder, printed="Константин-Владислав Преображенский-Благовещенский Александр"
    )
    addresses = [venue.unseen_code(holder=long_name), venue.unseen_code(specimen=True)]
    addresses += [address for _, address, _ in forgeries(venue)]
    addresses.append(f"{venue.base}/offline")
    for online in (True, False):
        if not online:
            venue.shut()
        for address in (venue.code(holder=long_name), *addresses):
            page.goto(address)
            expect(page.locator("h1:visible")).to_have_count(1)
            for width in (1280, 360, 320):
                page.set_viewport_size({"width": width, "height": 700})
                assert page.evaluate("document.documentElement.scrollWidth") <= width, address
            assert findings(page) == [], address
