"""An event loop that lets a request take its first step where it came in, as Python 3.12's eager tasks do.

Granian hands each request to the loop as a coroutine, by `call_soon_threadsafe` from a thread that does nothing else. To wake the
loop costs more than a kept answer. So the coroutine's first step is made in that thread: mostly it is the last one.
Otherwise it yields before it needs the loop, and the loop goes on with it. Were requests ever handed over otherwise,
this loop would be an ordinary one, and all be answered as before, only slower.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context
from types import CoroutineType
from typing import Any


class EagerLoop(asyncio.SelectorEventLoop):
    """See the module; coroutines that are handed to it may use the loop only after a first bare yield."""

    def call_soon_threadsafe(  # type: ignore[override]  # the base is typed with more than Python 3.11 has
        self,
        callback: Callable[..., object],
        *args: Any,  # noqa: ANN401 - as in asyncio
        context: Context | None = None,
    ) -> asyncio.Handle | None:
        """Schedule a call from another thread; a coroutine that is handed over takes its first step at once."""
        if args and isinstance(args[0], CoroutineType):
            try:
                args[0].send(None)
            except StopIteration:
                return None
        return super().call_soon_threadsafe(callback, *args, context=context)


def make_loop() -> asyncio.AbstractEventLoop:
    """Return such a loop, as the current one."""
    loop = EagerLoop()
    asyncio.set_event_loop(loop)
    return loop
