"""Names of a principal's queues on the broker."""

import re

REQUESTS, EVENTS = ".rpc.", ".events"
_EVENTS_QUEUE = re.compile(rf"in\.[^.]+{re.escape(EVENTS)}(\.\d+_of_\d+)?")


def requests_queue(callee: str, caller: str) -> str:
    """Return the queue in which one caller's requests wait for their callee."""
    return f"in.{callee}{REQUESTS}{caller}"


def events_queues(principal: str, count: int) -> list[str]:
    """
    Return the queues in which a principal's events wait: one, or several that share its lanes.

    Their number is part of the name: where it changes, none of them goes on with other lanes.
    """
    first = f"in.{principal}{EVENTS}"
    return [first] if count == 1 else [f"{first}.{n}_of_{count}" for n in range(1, count + 1)]


def is_events_queue(queue: str) -> bool:
    """Return whether events wait in this queue; a name that is none of Préau's is no such queue."""
    return _EVENTS_QUEUE.fullmatch(queue) is not None


def reader_of_queue(queue: str) -> str:
    """Return the principal that reads a queue of requests or events."""
    return queue.split(".")[1]
