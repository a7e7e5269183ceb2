"""The DER and CMS codecs: what is written is read back, and nothing else is read."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from asn1crypto import cms as asn1_cms
from asn1crypto.core import ObjectIdentifier
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.sign.ades import cades_asn1  # noqa: F401 - it teaches asn1crypto the ESS attribute

from certify.errors import FileUnreadable, InvalidInput, LintFailed
from certify.keyring.authority import make_authority, make_signer
from certify.pades import der
from certify.pades.algorithms import (
    P256,
    PERMITTED,
    RSA3072,
    Use,
    algorithm_named,
    algorithm_of,
    has_one_spelling,
    new_private_key,
    signature_holds,
    signing_function,
)
from certify.pades.cms import parse, template
from certify.pades.seal import ATTRIBUTE_BYTES

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def chain(algorithm):
    authority_key, key = new_private_key(algorithm), new_private_key(algorithm)
    authority = make_authority(authority_key, AT, organisation="Organisation", country="BG")
    signer = make_signer(key, AT, authority, authority_key)
    return key, signer.public_bytes(Encoding.DER), authority.public_bytes(Encoding.DER)


P256_CHAIN = chain(P256)
RSA_CHAIN = chain(RSA3072)
LAYOUTS = {
    P256: template(P256_CHAIN[1], [P256_CHAIN[2]], P256),
    RSA3072: template(RSA_CHAIN[1], [RSA_CHAIN[2]], RSA3072),
}
digests = st.binary(min_size=32, max_size=32)


@settings(deadline=None)
@given(st.integers(0, 0xFF).filter(lambda tag: tag & 0x1F != 0x1F), st.binary(max_size=70_000))
def test_a_der_value_is_read_back_whole(tag, content):
    written = der.tlv(tag, content)
    reader = der.Reader(written)
    assert reader.content(tag) == content
    assert reader.finished


@settings(deadline=None)
@given(st.binary(max_size=40))
def test_what_the_reader_accepts_is_spelled_in_the_only_way(data):
    reader = der.Reader(data)
    try:
        content = reader.content(data[0] if data else 0)
    except FileUnreadable:
        return
    assert der.tlv(data[0], content) == data[: reader.at]


@pytest.mark.parametrize(
    "spelling",
    ["3080", "308000", "30810500", "30820005", "3081", "30850000000001", "30", "1f2000", "3002aa", "308100"],
)
def test_padded_indefinite_and_cut_lengths_are_refused(spelling):
    with pytest.raises(FileUnreadable):
        der.Reader(bytes.fromhex(spelling)).raw()


@pytest.mark.parametrize("dotted", ["1.2.840.113549.1.7.2", "2.16.840.1.101.3.4.2.1", "1.3.6.1.5.5.7.3.36"])
def test_object_identifiers_are_those_of_another_encoder(dotted):
    assert der.oid(dotted) == ObjectIdentifier(dotted).dump()


@settings(deadline=None)
@given(digests, st.binary(min_size=8, max_size=71))
def test_a_p256_signature_is_taken_apart_into_what_it_was_made_of(digest, value):
    written = LAYOUTS[P256].encode(digest, value)
    read = parse(written + b"\0\0\0")
    assert (read.message_digest, read.signature, read.length) == (digest, value, len(written))
    assert (read.signer, read.others) == (P256_CHAIN[1], (P256_CHAIN[2],))
    assert read.signed_attributes == LAYOUTS[P256].signed_attributes(digest)
    assert len(written) <= LAYOUTS[P256].longest


@settings(deadline=None)
@given(digests, st.binary(min_size=8, max_size=71), st.binary(max_size=9000))
def test_a_timestamp_is_taken_out_as_it_was_put_in_and_changes_nothing_else(digest, value, content):
    token = der.tlv(der.SEQUENCE, content)
    written = LAYOUTS[P256].encode(digest, value, token)
    read, without = parse(written + b"\0"), parse(LAYOUTS[P256].encode(digest, value))
    assert read.timestamp == token
    assert without.timestamp == b""
    assert replace(read, timestamp=b"", length=0) == replace(without, length=0)
    assert len(written) <= LAYOUTS[P256].longest + len(token) + ATTRIBUTE_BYTES


@settings(deadline=None, max_examples=25)
@given(digests, st.binary(min_size=384, max_size=384))
def test_another_decoder_reads_the_same_and_writes_the_same_der(digest, value):
    written = LAYOUTS[RSA3072].encode(digest, value)
    theirs = asn1_cms.ContentInfo.load(written, strict=True)
    (info,) = theirs["content"]["signer_infos"]
    assert info["signature"].native == value
    attributes = {item["type"].native: item["values"].native for item in info["signed_attrs"]}
    assert attributes["message_digest"] == [digest]
    assert attributes["content_type"] == ["data"]
    (certificate,) = attributes["signing_certificate_v2"][0]["certs"]
    assert certificate["cert_hash"] == hashlib.sha256(RSA_CHAIN[1]).digest()
    assert set(attributes) == {"message_digest", "content_type", "signing_certificate_v2"}
    theirs["content"]["signer_infos"] = list(theirs["content"]["signer_infos"])  # makes it encode anew
    assert theirs.dump(force=True) == written


@settings(deadline=None)
@given(digests, st.binary(max_size=100).filter(lambda value: not 8 <= len(value) <= 71))
def test_a_signature_of_an_impossible_length_is_not_encoded(digest, value):
    with pytest.raises(LintFailed):
        LAYOUTS[P256].encode(digest, value)


@settings(deadline=None)
@given(digests, st.data())
def test_a_cms_cut_short_is_refused(digest, data):
    written = LAYOUTS[P256].encode(digest, bytes(70))
    with pytest.raises(FileUnreadable):
        parse(written[: data.draw(st.integers(0, len(written) - 1))])


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_either_a_cms_or_unreadable(data):
    with pytest.raises(FileUnreadable):
        parse(data)


@settings(deadline=None)
@given(st.binary(max_size=100))
def test_p256_signatures_hold_are_deterministic_and_have_one_spelling(message):
    key = P256_CHAIN[0]
    sign = signing_function(key)
    value = sign(message)
    assert value == sign(message)
    assert signature_holds(key.public_key(), value, message)
    assert not signature_holds(key.public_key(), value, message + b"!")
    assert has_one_spelling(P256, value)
    assert not has_one_spelling(P256, value + b"\0")


@settings(deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_as_a_signature_value_are_judged_without_an_error(value):
    for algorithm in PERMITTED:
        has_one_spelling(algorithm, value)
    assert not signature_holds(P256_CHAIN[0].public_key(), value, b"message")
    assert not signature_holds(RSA_CHAIN[0].public_key(), value, b"message")


@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("ed25519", Use.CERTIFICATE_SIGNING),
        ("ed25519", Use.AUTHORITY),
        ("rsa3072", Use.CREDENTIAL_SIGNING),
        ("rsa2048", Use.AUTHORITY),
        ("P256", Use.AUTHORITY),
        ("", Use.AUTHORITY),
    ],
)
def test_an_algorithm_outside_the_table_is_refused_by_name(name, use):
    with pytest.raises(InvalidInput, match="choose one of"):
        algorithm_named(name, use)


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP384R1()),
        rsa.generate_private_key(65537, 2048),
        rsa.generate_private_key(3, 3072),
    ],
    ids=["p384", "rsa2048", "exponent-3"],
)
def test_a_key_outside_the_table_is_refused_by_kind(key):
    with pytest.raises(InvalidInput):
        algorithm_of(key.public_key(), Use.CERTIFICATE_SIGNING)
    with pytest.raises(InvalidInput):
        signing_function(key)
