"""Way to the OpenID provider: how long, and how many questions at a time."""

from threading import BoundedSemaphore

from shared.runtime.outside.http_client import Transport

PATIENCE_SECONDS = 3.0
"""
Seconds for each question: a person waits, the page for at most two of them after the first day.
"""
AT_ONCE = 5
"""
The most questions at a time: where the provider hangs, everything else is still answered. The
portal alone is answered ten requests at a time (shared/bus/handling/request_entrypoint.py).
"""

_turns = BoundedSemaphore(AT_ONCE)


def make_transport(proxy: str = "", patience: float = PATIENCE_SECONDS) -> Transport:
    """Return a way to a provider; all of a process share its turns."""
    return Transport("openid_silent", _turns, patience, proxy)
