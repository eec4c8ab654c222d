"""
Whether a write transaction is open here: inside one nothing may sleep, ask or publish.

Apart from the database, so that who only asks need not load one.
"""

from contextvars import ContextVar

writing: ContextVar[bool] = ContextVar("writing", default=False)


class YieldsInWrite(AssertionError):
    """Something inside a write transaction sleeps, asks or publishes."""


def assert_not_writing() -> None:
    """Raise YieldsInWrite inside a write; every kit call that waits begins with this."""
    if writing.get():
        raise YieldsInWrite
