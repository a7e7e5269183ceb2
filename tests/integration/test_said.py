"""What is refused, or would be, is said to a person in their language before it costs them anything."""

from __future__ import annotations

import pytest
from website import open_site, upload, words


@pytest.fixture
def site(tmp_path):
    opened = open_site(tmp_path)
    yield opened
    opened.place.services.database.close()


def test_rows_of_candidates_are_refused_in_the_readers_language(site):
    table = "reference,name,latin_name\nC-9,Ана Ли,Ана Ли\nC-1,Друга Жена,Druga Zhena\nC-8,,Li\n"
    for tag, told, kept in (
        ("bg", "което не е латинска буква", "кодът C-1 е на друг човек или името е променено."),
        ("el", "που δεν είναι λατινικό γράμμα", "ο κωδικός C-1 ανήκει σε άλλον ή το όνομα άλλαξε."),
    ):
        page = site.person("administrator").submit(
            f"/admin/candidates?lang={tag}", "/import", file=upload(table.encode())
        )
        assert page.status_code == 200
        assert told in words(page)
        assert kept in words(page)
        assert "belongs to somebody else" not in words(page)


def test_an_error_of_a_form_is_said_in_the_readers_language(site):
    page = site.person("administrator").submit(
        "/admin/candidates?lang=bg", "/candidates", reference="C-9", native="Ана Ли", latin=" "
    )
    assert page.status_code == 422
    assert "име с латински букви: е празно или няма нито една буква." in words(page)


def test_a_case_says_before_the_decision_what_would_stop_its_certificate(site):
    place = site.place
    visitor = site.person("certifier")
    for reference, native, stopped in (("C-7", "Ана Ли", False), ("C-8", "𐌰𐌽𐌰 𐌻𐌹", True)):
        person = place.candidate(reference, native, "Ana Li")
        place.passes(person, "A5")
        place.passes(person, "B6")
        page = words(visitor.get(f"/certifier/cases/{person.id}/small/developer"))
        assert ("Its certificate could not be issued as things are:" in page) is stopped
    with place.services.database.reading() as unit:
        assert not unit.certificates.all()
        assert not unit.decisions.of_candidate(person.id)
