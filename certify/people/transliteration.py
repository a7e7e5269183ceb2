"""A proposal for the Latin form of a name in Cyrillic or Greek. The passport decides, never this table.

Bulgarian follows the Transliteration Act of 2009; letters that Bulgarian lacks follow ICAO Doc 9303, part 3,
section 6. Greek follows ELOT 743 (ISO 843, type 2), which Greek passports use.
"""

from __future__ import annotations

import re
import unicodedata

_CYRILLIC = dict(
    zip(
        "абвгдежзийклмнопрстуфхцчшщъьюя",
        [
            "a",
            "b",
            "v",
            "g",
            "d",
            "e",
            "zh",
            "z",
            "i",
            "y",
            "k",
            "l",
            "m",
            "n",
            "o",
            "p",
            "r",
            "s",
            "t",
            "u",
            "f",
            "h",
            "ts",
            "ch",
            "sh",
            "sht",
            "a",
            "y",
            "yu",
            "ya",
        ],
        strict=True,
    )
) | dict(
    zip(
        "ыэёіїєґўјљњћђџѓќѕ",
        ["y", "e", "e", "i", "i", "ie", "g", "u", "j", "lj", "nj", "c", "d", "dz", "g", "k", "dz"],
        strict=True,
    )
)
_GREEK = dict(
    zip(
        "αβγδεζηθικλμνξοπρσςτυφχψω",
        [
            "a",
            "v",
            "g",
            "d",
            "e",
            "z",
            "i",
            "th",
            "i",
            "k",
            "l",
            "m",
            "n",
            "x",
            "o",
            "p",
            "r",
            "s",
            "s",
            "t",
            "y",
            "f",
            "ch",
            "ps",
            "o",
        ],
        strict=True,
    )
)
_GREEK_PAIRS = {"γγ": "ng", "γξ": "nx", "γχ": "nch", "ου": "ou"}
_VOICED = "αεηιουωβγδζλμνρ"
"""After αυ, ευ and ηυ these letters make the υ a v; any other, and the end of the word, makes it an f."""
_WORD = re.compile(r"\w+")


def propose_latin(native: str) -> str:
    """Return a Latin form of a name in Cyrillic or Greek letters; empty for any other script."""
    letters = [character for character in native if character.isalpha()]
    for script, write in (("CYRILLIC", _cyrillic), ("GREEK", _greek)):
        if letters and all(unicodedata.name(letter, "").startswith(script) for letter in letters):
            proposed = _WORD.sub(lambda found: _cased(found[0], write(found[0].lower())), native)  # noqa: B023 - used at once
            return proposed if all(ord(letter) < 128 for letter in proposed if letter.isalpha()) else ""  # noqa: PLR2004 - ASCII
    return ""


def _cyrillic(word: str) -> str:
    """Write one word in small letters; a final ия is ia (Transliteration Act, article 3)."""
    head, tail = (word[:-2], "ia") if word.endswith("ия") else (word, "")
    return "".join(_CYRILLIC.get(letter, letter) for letter in head) + tail


def _greek(word: str) -> str:
    """Write one word in small letters; pairs that are one sound come first, unless a diaeresis parts them."""
    apart = {index for index, letter in enumerate(word) if "\u0308" in unicodedata.normalize("NFD", letter)}
    plain = "".join(unicodedata.normalize("NFD", letter)[0] for letter in word)
    stressed = {index for index, letter in enumerate(word) if letter != plain[index]} - apart
    written, at = "", 0
    while at < len(plain):
        pair = plain[at : at + 2]
        joined = at + 1 not in apart and at not in stressed and len(pair) == 2  # noqa: PLR2004 - a pair
        if pair in {"αυ", "ευ", "ηυ"} and joined:
            after = plain[at + 2 : at + 3]
            written += _GREEK[pair[0]] + ("v" if after and after in _VOICED else "f")
        elif pair == "μπ":
            written += "b" if at in {0, len(plain) - 2} else "mp"
        elif pair in _GREEK_PAIRS and joined:
            written += _GREEK_PAIRS[pair]
        else:
            written += _GREEK.get(plain[at], plain[at])
            at += 1
            continue
        at += 2
    return written


def _cased(source: str, written: str) -> str:
    if len(source) > 1 and source.isupper():
        return written.upper()
    return written[:1].upper() + written[1:] if source[:1].isupper() else written
