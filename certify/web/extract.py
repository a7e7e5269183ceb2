"""Find every text of the pages, and bring the translations' files up to date: ``make translations``.

Texts come from three places: ``_()`` and ``{% trans %}`` of the templates, ``gettext``, ``ngettext``, ``N_`` and
``NP_`` of the code, and the titles and meanings of the table of problems. A text that is new has an empty
translation until somebody writes one; one that is gone leaves the file. Nothing is ever guessed ("fuzzy").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

import certify
from certify.web.problems import PROBLEMS

PACKAGE = Path(certify.__file__).resolve().parent
ROOT = PACKAGE.parent
TRANSLATIONS = PACKAGE / "web" / "translations"
_KEYWORDS = {
    "_": None,
    "N_": None,
    "NP_": ((1, "c"), 2),
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
_TEMPLATE_OPTIONS = {"trimmed": "true", "silent": "false", "trim_blocks": "true", "lstrip_blocks": "true"}
_HEADER = """\
# certify's pages. Translate the msgstr lines only; docs/translations.md says how. Licence: Apache-2.0.
msgid ""
msgstr ""
"Language: {tag}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural}\\n"

"""


def _files() -> Iterator[tuple[str, Path]]:
    for path in sorted((PACKAGE / "web").rglob("*.py")):
        yield "python", path
    for path in sorted((ROOT / "templates" / "pages").rglob("*.html")):
        yield "jinja2", path


def extracted() -> Catalog:
    """Return every text of code and templates, untranslated."""
    catalogue = Catalog()
    for method, path in _files():
        options = _TEMPLATE_OPTIONS if method == "jinja2" else {}
        place = path.relative_to(ROOT).as_posix()
        found = extract_from_file(method, path, keywords=_KEYWORDS, comment_tags=("i18n:",), options=options)
        for line, text, comments, context in found:
            catalogue.add(text, locations=[(place, line)], auto_comments=comments, context=context)
    for code, problem in PROBLEMS.items():
        for text in (problem.title, problem.meaning):
            catalogue.add(text, locations=[("certify/web/problems.py", 0)], auto_comments=[code])
    return catalogue


def texts(catalogue: Iterable[Message]) -> list[Message]:
    """Return a catalogue's messages without its header."""
    return [message for message in catalogue if message.id]


def updated(tag: str, before: bytes) -> bytes:
    """Return a translation's file with the texts of today and the translations it had."""
    known = read_po(BytesIO(before), locale=tag) if before else Catalog(locale=tag)
    after = Catalog(locale=tag)
    for message in texts(extracted()):
        held = known.get(message.id, message.context)
        translation = held.string if held is not None and not held.fuzzy else ""
        after.add(
            message.id,
            translation,
            locations=sorted({(place, 0) for place, _line in message.locations}),
            auto_comments=message.auto_comments,
            user_comments=held.user_comments if held is not None else (),
            context=message.context,
        )
    written = BytesIO()
    write_po(written, after, width=110, omit_header=True, include_lineno=False)
    head = _HEADER.format(tag=tag, plural=Catalog(locale=tag).plural_forms)
    return head.encode() + written.getvalue().strip() + b"\n"


def open_texts(tag: str, content: bytes) -> list[str]:
    """Return what is not ready in a translation's file: empty, guessed, or with other values than the text."""
    catalogue = read_po(BytesIO(content), locale=tag)
    found: list[str] = []
    for message in texts(catalogue):
        forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if not all(forms) or message.fuzzy:
            found.append(f"{tag}: not translated: {message.id!r}")
        found += [f"{tag}: {fault}: {message.id!r}" for fault in message.check(catalogue)]
    return found


def main() -> None:
    """Bring every file up to date, and print what is open in each."""
    for path in sorted(TRANSLATIONS.glob("*.po")):
        content = updated(path.stem, path.read_bytes())
        path.write_bytes(content)
        for line in open_texts(path.stem, content):
            print(line)  # noqa: T201 - its output is for a terminal


if __name__ == "__main__":
    main()
