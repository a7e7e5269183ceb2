"""Two ways in without a password, in Debian's Chromium: a link in a letter, and an organisation's own provider, a real one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from axe import findings
from identity_office import CLIENT, SECRET, identity_office
from installation import PASSWORD
from playwright.sync_api import Browser, expect, sync_playwright
from website import PLENTY, Site, open_site, path_of
from werkzeug.serving import WSGIRequestHandler, make_server

from certify.bootstrap import build
from certify.mail.model import LetterKind
from certify.organisations.service import add_organisation
from certify.people.model import UserRole
from certify.people.service import add_user
from certify.signin.provider_desk import redirect_address
from certify.signin.providers import set_provider
from certify.web.app import create_app

CHROMIUM = "/usr/bin/chromium"


class Quiet(WSGIRequestHandler):
    """Says nothing of requests."""

    def log_request(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str]]:
    """A site under an address that it knows for its own; a provider is another site to the browser."""
    made = open_site(tmp_path_factory.mktemp("ways"), sends_mail=True)
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True, request_handler=Quiet)
    base = f"http://localhost:{server.port}"
    services = build(replace(made.place.services.settings, public_base=base))
    site = replace(made, place=replace(made.place, services=services), app=create_app(services, PLENTY))
    server.app = site.app
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield site, base
    server.shutdown()
    services.database.close()


@pytest.fixture(scope="module")
def chromium(served: tuple[Site, str]) -> Iterator[Browser]:
    del served
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def test_a_candidate_asks_at_a_desk_and_follows_the_letters_link_on_a_phone_without_scripts(
    served: tuple[Site, str], chromium: Browser
) -> None:
    site, base = served
    desk = chromium.new_page()
    desk.goto(f"{base}/sign-in")
    desk.get_by_role("link", name="Candidates: sign in by a link in a letter").click()
    assert findings(desk) == []
    desk.get_by_label("E-mail address").fill("ana@example.org")
    desk.get_by_role("button", name="Send me a link").click()
    expect(desk.get_by_role("status")).to_contain_text("Look into your mail")
    with site.place.services.database.reading() as unit:
        (letter,) = [
            item.letter for item in unit.outbox.recent() if item.letter.kind is LetterKind.SIGN_IN_LINK
        ]

    phone = chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    page = phone.new_page()
    page.goto(letter.values["address"])
    assert page.url == f"{base}/sign-in/by-link", "the secret is out of the address"
    expect(page.get_by_text("ana@example.org")).to_be_visible()
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    secret = letter.values["address"].rpartition("/")[2]
    assert secret not in page.content()
    page.go_back()
    assert secret not in page.url
    desk.goto(base + path_of(letter.values["address"]))
    expect(desk.get_by_text("This link does not work any more.")).to_be_visible()
    assert findings(desk) == []


def test_a_trainer_signs_in_at_the_schools_own_provider_and_comes_back_to_their_work(
    served: tuple[Site, str], chromium: Browser
) -> None:
    site, base = served
    services = site.place.services
    school = add_organisation(services.database, None, name="A school")
    add_user(
        services.database,
        email="trainer@school.example",
        display_name="Tea Cher",
        roles=[UserRole.TRAINER],
        password=PASSWORD,
        organisation_id=school.id,
    )
    with identity_office(redirect_address(base, school.id)) as issuer:
        given = {"issuer": issuer, "client_id": CLIENT, "secret": SECRET, "domains": ["school.example"]}
        set_provider(services.database, services.provider_wire, services.vault, None, school.id, **given)

        def signs_in(login: str) -> str:
            page = chromium.new_context().new_page()
            page.goto(f"{base}/trainer/import")
            page.get_by_role("link", name="Sign in at A school").click()
            assert page.url.startswith(issuer)
            page.locator("[name=login]").fill(login)
            page.locator("[name=password]").fill("any")
            page.locator("[type=submit]").click()
            page.locator("[type=submit]").click()  # agrees
            page.wait_for_url(f"{base}/**")
            assert findings(page) == []
            return page.url + " " + page.locator("body").inner_text()

        inside = signs_in("trainer@school.example")
        assert inside.startswith(f"{base}/trainer/import ")
        assert "Tea Cher" in inside
        assert "You have no account here" in signs_in("stranger@school.example")
