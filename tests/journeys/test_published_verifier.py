"""The published pages in a real browser from a plain file host, when the issuer's server is gone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from website import open_site

from certify.keyring.credentials import open_credential_keys, published_keys
from certify.publicity.service import set_public
from certify.statement.address import scan_address
from certify.web.app import create_app
from certify.web.publish import publish


@dataclass(frozen=True)
class Copy:
    base: str
    code: str


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """A folder that certify published, on a file host, and the code of a certificate; no server of ours runs."""
    site = open_site(tmp_path_factory.mktemp("issuer"))
    services = site.place.services
    certificate_id = site.certificate_of_ana()
    keys = open_credential_keys(
        services.settings.key_directory, services.settings.key_passphrase_file, services.clock
    )
    key = next(key for key in published_keys(services.settings.key_directory) if key.id == keys.es256_key_id)
    with services.database.reading() as unit:
        award = unit.certificates.get(certificate_id).award
        ana = unit.users.by_email("ana@example.org")
    assert ana is not None
    set_public(services.database, services.clock, ana, certificate_id, public=True)
    folder = tmp_path_factory.mktemp("public")
    publish(create_app(services), folder, [certificate_id])
    services.database.close()
    host = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=folder))
    threading.Thread(target=host.serve_forever, daemon=True).start()
    base = f"http://localhost:{host.server_port}"
    shown = replace(award, verification_url=f"{base}/v/{certificate_id}")
    yield Copy(base, scan_address(shown, key, keys.sign_es256))
    host.shutdown()
    host.server_close()


@pytest.fixture
def page(copy: Copy) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        made = browser.new_context(locale="en-GB")
        made.clock.set_fixed_time(datetime(2026, 11, 24, 10, tzinfo=UTC))
        yield made.new_page()
        browser.close()


def test_a_code_is_checked_by_the_published_files_alone_in_each_language_and_nothing_else_is_asked(
    page: Page, copy: Copy
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(copy.code)
    said = page.locator("#statement")
    expect(said.get_by_role("heading", name="What the code on the paper says")).to_be_visible()
    expect(said.locator("[data-fact=name]")).to_have_text("Ана Ли")
    for tag in ("bg", "el"):
        page.locator(f"a[hreflang={tag}]").click()
        expect(page.locator("html")).to_have_attribute("lang", tag)
        expect(said.locator("[data-fact=name]")).to_have_text("Ана Ли")
        expect(said.locator("#said")).to_be_visible()
    assert {urlsplit(address).netloc for address in asked} == {urlsplit(copy.base).netloc}


def test_a_changed_code_is_refused_by_the_published_files_alone(page: Page, copy: Copy) -> None:
    address, _, text = copy.code.partition("#")
    at = len(text) - 20  # within the signature
    page.goto(f"{address}#{text[:at]}{'A' if text[at] != 'A' else 'B'}{text[at + 1 :]}")
    expect(page.get_by_text("The code you scanned is not what the issuing body signed.")).to_be_visible()
    expect(page.locator("#statement [data-fact=name]")).to_be_hidden()


def test_a_phone_that_once_opened_the_copy_checks_without_a_network(page: Page, copy: Copy) -> None:
    page.goto(f"{copy.base}/offline/")
    expect(page.get_by_text("This device is ready.")).to_be_visible()
    page.context.set_offline(True)
    page.goto(copy.code)
    expect(page.locator("h1:visible")).to_have_text("SPECIMEN: it certifies nothing.")
    expect(page.locator("#statement [data-fact=name]")).to_have_text("Ана Ли")
