"""Settings of Linux for child processes: parent-death signal and child subreaper."""

import ctypes
import os
import signal
from collections.abc import Callable

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36

# Loaded here: nothing may be imported between fork and exec.
_LIBC = ctypes.CDLL(None, use_errno=True)


def make_death_signal_setter(parent: int, how: signal.Signals) -> Callable[[], None]:
    """
    Return a function that makes the calling process get a signal when its parent ends.
    """

    def set_death_signal() -> None:
        _LIBC.prctl(PR_SET_PDEATHSIG, int(how))
        if os.getppid() != parent:  # it died before the kernel knew
            os._exit(1)

    return set_death_signal


def adopt_orphans() -> None:
    """
    Become the parent of every descendant whose own parent ends.
    """
    _LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1)


def leave_orphans() -> None:
    """
    Become no parent of any more; those adopted stay.
    """
    _LIBC.prctl(PR_SET_CHILD_SUBREAPER, 0)


def reap_orphans(but: frozenset[int]) -> None:
    """
    Reap adopted processes that died; those in `but` are not adopted, and left alone.
    """
    while (dead := _next_dead_child()) and dead not in but:
        os.waitpid(dead, 0)


def _next_dead_child() -> int | None:
    try:
        found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return None
    return found.si_pid if found else None
