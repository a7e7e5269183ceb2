"""A real SMTP server in a process of its own; it keeps each message as a file and says of it what its recipient asks for.

A recipient ``refused@...`` is refused for good, ``later@...`` for now. Run by path, it serves until it is ended.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "certify", "a mail password"


class Keeper:
    """Keeps what it is given."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address.startswith("refused@"):
            return "550 no such mailbox"
        if address.startswith("later@"):
            return "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        number = len(list(self._folder.glob("*.eml")))
        await asyncio.sleep(0.02)  # as long as a real one takes, so that two workers could meet
        head = f"X-Got-To: {','.join(envelope.rcpt_tos)}\r\nX-Got-By: {'tls' if session.ssl else 'plain'}\r\n"
        made = self._folder / f"{number:03d}-{time.monotonic_ns()}.tmp"
        made.write_bytes(head.encode() + envelope.original_content)
        made.rename(made.with_suffix(".eml"))
        return "250 taken"


def _known(
    _server: SMTP, _session: Session, _envelope: Envelope, mechanism: str, given: object
) -> AuthResult:
    right = isinstance(given, LoginPassword) and (given.login, given.password) == (
        USER.encode(),
        PASSWORD.encode(),
    )
    return AuthResult(success=right, handled=right)


async def _serve(folder: Path, port: int, certificate: str) -> None:
    context = None
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)

    def connection() -> SMTP:
        return SMTP(
            Keeper(folder),
            enable_SMTPUTF8=True,
            tls_context=context,
            require_starttls=context is not None,
            auth_required=context is not None,
            authenticator=_known,
        )

    server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", port)
    await server.serve_forever()


class Office:
    """The running server: where it is, and what it got."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port

    def got(self) -> list[EmailMessage]:
        """Every message so far, in order."""
        return [
            message_from_bytes(path.read_bytes(), policy=policy.default)  # type: ignore[arg-type]
            for path in sorted(self.folder.glob("*.eml"))
        ]


@contextmanager
def mail_office(folder: Path, certificate: Path | None = None) -> Iterator[Office]:
    """Run the server until the block ends; with a certificate it asks for TLS and a password."""
    folder.mkdir(parents=True, exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, __file__, str(folder), str(port), str(certificate or "")], env=os.environ
    )
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert time.monotonic() < deadline
                assert process.poll() is None
                time.sleep(0.05)
        yield Office(folder, port)
    finally:
        process.terminate()
        process.wait(20)


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
