"""
Guard for open write transactions: inside one, sleeping, RPC calls and broker publishing raise.

Separate from shared.database, so that RPC clients need not import it.
"""

from contextvars import ContextVar

writing: ContextVar[bool] = ContextVar("writing", default=False)


class YieldsInWrite(AssertionError):
    """Code inside a write transaction sleeps, sends a request or publishes to the broker."""


def assert_not_writing() -> None:
    """Raise YieldsInWrite inside a write transaction; every waiting call of the kit begins so."""
    if writing.get():
        raise YieldsInWrite
