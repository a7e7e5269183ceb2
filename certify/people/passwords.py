"""Passwords: argon2id (RFC 9106) with the library's parameters; a length rule and no other (NIST SP 800-63B, 5.1.1)."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from certify.errors import InvalidInput

MIN_LENGTH = 12
MAX_LENGTH = 1024
_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """Return the password's argon2id hash in PHC form.

    Raises:
        InvalidInput: Shorter than 12 characters or longer than 1,024.
    """
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise InvalidInput(
            f"A password has {MIN_LENGTH} to {MAX_LENGTH} characters.",
            where="password",
            fix="a few unrelated words make a good one",
        )
    return _hasher.hash(password)


def matches(password_hash: str, password: str) -> bool:
    """Tell whether the password is the one that was hashed; never raises."""
    if len(password) > MAX_LENGTH:
        return False
    try:
        return _hasher.verify(password_hash, password)
    except (Argon2Error, InvalidHashError):
        return False


def waste_a_match(password: str) -> None:
    """Take as long as a real comparison, so that an unknown address answers no sooner than a known one."""
    matches(_DUMMY, password)


_DUMMY = _hasher.hash("nobody has this password")
