"""Python's cyclic garbage collector, kept out of a batch of certificates."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Collect no cycles meanwhile: a batch keeps nearly all it makes until its end, so a search for garbage finds little.

    Of threads that overlap, the one that found the collector at work puts it back to work.
    """
    at_work = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if at_work:
            gc.enable()
