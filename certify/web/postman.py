"""Sends letters from within the server: a thread that looks into the queue every few seconds.

Several workers, each with such a thread, and ``certify mail send`` beside them share the queue; a letter is
leased to one of them at a time.
"""

from __future__ import annotations

import threading

import structlog

from certify.bootstrap import Services
from certify.errors import CertifyError

PAUSE_SECONDS = 5.0

log = structlog.get_logger("certify.mail")


def start(services: Services, stopped: threading.Event | None = None) -> threading.Thread | None:
    """Start the thread where the settings ask for it; it ends with the process, or once ``stopped`` is set."""
    if not (services.sends_mail and services.settings.mail_while_serving):
        return None
    thread = threading.Thread(
        target=_keep_sending, args=(services, stopped or threading.Event()), name="mail", daemon=True
    )
    thread.start()
    return thread


def _keep_sending(services: Services, stopped: threading.Event) -> None:
    postman = services.postman()
    while not stopped.wait(PAUSE_SECONDS):
        try:
            done = postman.deliver()
        except CertifyError as error:
            # The database is away, or a setting is wrong; both may be mended while the server runs.
            log.warning("letters wait", code=error.code)
            continue
        if done.sent or done.given_up or done.postponed:
            log.info("letters", sent=done.sent, postponed=done.postponed, given_up=done.given_up)
