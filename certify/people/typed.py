"""What was typed about a person or a deed: each kind of value checked, and without the spaces around it."""

from __future__ import annotations

import re

from certify.errors import InvalidInput
from certify.mail.model import checked_address
from certify.settings import LANGUAGES

_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[A-Za-z0-9.-]{1,185}\.[A-Za-z0-9-]{2,63}")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MAX_TITLE = 200


def clean_email(text: str, where: str = "e-mail") -> str:
    """Return an e-mail address without spaces around it, or raise InvalidInput."""
    email = _needed(text.strip(), where)
    if not _EMAIL.fullmatch(email):
        raise InvalidInput("This is not an e-mail address.", where=where, fix="write it as name@example.org")
    return checked_address(email)


def clean_code(text: str, where: str) -> str:
    """Return a short code (letters, digits, ``._-``; at most 32), or raise InvalidInput."""
    code = _needed(text.strip(), where)
    if not _CODE.fullmatch(code):
        raise InvalidInput(
            "has 1 to 32 letters, digits, dots, dashes or underscores, starting with a letter or digit.",
            where=where,
        )
    return code


def clean_language(text: str | None) -> str | None:
    """Return a language of letters, None for the installation's own, or raise InvalidInput."""
    if text and text not in LANGUAGES:
        raise InvalidInput("is not a language of letters.", where="language", fix=", ".join(LANGUAGES))
    return text or None


def clean_digest(text: str | None, where: str = "evidence digest") -> str | None:
    """Return a SHA-256 in lower-case hex, None for nothing, or raise InvalidInput."""
    digest = (text or "").strip().lower()
    if digest and not _SHA256.fullmatch(digest):
        raise InvalidInput(
            "is not a SHA-256: 64 hexadecimal digits.", where=where, fix="leave it empty if there is none"
        )
    return digest or None


def clean_title(text: str, where: str, *, required: bool = True) -> str:
    """Return one line of printable text, at most 200 characters, or raise InvalidInput."""
    title = " ".join(text.split())
    if len(title) > _MAX_TITLE or not title.isprintable():
        raise InvalidInput(f"is one line of at most {_MAX_TITLE} printable characters.", where=where)
    return _needed(title, where) if required else title


def _needed(text: str, where: str) -> str:
    if not text:
        raise InvalidInput("is missing.", where=where)
    return text
