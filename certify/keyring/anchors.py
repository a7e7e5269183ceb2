"""Trust anchors: certificates of authorities to trust, as PEM files hold them."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509

from certify.errors import CertifyError, KeysMissing, SettingInvalid

_RESTORE = "restore it from a backup"


def read_anchors(path: Path) -> list[x509.Certificate]:
    """Return the certificates of a PEM file that names a certification authority.

    Raises:
        KeysMissing: The file cannot be read, or holds no certificate.
    """
    return _read(path, KeysMissing, "give the file authority.pem")


def read_chain(path: Path) -> list[x509.Certificate]:
    """Return the certificates of a file of the key store.

    Raises:
        KeysMissing: The file cannot be read, or holds no certificate.
    """
    return _read(path, KeysMissing, _RESTORE)


def read_timestamp_anchors(path: Path) -> list[x509.Certificate]:
    """Return the certificates of a PEM file that names timestamp authorities.

    Raises:
        SettingInvalid: The file cannot be read, or holds no certificate. Keys are not at fault, so no error of theirs.
    """
    return _read(
        path,
        SettingInvalid,
        # Never authority.pem: trusting one's own authority here would let whoever has its keys set any time.
        "put the timestamp authority's own CA certificate there, PEM, as its operator gives it; see docs/timestamps.md",
    )


def _read(path: Path, fault: type[CertifyError], fix: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except FileNotFoundError as error:
        raise fault("There is no such file.", where=str(path), fix=fix) from error
    except OSError as error:
        raise fault(f"cannot be read: {error.strerror}.", where=str(path), fix=fix) from error
    except ValueError as error:
        raise fault("holds no PEM certificate.", where=str(path), fix=fix) from error
