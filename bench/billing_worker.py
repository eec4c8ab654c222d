"""
Billing's worker under measure: `python -m bench.billing_worker <database url> <folder>`.

For each line that comes in it does all that runs have to do, as the real one does, and says how
many seconds that took, how many of them went into publishing notices, and its seconds of processor;
at the end of lines, its peak memory in megabytes.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from services.billing.jobs.runs import CHUNK, work_on_next_run
from services.billing.runs.commands import issue_step
from services.billing.store import store
from services.billing.worker import BREATH_SECONDS, tune_for_bulk_writes
from shared.register import Register

KEY = bytes(range(32))
"""Key that seals messages which wait to be sent, as in a town."""


class Publishing:
    """Cards and notices of families, with the seconds that they take."""

    def __init__(self, tell: Callable[..., None]) -> None:
        self.seconds = 0.0
        self._tell = tell

    def __call__(self, *what: Any) -> None:
        start = time.monotonic()
        self._tell(*what)
        self.seconds += time.monotonic() - start


def main(url: str, folder: str) -> None:
    store.connect(url, Register(Path(folder) / "register.json"), key=KEY)
    tune_for_bulk_writes()
    publishing = issue_step.publish_notices_and_cards = Publishing(
        issue_step.publish_notices_and_cards
    )
    for _ in sys.stdin:
        start, before, busy = time.monotonic(), publishing.seconds, time.process_time()
        while work_on_next_run(store, CHUNK):
            time.sleep(BREATH_SECONDS)
        seconds, telling = time.monotonic() - start, publishing.seconds - before
        print(seconds, telling, time.process_time() - busy, flush=True)
    print(peak_megabytes(), flush=True)
    store.close()


def peak_megabytes() -> float:
    """
    Return the most memory that this process has had in use.

    Not ru_maxrss, which counts what its parent had before the program was started.
    """
    lines = Path("/proc/self/status").read_text().splitlines()
    [peak] = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(peak) / 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
