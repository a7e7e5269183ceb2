"""The award's canonical bytes are those of RFC 8785, whatever varies, and never another kind's."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from threading import Thread
from types import FrameType
from typing import Any

import pytest
import rfc8785
from awards import AWARD
from hypothesis import given
from hypothesis import strategies as st

from certify.award.canonical import canonical_bytes, fixed_half, from_halves, varying_text, whole_text
from certify.award.fixed import FIXED, VARYING, CompiledOnce
from certify.award.record import AwardRecord, from_json, to_json
from certify.errors import InvalidInput
from certify.people.model import HolderName

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40)
AWARDS = st.builds(
    replace,
    st.just(AWARD),
    certificate_id=TEXT,
    number=TEXT,
    holder=st.builds(HolderName, native=TEXT, latin=TEXT, printed=TEXT),
    workload_minutes=st.integers(0, 10**9),
    decided_on=st.dates(),
    issued_at=st.datetimes(min_value=datetime(1000, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
        lambda moment: moment.replace(microsecond=0)
    ),
    valid_from=st.dates(),
    valid_until=st.dates(),
    verification_url=TEXT,
    status_list=st.integers(0, 10**6),
    status_index=st.integers(0, 131_071),
    supersedes=st.none() | TEXT,
)


@given(AWARDS)
def test_the_compiled_form_is_the_canonical_json_of_the_whole_record(award: AwardRecord) -> None:
    assert canonical_bytes(award) == rfc8785.dumps(to_json(award))


@given(AWARDS)
def test_the_canonical_bytes_give_the_award_back(award: AwardRecord) -> None:
    assert from_json(json.loads(canonical_bytes(award))) == award


@given(AWARDS)
def test_the_two_halves_give_text_and_award_back(award: AwardRecord) -> None:
    fixed, varying = fixed_half(award), varying_text(award)
    assert varying.encode() == rfc8785.dumps({name: to_json(award)[name] for name in VARYING})
    assert whole_text(fixed.text, varying).encode() == canonical_bytes(award)
    assert from_halves(fixed.text, varying) == award
    assert hashlib.sha256(fixed.text.encode()).hexdigest() == fixed.sha256


def test_a_half_of_something_else_is_refused() -> None:
    with pytest.raises(InvalidInput, match="not what varies"):
        whole_text(fixed_half(AWARD).text, varying_text(AWARD).replace("number", "numbers"))


@pytest.mark.parametrize("name", FIXED)
def test_an_award_of_another_kind_is_never_filled_into_this_one(name: str) -> None:
    canonical_bytes(AWARD)
    value = getattr(AWARD, name)
    other = {
        str: lambda: f"{value} otherwise",
        bool: lambda: not value,
        int: lambda: value + 1,
        tuple: lambda: value[:-1],
    }[type(value)]()
    changed = replace(AWARD, **{name: other})

    assert canonical_bytes(changed) == rfc8785.dumps(to_json(changed))
    assert canonical_bytes(AWARD) == rfc8785.dumps(to_json(AWARD))


def test_compiling_reads_nothing_that_varies_and_happens_once_for_each_kind() -> None:
    compiled: list[AwardRecord] = []
    once = CompiledOnce(lambda award: compiled.append(award) or len(compiled), room=2)
    other_holder = replace(AWARD, certificate_id="X", valid_from=date(2030, 1, 1))
    other_role, third = replace(AWARD, role_id="other"), replace(AWARD, role_id="third")

    assert [once.of(award) for award in (AWARD, other_holder, other_role, AWARD)] == [1, 1, 2, 1]
    assert [once.of(award) for award in (third, other_role, AWARD)] == [3, 2, 4]
    assert {"holder", "number"} <= VARYING


def test_another_thread_may_evict_a_kind_while_it_is_kept() -> None:
    """Before each line, another thread compiles another kind, as threads that change places there would."""
    once = CompiledOnce(lambda award: award.role_id, room=1)
    others = (replace(AWARD, role_id=f"other {number}") for number in range(100))

    def interrupt(frame: FrameType, event: str, _argument: object) -> Callable[..., Any] | None:
        if frame.f_code is not CompiledOnce.of.__code__:
            return None
        if event == "line":
            thread = Thread(target=once.of, args=[next(others)])
            thread.start()
            thread.join()
        return interrupt

    before = sys.gettrace()
    sys.settrace(interrupt)
    try:
        found = once.of(AWARD)
    finally:
        sys.settrace(before)

    assert found == once.of(AWARD) == AWARD.role_id
    assert next(others).role_id != "other 0", "somebody interrupted"
