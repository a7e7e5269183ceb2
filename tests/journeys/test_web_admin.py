"""Administrators' pages in a real browser, doing their work; `test_axe_everywhere` looks at each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from installation import PASSWORD
from playwright.sync_api import Browser, Page, expect, sync_playwright
from public_states import served
from website import Site, open_site

from certify.bootstrap import build
from certify.framework.load import published_scheme
from certify.web.app import create_app

CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Site:
    made = open_site(tmp_path_factory.mktemp("desk"))
    made.certificate_of_ana()
    made.letter_to_ana()
    settings = replace(
        made.place.services.settings, smtp_url="smtp+plain://127.0.0.1:1", mail_from="m@example.org"
    )
    return replace(made, app=create_app(build(settings, clock=made.place.services.clock)))


@pytest.fixture(scope="module")
def base(site: Site) -> Iterator[str]:
    with served(site.app) as address:
        yield address


@pytest.fixture(scope="module")
def chromium(base: str) -> Iterator[Browser]:
    del base
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def page(chromium: Browser, base: str) -> Iterator[Page]:
    context = chromium.new_context()
    opened = context.new_page()
    opened.goto(f"{base}/sign-in?lang=en")
    opened.fill("#email", "administrator@example.org")
    opened.fill("#password", PASSWORD)
    opened.locator("main button").first.click()
    opened.wait_for_load_state()
    yield opened
    context.close()


def test_a_list_sorts_is_searched_and_is_whole_when_printed(page: Page, base: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{base}/admin/users?lang=en")
    names = page.locator("#people tbody tr th")
    heading = page.get_by_role("columnheader", name="Name")
    heading.get_by_role("link").click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    up = names.all_inner_texts()
    assert up == sorted(up, key=str.casefold)
    heading.get_by_role("link").click()
    expect(heading).to_have_attribute("aria-sort", "descending")
    assert names.all_inner_texts() == up[::-1]
    page.get_by_label("Search").fill("TRAINER@")
    page.keyboard.press("Enter")
    expect(names).to_have_text(["Trainer"])
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator(".tools")).to_be_hidden()
    page.emulate_media(media="screen")


def test_a_short_table_sorts_and_filters_without_asking_the_server(page: Page, base: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{base}/admin/settings?lang=en")
    rows = page.locator("#settings tbody tr:visible")
    heading = page.locator("#settings thead th").first
    heading.get_by_role("button").click()
    assert heading.get_attribute("aria-sort") == "ascending"
    up = rows.all_inner_texts()
    page.keyboard.press("Enter")
    assert rows.all_inner_texts() == up[::-1]
    page.get_by_label("Show rows with").fill("database")
    assert 0 < len(rows.all_inner_texts()) < len(up)


def test_a_scheme_is_tried_and_then_published(page: Page, base: str, site: Site, tmp_path: Path) -> None:
    file = tmp_path / "scheme.yaml"
    file.write_bytes(published_scheme().replace(b"version:", b"versoin:", 1))
    page.goto(f"{base}/admin/schemes?lang=en")
    page.set_input_files("#file", file)
    page.get_by_role("button", name="Check this file").click()
    expect(page.get_by_role("alert")).to_contain_text("nothing was published")
    expect(page.get_by_role("alert")).to_contain_text("scheme.yaml:")
    file.write_bytes(published_scheme())
    page.set_input_files("#file", file)
    page.get_by_role("button", name="Check this file").click()
    expect(page.get_by_role("status")).to_contain_text("Nothing is published yet")
    with site.place.services.database.reading() as unit:
        assert {item[0] for item in unit.frameworks.all()} == {"small"}
    page.get_by_role("button", name="Publish it").click()
    expect(page.get_by_role("heading", name="What issuing needs")).to_be_visible()
    page.goto(f"{base}/admin/audit?lang=en&action=scheme-published")
    expect(page.locator("#trail")).to_contain_text("skills4cities")


def test_a_design_is_seen_as_it_would_be_issued(page: Page, base: str) -> None:
    page.goto(f"{base}/admin/designs?lang=en")
    picture = page.locator("img.sheet")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.complete && image.naturalWidth") > 600
    page.fill("#name", "Мария Костова")
    page.get_by_role("button", name="Show").click()
    answer = page.request.get(f"{base}{page.get_by_role('link', name='Open the PDF').get_attribute('href')}")
    assert answer.body().startswith(b"%PDF-")


def test_a_letters_words_are_previewed_saved_and_set_back_and_nothing_typed_is_lost(
    page: Page, base: str, site: Site
) -> None:
    where = f"{base}/admin/mail/texts/certificate-issued/en?lang=en"
    page.goto(where)
    page.get_by_label("Text", exact=True).fill("Dear {nmae},\n\n[Open]({address})")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("text: has the unknown slot {nmae}.")
    page.goto(where)
    expect(page.get_by_label("Text", exact=True)).to_have_value("Dear {nmae},\n\n[Open]({address})")

    page.get_by_label("Subject", exact=True).fill("Number {number} <b>")
    page.get_by_label("Text", exact=True).fill("Dear {name},\nwell done.\n\n[Open]({address})")
    page.get_by_role("button", name="Preview").click()
    frame = page.frame_locator("iframe.letter")
    expect(frame.locator("p").first).to_have_text("Dear Ana Specimen,\nwell done.", use_inner_text=True)
    expect(page.locator("pre.text").first).to_contain_text("Dear Ana Specimen,\nwell done.")
    with site.place.services.database.reading() as unit:
        assert unit.letter_texts.last() == []
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    expect(page.get_by_text("Number S4C-2026-7K3MQ-9XT2A-Y <b>")).to_be_visible()

    page.get_by_role("button", name="Use the shipped text again").click()
    expect(page.get_by_role("status")).to_contain_text("The shipped text counts again")
    expect(page.locator("ol.history > li")).to_have_count(2)
    page.goto(f"{base}/admin/audit?action=letter-reworded&lang=en")
    expect(page.get_by_role("link", name="certificate-issued en")).to_have_count(2)


def test_reminders_go_only_to_who_was_listed_and_ticked(page: Page, base: str, site: Site) -> None:
    services = site.place.services
    with services.database.writing() as unit:
        holder = unit.candidates.get(site.ana.id)
        unit.candidates.replace(replace(holder, email="ana@example.org", language="bg"))
    with services.database.reading() as unit:
        (row,) = unit.certificates.of_candidate(site.ana.id)
    end = row.award.valid_until
    later = build(
        replace(services.settings, smtp_url="smtp+plain://127.0.0.1:1", mail_from="m@example.org"),
        clock=lambda: services.clock().replace(year=end.year, month=end.month, day=1),
    )
    with served(create_app(later)) as address_later:
        page.goto(f"{address_later}/sign-in?lang=en")
        page.fill("#email", "administrator@example.org")
        page.fill("#password", PASSWORD)
        page.locator("main button").first.click()
        page.goto(f"{address_later}/admin/mail/reminders?lang=en&within=60")
        expect(page.locator("#ending")).to_contain_text("ana@example.org")
        with later.database.reading() as unit:
            assert not [item for item in unit.outbox.recent() if item.letter.kind == "certificate-ends"]
        page.get_by_role("button", name="Write to everybody").click()
        expect(page.get_by_role("status").first).to_contain_text("wait in the queue")
        expect(page.locator("#ending input[type=checkbox]")).not_to_be_checked()
        with later.database.reading() as unit:
            (queued,) = [item for item in unit.outbox.recent() if item.letter.kind == "certificate-ends"]
        assert (queued.letter.to, queued.letter.language) == ("ana@example.org", "bg")
    later.database.close()
