"""The server is killed while a file is recorded, and comes back: the page says what became of it, and nothing is lost."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import time
from pathlib import Path

from installation import PASSWORD, install
from playwright.sync_api import Page, expect, sync_playwright
from serving import CERTIFY, ask

from certify.people.service import join_cohort, open_cohort

CHROMIUM = "/usr/bin/chromium"


class Server:
    """A real server process that can be killed as a power cut would."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._folder = folder
        self._environment = {
            name: value for name, value in os.environ.items() if not name.startswith("CERTIFY_")
        }
        self._environment |= {
            "CERTIFY_DATABASE_URL": f"sqlite:///{folder}/certify.db",
            "CERTIFY_PUBLIC_BASE": f"http://127.0.0.1:{self.port}",
            "CERTIFY_KEY_DIRECTORY": str(folder / "keys"),
            "CERTIFY_KEY_PASSPHRASE_FILE": str(folder / "passphrase"),
            "CERTIFY_FILE_DIRECTORY": str(folder / "files"),
            "CERTIFY_SECURE_COOKIES": "no",
        }
        self.start()

    def start(self) -> None:
        with (self._folder / "serve.log").open("ab") as log:
            self._process = subprocess.Popen(
                [CERTIFY, "serve", "--port", str(self.port)],
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + 60
        while True:
            try:
                ask(self.port, "/health")
            except OSError:
                assert time.monotonic() < deadline, (self._folder / "serve.log").read_text()
                time.sleep(0.1)
            else:
                return

    def kill(self) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(20)


def signed_in(page: Page, base: str) -> None:
    page.goto(f"{base}/sign-in?lang=en")
    page.get_by_label("E-mail address").fill("trainer@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def test_a_server_killed_while_it_records_has_recorded_nothing_and_one_killed_after_it_everything(
    tmp_path: Path,
) -> None:
    place = install(tmp_path)
    database = place.services.database
    people = [place.candidate(f"C-{number}") for number in range(3)]
    cohort = open_cohort(
        database,
        place.administrator,
        code="A-1",
        title="A class",
        framework_id="small",
        starts_on=place.services.clock().date(),
        trainer_ids=[place.trainer.id],
    )
    for person in people:
        join_cohort(database, place.administrator, cohort.id, person.id, "developer")

    def recorded() -> int:
        with database.reading() as unit:
            return sum(len(unit.completions.of_candidate(person.id)) for person in people)

    rows = "candidate,module,completed_on\n" + "".join(f"C-{number},A5,2026-05-01\n" for number in range(3))
    server = Server(tmp_path)
    base = f"http://127.0.0.1:{server.port}"
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
            )
            page = browser.new_context(locale="en-GB").new_page()
            signed_in(page, base)
            page.goto(f"{base}/trainer/import")
            page.get_by_label("CSV file or Excel workbook").set_input_files(
                {"name": "a.csv", "mimeType": "text/csv", "buffer": rows.encode()}
            )
            page.get_by_role("button", name="Look at it").click()
            page.get_by_role("button", name="Try all rows").click()
            expect(page.get_by_role("status").first).to_contain_text("Will be recorded 3")
            waiting = page.url

            # Another program holds the register, so recording has begun and is not done when the server dies.
            other = sqlite3.connect(tmp_path / "certify.db", isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            page.get_by_role("button", name="Record all rows").click(no_wait_after=True)
            time.sleep(1)
            server.kill()
            other.execute("ROLLBACK")
            server.start()
            assert recorded() == 0

            # The session outlived the server, too.
            page.goto(waiting)
            expect(page.get_by_text("Nothing is recorded yet.")).to_be_visible()
            page.get_by_role("button", name="Record all rows").click()
            expect(page.get_by_role("heading", name="What was recorded")).to_be_visible()
            server.kill()
            server.start()
            page.goto(waiting)
            expect(page.get_by_role("status").first).to_contain_text("Recorded 3")
            assert recorded() == 3
            browser.close()
    finally:
        server.kill()
        database.close()
