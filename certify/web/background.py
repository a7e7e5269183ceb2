"""A thread of the server process that does what waits (`certify.jobs`).

It dies with its process, at any moment: a job outlives its worker, and another process goes on with it.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog

from certify.bootstrap import Services
from certify.errors import CertifyError
from certify.idempotency.service import forget_old
from certify.web.logs import frames_of

EVERY_SECONDS = 2.0
"""Between two looks for jobs that another process took down; those of this one ring."""

SWEEP_EVERY_SECONDS = 3600.0
"""Between two times that answers kept for a day are forgotten: they hold what was answered."""

log = structlog.get_logger("certify.web")


def start(services: Services) -> threading.Thread:
    """Start the worker of this process."""
    swept_at = -math.inf

    def work() -> None:
        nonlocal swept_at
        now = time.monotonic()
        sweeps = now - swept_at >= SWEEP_EVERY_SECONDS
        swept_at = now if sweeps else swept_at
        look(services, sweeps=sweeps)

    def rings() -> bool:
        services.bell.wait(EVERY_SECONDS)
        services.bell.clear()
        return False

    thread = threading.Thread(target=keep_doing, args=(work, rings, "jobs"), name="certify-jobs", daemon=True)
    thread.start()
    return thread


def look(services: Services, *, sweeps: bool) -> None:
    """Do what is due.

    Args:
        sweeps: Forget what was kept for its day only, too.
    """
    if sweeps:
        forget_old(services.database, services.clock)
    services.worker.run_waiting()


def keep_doing(work: Callable[[], object], ends: Callable[[], bool], what: str) -> None:
    """Do some work again and again, whatever happens to it.

    Args:
        ends: Waits until it is time to look again; true where there is no more looking.
        what: Names the work in the log.
    """
    # In a thread of its own, so that a fault of the program ends one look and not all that follow.
    with ThreadPoolExecutor(1, thread_name_prefix=f"certify-{what}") as thread:
        while not ends():
            fault = thread.submit(work).exception()
            if isinstance(fault, CertifyError):
                # The database does not answer, or a setting is wrong; what was begun waits for the next look.
                log.warning("background work stopped for now", work=what, code=fault.code)
            elif fault is not None:
                log.error(
                    "background work failed",
                    work=what,
                    exception=type(fault).__name__,
                    frames=frames_of(fault),
                )
