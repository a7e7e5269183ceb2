"""An empty installation, served for the first time: set up in the browser by whoever has the terminal's code, once."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from axe import findings
from databases import fresh_database, opened
from installation import PASSWORD
from playwright.sync_api import Page, expect, sync_playwright
from serving import CERTIFY, ask
from small_scheme import NOW

from certify.bootstrap import build
from certify.errors import Conflict, InvalidInput, NotAuthenticated, NotFound
from certify.settings import Settings
from certify.setup.service import CODE_LIFETIME, FirstPerson, add_first_people, check_code, new_code
from certify.web.app import create_app

CHROMIUM = "/usr/bin/chromium"
ADA = FirstPerson(display_name="Ada", email="ada@example.org", password=PASSWORD)
TOM = FirstPerson(display_name="Tom", email="tom@example.org", password=PASSWORD)


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def empty_and_served(folder: Path, port: int, workers: int = 2) -> Iterator[str]:
    """Run ``certify serve`` where nothing is; give the code that it printed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CERTIFY_")} | {
        "CERTIFY_DATABASE_URL": f"sqlite:///{folder}/certify.db",
        "CERTIFY_KEY_DIRECTORY": str(folder / "keys"),
        "CERTIFY_KEY_PASSPHRASE_FILE": str(folder / "passphrase"),
        "CERTIFY_SECURE_COOKIES": "no",
        "PYTHONUNBUFFERED": "1",
    }
    log = folder / "serve.log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            [CERTIFY, "serve", "--port", str(port), "--workers", str(workers)],
            env=environment,
            stdout=out,
            stderr=out,
        )
    try:
        deadline = time.monotonic() + 90
        while True:
            try:
                ask(port, "/health")
                break
            except OSError:
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.1)
        found = re.search(r"^ +((?:[A-Z2-7]{4}-){4}[A-Z2-7]{4})$", log.read_text(), re.MULTILINE)
        yield found[1] if found else ""
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(60)


def accessible(page: Page) -> None:
    assert findings(page) == []
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.set_viewport_size({"width": 1280, "height": 800})


def name_the_organisation(page: Page) -> None:
    """Wrongly first, then with a slip that is seen in the next step."""
    page.fill("#name", "Example Institute")
    page.fill("#country", "XX")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("alert")).to_contain_text("country")
    expect(page.locator("#name")).to_have_value("Example Institute")
    page.fill("#country", "bg")
    page.fill("#name", "х" * 65)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("alert")).to_contain_text("at most 64 printable characters")
    page.fill("#name", "Exampel Institute")
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("link", name="Change it").click()
    expect(page.locator("#country")).to_have_value("BG")
    page.fill("#name", "Община Пловдив, Център за обучение")
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("main")).to_contain_text("Община Пловдив, Център за обучение, BG")
    expect(page.locator("main")).to_contain_text("It is printed on every certificate for good")


def test_an_empty_installation_is_set_up_in_the_browser_resumed_and_closed_for_ever(
    tmp_path: Path, free_port: int
) -> None:
    began = time.monotonic()
    base = f"http://127.0.0.1:{free_port}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        with empty_and_served(tmp_path, free_port) as code:
            page = browser.new_context(locale="en-GB").new_page()
            page.goto(f"{base}/work")
            assert page.url.startswith(f"{base}/setup"), "signing in leads to the first run"
            page.fill("#code", "AAAA-BBBB-CCCC-DDDD-EEEE")
            page.get_by_role("button", name="Begin").click()
            expect(page.get_by_role("alert")).to_contain_text("not the code")
            page.fill("#code", code.lower().replace("-", " "))
            accessible(page)
            page.get_by_role("button", name="Begin").click()
            name_the_organisation(page)
            page.get_by_role("button", name="Make the keys").click()
            accessible(page)
            page.context.close()
        # The server is stopped here, and what was done is done.
        with empty_and_served(tmp_path, free_port) as code:
            page = browser.new_context(locale="en-GB").new_page()
            page.goto(f"{base}/setup")
            page.fill("#code", code)
            page.get_by_role("button", name="Begin").click()
            page.get_by_role("button", name="Publish the shipped scheme").click()
            for role, person in (("administrator", ADA), ("trainer", TOM)):
                page.fill(f"#{role}_name", person.display_name)
                page.fill(f"#{role}_email", person.email)
                page.fill(f"#{role}_password", "short" if role == "trainer" else person.password)
            accessible(page)
            page.get_by_role("button", name="Finish").click()
            expect(page.get_by_role("alert")).to_be_visible()
            page.fill("#administrator_password", PASSWORD)
            page.fill("#trainer_password", PASSWORD)
            page.get_by_role("button", name="Finish").click()
            expect(page.locator("#email")).to_be_visible()
            assert page.request.get(f"{base}/setup").status == 404
            assert time.monotonic() - began < 300, "five minutes"
            page.fill("#email", ADA.email)
            page.fill("#password", PASSWORD)
            page.locator("main button").first.click()
            expect(page).not_to_have_url(re.compile("sign-in$"))
            page.context.close()
        # One worker: it is stopped at once, and a second one might only be starting.
        with empty_and_served(tmp_path, free_port, workers=1) as code:
            assert code == "", "nothing is printed once it is set up"
        browser.close()


@pytest.fixture
def register(tmp_path: Path):
    with fresh_database("sqlite", tmp_path) as url, opened(url) as database:
        yield database


def test_only_the_newest_code_opens_and_only_for_a_day(register) -> None:
    first, second = new_code(register, lambda: NOW), new_code(register, lambda: NOW)
    with register.reading() as unit:
        check_code(unit, lambda: NOW, second.lower().replace("-", ""))
        for code, at in ((first, NOW), ("", NOW), (second, NOW + CODE_LIFETIME)):
            with pytest.raises(NotAuthenticated):
                check_code(unit, lambda at=at: at, code)
        check_code(unit, lambda: NOW + CODE_LIFETIME - timedelta(seconds=1), second)


def test_whoever_comes_second_finds_nothing_and_no_half_is_left_behind(register) -> None:
    code = new_code(register, lambda: NOW)
    for trainer in (FirstPerson(display_name="T", email="ADA@example.org", password=PASSWORD),
                    FirstPerson(display_name="T", email="t@example.org", password="short")):  # fmt: skip
        with pytest.raises(InvalidInput):
            add_first_people(register, lambda: NOW, code, ADA, trainer)
    with register.reading() as unit:
        assert list(unit.users.all()) == []
    add_first_people(register, lambda: NOW, code, ADA, TOM)
    with pytest.raises(NotFound):
        add_first_people(register, lambda: NOW, code, ADA, TOM)
    with pytest.raises(Conflict):
        new_code(register, lambda: NOW)


def test_no_step_is_taken_without_the_code_or_out_of_order(register, tmp_path: Path) -> None:
    services = build(
        Settings(
            database_url=f"sqlite:///{register._engine.url.database}",
            key_directory=tmp_path / "keys",
            key_passphrase_file=tmp_path / "passphrase",
            secure_cookies=False,
        ),
        clock=lambda: NOW,
    )
    app = create_app(services)
    app.config["WTF_CSRF_ENABLED"] = False
    stranger = app.test_client()
    for path in ("organisation", "keys", "scheme", "people"):
        assert b"Code from the terminal" in stranger.post(f"/setup/{path}").data
    assert not (tmp_path / "keys").exists()
    code = new_code(services.database, services.clock)
    answer = stranger.post("/setup/code", data={"code": code})
    cookie = answer.headers["Set-Cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Strict", "Path=/setup"))
    early = stranger.post(
        "/setup/people",
        data={f"{role}_{name}": value for role in ("administrator", "trainer")
              for name, value in (("name", role), ("email", f"{role}@example.org"), ("password", PASSWORD))},
    )  # fmt: skip
    assert early.status_code == 422
    with services.database.reading() as unit:
        assert list(unit.users.all()) == []
    services.database.close()
