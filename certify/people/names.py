"""What a holder's name may be: any person's real name, and nothing that could mislead a reader.

The rules follow UTS #39 (mixed scripts, look-alikes), UAX #31 (joiners) and UAX #44 (what is invisible), kept to
what a printed certificate needs. Whether a font can draw the name is the press's question, not this module's.
"""

from __future__ import annotations

import unicodedata

from certify.errors import InvalidName
from certify.people.model import HolderName
from certify.people.transliteration import propose_latin

MAX_NAME_LENGTH = 100
MAX_MARKS = 4
"""Combining marks on one letter; Vietnamese, Hebrew and Arabic need three at most once composed."""
_ZWNJ, _ZWJ = "\u200c", "\u200d"
_VIRAMA = 9
"""The combining class of the marks after which a joiner chooses a consonant's form (UAX #31, A2 and B)."""
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
    "Sk": "a free-standing accent",
    "Me": "an enclosing mark",
    "Nd": "a digit",
    "No": "a number",
    "Pc": "a connecting line",
}
_PUNCTUATION = frozenset("'\u2018\u2019-\u2010.,()\u00b7\u2027\u30fb\u05be\u05f3\u05f4\u0f0b\u055a")
"""What names are written with: apostrophes, hyphens, full stop, comma, brackets, dots, and what their scripts have."""
_INVISIBLE = frozenset({0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0}).union(
    range(0x180B, 0x1810), range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0)
)
"""Default_Ignorable_Code_Point of Unicode, as far as the categories above let it through: letters and marks unseen."""
_OTHER_SHAPES = ("<font>", "<wide>", "<narrow>", "<circle>", "<square>", "<sub>", "<small>", "<vertical>")
"""Compatibility forms that look like another letter and are not it; with them, two equal names differ."""
_WRITTEN_TOGETHER: tuple[frozenset[str], ...] = (
    frozenset({"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "BOPOMOFO", "IDEOGRAPHIC"}),
    frozenset({"CJK", "HANGUL"}),
)
"""Scripts of which one word may have several (UTS #39, 5.2: Japanese, Chinese, Korean)."""
_NO_SCRIPT = frozenset({"MODIFIER", "FEMININE", "MASCULINE"})
"""First words of names of letters that every script uses, such as MODIFIER LETTER APOSTROPHE."""
_LATIN_LOOKALIKES = frozenset("АВЕЅІЈКМНОРСТХУаеѕіјорсухһԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧονιυρ")  # noqa: RUF001 - that is the point


def character_name(character: str) -> str:
    """Return a character's code point and Unicode name, as ``U+202E RIGHT-TO-LEFT OVERRIDE``."""
    return f"U+{ord(character):04X} {unicodedata.name(character, 'unnamed')}"


def holder_name(native: str, latin: str, printed: str = "") -> HolderName:
    """Return the three forms of a name, normalised; ``printed`` defaults to the native form.

    Raises:
        InvalidName: Says which form, which character, and what to do.
    """
    native = clean_name(native, "name")
    proposed = propose_latin(native)
    as_in = "write it as in the passport's Latin line" + (f", perhaps {proposed}" if proposed else "")
    if not latin.strip():
        raise InvalidName("is empty or has no letter.", where="Latin name", fix=as_in)
    latin = clean_name(latin, "Latin name")
    for character in latin:
        if not _scripts(character) <= {"LATIN"}:
            raise InvalidName(
                f"has {character_name(character)}, which is not a Latin letter.",
                where="Latin name",
                fix=as_in,
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


def warnings_of(name: HolderName) -> tuple[str, ...]:
    """Return what a reviewer should look at twice, one sentence each; none of it is forbidden.

    A whole word of letters that all look Latin may be a real name, and may be a way to look like somebody
    else; nobody but a person with the passport in hand can tell.
    """
    found: list[str] = []
    for text in dict.fromkeys((name.native, name.printed)):
        words = [word for word in text.split(" ") if any(character.isalpha() for character in word)]
        scripts = _scripts(text) - _east_asian(text)
        disguised = [word for word in words if _looks_latin(word)]
        if len(scripts) > 1:
            listed = " and ".join(script.title() for script in sorted(scripts))
            found.append(f"{text} has words in {listed} letters.")
        if disguised and (len(scripts) > 1 or disguised == words):
            found.append(f"{', '.join(disguised)} looks Latin and is not.")
    return tuple(found)


def _east_asian(text: str) -> frozenset[str]:
    used = _scripts(text)
    return next((group for group in _WRITTEN_TOGETHER if len(used & group) > 1), frozenset())


def _looks_latin(word: str) -> bool:
    return all(character in _LATIN_LOOKALIKES for character in word if character.isalpha())


def _check_character(name: str, position: int, character: str, where: str) -> None:
    kind = _refusal(name, position, character)
    if kind:
        fix = "write it as an apostrophe" if character in "`\u00b4\u201b\u2032" else "remove it"
        raise InvalidName(
            f"has {character_name(character)} at position {position + 1}, {kind}.", where=where, fix=fix
        )


def _refusal(name: str, position: int, character: str) -> str:
    """Return what is wrong with one character at its place; empty where nothing is."""
    if character == " " or (character in {_ZWNJ, _ZWJ} and _joiner_has_work(name, position)):
        return ""
    category = unicodedata.category(character)
    for applies, said in (
        (ord(character) in _INVISIBLE, "which nobody can see"),
        (category == "Zs", "an unusual space"),
        (category in _REFUSED_CATEGORIES, _REFUSED_CATEGORIES.get(category, "")),
        (category.startswith("P") and character not in _PUNCTUATION, "which names are not written with"),
        (unicodedata.decomposition(character).startswith(_OTHER_SHAPES), "another shape of a plain letter"),
    ):
        if applies:
            return said
    return _mark_refusal(name, position) if category in {"Mn", "Mc"} else ""


def _mark_refusal(name: str, position: int) -> str:
    if position == 0 or name[position - 1] == " ":
        return "a mark with no letter before it"
    run = name[max(0, position - MAX_MARKS) : position + 1]
    stacked = len(run) > MAX_MARKS and all(unicodedata.combining(character) for character in run)
    return f"one of more than {MAX_MARKS} marks on one letter" if stacked else ""


def _joiner_has_work(name: str, position: int) -> bool:
    """A joiner or non-joiner is spelling only between joining letters or behind a virama (UAX #31, A1, A2, B)."""
    if not 0 < position < len(name) - 1:
        return False
    before, after = name[position - 1], name[position + 1]
    if unicodedata.combining(before) == _VIRAMA:
        return after != " "
    return all(unicodedata.bidirectional(character) in {"AL", "NSM"} for character in (before, after))


def _scripts(text: str) -> frozenset[str]:
    """Return the scripts of a text's letters, by the first word of each letter's name."""
    names = (unicodedata.name(character, "").split(" ", 1)[0] for character in text if character.isalpha())
    return frozenset(name for name in names if name and name not in _NO_SCRIPT)


def _check_scripts(word: str, where: str) -> None:
    """A word that mixes scripts looks like another word (UTS #39, 5.1 and 5.2)."""
    found = _scripts(word)
    if len(found) < 2 or any(found <= group for group in _WRITTEN_TOGETHER):  # noqa: PLR2004 - a mix is of two
        return
    first: dict[str, str] = {}
    for character in word:
        for script in _scripts(character):
            first.setdefault(script, character)
    listed = " and ".join(character_name(character) for character in first.values())
    raise InvalidName(
        f"mixes scripts within one word: {listed}.", where=where, fix="write the word in one script"
    )
