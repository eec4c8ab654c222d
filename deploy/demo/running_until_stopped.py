"""
Program that keeps a town of demonstration running until somebody stops it, then stops the town.

`python -m deploy.demo.running_until_stopped [LOADER]`, LOADER being the process that loads the
rest. It replaces `preau run`, which has loaded what applies a town file and would keep 200 MB for
as long.
"""

import os
import signal
import subprocess
import sys
import time
from typing import NoReturn

from deploy.demo.stop_signals import STOPPING, end_loader, stop_on_signals
from deploy.instance.instance import PROJECT, Instance
from deploy.processes import supervisor

FAILED = "the rest could not be loaded (see above): the town goes on, and `preau demo` tries again"
LOADED, UNFINISHED = (
    "the whole town is loaded",
    "not all was loaded: the next `make run` goes on from here",
)


def replace_by_waiting_process(
    instance: Instance, loader: subprocess.Popen[bytes] | None
) -> NoReturn:
    """Replace this process; what asks it to stop meanwhile waits until it can."""
    sys.stdout.flush()
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    arguments = [] if loader is None else [str(loader.pid)]
    command = [sys.executable, "-m", "deploy.demo.running_until_stopped", *arguments]
    os.chdir(PROJECT)
    os.execve(command[0], command, os.environ | instance.environment)


def main(loader: int | None) -> None:
    """Wait; then end the loader, the services and the engines."""
    instance = Instance.from_environment()

    try:
        stop_on_signals()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
        while supervisor.running_pid(instance):  # `preau down` ends it
            if loader is not None and (code := _exit_code_of_loader(loader)) is not None:
                loader = None  # at once: who ends it afterwards would find no process
                _print_line(LOADED if code == 0 else FAILED)
            time.sleep(0.5)
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if loader is not None:
            end_loader(loader)
            _print_line(UNFINISHED)
        print("\nstopping …", flush=True)
        subprocess.run([sys.executable, "-m", "deploy", "down"], cwd=PROJECT, check=True)


def _exit_code_of_loader(loader: int) -> int | None:
    """Return how the loader ended, None while it is at work."""
    ended, status = os.waitpid(loader, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


def _print_line(text: str) -> None:
    print(f"  · {text}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else None)
