"""The threads of the server process: a fault ends one look, never the thread."""

import threading
from types import SimpleNamespace

from certify.errors import DatabaseUnavailable
from certify.web import postman


def test_no_fault_ends_the_thread_that_sends_letters(monkeypatch):
    monkeypatch.setattr(postman, "PAUSE_SECONDS", 0.001)
    stopped, looks = threading.Event(), []

    def deliver():
        looks.append(1)
        if len(looks) == 1:
            raise RuntimeError
        if len(looks) == 2:
            raise DatabaseUnavailable("The database does not answer.")
        stopped.set()
        return SimpleNamespace(sent=1, given_up=0, postponed=0)

    services = SimpleNamespace(
        sends_mail=True,
        settings=SimpleNamespace(mail_while_serving=True),
        postman=lambda: SimpleNamespace(deliver=deliver),
    )
    thread = postman.start(services, stopped)
    thread.join(5)

    assert not thread.is_alive()
    assert len(looks) == 3
