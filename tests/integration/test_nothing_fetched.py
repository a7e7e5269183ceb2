"""No address in what a stranger sends is ever asked: not in a credential, a token's header, or a file."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from reportlab.pdfgen.canvas import Canvas
from website import open_site

from certify.identifiers import new_identifier
from certify.verification.attachment import read_attachment


@pytest.fixture
def trap() -> Iterator[socket.socket]:
    """A port on this machine where nobody may ever knock."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0)
        yield listening


def pointed(value: Any, to: str) -> Iterator[Any]:
    """Yield a JSON value once for each text in it, which is an address of the trap there."""
    if isinstance(value, str):
        yield to
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from ([*value[:at], made, *value[at + 1 :]] for made in pointed(item, to))
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from ({**value, name: made} for made in pointed(item, to))


def token_pointing(to: str, token: str) -> str:
    head = {"alg": "ES256", "typ": "vc+jwt", "kid": to, "jku": to, "x5u": to, "jwk": {"kid": to}}
    written = base64.urlsafe_b64encode(json.dumps(head).encode()).rstrip(b"=").decode()
    return ".".join([written, *token.split(".")[1:]])


def file_pointing(to: str) -> bytes:
    made = BytesIO()
    canvas = Canvas(made)
    canvas.drawString(72, 700, f"{to}/v/{new_identifier()}")
    canvas.linkURL(to, (0, 0, 600, 800))
    canvas.save()
    return made.getvalue()


def test_no_address_in_anything_sent_is_asked(tmp_path, trap):
    site = open_site(tmp_path)
    services = site.place.services
    certificate_id = site.certificate_of_ana()
    pdf = services.register.pdf(certificate_id)
    credential = json.loads(read_attachment(pdf))
    with services.database.reading() as unit:
        token = services.tokens.of(unit.certificates.get(certificate_id))
    to = f"http://127.0.0.1:{trap.getsockname()[1]}"
    did = f"did:web:127.0.0.1%3A{trap.getsockname()[1]}"
    sent: list[tuple[str, bytes]] = [
        *(
            ("application/vc", json.dumps(made).encode())
            for where in (to, did)
            for made in pointed(credential, where)
        ),
        ("application/vc+jwt", token_pointing(to, token).encode()),
        ("application/vc+jwt", token_pointing(did, token).encode()),
        ("application/pdf", file_pointing(to)),
        ("application/pdf", pdf + f"9 0 obj <</S/URI/URI({to})>> endobj".encode()),
    ]
    assert len(sent) > 60
    for kind, data in sent:
        answer = services.file_verifier.answer(data)
        assert answer.report.verdict.value != "PASSED", (kind, data[:200])
    with pytest.raises(BlockingIOError):
        trap.accept()
    socket.create_connection(trap.getsockname()).close()  # the trap does notice a knock
    trap.accept()[0].close()
