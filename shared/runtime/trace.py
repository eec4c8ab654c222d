"""
One id from a click to the last row that it changed, whichever services it passes.

It is made where something begins (a request for a page, a task that runs by itself), travels as a
header of requests and events, waits in the outbox beside what it caused, and stands in every log
line. It says nothing of anybody: a random id, of one click.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from shared.runtime.ids import new_id

HEADER = "trace"
"""How it is named in the headers of messages, in log lines and in the kit's tables."""

_FORM = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_trace: ContextVar[str | None] = ContextVar("trace", default=None)


def current_trace() -> str | None:
    """Return the id of what is being done in this thread or greenlet, None where nothing is."""
    return _trace.get()


def trace_in(received: object) -> str | None:
    """
    Return the id that came with a message, None for anything that is none.

    What has another form is free text of a stranger, and does not reach the logs.
    """
    return received if isinstance(received, str) and _FORM.fullmatch(received) else None


@contextmanager
def traced(received: object = None) -> Iterator[str]:
    """Do what is inside under the id that came with it, under a new one where none came."""
    trace = trace_in(received) or new_id()
    mark = _trace.set(trace)
    try:
        yield trace
    finally:
        _trace.reset(mark)
