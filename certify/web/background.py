"""A thread of the server process that does what waits (`certify.jobs`).

It dies with its process, at any moment: a job outlives its worker, and another process goes on with it.
"""

from __future__ import annotations

import math
import threading
import time
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
    thread = threading.Thread(target=_work, args=(services,), name="certify-jobs", daemon=True)
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


def _work(services: Services) -> None:
    # In a thread of its own, so that a fault of the program ends one look and not all that follow.
    swept_at = -math.inf
    with ThreadPoolExecutor(1, thread_name_prefix="certify-job") as thread:
        while True:
            services.bell.wait(EVERY_SECONDS)
            services.bell.clear()
            now = time.monotonic()
            sweeps = now - swept_at >= SWEEP_EVERY_SECONDS
            fault = thread.submit(look, services, sweeps=sweeps).exception()
            if sweeps:
                swept_at = now
            if isinstance(fault, CertifyError):
                # The database does not answer; what was begun waits for the next look.
                log.warning("background work stopped for now", code=fault.code)
            elif fault is not None:
                log.error("background work failed", exception=type(fault).__name__, frames=frames_of(fault))
