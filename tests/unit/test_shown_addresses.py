"""What the page of settings shows of an address: where it leads, and never who signs in there, or how."""

import pytest

from certify.db.engine import shown_address
from certify.web.pages.installation import _without_secret


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("sqlite:///var/certify.db", "sqlite:///var/certify.db"),
        ("postgresql+psycopg://certify:hidden@db/c", "postgresql+psycopg://certify:***@db/c"),
        ("postgresql+psycopg://certify:hid/den@db/c", "postgresql+psycopg://certify:***@db/c"),
        ("postgresql+psycopg://certify:a@hidden@db/c", ""),
        ("postgresql+psycopg://certify:a@b/hidden@db/c", ""),
        ("postgresql://certify@db/c?password=hidden&sslpassword=hidden", "postgresql://certify@db/c"),
        ("postgresql://certify:hidden@db:port/c", ""),
        ("hidden", ""),
    ],
)
def test_a_databases_address_is_shown_without_its_password(address, shown):
    assert shown_address(address) == shown


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("", ""),
        ("var/keys/passphrase", "var/keys/passphrase"),
        ("https://certificates.example.org", "https://certificates.example.org"),
        ("smtp://user:hidden@mail.example.org:587", "smtp://mail.example.org:587"),
        ("smtp://user:hid@den@mail.example.org", "smtp://mail.example.org"),
        ("https://tsa.example.org/sign?token=hidden", "https://tsa.example.org/sign"),
        ("smtp://user:hid/den@mail.example.org", ""),
        ("smtp://user:12/hidden@mail.example.org", ""),
        ("smtp://user:12?hidden@mail.example.org", ""),
        ("smtp://user:12#hidden@mail.example.org", ""),
        ("https://[hidden", ""),
    ],
)
def test_another_address_is_shown_without_who_signs_in_and_what_is_asked(address, shown):
    assert _without_secret(address) == shown
