"""The whole main path in a real browser, on a served installation: from a logged module to a scanned code."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

CHROMIUM = "/usr/bin/chromium"
CERTIFY = Path(sys.executable).parent / "certify"


@dataclass(frozen=True)
class Served:
    """A demonstration that is being served."""

    base: str
    folder: Path
    password: str


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served") / "demo"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CERTIFY_")}
    subprocess.run(
        [CERTIFY, "demo", "--into", folder, "--public-base", base], check=True, capture_output=True, env=clean
    )
    password = re.search(
        r"^    ((?:[0-9a-f]{4}-){3}[0-9a-f]{4})$", (folder / "README.txt").read_text(), re.MULTILINE
    )
    assert password
    log = (folder.parent / "serve.log").open("wb")
    server = subprocess.Popen(
        [CERTIFY, "serve", "--demo", folder, "--port", str(port)],
        stdout=log,
        stderr=subprocess.STDOUT,
        env=clean,
        start_new_session=True,
    )
    try:
        _wait_for(f"{base}/health", server)
        yield Served(base=base, folder=folder, password=password[1])
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=20)
        log.close()


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        assert server.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(address, timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError("the server does not answer")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield browser
        browser.close()


def sign_in(chromium: Browser, served: Served, email: str) -> Page:
    page = chromium.new_context(java_script_enabled=False).new_page()
    page.goto(f"{served.base}/sign-in")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(served.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    return page


def stranger(chromium: Browser) -> BrowserContext:
    return chromium.new_context(java_script_enabled=False)


def code_read_from(pdf: Path) -> str:
    """Render the first page as a printer would, and scan it."""
    image = pdf.with_suffix(".png")
    subprocess.run(
        ["pdftoppm", "-r", "150", "-f", "1", "-singlefile", "-png", pdf, image.with_suffix("")], check=True
    )
    scanned = subprocess.run(
        ["zbarimg", "--quiet", "--raw", image], check=True, capture_output=True, text=True
    )
    return scanned.stdout.strip()


def follow_to_the_certificate(certifier: Page) -> None:
    """Without a script the page of the job loads itself anew, or the certificate was faster than the click."""
    certifier.get_by_role("status").get_by_role("link").click()
    if "/jobs/" in certifier.url:
        expect(certifier.get_by_text("1 certificate is issued")).to_be_visible(timeout=30_000)
        certifier.get_by_role("row").get_by_role("link").click()


def test_from_a_logged_module_to_a_scanned_code_and_its_revocation(
    served: Served, chromium: Browser, tmp_path: Path
) -> None:
    # The trainer logs the module that Krastyo is short of.
    trainer = sign_in(chromium, served, "trainer.sofia@demo.example")
    trainer.get_by_role("link", name="Log a module").first.click()
    trainer.get_by_label("Module").select_option("planning-and-public-space 1")
    for box in trainer.get_by_role("checkbox").all():
        box.uncheck()
    trainer.get_by_role("checkbox", name="A-06").check()
    trainer.get_by_role("button", name="Log for everybody ticked").click()
    expect(trainer.get_by_role("status")).to_contain_text("Recorded 1")

    # The certifier finds him in the queue, sees every rule met, and grants.
    certifier = sign_in(chromium, served, "certifier@demo.example")
    certifier.get_by_role("row").filter(has_text="A-06").get_by_role("link").click()
    expect(certifier.get_by_text("Every requirement is met")).to_be_visible()
    certifier.get_by_label("I have no conflict of interest").check()
    certifier.get_by_role("button", name="Grant and issue the certificate").click()
    expect(certifier.get_by_role("status")).to_contain_text("Granted:")
    follow_to_the_certificate(certifier)
    expect(certifier.get_by_role("heading", level=1)).to_contain_text("Certificate S4C-")
    certificate = certifier.url

    # He downloads it; its code leads to the page, which a stranger opens without an account.
    holder = sign_in(chromium, served, "a-06@candidates.example")
    with holder.expect_download() as download:
        holder.get_by_role("link", name="Download the PDF").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert re.fullmatch(r"S4C-[0-9A-Z-]+\.pdf", file.name)
    address = code_read_from(file)
    assert address.startswith(f"{served.base}/v/")

    context = stranger(chromium)
    page = context.new_page()
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text("SPECIMEN: it certifies nothing.")
    for said in ("Кръстьо Юруков", "Krastyo Yurukov", file.stem, "Smart Cities Project Developer"):
        expect(page.get_by_text(said, exact=True).first).to_be_visible()
    expect(page.locator("ol.checks").get_by_text("Passed", exact=True)).to_have_count(12)
    assert context.cookies() == []

    # The stranger compares the file that he sent: the same, and not the same with one byte changed.
    page.get_by_label("The PDF file you were given").set_input_files(file)
    page.get_by_role("button", name="Check this file").click()
    expect(page.locator("#comparison")).to_contain_text("is the one that was issued, byte for byte")
    changed = bytearray(file.read_bytes())
    changed[len(changed) // 2] ^= 1
    forged = tmp_path / "changed.pdf"
    forged.write_bytes(changed)
    page.get_by_label("The PDF file you were given").set_input_files(forged)
    page.get_by_role("button", name="Check this file").click()
    expect(page.locator("#comparison")).to_contain_text("is not the one that was issued")

    # It is suspended, reinstated and at last revoked; the page says each at once.
    for step, sentence in (
        (
            "suspend under_investigation",
            re.compile("^Suspended since .*: do not rely on this certificate for now"),
        ),
        ("reinstate investigation_closed", "SPECIMEN: it certifies nothing."),
        ("revoke issued_in_error", re.compile("^Revoked on .*: do not rely on this certificate")),
    ):
        certifier.goto(certificate)
        certifier.get_by_label("Step and reason").select_option(step)
        if step.startswith("revoke"):
            certifier.get_by_label("a revocation is final").check()
        certifier.get_by_role("button", name="Change the status").click()
        page.goto(address.partition("#")[0])  # else the browser, being there, asks nobody
        expect(page.get_by_role("heading", level=1)).to_have_text(sentence)
    expect(page.locator("#verdict")).to_contain_text("Reason: issued in error.")
    expect(page.get_by_text("SPECIMEN").first).to_be_visible()


def test_no_page_is_wider_than_its_screen_or_breaks_its_own_policy(served: Served, chromium: Browser) -> None:
    context = chromium.new_context()
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    certificate = next((served.folder / "certificates").glob("*.pdf"))
    paths = {
        "": ["/", "/verify", "/checks", "/problems", "/sign-in", code_read_from(certificate)],
        "trainer.sofia@demo.example": ["/trainer/", "@/trainer/cohorts/", "@/log", "/trainer/import"],
        "certifier@demo.example": ["/certifier/", "/certifier/certificates", "@/certifier/certificates/"],
        "registrar@demo.example": [
            "/admin/users",
            "/admin/cohorts",
            "/admin/candidates",
            "@/admin/candidates/",
        ],
        "a-01@candidates.example": ["/candidate", "@/candidate/roles/"],
    }
    for email, asked in paths.items():
        context.clear_cookies()
        if email:
            page.goto(f"{served.base}/sign-in")
            page.fill("#email", email)
            page.fill("#password", served.password)
            page.click("main button")
        for path in asked:
            if path.startswith("@"):  # a link of the page before
                page.locator(f"main a[href*='{path[1:]}']").first.click()
            else:
                page.goto(path if path.startswith("http") else served.base + path)
            for width in (1280, 360):
                page.set_viewport_size({"width": width, "height": 800})
                assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
    assert complaints == []
