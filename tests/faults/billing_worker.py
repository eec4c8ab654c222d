"""
Billing's worker, which kills itself (SIGKILL) before its so-manieth statement, or never (0).

    python -m tests.faults.billing_worker <register> <database url> <statement> <households a chunk>

It ends by itself when no run has anything to do.
"""

import os
import signal
import sys
from itertools import count
from typing import Any

from sqlalchemy import event

from services.billing.jobs.runs import work_on_next_run
from services.billing.store import store
from shared.bus.lease import take_lease, this_process_as_holder
from shared.register import Register


def main(register: str, url: str, statement: str, size: str) -> None:
    store.connect(url, Register.load(register))
    numbers = count(1)

    def die(*_: Any) -> None:
        if next(numbers) == int(statement):
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(store.engine, "before_cursor_execute", die)
    event.listen(store.engine, "commit", die)
    assert take_lease(store, "worker", this_process_as_holder(), 60.0)
    while work_on_next_run(store, int(size)):
        pass
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
