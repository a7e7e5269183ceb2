"""A real server: what it answers where a request comes in, what it leaves to Flask, and bodies that are not as they should be."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from installation import install
from serving import ask_for, served

WHOLE = b"POST /api/v1/verifications HTTP/1.1\r\nHost: a\r\nContent-Type: application/pdf\r\nConnection: close\r\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[SimpleNamespace]:
    folder = tmp_path_factory.mktemp("front")
    place = install(folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    page = f"/v/{place.services.issuer.issue(place.granted()).id}"
    log = folder / f"serve-{port}.log"
    with served(place, place.services.settings.database_url, folder, port, workers=1):
        yield SimpleNamespace(port=port, page=page, log=log, place=place)
    place.services.database.close()


def sent(port: int, *parts: bytes, ends: bool = False) -> bytes:
    """Send bytes on a connection of their own, and return all that comes back."""
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        try:
            for part in parts:
                connection.sendall(part)
            if ends:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it was answered before all was sent
        answer = b""
        try:
            while more := connection.recv(65_536):
                answer += more
        except ConnectionResetError:
            pass
        return answer


def test_a_kept_page_is_answered_at_once_and_by_what_all_lines_of_a_header_say(site):
    first, body = ask_for(site.port, site.page, Accept="text/html")
    lines = site.log.read_text().count("answered")
    again, same = ask_for(site.port, site.page, Accept="text/html")
    assert same == body
    assert again.headers["ETag"] == first.headers["ETag"]
    unchanged, nothing = ask_for(
        site.port, site.page, Accept="text/html", **{"If-None-Match": first.headers["ETag"]}
    )
    assert (unchanged.status, nothing) == (304, b"")
    lines_of_etags = f'If-None-Match: "another"\r\nIf-None-Match: W/{first.headers["ETag"]}\r\n\r\n'
    asked = (
        f"GET {site.page} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAccept: text/html\r\n{lines_of_etags}"
    )
    assert sent(site.port, asked.encode()).startswith(b"HTTP/1.1 304 ")
    assert site.log.read_text().count("answered") == lines, "Flask was asked"
    # The first line alone is the kept page's; both together accept the report best.
    ask = f"GET {site.page} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\nAccept: text/html;q=0.5\r\n".encode()
    ask_for(site.port, site.page, Accept="text/html;q=0.5")
    for _ in range(2):
        answer = sent(site.port, ask + b"Accept: application/json\r\n\r\n")
        assert b"content-type: application/json" in answer.lower()
        assert b"evil.example" not in answer
    assert b"text/html" in sent(site.port, ask + b"\r\n")


def test_heads_mistyped_addresses_and_other_methods_are_flasks(site):
    head = sent(site.port, f"HEAD {site.page} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
    assert head.startswith(b"HTTP/1.1 200")
    assert head.endswith(b"\r\n\r\n")
    for path in (
        b"/v/\xc3\xa9",
        b"/v/%C3%83%C2%A9",
        b"/v/%FF",
        b"//evil.example/%2e%2e",
        b"/v/x?\xc3\xa9=%FF",
    ):
        answer = sent(site.port, b"GET " + path + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 404"), path
    odd = b"GET / HTTP/1.1\r\nHost: a\r\nAccept: \xff\xfe\r\nCookie: \xe9\r\nConnection: close\r\n\r\n"
    assert sent(site.port, odd).startswith(b"HTTP/1.1 200")
    unknown = f"TRACE {site.page} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode()
    assert sent(site.port, unknown).startswith(b"HTTP/1.1 405")


def test_a_body_in_chunks_is_read_and_refused_where_it_is_too_large_or_cut_off(site):
    chunked = WHOLE + b"Transfer-Encoding: chunked\r\n\r\n"
    file = site.place.services.register.pdf(site.page.removeprefix("/v/"))
    parts = [file[at : at + 9_000] for at in range(0, len(file), 9_000)]
    chunks = [b"%x\r\n%b\r\n" % (len(part), part) for part in parts]
    whole = sent(site.port, chunked, *chunks, b"0\r\n\r\n")
    assert b'"verdict":"PASSED"' in whole
    assert sent(site.port, chunked, *chunks, ends=True).startswith(b"HTTP/1.1 400")
    short = sent(site.port, WHOLE + b"Content-Length: %d\r\n\r\n" % (len(file) + 1), file, ends=True)
    assert short.startswith(b"HTTP/1.1 400")
    megabyte = b"100000\r\n" + b"x" * 1_048_576 + b"\r\n"
    assert sent(site.port, chunked, *[megabyte] * 21).startswith(b"HTTP/1.1 413")
    assert sent(site.port, WHOLE + b"Content-Length: 21000000\r\n\r\n").startswith(b"HTTP/1.1 413")


def test_what_waits_for_its_body_holds_nobody_up(site):
    with socket.create_connection(("127.0.0.1", site.port), 10) as slow:
        slow.sendall(WHOLE + b"Content-Length: 4\r\n\r\nab")
        assert ask_for(site.port, site.page)[0].status == 200
        assert ask_for(site.port, "/health")[0].status == 200
        slow.sendall(b"cd")
        assert slow.recv(65_536).startswith(b"HTTP/1.1 200")
