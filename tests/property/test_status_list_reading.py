"""A stranger's status list, whatever it holds: it is read or refused, and never anything else."""

from __future__ import annotations

import base64
import copy
import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_scheme import NOW
from status_keys import IssuerKeys

from certify.errors import InvalidInput
from certify.status.lists import period, read_list, sign_list
from certify.status.published import StatusPurpose
from certify.verification.standing import CannotTell, standing_from_lists

BASE = "https://certificates.example"
KEYS = IssuerKeys()
LIST = sign_list(BASE, StatusPurpose.SUSPENSION, 1, [3], period(NOW, None, NOW), KEYS)
DOCUMENT = json.loads(LIST.json)
HEAD, PAYLOAD, _ = LIST.jwt.split(b".")
PAYLOAD_SAID = json.loads(base64.urlsafe_b64decode(PAYLOAD + b"=="))

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def paths(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        yield from paths(item, (*path, name))


def put(document, path, value):
    if not path:
        return value
    changed = copy.deepcopy(document)
    at = changed
    for name in path[:-1]:
        at = at[name]
    at[path[-1]] = value
    return changed


def signed(payload: bytes) -> bytes:
    text = HEAD + b"." + base64.urlsafe_b64encode(payload).rstrip(b"=")
    return text + b"." + base64.urlsafe_b64encode(KEYS.sign_eddsa(text)).rstrip(b"=")


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(list(paths(DOCUMENT))), json_values)
def test_a_list_with_anything_put_anywhere_is_refused(path, value):
    changed = put(DOCUMENT, path, value)
    if changed == DOCUMENT and json.dumps(changed) == json.dumps(DOCUMENT):
        return
    with pytest.raises(InvalidInput):
        read_list(json.dumps(changed).encode(), BASE, KEYS.published())


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(list(paths(PAYLOAD_SAID))), json_values)
def test_a_token_that_the_issuer_signed_over_anything_is_read_or_refused(path, value):
    data = signed(json.dumps(put(PAYLOAD_SAID, path, value)).encode())
    with suppress(InvalidInput):
        assert read_list(data, BASE, KEYS.published()).number == 1


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=200)
    | st.binary(max_size=60).map(lambda tail: b"ey" + tail)
    | st.text().map(str.encode)
)
def test_any_bytes_are_no_list(data):
    with pytest.raises(InvalidInput):
        read_list(data, BASE, KEYS.published())


@settings(max_examples=200, deadline=None)
@given(json_values, json_values, st.dictionaries(st.text(max_size=8), json_values, max_size=3))
def test_any_entries_are_cannot_tell(first, second, more):
    credential = {**more, "credentialStatus": first, "revocationStatus": second}
    assert isinstance(standing_from_lists(credential, [LIST.json], KEYS.published(), BASE, NOW), CannotTell)
