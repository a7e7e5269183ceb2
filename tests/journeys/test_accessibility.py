"""Every public page for everyone: axe-core, keyboard, zoom, narrow screens, dark, print and right to left (WCAG 2.2 AA).

Each page is opened in Debian's Chromium in every state and language. `axe` is asked in the light on a wide
screen and in the dark on one of 320 pixels, with its best practices as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe import findings
from babel import Locale
from playwright.sync_api import Browser, Page, expect, sync_playwright
from public_states import identifier, reports_of, served, states_app
from website import open_site

from certify.web.i18n import EXTENSION, Language, shipped

CHROMIUM = "/usr/bin/chromium"
STATES = (
    "valid",
    "valid-older-name",
    "specimen",
    "suspended",
    "revoked",
    "superseded",
    "expired",
    "not-yet-valid",
    "not-genuine",
    "not-genuine file",
    "cannot-tell",
)
PATHS = (
    "/",
    "/verify",
    "/verify/many",
    "/checks",
    "/offline",
    "/problems",
    "/api",
    "/sign-in",
    "/nothing-here",
    "/v/UNKNOWN",
)
ADDRESSES = {path: path for path in PATHS} | {state: f"/v/{identifier(state)}" for state in STATES}
RIGHT_TO_LEFT = Language(tag="ar", locale=Locale("ar"))
"""A language of that direction; its texts are still English, so only the layout is looked at."""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    site = open_site(tmp_path_factory.mktemp("everyone"))
    app = states_app(site, reports_of(site))
    app.extensions[EXTENSION]["ar"] = RIGHT_TO_LEFT
    with served(app) as address:
        yield address


@pytest.fixture(scope="module")
def chromium(base: str) -> Iterator[Browser]:
    """After the site is made: validating a certificate and driving a browser each want the event loop."""
    del base
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context()
    yield context.new_page()
    context.close()


def look(page: Page, width: int, scheme: str) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)


def wider_than_its_screen(page: Page) -> bool:
    wide: bool = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return wide


def words_run_out_of_the_verdict(page: Page) -> bool:
    """Whether a word of the answer is wider than its room, so that it runs into the padding or is cut off."""
    wide: bool = page.evaluate(
        """[...document.querySelectorAll(".verdict > div")].filter(said => said.checkVisibility()).some(said => {
            const padding = parseFloat(getComputedStyle(said).paddingInlineEnd);
            const edge = said.parentElement.getBoundingClientRect().right - padding;
            return [...said.children].some(line => {
                const words = document.createRange();
                words.selectNodeContents(line);
                return words.getBoundingClientRect().right > edge;
            });
        })"""
    )
    return wide


@pytest.mark.parametrize("tag", list(shipped()))
@pytest.mark.parametrize("name", ADDRESSES)
def test_axe_finds_nothing_and_nothing_is_wider_than_its_screen(
    page: Page, base: str, name: str, tag: str
) -> None:
    look(page, 1280, "light")
    page.goto(f"{base}{ADDRESSES[name]}?lang={tag}")
    assert page.locator("html").get_attribute("lang") == tag
    assert findings(page) == []
    # 200 % of the text's size, on the same screen (WCAG 1.4.4).
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert not wider_than_its_screen(page)
    page.evaluate("document.documentElement.style.fontSize = ''")
    # 200 % of everything is half the width (WCAG 1.4.10 asks for 320 pixels at least).
    look(page, 640, "light")
    assert not wider_than_its_screen(page)
    look(page, 320, "dark")
    for details in page.locator("details").all():
        details.evaluate("element => element.open = true")
    assert not wider_than_its_screen(page)
    assert not words_run_out_of_the_verdict(page)
    assert findings(page) == []


def test_axe_finds_nothing_in_the_answers_to_forms(page: Page, base: str, tmp_path: Path) -> None:
    given = {state: tmp_path / f"{state}.pdf" for state in ("valid", "not-genuine file")}
    for state, file in given.items():
        file.write_text(state)  # the states' verifier takes a file by its words
    for scheme in ("light", "dark"):
        look(page, 320, scheme)
        for address, typed in (
            ("/verify", {"#number": "S4C"}),
            ("/verify", {"#file": given["not-genuine file"]}),
            (ADDRESSES["valid"], {"#file": given["valid"]}),
            (ADDRESSES["revoked"], {"#file": given["not-genuine file"]}),
            ("/sign-in", {"#email": "a@example.org", "#password": "wrong"}),
        ):
            page.goto(f"{base}{address}?lang=bg")
            for field, value in typed.items():
                if isinstance(value, Path):
                    page.set_input_files(field, value)
                else:
                    page.fill(field, value)
            page.locator(f"form:has({next(iter(typed))}) button").click()
            page.wait_for_load_state()
            assert findings(page) == [], address
            assert not wider_than_its_screen(page)


def test_axe_finds_what_is_wrong_with_a_bad_page(page: Page) -> None:
    page.set_content("<html><body><img src='x'><p style='color:#aaa'>Grey</p></body></html>")

    assert {line.split(":")[0] for line in findings(page)} >= {"html-has-lang", "image-alt", "color-contrast"}


def test_the_keyboard_reaches_everything_in_reading_order_and_shows_where_it_is(
    page: Page, base: str
) -> None:
    look(page, 1280, "light")
    page.goto(f"{base}/v/{identifier('valid')}?lang=en")
    seen: list[str] = []
    last_top = -1.0
    for _ in range(40):
        page.keyboard.press("Tab")
        told = page.evaluate(
            """() => {
                const at = document.activeElement;
                if (at === document.body) return null;
                const box = at.getBoundingClientRect();
                const style = getComputedStyle(at);
                return {
                    name: at.innerText || at.getAttribute('aria-label') || at.id,
                    outline: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 3,
                    top: box.top + scrollY, inside: box.top >= 0 && box.bottom <= innerHeight,
                    large: box.height >= 24 || style.display === 'inline',
                };
            }"""
        )
        if told is None:
            break
        assert told["outline"], told
        assert told["inside"], told
        assert told["large"], told
        assert told["top"] >= last_top - 40, told  # the header's line is one line
        last_top = told["top"]
        seen.append(told["name"].strip())

    assert seen[0] == "Skip to the content"
    assert seen[1:4] == ["certify", "Verify", "Sign in"]
    assert seen[4:7] == ["English", "Български", "Ελληνικά"]
    for name in ("How was this checked?", "file", "Check this file", "How certificates are checked"):
        assert name in seen, seen


def test_the_skip_link_shows_itself_and_leads_to_the_content(page: Page, base: str) -> None:
    page.goto(f"{base}/?lang=en")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_answer_is_the_first_thing_that_is_seen_and_read(page: Page, base: str) -> None:
    for state in STATES:
        look(page, 320, "light")
        page.goto(f"{base}/v/{identifier(state)}?lang=el")
        expect(page.get_by_role("heading", level=1)).to_be_in_viewport(ratio=1)
        assert page.locator("main > *").first.get_attribute("id") == "verdict"


def test_each_state_has_an_icon_and_a_colour_of_its_own(page: Page, base: str) -> None:
    for scheme in ("light", "dark"):
        looks = set()
        for state in STATES:
            look(page, 1280, scheme)
            page.goto(f"{base}/v/{identifier(state)}")
            sign = page.locator("#verdict .sign")
            colour = sign.evaluate("element => getComputedStyle(element).backgroundColor")
            looks.add((state.split()[0].removesuffix("-older-name"), sign.inner_html(), colour))
        states = {state for state, _, _ in looks}
        assert len({icon for _, icon, _ in looks}) == len(states)
        # Revoked and not genuine share their red: both are final, and icon and words differ.
        assert len({colour for _, _, colour in looks}) == len(states) - 1


def test_nothing_moves(page: Page, base: str) -> None:
    style = page.goto(f"{base}/static/certify.css")
    assert style is not None
    assert not {"animation", "transition", "@keyframes"} & set(style.text().replace(":", " ").split())


def test_a_page_is_whole_without_style_and_without_script(chromium: Browser, base: str) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.route("**/*.css", lambda route: route.abort())
    page.goto(f"{base}/v/{identifier('suspended')}?lang=en")

    expect(page.get_by_role("heading", level=1)).to_contain_text("Suspended since")
    context.close()


def test_a_printed_page_has_the_answer_and_no_navigation(page: Page, base: str) -> None:
    page.goto(f"{base}/v/{identifier('valid')}?lang=en")
    page.emulate_media(media="print")

    expect(page.locator("#verdict")).to_be_visible()
    for gone in (".top", ".foot", "form", "details"):
        expect(page.locator(f"{gone}:visible")).to_have_count(0)


@pytest.mark.parametrize("address", [f"/v/{identifier('superseded')}", "/", "/verify/many"])
def test_a_page_runs_from_right_to_left_by_its_direction_alone(page: Page, base: str, address: str) -> None:
    for width in (1280, 320):
        look(page, width, "light")
        page.goto(f"{base}{address}?lang=ar")
        assert page.locator("html").get_attribute("dir") == "rtl"
        assert not wider_than_its_screen(page)
        brand = page.locator(".brand").bounding_box()
        assert brand is not None
        assert brand["x"] + brand["width"] > width * 0.8
    if "/v/" in address:
        sign = page.locator("#verdict .sign").bounding_box()
        words = page.locator("#verdict h1").bounding_box()
        assert sign is not None
        assert words is not None
        assert sign["x"] > words["x"]
