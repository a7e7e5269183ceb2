"""Page and credential say the same: the credential inside a file must be the one that its award gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from certify.award.record import AwardRecord
from certify.credential.openbadge import credential as build

ABSENT = "nothing"


def matches(credential: Mapping[str, Any], award: AwardRecord) -> list[str]:
    """Name every field in which a credential differs from an award; empty where they say the same.

    The credential is built again from the award and compared leaf by leaf, so no field can be forgotten.
    The proof is not compared: that it holds is `dataintegrity.verify`'s question.
    """
    found = {key: value for key, value in credential.items() if key != "proof"}
    return list(_differences(found, build(award), ""))


def _differences(found: Any, expected: Any, where: str) -> Iterator[str]:  # noqa: ANN401 - JSON values
    if isinstance(found, dict) and isinstance(expected, dict):
        for key in [*expected, *(key for key in found if key not in expected)]:
            place = f"{where}.{key}" if where else key
            yield from _differences(found.get(key, ABSENT), expected.get(key, ABSENT), place)
    elif isinstance(found, list) and isinstance(expected, list):
        for position in range(max(len(found), len(expected))):
            yield from _differences(
                found[position] if position < len(found) else ABSENT,
                expected[position] if position < len(expected) else ABSENT,
                f"{where}[{position}]",
            )
    elif type(found) is not type(expected) or found != expected:
        yield f"{where}: {_shown(found)} in the credential, {_shown(expected)} in the award"


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= 80 else text[:77] + "..."  # noqa: PLR2004 - a line that a person reads
