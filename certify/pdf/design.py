"""Certificate designs: layout data with versions, shipped or an installation's own (docs/templates.md)."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from certify.errors import DesignInvalid
from certify.pdf.fields import SLOTS, unknown_fields, written_date

MAX_BYTES = 500_000
_FILE = re.compile(r"([a-z][a-z0-9-]*)-([1-9][0-9]{0,3})\.yaml", re.ASCII)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*", re.ASCII)
_BRACED = re.compile(r"\{([^{}]*)\}")
_FORMATTED = frozenset({"date", "eqf", "hours", "valid_value"})
"""Labels that are filled in for each award."""
_MONTHS = 12
_NAMES = {
    "style": "style",
    "fill": "ink",
    "stroke": "ink",
    "ink": "ink",
    "bar": "ink",
    "slot": "slot",
    "label": "label",
    "alternative": "label",
    "level_label": "label",
    "summary": "label",
}
"""What kind of name each key of a design holds."""
_HEADED = {"text": ("style", "P"), "notes": ("label_style", "H3")}
"""The elements that may be headings: where each names its style, and its tag where the style has none."""
Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Design:
    """One version of a design, checked.

    Attributes:
        kind: The kind of award that it is for.
        digest: SHA-256 of the file: a version that was issued with never changes.
        document: The file's values.
        folder: Where its images are.
    """

    id: str
    version: int
    kind: str
    labels_version: int
    digest: str
    document: Mapping[str, Any]
    folder: Path


class Designs:
    """The designs that an installation has.

    Args:
        directory: The installation's own designs, beside the shipped ones; None for none.
    """

    def __init__(self, directory: Path | None = None) -> None:
        shipped = Path(str(resources.files("certify.pdf")))
        self._folders = [(shipped / "designs", shipped / "labels")]
        if directory is not None:
            if not directory.is_dir():
                raise DesignInvalid(
                    "There is no such directory.", where=str(directory), fix="see CERTIFY_TEMPLATE_DIRECTORY"
                )
            self._folders.append((directory, directory / "labels"))

    def all(self) -> list[Design]:
        """Return every version of every design by id and version.

        Raises:
            DesignInvalid: A file cannot be used; says which and where, or two have one id and version.
        """
        found: dict[tuple[str, int], Design] = {}
        for folder, _ in self._folders:
            for path in sorted(folder.glob("*.yaml")):
                design = self._read(path)
                if (design.id, design.version) in found:
                    raise DesignInvalid(
                        "has the id and version of another design.", where=str(path), fix="give it another id"
                    )
                found[design.id, design.version] = design
        return [found[key] for key in sorted(found)]

    def get(self, design_id: str, version: int) -> Design:
        """Return one version of a design.

        Raises:
            DesignInvalid: There is none, or its file cannot be used.
        """
        for folder, _ in self._folders:
            path = folder / f"{design_id}-{version}.yaml"
            if _FILE.fullmatch(path.name) and path.is_file():
                return self._read(path)
        raise DesignInvalid(
            f"There is no version {version} of a certificate design {design_id!r}.",
            where=", ".join(str(folder) for folder, _ in self._folders),
            fix="see: certify template list",
        )

    def latest(self, design_id: str) -> Design:
        """Return the newest version of a design, or raise DesignInvalid."""
        versions = [
            int(match[2])
            for folder, _ in self._folders
            for path in folder.glob("*.yaml")
            if (match := _FILE.fullmatch(path.name)) and match[1] == design_id
        ]
        return self.get(design_id, max(versions, default=1))

    def languages(self, labels_version: int) -> list[str]:
        """Return the languages that there are labels in."""
        return sorted(
            {
                path.stem
                for _, labels in self._folders
                for path in (labels / str(labels_version)).glob("*.json")
            }
        )

    def words(self, language: str, labels_version: int) -> Mapping[str, Any]:
        """Return the labels in a language.

        Raises:
            DesignInvalid: There are none in it, or its file cannot be used.
        """
        for _, labels in self._folders:
            path = labels / str(labels_version) / f"{language}.json"
            if _LANGUAGE.fullmatch(language) and path.is_file():
                return _words(path, labels_version)
        raise DesignInvalid(
            f"There are no certificate labels in the language {language!r}.",
            where=f"labels/{labels_version}",
            fix=f"add {language}.json to labels/{labels_version} under CERTIFY_TEMPLATE_DIRECTORY (docs/templates.md)",
        )

    def written_day(self, day: date, language: str) -> str:
        """Write a day as the newest designs do in a language; as ISO 8601 where there are no labels in it."""
        try:
            return written_date(day, self.words(language, max(_label_versions())))
        except DesignInvalid:
            return day.isoformat()

    def _read(self, path: Path) -> Design:
        data = path.read_bytes()
        if len(data) > MAX_BYTES:
            raise DesignInvalid(f"has more than {MAX_BYTES:,} bytes.", where=str(path))
        try:
            document = yaml.safe_load(data)
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise DesignInvalid(f"cannot be read as YAML: {error}.", where=str(path)) from error
        broken = best_match(_validator().iter_errors(document))
        if broken is not None:
            raise _fault(path, tuple(broken.absolute_path), broken.message)
        match = _FILE.fullmatch(path.name)
        if match is None or (match[1], int(match[2])) != (document["id"], document["version"]):
            raise _fault(
                path,
                (),
                f"must be named {document['id']}-{document['version']}.yaml after its id and version",
            )
        known = (
            frozenset(_shipped_words(document["labels"])) if document["labels"] in _label_versions() else None
        )
        if known is None:
            raise _fault(path, ("labels",), f"There are no labels of version {document['labels']}")
        for place, message in _faults(document, known):
            raise _fault(path, place, message)
        return Design(
            document["id"], document["version"], document["for"], document["labels"],
            hashlib.sha256(data).hexdigest(), document, path.parent,
        )  # fmt: skip


def _faults(document: Mapping[str, Any], label_names: frozenset[str]) -> Iterator[tuple[Place, str]]:
    """Return what the schema cannot say: names that are not there, elements and headings out of place."""
    known = {
        "style": document["styles"].keys(),
        "ink": document["inks"].keys(),
        "slot": SLOTS.keys(),
        "label": label_names,
    }
    for part in ("styles", "pages"):
        for place, key, value in _leaves(document[part], (part,)):
            what = _NAMES.get(key, "style" if key.endswith("_style") else "")
            if what and value not in known[what]:
                yield place, f"There is no {what} {value!r}; there are {', '.join(sorted(known[what]))}"
            elif key == "text" and (unknown := unknown_fields(value, label_names)):
                yield place, f"There is no field {unknown[0]!r}"
    kinds = [next(iter(element)) for page in document["pages"] for element in page]
    first = [next(iter(element)) for element in document["pages"][0]]
    for kind in ("name", "code", "address"):
        if kinds.count(kind) != 1 or kind not in first:
            yield ("pages",), f"A design has one element {kind!r}, on its first page"
    for specimen in (True, False):
        yield from _headings(document, specimen=specimen)


def _headings(document: Mapping[str, Any], *, specimen: bool) -> Iterator[tuple[Place, str]]:
    """Return the headings that skip a level (ISO 14289-1, 7.4.2), on specimens or on all other certificates."""
    above = 0
    for page, elements in enumerate(document["pages"]):
        for position, element in enumerate(elements):
            ((kind, spec),) = element.items()
            if kind not in _HEADED or ("only" in spec and not specimen):
                continue
            key, plain_tag = _HEADED[kind]
            tag = document["styles"][spec[key]].get("tag", plain_tag)
            if tag == "P":
                continue
            level = int(tag[1:])
            if level > above + 1:
                yield (
                    ("pages", page, position, kind),
                    f"The heading {tag} comes before an H{level - 1}: headings begin with H1 and skip no level",
                )
            above = level


def _leaves(value: Any, place: Place) -> Iterator[tuple[Place, str, Any]]:  # noqa: ANN401 - YAML values
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, str):
                yield (*place, key), key, item
            yield from _leaves(item, (*place, key))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _leaves(item, (*place, position))


def _fault(path: Path, place: Place, message: str) -> DesignInvalid:
    written = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")
    return DesignInvalid(
        f"{message.rstrip('.')}.",
        where=f"{path}: {written}" if written else str(path),
        fix="see docs/templates.md",
    )


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(
        json.loads(resources.files("certify.pdf").joinpath("designs", "schema.json").read_text("utf-8"))
    )


def _label_versions() -> list[int]:
    return [
        int(path.name)
        for path in resources.files("certify.pdf").joinpath("labels").iterdir()
        if path.name.isdigit()
    ]


@cache
def _shipped_words(version: int) -> Mapping[str, Any]:
    text = resources.files("certify.pdf").joinpath("labels", str(version), "en.json").read_text("utf-8")
    words: dict[str, Any] = json.loads(text)
    return words


@cache
def _words(path: Path, version: int) -> Mapping[str, Any]:
    try:
        words = json.loads(path.read_bytes())
    except ValueError as error:
        raise DesignInvalid(f"cannot be read as JSON: {error}.", where=str(path)) from error
    english = _shipped_words(version)
    if not isinstance(words, dict) or words.keys() != english.keys():
        wrong = sorted(set(words) ^ set(english)) if isinstance(words, dict) else []
        raise DesignInvalid(f"has not the labels that English has: {', '.join(wrong)}.", where=str(path))
    for name, value in words.items():
        texts = value if name == "months" else [value]
        count = _MONTHS if name == "months" else 1
        if not (isinstance(texts, list) and len(texts) == count and all(map(_is_text, texts))):
            raise DesignInvalid("is not the text that it should be.", where=f"{path}: {name}")
        if name != "months" and sorted(_braces(value)) != sorted(_braces(english[name])):
            raise DesignInvalid("names other fields in braces than English does.", where=f"{path}: {name}")
        if name in _FORMATTED and set(_BRACED.sub("", value)) & {"{", "}"}:
            raise DesignInvalid("has a brace that is no field's.", where=f"{path}: {name}")
    return words


def _is_text(value: object) -> bool:
    """A control character is nothing to see, and metadata cannot hold it (XML 1.0, 2.2)."""
    return (
        isinstance(value, str)
        and value.strip() != ""
        and not any(unicodedata.category(char) == "Cc" for char in value)
    )


def _braces(text: str) -> list[str]:
    return _BRACED.findall(text)
