"""Names of a principal's queues on the broker."""

REQUESTS, EVENTS = ".rpc.", ".events"


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
    """Return whether events wait in this queue."""
    return f"{queue}.".startswith(f"in.{reader_of(queue)}{EVENTS}.")


def reader_of(queue: str) -> str:
    """Return the principal that reads a queue of requests or events."""
    return queue.split(".")[1]
