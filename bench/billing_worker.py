"""
Billing's worker under measure: `python -m bench.billing_worker <database url> <folder>`.

For each line that comes in it does all that runs have to do, as the real one does, and says how
many seconds that took; at the end of lines, its peak memory in megabytes.
"""

import sys
import time
from pathlib import Path

from services.billing.runs.steps import CHUNK, step
from services.billing.store import store
from services.billing.worker import BREATH_SECONDS, make_room
from shared.register import Register


def main(url: str, folder: str) -> None:
    store.connect(url, Register(Path(folder) / "register.json"))
    make_room()
    for _ in sys.stdin:
        start = time.monotonic()
        while step(store, CHUNK):
            time.sleep(BREATH_SECONDS)
        print(time.monotonic() - start, flush=True)
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
