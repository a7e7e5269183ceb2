"""A thread of the server process that does what waits (`certify.jobs`).

It dies with its process, at any moment: a job outlives its worker, and another process goes on with it.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import structlog

from certify.bootstrap import Services
from certify.errors import CertifyError
from certify.web.logs import frames_of

EVERY_SECONDS = 2.0
"""Between two looks for jobs that another process took down; those of this one ring."""

log = structlog.get_logger("certify.web")


def start(services: Services) -> threading.Thread:
    """Start the worker of this process."""
    thread = threading.Thread(target=_work, args=(services,), name="certify-jobs", daemon=True)
    thread.start()
    return thread


def _work(services: Services) -> None:
    # In a thread of its own, so that a fault of the program ends one look and not all that follow.
    with ThreadPoolExecutor(1, thread_name_prefix="certify-job") as thread:
        while True:
            services.bell.wait(EVERY_SECONDS)
            services.bell.clear()
            fault = thread.submit(services.worker.run_waiting).exception()
            if isinstance(fault, CertifyError):
                # The database does not answer; what was begun waits for the next look.
                log.warning("background work stopped for now", code=fault.code)
            elif fault is not None:
                log.error("background work failed", exception=type(fault).__name__, frames=frames_of(fault))
