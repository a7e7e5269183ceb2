"""A walk through the pages of a list meets each entry once, whatever is added on the way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certify.errors import InvalidInput
from certify.web.api.paging import from_cursor, slice_of, to_cursor

parts = st.text(max_size=12)
entries = st.sets(st.tuples(st.sampled_from(["2026-01-01", "2026-01-02", ""]), parts), max_size=25)


def place(entry):
    return entry


@given(st.tuples(parts) | st.tuples(parts, parts))
def test_a_cursor_is_read_as_it_was_written(where):
    assert from_cursor(to_cursor(where)) == where


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda data: data.decode("latin-1")))
def test_any_other_text_is_refused_as_one_that_is_no_cursor(text):
    try:
        place = from_cursor(text)
    except InvalidInput:
        return
    assert all(isinstance(part, str) for part in place)


@pytest.mark.parametrize("text", ["bnVsbA", "W10", "WzFd", "e30", "W1tdXQ", "W" * 2000])
def test_json_of_another_shape_is_no_cursor(text):
    with pytest.raises(InvalidInput):
        from_cursor(text)


@given(entries, st.lists(entries, max_size=8), st.integers(1, 7))
def test_a_walk_meets_each_entry_once_in_order_whatever_is_added(first, added, limit):
    there, met, cursor = set(first), [], ""
    later = iter(added)
    while True:
        page, cursor = slice_of(sorted(there, key=hash), place, limit, cursor)
        assert len(page) <= limit
        met += page
        if not cursor:
            break
        assert len(page) == limit
        there |= next(later, set())

    assert met == sorted(set(met))
    assert first <= set(met) <= there


@given(entries, st.data(), st.integers(1, 7))
def test_a_walk_goes_on_where_it_was_when_entries_are_gone(first, data, limit):
    page, cursor = slice_of(list(first), place, limit, "")
    kept = data.draw(st.sets(st.sampled_from(sorted(first)))) if first else set()
    following = []
    while cursor:
        page, cursor = slice_of(list(kept), place, limit, cursor)
        following += page

    assert following == sorted(entry for entry in kept if entry in sorted(first)[limit:])
