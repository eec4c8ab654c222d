"""What the kernel is told of processes and their parents."""

import ctypes
import os
import signal
from collections.abc import Callable

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36

# Loaded here: nothing may be imported between fork and exec.
_LIBC = ctypes.CDLL(None, use_errno=True)


def dying_with(parent: int, how: signal.Signals) -> Callable[[], None]:
    """
    Return what binds the process that calls it to its parent: it gets a signal when that ends.
    """

    def bind() -> None:
        _LIBC.prctl(PR_SET_PDEATHSIG, int(how))
        if os.getppid() != parent:  # it died before the kernel knew
            os._exit(1)

    return bind


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


def bury_orphans(but: frozenset[int]) -> None:
    """
    Take note of the adopted that died, so that nothing is left of them; `but` are not adopted.
    """
    while (dead := _a_dead_child()) and dead not in but:
        os.waitpid(dead, 0)


def _a_dead_child() -> int | None:
    try:
        found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return None
    return found.si_pid if found else None
