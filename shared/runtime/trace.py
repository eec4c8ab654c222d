"""
Trace ids: one id from a click to the last row that it changed, across services.

An id is created at the start (a request for a page, a periodic task), sent as a header of requests
and events, stored in the outbox beside the event, and written in every log line. It is random, and
identifies one click, not a person.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from shared.runtime.ids import new_id

HEADER = "trace"
"""Name of a trace id in message headers, log lines and the kit's tables."""

_FORM = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_trace: ContextVar[str | None] = ContextVar("trace", default=None)


def current_trace() -> str | None:
    """Return the trace id of this thread or greenlet, None outside of `traced`."""
    return _trace.get()


def trace_in(received: object) -> str | None:
    """
    Return the trace id received with a message, None for any other text.

    Other text is unchecked input of a sender, and must not reach the logs.
    """
    return received if isinstance(received, str) and _FORM.fullmatch(received) else None


@contextmanager
def traced(received: object = None) -> Iterator[str]:
    """Run the block under the received trace id, or a new one without any."""
    trace = trace_in(received) or new_id()
    mark = _trace.set(trace)
    try:
        yield trace
    finally:
        _trace.reset(mark)
