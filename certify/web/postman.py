"""Sends letters from within the server: a thread that looks into the queue every few seconds.

Several workers, each with such a thread, and ``certify mail send`` beside them share the queue; a letter is
leased to one of them at a time.
"""

from __future__ import annotations

import threading

import structlog

from certify.bootstrap import Services
from certify.web.background import keep_doing

PAUSE_SECONDS = 5.0

log = structlog.get_logger("certify.mail")


def start(services: Services, stopped: threading.Event | None = None) -> threading.Thread | None:
    """Start the thread where the settings ask for it; it ends with the process, or once ``stopped`` is set."""
    if not (services.sends_mail and services.settings.mail_while_serving):
        return None
    ended = stopped or threading.Event()

    def deliver() -> None:
        done = services.postman().deliver()
        if done.sent or done.given_up or done.postponed:
            log.info("letters", sent=done.sent, postponed=done.postponed, given_up=done.given_up)

    thread = threading.Thread(
        target=keep_doing, args=(deliver, lambda: ended.wait(PAUSE_SECONDS), "mail"), name="mail", daemon=True
    )
    thread.start()
    return thread
