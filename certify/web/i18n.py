"""The pages' languages: which there are, which one a reader gets, and how a text is looked up.

English stands in the code and the templates; every other language is one gettext file in ``translations/``,
compiled when the application starts, so nobody who installs certify has to build anything
(docs/translations.md). The reader's choice travels in the address (``?lang=bg``) and otherwise comes from
the browser's Accept-Language; no cookie is set for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from gettext import NullTranslations
from importlib import resources
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from flask import Flask, Response, current_app, g, has_request_context, request
from werkzeug.exceptions import HTTPException

EXTENSION = "certify-languages"
SOURCE = "en"
_CONTEXT_ENDS = "\x04"  # what gettext itself puts between a context and its text
_UNTRANSLATED = ("static", "api-")
"""Endpoints (by how they begin) whose answers are the same in every language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """A language of the pages.

    Attributes:
        tag: BCP 47 tag, as in ``lang="bg"``.
        locale: How days, numbers and countries are written.
        catalogue: Its texts; what is missing there is said in English.
    """

    tag: str
    locale: Locale
    catalogue: NullTranslations = field(default_factory=NullTranslations, repr=False)

    @property
    def name(self) -> str:
        """Its name in itself, with a capital: it stands alone in the switch."""
        own = self.locale.get_language_name(self.locale) or self.tag
        return own[:1].upper() + own[1:]

    @property
    def direction(self) -> str:
        """``ltr`` or ``rtl``."""
        direction: str = self.locale.text_direction
        return direction


# British English: days are written 24 November 2026.
ENGLISH = Language(tag=SOURCE, locale=Locale("en", "GB"))


@cache
def shipped() -> Mapping[str, Language]:
    """Return every language by its tag, English first."""
    folder = resources.files("certify.web").joinpath("translations")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".po")), key=lambda f: f.name)
    languages = {SOURCE: ENGLISH}
    for file in files:
        tag = file.name.removesuffix(".po")
        compiled = BytesIO()
        write_mo(compiled, read_po(BytesIO(file.read_bytes()), locale=tag))
        compiled.seek(0)
        languages[tag] = Language(
            tag=tag, locale=Locale.parse(tag, sep="-"), catalogue=Translations(compiled)
        )
    return languages


def languages() -> Mapping[str, Language]:
    """Return the languages of the running application."""
    found: Mapping[str, Language] = current_app.extensions[EXTENSION]
    return found


def asked_for() -> Language | None:
    """Return the language that the address names, if it names one there is."""
    return languages().get(request.args.get("lang", ""))


def language() -> Language:
    """Return the reader's language; English where nobody asks (the command line, a test)."""
    if not has_request_context():
        return ENGLISH
    if "language" not in g:
        best = request.accept_languages.best_match(list(languages()), default=SOURCE)
        g.language = asked_for() or languages()[best]
    chosen: Language = g.language
    return chosen


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "to be translated, but not here"
    """Mark a text of a table for translation; `say` translates it."""
    return text


def NP_(context: str, text: str) -> str:  # noqa: N802 - as `N_`
    """Mark a text that means different things in different places, with the place; `say` translates it."""
    return f"{context}{_CONTEXT_ENDS}{text}"


def say(marked: str, **values: object) -> str:
    """Translate a text marked by `N_` or `NP_`, and put the values into its ``%(name)s``."""
    context, found, text = marked.partition(_CONTEXT_ENDS)
    catalogue = language().catalogue
    said = catalogue.pgettext(context, text) if found else catalogue.gettext(marked)
    return said % values if values else said


def gettext(text: str, **values: object) -> str:
    """Translate a text, and put the values into its ``%(name)s``."""
    return say(text, **values)


def ngettext(one: str, many: str, count: int, **values: object) -> str:
    """Translate a text that counts; ``%(num)s`` is the count."""
    return language().catalogue.ngettext(one, many, count) % {"num": count, **values}


# The templates' own: Jinja puts the values in and escapes them.
def _ngettext(one: str, many: str, count: int) -> str:
    return language().catalogue.ngettext(one, many, count)


def _pgettext(context: str, text: str) -> str:
    return language().catalogue.pgettext(context, text)


def _npgettext(context: str, one: str, many: str, count: int) -> str:
    return language().catalogue.npgettext(context, one, many, count)


def _tongue(tag: str) -> str:
    """Name a language in the reader's own."""
    return Locale.parse(tag, sep="-").get_language_name(language().locale) or tag


def in_language(tag: str) -> str:
    """Return the address of this very page in another language.

    Where the page answers a form, that of the page on which the form stands: a language is never worth
    sending a form again.
    """
    query = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    here = request.method in {"GET", "HEAD"}
    # Only the query, so that a page about an unknown address need not repeat it.
    path = "" if here else f"{request.script_root}{_page_before(request.path)}"
    return f"{path}?{urlencode([*query, ('lang', tag)])}"


def _page_before(path: str) -> str:
    adapter = current_app.create_url_adapter(request)
    while path and adapter is not None:
        try:
            adapter.match(path, method="GET")
        except HTTPException:
            path = path.rpartition("/")[0]
        else:
            return path
    return "/"


def _keep_language(endpoint: str, values: dict[str, Any]) -> None:
    """Keep the language in every address of a page whose own address names it."""
    if has_request_context() and not endpoint.startswith(_UNTRANSLATED):
        asked = asked_for()
        if asked is not None:
            values.setdefault("lang", asked.tag)


def _name_language(response: Response) -> Response:
    if response.mimetype == "text/html":
        response.headers["Content-Language"] = language().tag
        response.vary.add("Accept-Language")
    return response


def install(app: Flask) -> None:
    """Give the templates their languages."""
    app.extensions[EXTENSION] = dict(shipped())
    app.url_default_functions.setdefault(None, []).append(_keep_language)
    app.after_request(_name_language)
    environment = app.jinja_env
    environment.add_extension("jinja2.ext.i18n")
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # the extension adds it
        gettext, _ngettext, newstyle=True, pgettext=_pgettext, npgettext=_npgettext
    )
    environment.filters["tongue"] = _tongue
    environment.globals.update(language=language, languages=languages, in_language=in_language)
