"""What Flask is told of a request in the server's own interface, and what becomes of its answer."""

from __future__ import annotations

import asyncio
import threading

import pytest
from rsgi import Answered, Asked
from werkzeug.exceptions import ClientDisconnected

from certify.cli.eager import EagerLoop
from certify.web.bridge import answer


@pytest.fixture(scope="module")
def loop():
    running = EagerLoop()
    thread = threading.Thread(target=running.run_forever)
    thread.start()
    yield running
    running.call_soon_threadsafe(running.stop)
    thread.join()
    running.close()


def told(loop, asked, parts=()):
    """What an application is told, with the body as it reads it."""
    seen = {}

    def application(environ, start_response):
        seen.update(environ, body=environ["wsgi.input"].read())
        start_response("200 OK", [])
        return []

    answer(application, asked, Answered(list(parts)), loop)
    return seen


def test_lines_of_one_name_are_one_list_and_no_name_stands_for_another(loop):
    lines = [
        ("Accept", "text/html"),
        ("Accept", "image/png"),
        ("Cookie", "a=1"),
        ("Cookie", "b=2"),
        ("X-Forwarded-For", "192.0.2.1"),
        ("X_Forwarded_For", "203.0.113.9"),
        ("Content-Type", "text/plain"),
    ]
    seen = told(loop, Asked("POST", "/v/é", "q=é", lines))
    assert seen["HTTP_ACCEPT"] == "text/html,image/png"
    assert seen["HTTP_COOKIE"] == "a=1;b=2"
    assert seen["HTTP_X_FORWARDED_FOR"] == "192.0.2.1"
    assert seen["CONTENT_TYPE"] == "text/plain"
    assert seen["PATH_INFO"] == "/v/Ã©"
    assert seen["QUERY_STRING"] == "q=Ã©"
    assert (seen["REMOTE_ADDR"], seen["SERVER_NAME"], seen["SERVER_PORT"]) == (
        "127.0.0.1",
        "127.0.0.1",
        "8000",
    )
    assert told(loop, Asked(client="[::1]:9", server="[::1]:80"))["REMOTE_ADDR"] == "::1"


def test_the_host_of_http_2_is_told_but_never_instead_of_a_line_that_says_it(loop):
    assert told(loop, Asked(authority="a.example"))["HTTP_HOST"] == "a.example"
    assert told(loop, Asked(authority="a.example", lines=[("Host", "b.example")]))["HTTP_HOST"] == "b.example"


def test_a_body_is_read_whole_and_one_that_was_cut_off_is_refused(loop):
    length, chunked = [("Content-Length", "5")], [("Transfer-Encoding", "chunked")]
    for lines, parts in (
        (length, [b"he", b"llo", b""]),
        (chunked, [b"hello", b""]),
        ([], [b"hel", b"", b"lo", b""]),
    ):
        assert told(loop, Asked("POST", lines=lines), parts)["body"] == b"hello"
    assert told(loop, Asked())["body"] == b""
    for lines, parts in ((length, [b"he", b"", b""]), (length, [b""]), (chunked, [b"hello", b"", b""])):
        with pytest.raises(ClientDisconnected):
            told(loop, Asked("POST", lines=lines), parts)


class Trickle(Answered):
    """A body of which a byte comes now and then, or none any more."""

    def __init__(self, pause_seconds):
        super().__init__()
        self.pause_seconds, self.given = pause_seconds, 0

    async def __anext__(self):
        await asyncio.sleep(self.pause_seconds)
        self.given += 1
        return b"x"


@pytest.mark.parametrize(("pause_seconds", "most_parts"), [(60, 0), (0.01, 30)])
def test_a_body_that_does_not_come_holds_a_thread_for_a_time_and_no_longer(
    loop, monkeypatch, pause_seconds, most_parts
):
    monkeypatch.setattr("certify.web.bridge._PART_SECONDS", 0.1)
    monkeypatch.setattr("certify.web.bridge._BODY_SECONDS", 0.3)
    protocol = Trickle(pause_seconds)

    def application(environ, start_response):
        environ["wsgi.input"].read(1_000)
        start_response("200 OK", [])
        return []

    with pytest.raises(ClientDisconnected):
        answer(application, Asked("POST", lines=[("Content-Length", "1000")]), protocol, loop)
    assert protocol.given <= most_parts


class Body:
    """An answer's body in parts, that knows whether it was closed."""

    def __init__(self, *parts):
        self.parts, self.closed = iter(parts), False

    def __iter__(self):
        return self.parts

    def close(self):
        self.closed = True


@pytest.mark.parametrize(("headers", "sent"), [([("Content-Length", "4")], [b"abcd"]), ([], [b"ab", b"cd"])])
def test_what_has_a_length_goes_out_as_one_and_all_else_part_by_part(loop, headers, sent):
    body, answered = Body(b"ab", b"cd"), Answered()

    def application(_environ, start_response):
        start_response("202 ACCEPTED", headers)
        return body

    answer(application, Asked(), answered, loop)
    assert (answered.status, answered.headers, answered.sent) == (202, headers, sent)
    assert body.closed


def test_a_reader_who_has_gone_ends_the_making_of_what_is_left(loop):
    made = []

    def parts():
        for number in range(100):
            made.append(number)
            yield b"x"

    def application(_environ, start_response):
        start_response("200 OK", [])
        return parts()

    answer(application, Asked(), Answered(gone_after=3), loop)
    assert len(made) == 4


def test_a_request_takes_its_first_step_where_it_came_in_and_the_others_in_the_loop(loop):
    where, done = [], threading.Event()

    async def at_once():
        where.append(threading.current_thread())

    async def later():
        where.append(threading.current_thread())
        await asyncio.sleep(0)
        where.append(threading.current_thread())
        done.set()

    loop.call_soon_threadsafe(pytest.fail, at_once())
    assert where == [threading.current_thread()]
    loop.call_soon_threadsafe(loop.create_task, later())
    assert done.wait(5)
    assert where[1] is threading.current_thread()
    assert where[2] is not threading.current_thread()
