"""Every text of the pages has its translation in every language, and no page has a text that nobody can translate."""

from __future__ import annotations

import ast
import re
from gettext import NullTranslations
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel import Locale
from website import Site, open_site, path_of, read_page, upload

from certify.sharing.model import NameForm, SharedFact
from certify.verification.answer import Answer
from certify.verification.checks import REQUIRED
from certify.web import extract
from certify.web.i18n import EXTENSION, Language, shipped
from certify.web.verdicts import CHECKS, LABELS, REASONS, TONES

ROOT = Path(__file__).parents[2]
FILES = sorted(extract.TRANSLATIONS.glob("*.po"))
SPOKEN = ("title", "alt", "placeholder", "aria-label", "data-label", "content", "label")
"""Attributes whose value is read by people."""


def test_the_pages_speak_english_bulgarian_and_greek() -> None:
    assert [language.name for language in shipped().values()] == ["English", "Български", "Ελληνικά"]


def test_the_translations_files_have_todays_texts() -> None:
    for path in FILES:
        assert extract.updated(path.stem, path.read_bytes()) == path.read_bytes(), "run make translations"


def test_every_text_is_translated_and_none_is_guessed() -> None:
    found = [line for path in FILES for line in extract.open_texts(path.stem, path.read_bytes())]
    assert found == [], "make translations, then write them (docs/translations.md)"


def test_no_text_is_looked_up_inside_another_string_where_it_would_not_be_collected() -> None:
    """Up to Python 3.11 a formatted string is one token, and what is in it is not read for texts."""
    found = []
    for path in sorted((ROOT / "certify").rglob("*.py")):
        for outer in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(outer, ast.JoinedStr):
                calls = [call.func for call in ast.walk(outer) if isinstance(call, ast.Call)]
                names = {call.id for call in calls if isinstance(call, ast.Name)}
                if names & {"gettext", "ngettext", "N_", "NP_"}:
                    found.append(f"{path.relative_to(ROOT)}:{outer.lineno}")
    assert found == []


def test_an_empty_a_guessed_and_a_broken_translation_are_found() -> None:
    entries = 'msgid "A"\nmsgstr ""\n\n#, fuzzy\nmsgid "B"\nmsgstr "Б"\n\n#, python-format\nmsgid "%(day)s"\nmsgstr "%(ден)s"\n'
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'

    assert len(extract.open_texts("bg", (head + entries).encode())) == 3


def test_every_code_of_a_report_has_its_words() -> None:
    documented = (ROOT / "docs" / "verification.md").read_text("utf-8")
    rows = re.findall(r"^\| \d+ \| `([\w-]+)` \|[^|]*\| (.*) \|$", documented, re.MULTILINE)
    codes = {code for _id, listed in rows for code in re.findall(r"`([\w-]+)`", listed)}
    said_with_their_day = {"expired", "not-yet-valid", "suspended", "revoked"}

    assert [name for name, _listed in rows] == list(REQUIRED) == list(CHECKS)
    assert codes - said_with_their_day == REASONS.keys()
    assert set(Answer) == LABELS.keys() == TONES.keys()


class Marked(NullTranslations):
    """A language of one rule: what was looked up stands in brackets."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"

    def pgettext(self, _context: str, message: str) -> str:
        return f"⟦{message}⟧"

    def npgettext(self, _context: str, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


class Unmarked(HTMLParser):
    """Collects what a page says without having looked it up.

    What stands in an element with ``translate="no"`` or with a ``lang`` of its own is a name, a code or a
    text of the certificate, and not the page's to translate.
    """

    VOID = frozenset({"meta", "link", "img", "input", "br", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[bool] = []
        self._depth = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        inside = bool(self._open and self._open[-1])
        own = inside or given.get("translate") == "no" or (tag != "html" and "lang" in given)
        if not own and tag != "meta":
            self.found += [given[name] for name in SPOKEN if name in given and self.unmarked(given[name])]
        if tag == "meta" and given.get("name", given.get("property", "")).endswith(("title", "description")):
            self.found += [given["content"]] if self.unmarked(given["content"]) else []
        if tag not in self.VOID:
            self._open.append(own)

    def handle_endtag(self, _tag: str) -> None:
        self._open.pop()

    def handle_data(self, data: str) -> None:
        # A text may go on behind a link or an emphasis inside it.
        outside = self._outside(data)
        if not (self._open and self._open[-1]) and self._says_something(outside):
            self.found.append(data.strip())

    def unmarked(self, text: str) -> bool:
        return self._says_something(self._outside(text))

    def _outside(self, text: str) -> str:
        outside = ""
        for character in text:
            self._depth += {"⟦": 1, "⟧": -1}.get(character, 0)
            outside += "" if self._depth or character == "⟧" else character
        return outside

    @staticmethod
    def _says_something(text: str) -> bool:
        """Letters; our own name, a day and a country's name are none: Babel writes them in every language."""
        months = "|".join(Locale("en").months["format"]["wide"].values())
        return bool(re.search(r"[^\W\d_]", re.sub(rf"certify|Bulgaria|UTC|\d+ (?:{months}) \d+", "", text)))


@pytest.fixture(scope="module")
def marked_site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = open_site(tmp_path_factory.mktemp("marked"))
    marked = Language(tag="x", locale=Locale("en", "GB"), catalogue=Marked())
    site.app.extensions[EXTENSION] = {"x": marked}
    return site


PUBLIC = ("/", "/verify", "/checks", "/problems", "/sign-in", "/v/AAAA", "/nothing", "/v/CERTIFICATE")


@pytest.mark.parametrize("path", PUBLIC)
def test_a_public_page_says_nothing_that_was_not_looked_up(marked_site: Site, path: str) -> None:
    page = Unmarked()
    asked = path.replace("CERTIFICATE", marked_site.certificate_of_ana())
    page.feed(marked_site.visitor().get(asked, query_string={"lang": "x"}).get_data(as_text=True))

    assert page.found == []


def test_an_answer_to_a_form_says_nothing_that_was_not_looked_up(marked_site: Site) -> None:
    visitor = marked_site.visitor()
    certificate = marked_site.certificate_of_ana()
    for path, typed in (
        ("/verify", {}),
        ("/verify/number", {"number": "S4C"}),
        (f"/v/{certificate}/file", {}),
        ("/sign-in", {"csrf_token": ""}),
    ):
        page = Unmarked()
        page.feed(visitor.client.post(f"{path}?lang=x", data=typed).get_data(as_text=True))
        assert page.found == [], path


SIGNED_IN = (
    ("certifier", "/certifier/"),
    ("certifier", "/certifier/cases/ANA/small/developer"),
    ("certifier", "/certifier/cases/BORIS/small/developer"),
    ("certifier", "/certifier/jobs"),
    ("certifier", "/certifier/jobs/JOB"),
    ("certifier", "/certifier/certificates"),
    ("certifier", "/certifier/certificates/CERTIFICATE"),
    ("certifier", "/corrections"),
    ("ana", "/candidate"),
    ("ana", "/candidate/roles/developer"),
    ("ana", "/candidate/shares"),
    ("ana", "/candidate/close"),
    ("ana", "/candidate/name"),
    ("", "/s/SHARE"),
    ("", "/account-closed"),
)


@pytest.mark.parametrize(("name", "path"), SIGNED_IN)
def test_a_page_of_certifiers_and_candidates_says_nothing_that_was_not_looked_up(
    marked_site: Site, name: str, path: str
) -> None:
    certificate = marked_site.certificate_of_ana()
    for word, value in (
        ("CERTIFICATE", certificate),
        ("ANA", marked_site.ana.id),
        ("BORIS", marked_site.boris.id),
    ):
        path = path.replace(word, value)
    if "JOB" in path:
        path = path.replace("JOB", marked_site.job_of(certificate))
    if "SHARE" in path:
        path = path.replace("SHARE", marked_site.share_of_ana(*SharedFact, name_form=NameForm.LATIN))
    # The form to sign in by is asked for in English.
    marked = marked_site.app.extensions[EXTENSION]
    marked_site.app.extensions[EXTENSION] = dict(shipped())
    visitor = marked_site.person(name) if name else marked_site.visitor()
    marked_site.app.extensions[EXTENSION] = marked
    answer = visitor.get(path, query_string={"lang": "x"})
    page = Unmarked()
    page.feed(answer.get_data(as_text=True))

    assert answer.status_code == 200
    assert page.found == []


ADMINISTRATORS = (
    "/admin/",
    "/admin/users",
    "/admin/users/USER",
    "/admin/organisations",
    "/admin/candidates",
    "/admin/candidates/CANDIDATE",
    "/admin/cohorts",
    "/admin/cohorts/COHORT",
    "/admin/schemes",
    "/admin/schemes/small",
    "/admin/designs",
    "/admin/keys",
    "/admin/settings",
    "/admin/mail",
    "/admin/mail/texts/trial/en",
    "/admin/mail/reminders",
    "/admin/audit",
)


def test_an_administrators_page_says_nothing_that_was_not_looked_up(marked_site: Site) -> None:
    marked_site.letter_to_ana()
    marked_site.app.extensions[EXTENSION]["en"] = shipped()["en"]  # the form to sign in asks for no language
    administrator = marked_site.person("administrator")
    names = {
        "USER": marked_site.other_trainer.id,
        "CANDIDATE": marked_site.ana.id,
        "COHORT": marked_site.cohort.id,
    }
    found: dict[str, list[str]] = {}
    for path in ADMINISTRATORS:
        asked = path
        for word, name in names.items():
            asked = asked.replace(word, name)
        page = Unmarked()
        answer = administrator.get(asked, query_string={"lang": "x"})
        assert answer.status_code == 200, path
        page.feed(answer.get_data(as_text=True))
        found |= {path: page.found} if page.found else {}
    assert found == {}


def test_a_trainers_page_says_nothing_that_was_not_looked_up(marked_site: Site) -> None:
    marked = marked_site.app.extensions[EXTENSION]
    marked_site.app.extensions[EXTENSION] = dict(shipped())
    trainer = marked_site.person("trainer")
    cohort = f"/trainer/cohorts/{marked_site.cohort.id}"
    logged = trainer.submit(
        f"{cohort}/log",
        "/log",
        module="A4 1",
        completed_on="2026-03-01",
        file=upload(b"%PDF-1.7\n%%EOF", "a.pdf"),
    )
    table = b"reference,module,date,outcome\nC-1,A5,2026-03-02,passed\nC-9,A5,2026-03-02,passed\n"
    waiting = path_of(trainer.submit("/trainer/import", "/import", file=upload(table)).headers["Location"])
    trainer.submit(waiting, "/columns")
    marked_site.app.extensions[EXTENSION] = marked
    member = f"/trainer/candidates/{marked_site.ana.id}"
    correct = next(link for link in read_page(trainer.get(f"{member}?lang=x")).links if "/correct" in link)
    paths = (
        "/trainer/",
        cohort,
        f"{cohort}/log",
        path_of(logged.headers["Location"]),
        member,
        path_of(correct),
        "/trainer/import",
        waiting,
        f"{waiting}?step=columns",
    )
    found: dict[str, list[str]] = {}
    for path in paths:
        page = Unmarked()
        answer = trainer.get(f"{path}{'&' if '?' in path else '?'}lang=x")
        assert answer.status_code == 200, path
        page.feed(answer.get_data(as_text=True))
        found |= {path: page.found} if page.found else {}
    assert found == {}
