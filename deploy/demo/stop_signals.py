"""Signals that stop a town of demonstration, and the end of the process that loads it."""

import os
import signal
import sys

STOPPING = {signal.SIGINT, signal.SIGTERM}
SHOW_CURSOR = "\x1b[?25h"


def stop_on_signals() -> None:
    """Raise KeyboardInterrupt at Ctrl-C and SIGTERM, where the shell had them ignored too."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    for which in STOPPING:
        signal.signal(which, stop)


def end_loader(pid: int) -> None:
    """End the process that loads the rest, a child of this one; it goes on another time."""
    os.kill(pid, signal.SIGTERM)
    os.waitpid(pid, 0)
    if sys.stdout.isatty():
        print(SHOW_CURSOR, end="", flush=True)  # its bar had hidden it
