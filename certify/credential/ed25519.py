"""Ed25519 (RFC 8032) by libsodium, which signs and verifies twice as fast as OpenSSL; both make the same signatures."""

from __future__ import annotations

from collections.abc import Callable

from nacl import bindings
from nacl.exceptions import BadSignatureError

SIGNATURE_BYTES = 64
_PUBLIC_BYTES = 32


def signing_function(seed: bytes) -> Callable[[bytes], bytes]:
    """Return a function that signs messages with the private key of this seed of 32 bytes."""
    _, secret = bindings.crypto_sign_seed_keypair(seed)

    def sign(message: bytes) -> bytes:
        signed: bytes = bindings.crypto_sign(message, secret)
        return signed[:SIGNATURE_BYTES]

    return sign


def holds(public: bytes, signature: bytes, message: bytes) -> bool:
    """Tell whether a signature is this public key's over the message."""
    if len(public) != _PUBLIC_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    try:
        bindings.crypto_sign_open(signature + message, public)
    except BadSignatureError:
        return False
    return True
