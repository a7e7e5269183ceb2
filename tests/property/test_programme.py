"""The planned programme closes every gap that can be closed, with no more training than any other choice."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st
from small_scheme import small_module

from certify.eligibility.programme import closes, plan
from certify.framework.model import CompetenceLevel

LEVELS = st.integers(4, 6)
GAPS = st.dictionaries(st.sampled_from("abcde"), LEVELS, max_size=5)
MODULES = st.lists(
    st.tuples(st.dictionaries(st.sampled_from("abcde"), LEVELS, min_size=1, max_size=3), st.integers(1, 40)),
    max_size=7,
)


@given(GAPS, MODULES)
def test_the_programme_is_the_cheapest_that_closes_all_that_can_be_closed(gaps, offered):
    wanted = [CompetenceLevel(name, level) for name, level in gaps.items()]
    offer = [
        small_module(f"M{index}", levels, workload_minutes=60 * hours)
        for index, (levels, hours) in enumerate(offered)
    ]
    programme = plan(wanted, offer)
    reachable = [gap for gap in wanted if any(closes(module, gap) for module in offer)]
    assert sorted(programme.unreachable) == sorted(gap for gap in wanted if gap not in reachable)
    assert all(any(closes(module, gap) for module in programme.modules) for gap in reachable)
    cheapest = min(
        sum(module.workload_minutes for module in choice)
        for size in range(len(offer) + 1)
        for choice in combinations(offer, size)
        if all(any(closes(module, gap) for module in choice) for gap in reachable)
    )
    assert programme.optimal
    assert programme.minutes == cheapest
