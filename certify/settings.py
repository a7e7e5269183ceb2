"""Settings from the environment, read once at the edge. `docs/settings.md` lists them; a test compares."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from certify.errors import SettingInvalid

PADES_LEVELS = ("B-B", "B-T", "B-LTA")
TIMESTAMP_POLICIES = ("refuse", "later")
LANGUAGES = ("en", "bg", "el")
"""The languages that letters are written in, BCP 47; `certify.mail.wording` has a file for each."""

OF_ONE_PERSON = ("CERTIFY_ACTOR",)
"""What a person's shell may set beside an installation's settings."""

_PREFIX = "CERTIFY_"
_PRINTED = re.compile(r"[A-Za-z0-9._~:/\[\]!$&'()*+,;=%-]+")
_DESIGN = re.compile(r"([A-Za-z0-9-]+:)?[a-z][a-z0-9-]*-[1-9][0-9]{0,3}", re.ASCII)
SMTP_SCHEMES = ("smtp", "smtps", "smtp+plain")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an installation chooses.

    Attributes:
        database_url: SQLAlchemy address; SQLite and PostgreSQL (``postgresql+psycopg://``) are supported.
        public_base: Address in QR codes, without a slash at its end. It outlives servers: choose it well.
        key_directory: Where private keys (encrypted) and their public chain are.
        key_passphrase_file: File that holds the key store's passphrase.
        checked_file: File in which processes remember what they found of stored files; it may be deleted.
        session_hours: How long a sign-in lasts, in hours.
        status_list_days: How long a status list is good, from the start of the day it was made on.
        secure_cookies: Send cookies over https only; off for a demonstration on this machine.
        require_second_factor: Certifiers and administrators need a second factor to sign in.
        inspection_seconds: Processor time that reading one stranger's file may take, in seconds.
        inspection_megabytes: Memory that it may take.
        template_directory: Certificate designs and labels of this installation, beside the shipped ones.
        designs: The designs of new certificates (`certify.issuing.designs`); the shipped ones for what none is named for.
        file_directory: Where evidence, documents of candidates and files that wait to be imported are kept, by their content.
        evidence_megabytes: The most that one file of evidence may have, in megabytes (1,000,000 bytes).
        trusted_proxies: How many reverse proxies stand in front (their forwarding headers are believed).
        pades_level: One of PADES_LEVELS: what is done about the time of a signature.
        timestamp_url: Where the timestamp authority answers; empty for none.
        timestamp_anchors: PEM file with the timestamp authorities to trust; none where there is no such file.
        timestamp_wait_seconds: The most that one timestamp may take, all attempts together.
        timestamp_policy: One of TIMESTAMP_POLICIES: what becomes of a certificate while the authority is silent.
        smtp_url: The mail server (`certify.smtp.carrier`); empty for none, and then no letter is written.
        smtp_password_file: File that holds the password of the user in ``smtp_url``.
        smtp_wait_seconds: The most that one step of the exchange with the mail server may take.
        mail_from: Who letters are from: an address, with or without a name.
        mail_language: One of LANGUAGES: of letters to people who chose none.
        mail_while_serving: Whether ``certify serve`` sends letters too.
    """

    database_url: str = "sqlite:///var/certify.db"
    public_base: str = "http://localhost:8000"
    key_directory: Path = Path("var/keys")
    key_passphrase_file: Path = Path("var/keys/passphrase")
    checked_file: Path = Path("var/checked.db")
    session_hours: int = 12
    status_list_days: int = 7
    secure_cookies: bool = True
    require_second_factor: bool = True
    inspection_seconds: int = 10
    inspection_megabytes: int = 768
    trusted_proxies: int = 0
    template_directory: Path = Path("var/templates")
    designs: tuple[str, ...] = ()
    file_directory: Path = Path("var/files")
    evidence_megabytes: int = 10
    pades_level: str = "B-B"
    timestamp_url: str = ""
    timestamp_anchors: Path = Path("var/keys/timestamp-anchors.pem")
    timestamp_wait_seconds: int = 10
    timestamp_policy: str = "refuse"
    smtp_url: str = ""
    smtp_password_file: Path = Path("var/smtp-password")
    smtp_wait_seconds: int = 30
    mail_from: str = ""
    mail_language: str = "en"
    mail_while_serving: bool = True


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

    def one_of(name: str, default: str, words: tuple[str, ...]) -> str:
        raw = text(name, default)
        if raw not in words:
            raise SettingInvalid(f"must be {' or '.join(words)}, not {raw!r}.", where=f"CERTIFY_{name}")
        return raw

    default = Settings()
    base = read_public_base(text("PUBLIC_BASE", default.public_base))
    database_url = text("DATABASE_URL", default.database_url)
    if not database_url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        raise SettingInvalid(
            "must start with sqlite:/// or postgresql+psycopg://.", where="CERTIFY_DATABASE_URL"
        )
    timestamp_url = text("TIMESTAMP_URL", default.timestamp_url)
    pades_level = one_of("PADES_LEVEL", default.pades_level, PADES_LEVELS)
    _check_timestamps(timestamp_url, pades_level)
    smtp_url, mail_from = text("SMTP_URL", default.smtp_url), text("MAIL_FROM", default.mail_from)
    _check_mail(smtp_url, mail_from)
    return Settings(
        database_url=database_url,
        public_base=base,
        key_directory=Path(text("KEY_DIRECTORY", str(default.key_directory))),
        key_passphrase_file=Path(text("KEY_PASSPHRASE_FILE", str(default.key_passphrase_file))),
        checked_file=Path(text("CHECKED_FILE", str(default.checked_file))),
        session_hours=count("SESSION_HOURS", default.session_hours, least=1),
        status_list_days=count("STATUS_LIST_DAYS", default.status_list_days, least=4),
        secure_cookies=flag("SECURE_COOKIES", default=default.secure_cookies),
        require_second_factor=flag("REQUIRE_SECOND_FACTOR", default=default.require_second_factor),
        inspection_seconds=count("INSPECTION_SECONDS", default.inspection_seconds, least=1),
        inspection_megabytes=count("INSPECTION_MEGABYTES", default.inspection_megabytes, least=256),
        template_directory=Path(text("TEMPLATE_DIRECTORY", str(default.template_directory))),
        designs=_design_names(text("DESIGNS", "")),
        file_directory=Path(text("FILE_DIRECTORY", str(default.file_directory))),
        evidence_megabytes=count("EVIDENCE_MEGABYTES", default.evidence_megabytes, least=1),
        trusted_proxies=count("TRUSTED_PROXIES", default.trusted_proxies, least=0),
        pades_level=pades_level,
        timestamp_url=timestamp_url,
        timestamp_anchors=Path(text("TIMESTAMP_ANCHORS", str(default.timestamp_anchors))),
        timestamp_wait_seconds=count("TIMESTAMP_WAIT_SECONDS", default.timestamp_wait_seconds, least=1),
        timestamp_policy=one_of("TIMESTAMP_POLICY", default.timestamp_policy, TIMESTAMP_POLICIES),
        smtp_url=smtp_url,
        smtp_password_file=Path(text("SMTP_PASSWORD_FILE", str(default.smtp_password_file))),
        smtp_wait_seconds=count("SMTP_WAIT_SECONDS", default.smtp_wait_seconds, least=1),
        mail_from=mail_from,
        mail_language=one_of("MAIL_LANGUAGE", default.mail_language, LANGUAGES),
        mail_while_serving=flag("MAIL_WHILE_SERVING", default=default.mail_while_serving),
    )


def read_public_base(text: str, where: str = "CERTIFY_PUBLIC_BASE") -> str:
    """Return an address that may be printed into codes for good, without a slash at its end.

    Raises:
        SettingInvalid: It is no web address, or one that not every phone opens, such as one with letters beyond ASCII.
    """
    base = text.rstrip("/")
    parts = _taken_apart(base)
    # A question mark, number sign or user is none of them.
    if not (_PRINTED.fullmatch(base) and parts and parts.scheme in {"http", "https"} and parts.hostname):
        raise SettingInvalid(
            f"must be an address like https://certificates.example.org, not {text!r}.", where=where
        )
    return base


def _taken_apart(address: str) -> SplitResult | None:
    """Return an address's parts; None where it is none, for instance as its port is no number."""
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - raises where it is no port
    except ValueError:
        return None
    return parts


def unknown_variables(names: Iterable[str]) -> dict[str, str]:
    """Return what looks like a setting of ours and is none, each with the name that it is likely meant for, or nothing."""
    known = {field.name.upper(): f"{_PREFIX}{field.name.upper()}" for field in fields(Settings)}
    there = {*known.values(), *OF_ONE_PERSON}
    unknown = sorted(name for name in names if name.upper().startswith(_PREFIX) and name not in there)
    # Without what all names have in common, which would make any two alike.
    nearest = {name: get_close_matches(name.upper().removeprefix(_PREFIX), known, n=1) for name in unknown}
    return {name: known[found[0]] if found else "" for name, found in nearest.items()}


def _design_names(text: str) -> tuple[str, ...]:
    names = tuple(text.replace(",", " ").split())
    for name in names:
        if not _DESIGN.fullmatch(name):
            raise SettingInvalid(
                f"must name designs like town-2, or skills4cities:town-2 for one framework, not {name!r}.",
                where="CERTIFY_DESIGNS",
                fix="see: certify template list",
            )
    return names


def _check_timestamps(url: str, level: str) -> None:
    parts = _taken_apart(url)
    if parts is None or (
        url
        and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.fragment)
    ):
        raise SettingInvalid(
            "must be an http or https address without a user in it.", where="CERTIFY_TIMESTAMP_URL"
        )
    if level != Settings().pades_level and not url:
        raise SettingInvalid(
            f"{level} needs a timestamp authority.",
            where="CERTIFY_PADES_LEVEL",
            fix="set CERTIFY_TIMESTAMP_URL",
        )


def _check_mail(url: str, sender: str) -> None:
    parts = _taken_apart(url)
    if parts is None or (
        url
        and (
            parts.scheme not in SMTP_SCHEMES or not parts.hostname or parts.password or parts.path.strip("/")
        )
    ):
        raise SettingInvalid(
            "must be an address like smtp://user@mail.example.org:587 without a password in it.",
            where="CERTIFY_SMTP_URL",
            fix="smtp:// (STARTTLS), smtps:// (TLS) or smtp+plain:// (neither)",
        )
    if sender and not (sender.isprintable() and "@" in parseaddr(sender)[1]):
        raise SettingInvalid(
            "must be an e-mail address, with or without a name: Institute <mail@example.org>.",
            where="CERTIFY_MAIL_FROM",
        )
    if url and not sender:
        raise SettingInvalid("says who letters are from; a mail server is set.", where="CERTIFY_MAIL_FROM")
