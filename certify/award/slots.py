"""Reads the varying facts out of an award's canonical text, without reading the rest again each time.

All awards of one kind have the same text but for the fields in `VARYING` (`award.canonical`). So the text around them is
compiled cut out once, and a text that has it can say nothing else.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from json.encoder import encode_basestring as quoted  # escapes as RFC 8785, 3.2.2.2 asks

import rfc8785

from certify.award.fixed import VARYING

_MARK = "\x01"  # in no award's text: names and frameworks refuse control characters
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')
_NUMBER = re.compile(r"(\d{1,12})", re.ASCII)
_NUMBERS = frozenset({"status_list", "status_index", "workload_minutes"})
_HOLDER = ("latin", "native", "printed")


@dataclass(frozen=True, slots=True)
class Kind:
    """The awards of one kind, of which none corrects another.

    Attributes:
        names: The varying facts in the order of the text; a holder's name is three.
        pieces: The constant texts before, between and behind them.
    """

    names: tuple[str, ...]
    pieces: tuple[str, ...]

    def facts(self, text: str) -> dict[str, str] | None:
        """Return the varying facts in an award's canonical text; None where it is of another kind."""
        found, at = {}, 0
        for name, piece in zip(self.names, self.pieces, strict=False):
            if not text.startswith(piece, at):
                return None
            value = (_NUMBER if name in _NUMBERS else _TEXT).match(text, at + len(piece))
            if value is None:
                return None
            said, at = value[1], value.end()
            found[name] = str(json.loads(f'"{said}"')) if "\\" in said else said
        return found if text[at:] == self.pieces[-1] else None


def kind_of(text: str) -> Kind | None:
    """Compile the kind of an award's canonical text; None where it corrects another, or is not canonical."""
    document = json.loads(text)
    if document["supersedes"] is not None:
        return None
    names: list[str] = []
    written: list[str] = []
    for name in sorted(document):
        if name not in VARYING or name == "supersedes":
            written.append(f"{quoted(name)}:{rfc8785.dumps(document[name]).decode()}")
        elif name == "holder":
            names += _HOLDER
            inner = ",".join(f"{quoted(part)}:{_MARK}" for part in _HOLDER)
            written.append(f"{quoted(name)}:{{{inner}}}")
        else:
            names.append(name)
            written.append(f"{quoted(name)}:{_MARK}")
    kind = Kind(tuple(names), tuple(f"{{{','.join(written)}}}".split(_MARK)))
    return kind if kind.facts(text) is not None else None
