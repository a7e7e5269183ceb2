"""Signing in, in a real browser: a passkey in a device, a code on a phone, and the pages of one's account for everyone."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from axe import findings
from installation import PASSWORD
from playwright.sync_api import Browser, Page, expect, sync_playwright
from website import PLENTY, Site
from werkzeug.serving import make_server

from certify.clock import system_clock
from certify.signin.second_factor import code_at
from certify.web.app import create_app

CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def base(site: Site) -> Iterator[str]:
    with _served(site) as address:
        yield address


@contextmanager
def _served(site: Site) -> Iterator[str]:
    """Serve the site under its own public address, which a passkey is bound to, with second factors required."""
    server = make_server("localhost", 0, lambda *_: [], threaded=True)
    address = f"http://localhost:{server.server_port}"
    settings = replace(site.place.services.settings, require_second_factor=True, public_base=address)
    services = replace(site.place.services, settings=settings, clock=system_clock)
    server.app = create_app(services, PLENTY)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield address
    server.shutdown()
    thread.join()


def first_step(page: Page, base: str, email: str) -> None:
    page.goto(f"{base}/sign-in")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_a_certifier_makes_a_passkey_at_the_first_sign_in_and_needs_no_password_again(chromium, base):
    page = chromium.new_context().new_page()
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    device = devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )["authenticatorId"]
    first_step(page, base, "certifier@example.org")
    expect(page.get_by_role("heading", name="Second factor")).to_be_visible()
    page.get_by_label("What you call it").fill("My computer")
    page.get_by_role("button", name="Make a passkey").click()
    page.wait_for_url(f"{base}/certifier/")

    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{base}/certifier/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{base}/certifier/")
    page.goto(f"{base}/account")
    expect(page.get_by_role("row", name="My computer")).to_be_visible()

    # A device that its owner did not unlock, and one that knows no passkey, let nobody in.
    page.get_by_role("button", name="Sign out").click()
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.goto(f"{base}/sign-in")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("That did not work")
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})
    devtools.send("WebAuthn.clearCredentials", {"authenticatorId": device})
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("That did not work")


def test_an_administrator_scans_a_code_and_every_page_is_for_everyone(chromium, base, tmp_path):
    page = chromium.new_context(viewport={"width": 1100, "height": 900}).new_page()
    first_step(page, base, "administrator@example.org")
    look_at(page, tmp_path, "set-up")
    key = page.locator("span.code").first.inner_text().replace(" ", "")
    page.get_by_label("The six digits").fill(code_at(base64.b32decode(key), system_clock()))
    page.get_by_role("button", name="Set it up").click()
    recovery, another = (page.locator("ul.code li").nth(number).inner_text() for number in range(2))
    assert not findings(page)
    page.get_by_role("link", name="I have kept them").click()
    page.goto(f"{base}/account")
    look_at(page, tmp_path, "account")
    page.goto(f"{base}/password")
    look_at(page, tmp_path, "password")
    page.goto(f"{base}/account")
    page.get_by_label("What the token is for").fill("Moodle")
    page.get_by_label("Read").check()
    page.locator("#present-token").fill(another)
    page.get_by_role("button", name="Make a token").click()
    assert not findings(page)

    page.get_by_role("button", name="Sign out").click()
    first_step(page, base, "administrator@example.org")
    look_at(page, tmp_path, "second-step")
    page.get_by_label("Code of your authenticator app").fill(recovery)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def look_at(page: Page, folder, name: str) -> None:
    """Ask axe wide and narrow, and see that nothing has to be scrolled sideways."""
    for width in (1100, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert not findings(page), (name, width)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, width)
        page.screenshot(path=folder / f"{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1100, "height": 900})
