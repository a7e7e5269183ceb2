"""Hands letters to a mail server (RFC 5321), with TLS unless the address says otherwise."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import unquote, urlsplit

from certify.errors import MailRefused, MailUnavailable, SettingInvalid

_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
_PERMANENT = 500  # RFC 5321, 4.2.1: 5yz is permanent


class SmtpCarrier:
    """Meets the port `Carrier`.

    Args:
        url: ``smtp://user@host:587`` (STARTTLS, which must succeed), ``smtps://`` (TLS from the first byte) or
            ``smtp+plain://`` (neither; for a server on the same machine).
        password_file: Holds the user's password; read only where the address has a user.
        sender: Who letters are from.
        wait_seconds: The most that one step of the exchange may take.
    """

    def __init__(self, url: str, password_file: Path, sender: str, wait_seconds: int) -> None:
        self._parts = urlsplit(url)
        self._password_file = password_file
        self.sender = sender
        self._wait_seconds = wait_seconds

    @contextmanager
    def reach(self) -> Iterator[SmtpCarriage]:
        """See `certify.ports.mail.Carrier`."""
        with _own_errors():
            server = self._connected()
        try:
            with _own_errors():
                if self._parts.scheme == "smtp":
                    server.starttls(context=ssl.create_default_context())
                if self._parts.username:
                    server.login(unquote(self._parts.username), self._password())
            yield SmtpCarriage(server, parseaddr(self.sender)[1])
        finally:
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
            server.close()

    def _connected(self) -> smtplib.SMTP:
        host = self._parts.hostname or ""
        port = self._parts.port or _PORTS[self._parts.scheme]
        if self._parts.scheme == "smtps":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(host, port, timeout=self._wait_seconds, context=context)
        return smtplib.SMTP(host, port, timeout=self._wait_seconds)

    def _password(self) -> str:
        try:
            return self._password_file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingInvalid(
                "The mail server's password cannot be read.", where="CERTIFY_SMTP_PASSWORD_FILE"
            ) from error


class SmtpCarriage:
    """Meets the port `Carriage`."""

    def __init__(self, server: smtplib.SMTP, sender: str) -> None:
        self._server = server
        self._sender = sender

    def carry(self, to: str, message: bytes) -> None:
        """See `certify.ports.mail.Carriage`."""
        with _own_errors():
            # An address with letters beyond ASCII goes only to a server that says it can (RFC 6531).
            options = [] if to.isascii() else ["SMTPUTF8", "BODY=8BITMIME"]
            if options:
                self._server.ehlo_or_helo_if_needed()
                if not self._server.has_extn("smtputf8"):
                    raise MailRefused("The mail server cannot write to addresses with such letters.")
            self._server.sendmail(self._sender, [to], message, mail_options=options)


@contextmanager
def _own_errors() -> Iterator[None]:
    """Turn smtplib's errors into this system's; what the server said is told, for the administrator.

    Raises:
        MailRefused: The server will never take this letter: it refused the recipient or the text for good.
        MailUnavailable: Everything else, as that may change: no connection, no TLS, a wrong password.
    """
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        raise _refusal(code, said) from error
    except smtplib.SMTPDataError as error:
        raise _refusal(error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPResponseException as error:
        raise MailUnavailable(
            _said(error.smtp_code, error.smtp_error), fix="see the settings of mail"
        ) from error
    except (smtplib.SMTPException, OSError, UnicodeError) as error:
        raise MailUnavailable(
            f"The mail server cannot be reached: {error}.", fix="see the settings of mail"
        ) from error


def _refusal(code: int, said: bytes | str) -> MailRefused | MailUnavailable:
    return (MailRefused if code >= _PERMANENT else MailUnavailable)(_said(code, said))


def _said(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"The mail server answered {code}: {' '.join(text.split())}"
