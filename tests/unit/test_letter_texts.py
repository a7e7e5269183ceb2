"""An administrator's own words for letters: what may be written, what must stay, and that nothing in them runs."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_scheme import NOW

from certify.errors import InvalidInput
from certify.mail.model import KINDS, LANGUAGES, LetterKind, letter
from certify.mail.own_text import LetterText, checked_words, links_of, slots_of
from certify.mail.service import Desk
from certify.mail.wording import texts

DESK = Desk(base="https://certificates.example.org", language="en", key=lambda: b"k" * 32)
KIND = LetterKind.CERTIFICATE_ISSUED
VALUES = {
    "name": "Ana",
    "title": "Developer",
    "number": "N-1",
    "valid_until": "2029-05-01",
    "address": "https://certificates.example.org/v/ABC",
}
SUBJECT = "{title}: {number}"
BODY = "Dear {name},\n\nuntil {valid_until:day}.\nKeep it well.\n\n[Open]({address})\n\n[Help](https://help.example.org/a)"


def written(subject: str, body: str, **values: str):
    own = checked_words(KIND, subject, body)
    desk = replace(DESK, own_words=lambda *_: own)
    made = letter(KIND, "ana@example.org", NOW, VALUES | values, language="en")
    return message_from_bytes(desk.written(made, "Institute <mail@example.org>", NOW), policy=policy.default)


@pytest.mark.parametrize("kind", LetterKind)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_shipped_text_may_be_saved_as_ones_own(kind, language):
    shipped = texts(language)[kind.value]

    subject, body = checked_words(kind, shipped["subject"], shipped["body"])

    assert (subject, body) == (shipped["subject"], shipped["body"].strip())


def test_own_words_are_sent_as_text_and_html_with_our_foot_and_the_way_to_stop():
    found = written(SUBJECT, BODY, name="<b>Ana</b>", title="A & B {name}")

    assert found["Subject"].startswith("A & B {name}: ")
    text = found.get_body(("plain",)).get_content().replace("\r\n", "\n")
    html = found.get_body(("html",)).get_content().replace("\r\n", "\n")
    assert "Dear <b>Ana</b>," in text
    assert "until 1 May 2029.\nKeep it well." in text
    assert "Dear &lt;b&gt;Ana&lt;/b&gt;," in html
    assert "1 May 2029.<br>\nKeep it well." in html
    assert '<a href="https://help.example.org/a"' in html
    assert "/mail/stop/" in text
    assert "Sent by the certification system" in text


@pytest.mark.parametrize(
    ("subject", "body", "said"),
    [
        ("Yours", BODY.replace("{name}", "{nmae}"), "{nmae}"),
        ("Yours {ruling}", BODY, "{ruling}"),
        ("Yours", BODY.replace("{name}", "{name.__class__}"), "{name.__class__}"),
        ("Yours", BODY.replace("{name}", "{name[0]}"), "{name[0]}"),
        ("Yours", BODY.replace("{name}", "{name!r}"), "{name}"),
        ("Yours", BODY.replace("{name}", "{name:>99999999}"), "{name}"),
        ("Yours", BODY.replace("{name}", "{name:{title}}"), "{name}"),
        ("Yours", BODY.replace("{name}", "{name:day}"), "{name}"),
        ("Yours", BODY.replace("{name}", "{}"), "{}"),
        ("Yours", BODY + "{", "brace"),
        ("Yours", BODY.replace("[Open]({address})", ""), "{address}"),
        ("Yours", BODY.replace("[Open]({address})", "see {address}"), "{address}"),
        ("Yours", BODY + "\n\n[Open](javascript:alert(1))", "javascript:"),
        ("Yours", BODY + "\n\n[Open](https://x.example/{name})", "https://x.example/{name}"),
        ("Yours", BODY + "\n\n[Open](http://x.example)", "http://x.example"),
        ("Yours", BODY + "\n\nLook [here](https://x.example).", "paragraph of its own"),
        ("Yours {address}", BODY, "subject"),
        ("Yours\r\nBcc: all@example.org", BODY, "one line"),
        ("Yours\u2028Bcc: all@example.org", BODY, "one line"),
        ("", BODY, "subject is missing"),
        ("Y" * 151, BODY, "150"),
        ("Yours", "", "text is missing"),
        ("Yours", BODY + "\x1b[2J", "plain text"),
        ("Yours", BODY + "x" * 10_000, "10,000"),
    ],
)
def test_what_does_not_fit_is_refused_and_named(subject, body, said):
    with pytest.raises(InvalidInput) as refusal:
        checked_words(KIND, subject, body)

    assert said in f"{refusal.value.where} {refusal.value.message}"


def test_what_a_reader_must_learn_stays():
    kind = LetterKind.CORRECTION_REFUSED
    with pytest.raises(InvalidInput, match=r"must say \{ruling\}"):
        checked_words(kind, "Refused", "Dear {name}, no.")
    assert links_of(LetterKind.PASSWORD_LINK) == ("{address}",)
    assert {kind for kind in LetterKind if "address" in KINDS[kind].values} <= {
        kind for kind in LetterKind if "{address}" in links_of(kind)
    }


def test_words_that_no_longer_fit_the_program_give_way_to_the_shipped_ones():
    text = LetterText(
        kind=KIND,
        language="en",
        version=1,
        subject="Yours",
        body="Dear {former_slot}",
        changed_by=None,
        changed_at=NOW,
    )

    assert text.words is None


PIECES = st.sampled_from(
    [
        "{name}",
        "{{",
        "}}",
        "{title}",
        "{",
        "}",
        "[",
        "](",
        ")",
        "<b>",
        "\n",
        "\n\n",
        "\r",
        "\0",
        "&",
        "x y",
        "{base}",
        ":",
        "!",
    ]
)


@given(st.lists(PIECES, max_size=12).map("".join), st.lists(PIECES, max_size=12).map("".join))
def test_whatever_is_taken_can_be_written_and_has_one_subject_line(subject, middle):
    try:
        checked_words(KIND, subject, f"{middle}\n\n[Open]({{address}})")
    except InvalidInput:
        return

    found = written(subject, f"{middle}\n\n[Open]({{address}})")
    assert found.keys().count("Subject") == 1
    assert "Bcc" not in found
    assert "<b>" not in found.get_body(("html",)).get_content().split("</head>")[1]


def test_a_slot_is_every_value_of_a_kind():
    for kind in LetterKind:
        assert set(slots_of(kind)) == KINDS[kind].values | {"base"}
