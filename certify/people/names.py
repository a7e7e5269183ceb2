"""What a holder's name may be: any person's real name, and nothing that could mislead a reader.

The rules follow UTS #39 (mixed scripts, bidirectional controls) and UAX #31 (joiners), kept to what a
printed certificate needs. Whether a font can draw the name is the press's question, not this module's.
"""

from __future__ import annotations

import unicodedata

from certify.errors import InvalidName
from certify.people.model import HolderName

MAX_NAME_LENGTH = 100
_ZWNJ, _ZWJ = "\u200c", "\u200d"
_CONFUSABLE_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK")
_REFUSED_CATEGORIES = {
    "Cc": "a control character",
    "Cf": "an invisible formatting character",
    "Cs": "half of a character (a surrogate)",
    "Co": "a private-use character",
    "Cn": "a code point that no Unicode version this system knows has assigned",
    "Zl": "a line separator",
    "Zp": "a paragraph separator",
    "So": "a symbol",
    "Sc": "a currency sign",
    "Sm": "a mathematical sign",
    "Nd": "a digit",
    "No": "a number",
}


def character_name(character: str) -> str:
    """Return a character's code point and Unicode name, as ``U+202E RIGHT-TO-LEFT OVERRIDE``."""
    return f"U+{ord(character):04X} {unicodedata.name(character, 'unnamed')}"


def holder_name(native: str, latin: str, printed: str = "") -> HolderName:
    """Return the three forms of a name, normalised; ``printed`` defaults to the native form.

    Raises:
        InvalidName: Says which form, which character, and what to do.
    """
    native = clean_name(native, "name")
    latin = clean_name(latin, "Latin name")
    for character in latin:
        if character.isalpha() and not unicodedata.name(character, "").startswith("LATIN"):
            raise InvalidName(
                f"has {character_name(character)}, which is not a Latin letter.",
                where="Latin name",
                fix="write it as in the passport's Latin line",
            )
    return HolderName(
        native=native, latin=latin, printed=clean_name(printed, "printed name") if printed.strip() else native
    )


def clean_name(text: str, where: str) -> str:
    """Return one form of a name in NFC with single spaces, or raise InvalidName."""
    if len(text) > 4 * MAX_NAME_LENGTH:
        raise InvalidName(f"has more than {MAX_NAME_LENGTH} characters.", where=where, fix="shorten it")
    name = " ".join(part for part in unicodedata.normalize("NFC", text).split(" ") if part)
    if not any(character.isalpha() for character in name):
        raise InvalidName("is empty or has no letter.", where=where, fix="give the person's name")
    if len(name) > MAX_NAME_LENGTH:
        raise InvalidName(
            f"has {len(name)} characters; at most {MAX_NAME_LENGTH} fit a certificate.",
            where=where,
            fix="shorten it, for example to initials",
        )
    for position, character in enumerate(name):
        _check_character(name, position, character, where)
    for word in name.split(" "):
        _check_scripts(word, where)
    return name


def _check_character(name: str, position: int, character: str, where: str) -> None:
    if character in {_ZWNJ, _ZWJ}:
        if _joiner_has_work(name, position):
            return
    elif character == " " or unicodedata.category(character) not in _REFUSED_CATEGORIES | {"Zs": ""}:
        if unicodedata.combining(character) and (position == 0 or name[position - 1] == " "):
            raise InvalidName(
                f"has {character_name(character)} at position {position + 1}, a mark with no letter before it.",
                where=where,
                fix="remove it",
            )
        return
    kind = _REFUSED_CATEGORIES.get(unicodedata.category(character), "an unusual space")
    raise InvalidName(
        f"has {character_name(character)} at position {position + 1}, {kind}.", where=where, fix="remove it"
    )


def _joiner_has_work(name: str, position: int) -> bool:
    """A joiner or non-joiner is spelling only between letters of a joining script (UAX #31, A1 and A2)."""
    if not 0 < position < len(name) - 1:
        return False
    neighbours = (name[position - 1], name[position + 1])
    return all(unicodedata.bidirectional(character) in {"AL", "NSM"} for character in neighbours)


def _check_scripts(word: str, where: str) -> None:
    """A word that mixes Latin, Cyrillic and Greek letters looks like another word (UTS #39, 5.1)."""
    found: dict[str, str] = {}
    for character in word:
        script = unicodedata.name(character, "").split(" ", 1)[0]
        if character.isalpha() and script in _CONFUSABLE_SCRIPTS:
            found.setdefault(script, character)
    if len(found) > 1:
        listed = " and ".join(character_name(character) for character in found.values())
        raise InvalidName(
            f"mixes scripts within one word: {listed}.", where=where, fix="write the word in one script"
        )
