"""The words of letters: one file for each language, one source for plain text and HTML, so they never differ.

A letter is a subject and paragraphs. A paragraph is a text, whose lines stay lines, or a link alone:
``[Open it]({address})``. Values stand in braces; ``{valid_until:day}`` writes a day out as the language does.
Everything is escaped for HTML. An administrator's own words have the same form (`certify.mail.own_text`).
"""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from html import escape
from importlib import resources
from typing import Any

from babel import Locale
from babel.dates import format_date

from certify.errors import InvalidInput
from certify.mail.model import LetterKind
from certify.settings import LANGUAGES

LINK = re.compile(r"\[(.+)\]\((\S+)\)")
"""A paragraph that is a link: its words, and where it leads."""

DAYS = frozenset({"valid_until"})
"""The values that are days."""

_LOCALES = {"en": "en_GB", "bg": "bg", "el": "el"}
_BODY = "margin:0;padding:24px 16px;font:16px/1.5 system-ui,'Segoe UI',Roboto,'Noto Sans',sans-serif"
_BUTTON = "display:inline-block;padding:10px 18px;border-radius:6px;background:#1a4f80;color:#ffffff;font-weight:600;text-decoration:none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """A letter as it is read: its subject, and its body twice."""

    subject: str
    text: str
    html: str


class _Filled(string.Formatter):
    """Fills in values, days in the language's own words; anything else in braces is a fault of the text."""

    def __init__(self, language: str) -> None:
        self._locale = Locale.parse(_LOCALES[language])

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> tuple[Any, str]:  # noqa: ANN401 - as declared there
        """Return a value by its bare name: no attributes, no indexes."""
        del args
        return kwargs[field_name], field_name

    def format_field(self, value: Any, format_spec: str) -> str:  # noqa: ANN401 - as declared there
        """Write a value, or a day where the text says so."""
        if format_spec == "day":
            return format_date(date.fromisoformat(value), "long", locale=self._locale)
        return str(value)


def wording(
    kind: LetterKind,
    language: str,
    values: Mapping[str, str],
    *,
    base: str,
    stop_address: str = "",
    own: tuple[str, str] | None = None,
) -> Wording:
    """Write a letter.

    Args:
        language: One of `LANGUAGES`.
        base: The installation's address, which the foot names.
        stop_address: Where this kind of letter is stopped; empty where it cannot be.
        own: The subject and text of this installation; None for the shipped ones. The foot is always ours.
    """
    said, fill = texts(language), _Filled(language)

    def filled(text: str) -> str:
        return fill.vformat(text, (), {**values, "base": base, "stop": stop_address})

    title, content = own or (said[kind.value]["subject"], said[kind.value]["body"])
    subject = filled(title)
    foot = [said["foot"]["sent_by"], *([said["foot"]["stop"]] if stop_address else [])]
    body = [_paragraph(text, filled) for text in paragraphs(content)]
    feet = [_paragraph(text, filled) for text in foot]
    plain = [label if not link else f"{label}:\n{link}" for label, link in (*body, ("--", ""), *feet)]
    html = "\n".join(
        [
            f'<!doctype html>\n<html lang="{language}">\n<head><meta charset="utf-8">',
            f'<meta name="color-scheme" content="light dark"><title>{escape(subject)}</title></head>',
            f'<body style="{_BODY}"><div style="max-width:36rem;margin:0 auto">',
            *(_html(label, link, _BUTTON) for label, link in body),
            '<hr style="border:0;border-top:1px solid #7d8794;margin:24px 0 12px"><div style="font-size:14px">',
            *(_html(label, link, "") for label, link in feet),
            "</div></div></body>\n</html>\n",
        ]
    )
    return Wording(subject=subject, text="\n\n".join(plain) + "\n", html=html)


def names_in(text: str) -> set[str]:
    """Return the values that a text asks for."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a text: what empty lines part, without spaces around lines."""
    lines = "\n".join(line.strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    return [part for part in re.split(r"\n{2,}", lines.strip("\n")) if part]


@cache
def texts(language: str) -> Mapping[str, Mapping[str, str]]:
    """Return a language's texts by kind, and its ``foot``."""
    if language not in LANGUAGES:
        raise InvalidInput("is not a language of letters.", where="language")
    file = resources.files("certify.mail").joinpath("texts", f"{language}.toml")
    return tomllib.loads(file.read_text("utf-8"))


def _paragraph(text: str, filled: Any) -> tuple[str, str]:  # noqa: ANN401 - a local function
    """Return a paragraph's words and its link, filled only after it was told which of both it is."""
    link = LINK.fullmatch(text)
    if link:
        return filled(link[1]), filled(link[2])
    return filled(text), ""


def _html(label: str, link: str, style: str) -> str:
    if not link:
        return f"<p>{escape(label)}</p>".replace("\n", "<br>\n")
    shown = f' style="{style}"' if style else ""
    return f'<p><a href="{escape(link)}"{shown}>{escape(label)}</a></p>'
