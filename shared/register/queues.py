"""Names of a principal's queues on the broker."""

REQUESTS, EVENTS = ".rpc.", ".events"


def requests_queue(callee: str, caller: str) -> str:
    """Return the queue in which one caller's requests wait for their callee."""
    return f"in.{callee}{REQUESTS}{caller}"


def reader_of(queue: str) -> str:
    """Return the principal that reads a queue of requests or events."""
    return queue.split(".")[1]
