"""Which addresses of identity providers are asked, and which a browser is sent to: https, and nothing clever."""

from __future__ import annotations

from urllib.parse import urlsplit

from certify.errors import ProviderRefused

MOST_CHARACTERS = 1_000
_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


def is_local(url: str) -> bool:
    """Tell whether an address is plain http of this very machine, as where an installation is tried out."""
    return _is_plain(url) and urlsplit(url).scheme == "http" and urlsplit(url).hostname in _LOCAL


def check_address(url: object, *, local: bool) -> str:
    """Return an address of a provider's that may be used.

    Args:
        local: Whether its issuer is of this machine, so that its addresses may be, too.

    Raises:
        ProviderRefused: It is neither https nor such a one, or has a user, a fragment or odd characters in it.
    """
    if not isinstance(url, str) or not _is_plain(url):
        raise ProviderRefused("An address that the provider names is none.")
    parts = urlsplit(url)
    https = parts.scheme == "https" and parts.hostname
    if not (https or (local and is_local(url))) or "@" in parts.netloc or "#" in url:
        raise ProviderRefused("An address that the provider names is not https.")
    return url


def _is_plain(url: str) -> bool:
    if len(url) > MOST_CHARACTERS or not all("!" <= character <= "~" for character in url) or "\\" in url:
        return False
    try:
        port = urlsplit(url).port
    except ValueError:
        return False
    return port != 0
