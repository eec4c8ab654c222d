"""Runs blocking C code (password hashing, typst) in native threads, two at a time."""

import sys
import threading
from collections.abc import Callable
from importlib import import_module
from typing import TypeVar

from shared.runtime.no_waiting_in_writes import assert_not_writing

T = TypeVar("T")

AT_ONCE = 2
"""A hash takes 46 MiB: more at once would make sign-in a way to exhaust memory (goal A16)."""

_turns = threading.BoundedSemaphore(AT_ONCE)


def run_in_native_thread(function: Callable[..., T], *args: object) -> T:
    """
    Return `function(*args)`, run in a native thread if this process runs on eventlet.

    The function must release the GIL while it works, as argon2 does; otherwise heartbeats stop.
    Raises YieldsInWrite inside a write transaction.
    """
    assert_not_writing()
    with _turns:
        if _is_on_eventlet():
            done: T = import_module("eventlet.tpool").execute(function, *args)
            return done
        return function(*args)


def _is_on_eventlet() -> bool:
    """Return whether eventlet patched this process; pages and commands do not load it."""
    patcher = sys.modules.get("eventlet.patcher")
    return patcher is not None and patcher.is_monkey_patched("thread")
