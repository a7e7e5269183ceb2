"""Reads a framework's YAML into plain JSON values, keeping the line of every value for error messages.

Only strings, whole numbers, true/false, lists and mappings exist here. YAML's other guesses (``NO`` as
false, a version 1.10 as a number, dates) would change what the author wrote, so they are not made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

from certify.errors import FrameworkInvalid

MAX_BYTES = 2_000_000
MAX_DEPTH = 12
Path = tuple[str | int, ...]
_INTEGER_TAG = "tag:yaml.org,2002:int"
_BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Document:
    """A document's values, and the line on which each stands, by its path."""

    value: Any
    lines: dict[Path, int] = field(default_factory=dict)


def key_path(path: Path) -> str:
    """Write a path as people do: ``roles[2].requires.URB-1``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text or "(the whole file)"


def read_document(data: bytes, source: str) -> Document:
    """Read YAML.

    Raises:
        FrameworkInvalid: Too large, not UTF-8, not YAML, an alias, a key twice, too deep, or empty.
    """
    if len(data) > MAX_BYTES:
        raise FrameworkInvalid(f"has {len(data):,} bytes; at most {MAX_BYTES:,} are read.", where=source)
    try:
        text = data.decode("utf-8-sig")
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                line = _line(event)
                raise FrameworkInvalid(
                    "uses a YAML alias.",
                    where=f"{source}:{line}",
                    fix="write the value out; aliases can hide a bomb",
                )
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FrameworkInvalid("is not UTF-8.", where=f"{source}:{line}", fix="save it as UTF-8") from error
    except (yaml.MarkedYAMLError, yaml.reader.ReaderError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{source}:{mark.line + 1}" if mark else source
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise FrameworkInvalid(f"is not YAML: {problem}.", where=where) from error
    except RecursionError as error:
        raise FrameworkInvalid("is nested too deeply.", where=source) from error
    if node is None:
        raise FrameworkInvalid("is empty.", where=source)
    document = Document(None)
    value = _value(node, (), source, document.lines)
    return Document(value, document.lines)


def _line(node: yaml.Node | yaml.Event) -> int:
    return node.start_mark.line + 1 if node.start_mark else 0


def _value(node: yaml.Node, path: Path, source: str, lines: dict[Path, int]) -> Any:  # noqa: ANN401 - JSON
    line = _line(node)
    lines[path] = line
    if len(path) > MAX_DEPTH:
        raise FrameworkInvalid("is nested too deeply.", where=f"{source}:{line}")
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, source, lines)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, index), source, lines) for index, item in enumerate(node.value)]
    return _scalar(node)


def _mapping(node: yaml.MappingNode, path: Path, source: str, lines: dict[Path, int]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        where = f"{source}:{_line(key_node)}"
        if not isinstance(key_node, yaml.ScalarNode):
            raise FrameworkInvalid("A key is a plain text.", where=where)
        key = str(key_node.value)
        if key in result:
            raise FrameworkInvalid(f"{key_path((*path, key))} is there twice.", where=where, fix="remove one")
        result[key] = _value(value_node, (*path, key), source, lines)
    return result


def _scalar(node: yaml.Node) -> Any:  # noqa: ANN401 - JSON
    text = str(node.value)
    if getattr(node, "style", None) is None:
        if node.tag == _INTEGER_TAG and text.isascii() and text.isdigit() and str(int(text)) == text:
            return int(text)
        if text in _BOOLEANS:
            return _BOOLEANS[text]
    return text
