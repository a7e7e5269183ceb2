"""The answer is there within a second on a phone with a slow network and a quarter of this machine's speed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from public_states import served
from website import open_site

from certify.web.app import create_app

CHROMIUM = shutil.which("chromium")
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 94_000}
"""A slow 4G network: 150 ms there and back, 1.6 Mbit/s down, 750 kbit/s up."""
TIMES_SLOWER = 4
TRIES = 6
MOST = 1_000


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    site = open_site(tmp_path_factory.mktemp("phone"))
    certificate = site.certificate_of_ana()
    with served(create_app(site.place.services)) as base:
        yield f"{base}/v/{certificate}"


@pytest.fixture(scope="module")
def chromium(address: str) -> Iterator[Browser]:
    del address
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def first_view(chromium: Browser, address: str, shot: Path) -> float:
    """Return after how many milliseconds the first words were painted, for a browser that was never here."""
    context = chromium.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    tools = context.new_cdp_session(page)
    tools.send("Network.enable")
    tools.send("Network.emulateNetworkConditions", SLOW)
    tools.send("Emulation.setCPUThrottlingRate", {"rate": TIMES_SLOWER})
    page.goto(address, wait_until="load")
    painted: float = page.evaluate(
        """() => new Promise((done) => new PerformanceObserver((list) => done(list.getEntries()[0].startTime))
            .observe({ type: "largest-contentful-paint", buffered: true }))"""
    )
    assert page.locator("h1").is_visible()
    page.screenshot(path=shot)
    context.close()
    return painted


def test_the_answer_is_seen_within_a_second_on_a_slow_phone(
    chromium: Browser, address: str, tmp_path: Path
) -> None:
    # The best of several: what else this machine does is not the page's doing.
    seen: list[float] = []
    while len(seen) < TRIES and min(seen, default=MOST) >= MOST:
        seen.append(first_view(chromium, address, tmp_path / "phone.png"))
    assert min(seen) < MOST, seen
