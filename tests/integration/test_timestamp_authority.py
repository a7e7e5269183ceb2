"""A timestamp authority on loopback: OpenSSL's and pyHanko's tokens, and every way in which it may fail us."""

from __future__ import annotations

import hashlib
import socket
import subprocess
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from asn1crypto import tsp
from hypothesis import given, settings
from hypothesis import strategies as st
from signed_files import clock_at
from timestamp_office import Behaviour, Stamps, served

from certify.errors import FileUnreadable, TimestampUnavailable
from certify.pades import der, timestamp
from certify.timestamps.authority import TimestampAuthority
from certify.verification.timestamps import trusted_chain

AT = datetime(2026, 11, 10, 9, 0, tzinfo=UTC)
IMPRINT = hashlib.sha256(b"a signature value").digest()


@pytest.fixture(scope="module")
def stamps():
    return Stamps(at=AT)


def authority(url, stamps, wait_seconds=30.0, now=AT):
    return TimestampAuthority(url, [stamps.root], clock_at(now), wait_seconds, pause=lambda _: None)


def test_pyhankos_token_is_taken_with_its_chain_and_nothing_else(stamps):
    behaviour = Behaviour(stamps.reply)
    with served(behaviour) as url:
        raw = authority(url, stamps).stamp(IMPRINT)
    token = timestamp.parse_normal(raw)
    assert (token.imprint, token.stamped_at, token.kind, len(token.others)) == (IMPRINT, AT, "rsa", 1)
    assert tsp.TimeStampReq.load(behaviour.asked[0], strict=True)["cert_req"].native is True


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_openssls_token_is_taken_too(tmp_path, kind):
    stamps = Stamps(kind=kind)
    now = datetime.now(UTC)
    with served(Behaviour(stamps.openssl(tmp_path))) as url:
        raw = authority(url, stamps, now=now).stamp(IMPRINT)
    token = timestamp.parse_normal(raw)
    assert (token.digest, len(token.others)) == ("sha512", 1)
    assert abs(token.stamped_at - now) < timedelta(minutes=1)
    assert len(trusted_chain(token, IMPRINT, [stamps.root], now)) == 3


def test_each_request_has_a_nonce_of_its_own(stamps):
    behaviour = Behaviour(stamps.reply)
    with served(behaviour) as url:
        one = authority(url, stamps)
        for _ in range(20):
            one.stamp(IMPRINT)
    nonces = {tsp.TimeStampReq.load(item)["nonce"].native for item in behaviour.asked}
    assert len(nonces) == 20
    assert min(nonces) >= 2**62


def other(request, **changes):
    asked = tsp.TimeStampReq.load(request)
    for name, value in changes.items():
        asked[name] = value
    return tsp.TimeStampReq(
        {name: asked[name] for name in ("version", "message_imprint", "cert_req", "nonce")}
    ).dump()


def rejected(_):
    return bytes.fromhex("30053003020102")  # PKIStatusInfo of rejection, and nothing else


ANOTHER = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": bytes(32)}
ANSWERS = {
    "for another request": (lambda s: lambda q: s.reply(other(q, nonce=7)), "nonce"),
    "over another hash": (lambda s: lambda q: s.reply(other(q, message_imprint=ANOTHER)), "something else"),
    "by a stranger": (lambda _: Stamps(name="Strangers", at=AT).reply, "not by an authority that you trust"),
    "by a key for something else": (lambda _: _with_root(critical=False), "not for timestamps"),
    "by a certificate that has ended": (lambda _: _with_root(end=AT - timedelta(days=1)), "was not valid"),
    "of tomorrow": (lambda _: Stamps(at=AT + timedelta(days=1)).reply, "still to come"),
    "a refusal": (lambda _: rejected, "refused the request"),
    "no response": (lambda _: lambda _q: b"<html>No</html>", "cannot be used"),
    "nothing": (lambda _: lambda _q: b"", "cannot be used"),
    "a response cut short": (lambda s: lambda q: s.reply(q)[:-20], "cannot be used"),
    "a response and more": (lambda s: lambda q: s.reply(q) + b"\0", "cannot be used"),
    "a huge answer": (lambda _: lambda _q: bytes(5_000_000), "larger than"),
    "a token larger than its room": (lambda s: s.reply, "room for"),
}


def _with_root(**wrong):
    return Stamps(at=AT, **wrong).reply


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_that_is_not_good_is_no_timestamp_and_is_asked_for_once(stamps, answer, monkeypatch):
    make, reason = ANSWERS[answer]
    behaviour = Behaviour(make(stamps))
    trusting = [stamps.root]
    if answer.startswith(("by a key", "by a certificate", "of tomorrow")):
        # Their root is made anew with the same key: trust that one.
        trusting = [behaviour.reply.__self__.root]
    if answer == "a token larger than its room":
        monkeypatch.setattr(timestamp, "TOKEN_ROOM_BYTES", 500)
    with served(behaviour) as url:
        one = TimestampAuthority(url, trusting, clock_at(AT), 30.0, pause=lambda _: None)
        with pytest.raises(TimestampUnavailable, match=reason):
            one.stamp(IMPRINT)
        assert one.stamp_or_nothing(IMPRINT) == b""
    assert len(behaviour.asked) == 2  # once for each call, and no rest after an answer


def test_a_busy_authority_is_asked_again(stamps):
    behaviour = Behaviour(stamps.reply, failures=2)
    with served(behaviour) as url:
        authority(url, stamps).stamp(IMPRINT)
    assert len(behaviour.asked) == 3


def test_an_authority_that_stays_busy_is_left_alone_for_a_while(stamps):
    behaviour = Behaviour(stamps.reply, failures=9)
    with served(behaviour) as url:
        one = authority(url, stamps)
        for _ in range(50):
            with pytest.raises(TimestampUnavailable):
                one.stamp(IMPRINT)
    assert len(behaviour.asked) == 3


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404])
def test_a_redirect_or_a_refusal_is_not_followed_and_not_repeated(stamps, status):
    elsewhere = Behaviour(stamps.reply)
    with served(elsewhere) as there:
        behaviour = Behaviour(stamps.reply, status=status, headers={"Location": there})
        with served(behaviour) as url, pytest.raises(TimestampUnavailable, match=f"status {status}"):
            authority(url, stamps).stamp(IMPRINT)
    assert (len(behaviour.asked), elsewhere.asked) == (1, [])


@pytest.mark.parametrize("behaviour", ["silent", "slow", "dripping"])
def test_waiting_is_bounded_however_the_authority_keeps_us(stamps, behaviour):
    """A socket's timeout starts anew with every byte; ours does not."""
    kept = {
        "silent": Behaviour(stamps.reply, delay_seconds=30),
        "slow": Behaviour(stamps.reply, delay_seconds=8),
        "dripping": Behaviour(stamps.reply, drip_seconds=0.05),
    }[behaviour]
    with served(kept) as url:
        began = time.monotonic()
        with pytest.raises(TimestampUnavailable):
            authority(url, stamps, wait_seconds=1.2).stamp(IMPRINT)
        assert time.monotonic() - began < 6


def test_headers_that_never_end_are_bounded_too(stamps):
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def drip(connection):
        try:
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            while not ended.wait(0.02):
                connection.sendall(b"X: 1\r\n"[:1])
        except OSError:
            return

    def accept():
        while not ended.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=drip, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        began = time.monotonic()
        with pytest.raises(TimestampUnavailable):
            authority(f"http://127.0.0.1:{listener.getsockname()[1]}", stamps, wait_seconds=1.2).stamp(
                IMPRINT
            )
        assert time.monotonic() - began < 6
    finally:
        ended.set()
        listener.close()


def test_an_authority_that_is_not_there_is_told_by_its_address(stamps):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(TimestampUnavailable) as caught:
        authority(f"http://127.0.0.1:{port}/tsa", stamps).stamp(IMPRINT)
    assert caught.value.where == f"http://127.0.0.1:{port}/tsa"


def test_the_request_is_one_that_openssl_reads(tmp_path):
    path = tmp_path / "request.tsq"
    path.write_bytes(timestamp.request(IMPRINT, b"\x41" * 8))
    done = subprocess.run(
        ["openssl", "ts", "-query", "-in", str(path), "-text"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Hash Algorithm: sha256" in done.stdout
    assert "Nonce: 0x4141414141414141" in done.stdout
    assert "Certificate required: yes" in done.stdout


def test_no_bytes_make_a_token_or_an_error_of_another_kind(stamps):
    real = timestamp.token_of(stamps.reply(timestamp.request(IMPRINT, b"\x41" * 8)))

    @settings(max_examples=1500, deadline=None)
    @given(st.lists(st.tuples(st.integers(0, len(real) - 1), st.integers(0, 255)), min_size=1, max_size=3))
    def check(edits):
        changed = bytearray(real)
        for position, value in edits:
            changed[position] = value
        for data in (bytes(changed), der.tlv(der.SEQUENCE, bytes(changed[4:]))):
            try:
                timestamp.parse(data)
                timestamp.parse_normal(data)
            except FileUnreadable:
                continue

    check()
