"""Read a framework file: the plain part of YAML, with the line of every value kept.

Only mappings, lists, text, whole numbers, true and false are read. Everything that makes YAML surprising
is left out: a bare ``NO`` stays the country it is and does not become false (YAML 1.1), a day stays text,
and anchors, aliases, tags, repeated keys and second documents are refused. The file is read event by event
with a stack of its own, so neither depth nor repetition can exhaust anything.
"""

from __future__ import annotations

import re
import unicodedata
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from dataclasses import dataclass
from typing import Any

import yaml

from certify.framework.faults import GIVE_A_FRAMEWORK, Fault, Path, Source, quoted, refuse

MAX_BYTES = 2_000_000
MAX_DEPTH = 16
MAX_SYNTAX_FAULTS = 100
# Up to 15 digits: every such number is exact in JSON (RFC 8785, 3.2.2.3).
_WHOLE_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(data: bytes, name: str) -> tuple[Any, Source]:
    """Return the document as JSON values, and its source with the line of every path.

    Texts come back in Unicode NFC, so that one text has one digest however an editor composed it.

    Raises:
        FrameworkInvalid: The bytes are not a YAML document of this plain kind; lists what is wrong.
    """
    text = _decode(data, name)
    reader = _Reader()
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            reader.take(event)
            if len(reader.faults) >= MAX_SYNTAX_FAULTS or reader.too_deep:
                break
    except yaml.MarkedYAMLError as error:
        reader.faults.append(_syntax_fault(error, text))
    except yaml.YAMLError as error:
        reader.faults.append(Fault((), f"cannot be read as YAML: {error}.", "write it as plain YAML text"))
    source = Source(name, reader.lines)
    if not reader.faults and not reader.begun:
        reader.faults.append(Fault((), "is empty.", "start from the example in docs/framework-format.md"))
    if reader.faults:
        raise refuse(reader.faults, source)
    return reader.document, source


def _decode(data: bytes, name: str) -> str:
    if len(data) > MAX_BYTES:
        fault = Fault(
            (), f"has {len(data):,} bytes; at most {MAX_BYTES:,} are read.", "check that this is the file"
        )
        raise refuse([fault], Source(name))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if b"\0" in data and not data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
            none = Fault((), "is no framework: it is no text.", GIVE_A_FRAMEWORK)
            raise refuse([none], Source(name)) from error
        line = data.count(b"\n", 0, error.start) + 1
        what = f"is not UTF-8: byte 0x{data[error.start]:02X} cannot be read."
        raise refuse([Fault((), what, "save it as UTF-8", line)], Source(name)) from error
    for number, content in enumerate(text.split("\n"), start=1):
        for character in content.rstrip("\r"):
            if character != "\t" and unicodedata.category(character) in {"Cc", "Zl", "Zp"}:
                what = f"has the control character U+{ord(character):04X}."
                raise refuse([Fault((), what, "remove it", number)], Source(name))
    return text


def _syntax_fault(error: yaml.MarkedYAMLError, text: str) -> Fault:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else None
    written = text.split("\n")[mark.line : mark.line + 1] if mark else []
    if written and "\t" in written[0][: len(written[0]) - len(written[0].lstrip())]:
        return Fault((), "begins with a tab; YAML is indented with spaces.", "replace tabs by spaces", line)
    what = f"cannot be read as YAML: {error.problem or error.context}."
    return Fault(
        (), what, "look at this line and the one before it: indentation, colons, quotation marks", line
    )


@dataclass(slots=True)
class _Open:
    """A mapping or list whose end has not come yet; ``key`` is set between a key and its value."""

    value: dict[str, Any] | list[Any]
    path: Path
    flow: bool
    key: str | None = None
    ignored_key: bool = False


class _Reader:
    """Builds the document from YAML events and notes every fault on the way."""

    def __init__(self) -> None:
        self.document: Any = None
        self.begun = False
        self.too_deep = False
        self.faults: list[Fault] = []
        self.lines: dict[Path, int] = {}
        self._stack: list[_Open] = []
        self._skipping = 0

    def take(self, event: yaml.Event) -> None:
        """Take the next event."""
        if isinstance(event, yaml.DocumentStartEvent):
            if self.begun:
                self._fault(event, "begins a second document.", "keep one framework a file; remove the ---")
            return
        if self._skipping:  # inside a mapping or list that was used as a key
            self._skipping += isinstance(event, yaml.CollectionStartEvent)
            self._skipping -= isinstance(event, yaml.CollectionEndEvent)
            return
        if isinstance(event, yaml.CollectionEndEvent):
            self._stack.pop()
        elif isinstance(event, yaml.AliasEvent):
            self._fault(
                event, f"uses the alias *{event.anchor}.", "write the value out; aliases are not read"
            )
            self._put(event, None)
        elif isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)):
            self._node(event)

    def _node(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.anchor is not None:
            self._fault(event, f"has the anchor &{event.anchor}.", "remove it; anchors are not read")
        if event.tag is not None:
            self._fault(event, f"has the tag {quoted(event.tag)}.", "remove it; tags are not read")
        if isinstance(event, yaml.ScalarEvent):
            if self._is_left_out(event):
                what = "has no value; a comma in {...} begins the next key."
                self._fault(event, what, "put a text that has a comma in quotation marks")
            self._put(event, _scalar(event))
        elif self._wants_key():
            self._fault(event, "has a mapping or list as a key.", "a key is a plain word")
            self._stack[-1].ignored_key = True
            self._skipping = 1
        elif len(self._stack) >= MAX_DEPTH:
            self._fault(event, f"is nested more than {MAX_DEPTH} deep.", "the format needs far less")
            self.too_deep = True
        else:
            value: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
            path = self._put(event, value)
            self._stack.append(_Open(value, path, bool(event.flow_style)))

    def _is_left_out(self, event: yaml.ScalarEvent) -> bool:
        """Tell whether a value inside {...} is missing: ``{en: roads, rails}`` reads as two keys."""
        return bool(
            self._stack
            and self._stack[-1].flow
            and self._stack[-1].key is not None
            and not event.value
            and not event.style
        )

    def _wants_key(self) -> bool:
        if not self._stack:
            return False
        top = self._stack[-1]
        return isinstance(top.value, dict) and top.key is None and not top.ignored_key

    def _put(self, event: yaml.Event, value: Any) -> Path:  # noqa: ANN401 - any JSON value
        """Put a value where it belongs and return its path; a key waits for its value."""
        line = _line(event)
        if not self._stack:
            self.begun, self.document = True, value
            self.lines[()] = line
            return ()
        top = self._stack[-1]
        if isinstance(top.value, list):
            path = (*top.path, len(top.value))
            top.value.append(value)
            self.lines[path] = line
            return path
        if self._wants_key():
            self._key(event, value, line)
            return top.path
        path = (*top.path, top.key or "")
        if not top.ignored_key and top.key is not None:
            top.value[top.key] = value
        top.key, top.ignored_key = None, False
        return path

    def _key(self, event: yaml.Event, key: object, line: int) -> None:
        top = self._stack[-1]
        assert isinstance(top.value, dict)
        if not isinstance(key, str):
            written = event.value if isinstance(event, yaml.ScalarEvent) else ""
            self._fault(
                event, f"has the key {written or 'nothing'}, which is not text.", "put it in quotation marks"
            )
            top.ignored_key = True
        elif key in top.value:
            first = self.lines[(*top.path, key)]
            self.faults.append(
                Fault((*top.path, key), f"is there twice; first on line {first}.", "remove one of them", line)
            )
            top.ignored_key = True
        else:
            top.key = key
            self.lines[(*top.path, key)] = line

    def _fault(self, event: yaml.Event, message: str, fix: str) -> None:
        path: Path = ()
        if self._stack:
            top = self._stack[-1]
            step: str | int | None = len(top.value) if isinstance(top.value, list) else top.key
            path = top.path if step is None else (*top.path, step)
        self.faults.append(Fault(path, message, fix, _line(event)))


def _line(event: yaml.Event) -> int:
    """Return the line on which an event begins, counted from 1."""
    return event.start_mark.line + 1 if event.start_mark else 1


def _scalar(event: yaml.ScalarEvent) -> str | int | bool | None:
    plain = not event.style
    if plain and event.value in _WORDS:
        return _WORDS[event.value]
    if plain and _WHOLE_NUMBER.fullmatch(event.value):
        return int(event.value)
    return unicodedata.normalize("NFC", event.value)
