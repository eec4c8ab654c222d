"""
End of a forked process without unloading its code.

Unloading writes to all of the memory that the process shares, which copies it page by page only to
give it back: half of what starting the process took.
"""

import atexit
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache

_exit_code = 0


@cache
def exit_without_unloading() -> None:
    """
    Let this process, and those forked from it, end so; called before any other `atexit.register`.

    What is registered first is called last: threads have ended by then, and all else is done.
    """
    atexit.register(_exit)


@contextmanager
def noting_exit_code() -> Iterator[None]:
    """
    Note with which code the process ends: by then, nothing else says it.
    """
    global _exit_code
    try:
        yield
    except SystemExit as end:
        _exit_code = end.code if isinstance(end.code, int) else int(end.code is not None)
        raise
    except BaseException:
        _exit_code = 1
        raise


def _exit() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(_exit_code & 0xFF)
