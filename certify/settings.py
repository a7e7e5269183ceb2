"""Settings from the environment, read once at the edge. `docs/settings.md` lists them; a test compares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from certify.errors import SettingInvalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an installation chooses.

    Attributes:
        database_url: SQLAlchemy address; SQLite and PostgreSQL (``postgresql+psycopg://``) are supported.
        public_base: Address in QR codes, without a slash at its end. It outlives servers: choose it well.
        key_directory: Where private keys (encrypted) and their public chain are.
        key_passphrase_file: File that holds the key store's passphrase.
        session_hours: How long a sign-in lasts, in hours.
        secure_cookies: Send cookies over https only; off for a demonstration on this machine.
        inspection_seconds: Processor time that reading one stranger's file may take, in seconds.
        inspection_megabytes: Memory that it may take.
        trusted_proxies: How many reverse proxies stand in front (their forwarding headers are believed).
    """

    database_url: str = "sqlite:///var/certify.db"
    public_base: str = "http://localhost:8000"
    key_directory: Path = Path("var/keys")
    key_passphrase_file: Path = Path("var/keys/passphrase")
    session_hours: int = 12
    secure_cookies: bool = True
    inspection_seconds: int = 10
    inspection_megabytes: int = 768
    trusted_proxies: int = 0


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read ``CERTIFY_*`` variables; unset or empty ones keep their defaults.

    Raises:
        SettingInvalid: Naming the variable and what it should be.
    """

    def text(name: str, default: str) -> str:
        return environment.get(f"CERTIFY_{name}", "").strip() or default

    def count(name: str, default: int, least: int) -> int:
        raw = text(name, str(default))
        if not (raw.isascii() and raw.isdigit() and int(raw) >= least):
            raise SettingInvalid(
                f"must be a whole number of at least {least}, not {raw!r}.", where=f"CERTIFY_{name}"
            )
        return int(raw)

    def flag(name: str, *, default: bool) -> bool:
        raw = text(name, "yes" if default else "no").lower()
        if raw not in {"yes", "no"}:
            raise SettingInvalid(f"must be yes or no, not {raw!r}.", where=f"CERTIFY_{name}")
        return raw == "yes"

    default = Settings()
    base = text("PUBLIC_BASE", default.public_base).rstrip("/")
    parts = urlsplit(base)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise SettingInvalid(
            f"must be an address like https://certificates.example.org, not {base!r}.",
            where="CERTIFY_PUBLIC_BASE",
        )
    database_url = text("DATABASE_URL", default.database_url)
    if not database_url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        raise SettingInvalid(
            "must start with sqlite:/// or postgresql+psycopg://.", where="CERTIFY_DATABASE_URL"
        )
    return Settings(
        database_url=database_url,
        public_base=base,
        key_directory=Path(text("KEY_DIRECTORY", str(default.key_directory))),
        key_passphrase_file=Path(text("KEY_PASSPHRASE_FILE", str(default.key_passphrase_file))),
        session_hours=count("SESSION_HOURS", default.session_hours, least=1),
        secure_cookies=flag("SECURE_COOKIES", default=default.secure_cookies),
        inspection_seconds=count("INSPECTION_SECONDS", default.inspection_seconds, least=1),
        inspection_megabytes=count("INSPECTION_MEGABYTES", default.inspection_megabytes, least=256),
        trusted_proxies=count("TRUSTED_PROXIES", default.trusted_proxies, least=0),
    )
