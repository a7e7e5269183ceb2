"""Letters before anybody sends them: their words in every language, their headers, and what is refused."""

from __future__ import annotations

import string
from datetime import timedelta
from email import message_from_bytes, policy
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_scheme import NOW

from certify.errors import InvalidInput, NotFound
from certify.mail.message import message
from certify.mail.model import KINDS, LANGUAGES, LetterKind, letter
from certify.mail.service import Desk
from certify.mail.stopping import letter_of, stop_token
from certify.mail.wording import names_in, texts, wording

KEY = b"k" * 32
DESK = Desk(base="https://certificates.example.org", language="en", key=lambda: KEY)


def values_of(kind: LetterKind, **more: str) -> dict[str, str]:
    made = {name: f"<{name} & co>" for name in KINDS[kind].values}
    if "valid_until" in made:
        made["valid_until"] = "2029-05-01"
    if "address" in made:
        made["address"] = "https://certificates.example.org/v/ABC?a=1&b=2"
    return made | {name: value for name, value in more.items() if name in made}


def read(kind: LetterKind, language: str = "en", **more: str):
    made = letter(kind, "ana@example.org", NOW, values_of(kind, **more), language=language)
    return message_from_bytes(DESK.written(made, "Institute <mail@example.org>", NOW), policy=policy.default)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_has_words_for_just_its_values_in_every_language(language):
    said = texts(language)

    assert said.keys() == {kind.value for kind in LetterKind} | {"foot"}
    for kind in LetterKind:
        asked = names_in(said[kind.value]["subject"]) | names_in(said[kind.value]["body"])
        assert asked - {"base"} == KINDS[kind].values, (language, kind)
        in_english = texts("en")[kind.value]["body"]
        assert said[kind.value]["body"].count("](") == in_english.count("](")
        assert len(said[kind.value]["body"].split("\n\n")) == len(in_english.split("\n\n"))


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.links, self.text = [], [], ""

    def handle_starttag(self, tag, attributes):
        if tag not in {"meta", "hr"}:
            self.open.append(tag)
        self.links += [value for name, value in attributes if name == "href"]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("kind", LetterKind)
@pytest.mark.parametrize("language", LANGUAGES)
def test_text_and_html_say_the_same_and_values_cannot_become_markup(kind, language):
    found = read(kind, language)
    text = found.get_body(("plain",)).get_content()
    html = Tags()
    html.feed(found.get_body(("html",)).get_content())

    assert html.open == []
    for name, value in values_of(kind).items():
        if name not in {"valid_until", "address"}:
            assert value in text + found["Subject"]
            assert value in html.text
    # Bulgarian years end with a full stop of their own.
    assert ".." not in text
    for link in html.links:
        assert link in text
    assert {"en": "1 May 2029", "bg": "1 май 2029", "el": "1 Μαΐου 2029"}[language] in text or (
        "valid_until" not in KINDS[kind].values
    )


def test_a_letter_that_can_be_stopped_says_so_to_people_and_programs_and_others_do_not():
    for kind in LetterKind:
        found = read(kind)
        link = found["List-Unsubscribe"]
        assert (link is not None) is KINDS[kind].optional
        if link:
            assert link.startswith("<https://certificates.example.org/mail/stop/")
            assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
            assert link.strip("<>") in found.get_body(("plain",)).get_content()
            assert "ana" not in link.lower().replace("organ", "")
        assert found["Auto-Submitted"] == "auto-generated"


def test_the_same_letter_is_the_same_message_whenever_it_is_sent():
    made = letter(LetterKind.TRIAL, "a@example.org", NOW, {"name": "A"})
    first, second = (
        message_from_bytes(DESK.written(made, "m@example.org", NOW + timedelta(hours=hours)))["Message-ID"]
        for hours in (0, 5)
    )

    assert first == second


CONTROLS = ["\r\nBcc: b@example.org", "\nX: y", "\r", "\x00", "\x85", "\u2028", "\u2029"]


@pytest.mark.parametrize("bad", CONTROLS)
def test_no_value_and_no_address_begins_a_header_of_its_own(bad):
    with pytest.raises(InvalidInput):
        letter(LetterKind.TRIAL, "a@example.org", NOW, {"name": f"Ana{bad}"})
    with pytest.raises(InvalidInput):
        letter(LetterKind.TRIAL, f"a@example.org{bad}", NOW, {"name": "Ana"})


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "a@",
        "@b.org",
        "a b@c.org",
        "a@b.org,c@d.org",
        "A <a@b.org>",
        "a@b.org;x",
        "a@@b.org",
        "<a@b.org>",
    ],
)
def test_what_is_not_one_address_is_refused(address):
    with pytest.raises(InvalidInput):
        letter(LetterKind.TRIAL, address, NOW, {"name": "Ana"})


@given(st.text(max_size=200))
def test_whatever_a_name_is_the_message_has_our_headers_only(name):
    try:
        made = letter(LetterKind.CORRECTION_APPROVED, "a@example.org", NOW, {"name": name, "reason": name})
    except InvalidInput:
        return
    found = message_from_bytes(DESK.written(made, "m@example.org", NOW), policy=policy.default)
    assert [name.lower() for name in found.keys()] == [  # noqa: SIM118 - a message's own, with repetitions
        "from", "to", "subject", "date", "message-id", "auto-submitted", "mime-version", "content-type"
    ]  # fmt: skip
    assert found["To"] == "a@example.org"
    " ".join(found.get_body(("plain",)).get_content().split())


def test_braces_in_a_value_are_not_filled_in():
    assert "{base}" in wording(LetterKind.TRIAL, "en", {"name": "{base}"}, base="https://b.example").text


def test_a_letter_has_all_its_values_and_no_other():
    for values in ({}, {"name": "A", "more": "B"}):
        with pytest.raises(InvalidInput):
            letter(LetterKind.TRIAL, "a@example.org", NOW, values)
    with pytest.raises(InvalidInput):
        letter(LetterKind.TRIAL, "a@example.org", NOW, {"name": "A"}, language="xx")


def test_a_link_to_stop_is_good_only_whole_and_with_our_key():
    identifier = letter(LetterKind.TRIAL, "a@example.org", NOW, {"name": "A"}).id
    token = stop_token(KEY, identifier)

    assert letter_of(KEY, token) == letter_of(KEY, token.lower()) == identifier
    for changed in (token[:-1], token[1:], token[::-1], "", "A" * 52, token + "A"):
        with pytest.raises(NotFound):
            letter_of(KEY, changed)
    with pytest.raises(NotFound):
        letter_of(b"other" * 8, token)
    for place in range(26, 52):
        other = next(c for c in string.ascii_uppercase if c != token[place])
        with pytest.raises(NotFound):
            letter_of(KEY, token[:place] + other + token[place + 1 :])


def test_a_message_is_seven_bit_clean_in_its_headers():
    made = letter(
        LetterKind.CERTIFICATE_ISSUED, "a@example.org", NOW, values_of(LetterKind.CERTIFICATE_ISSUED)
    )
    raw = message(made, DESK.words(made), sender="Институт <m@example.org>", sent_at=NOW, stop_address="")

    assert raw.partition(b"\r\n\r\n")[0].isascii()
