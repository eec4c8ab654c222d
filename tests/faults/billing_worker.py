"""
Billing's worker, which kills itself (SIGKILL) before its so-manieth statement, or never (0).

It ends by itself when no run has anything to do.
"""

import os
import signal
from itertools import count
from typing import Any

from sqlalchemy import event

from services.billing.jobs.runs import work_on_next_run
from services.billing.store import store
from services.billing.worker import lease_of_orders
from shared.bus.lease import take_lease, this_process_as_holder
from shared.register import Register


def main(register: str, url: str, statement: int, size: int) -> None:
    """Work in chunks of so many households."""
    store.connect(url, Register.load(register))
    numbers = count(1)

    def die(*_: Any) -> None:
        if next(numbers) == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(store.engine, "before_cursor_execute", die)
    event.listen(store.engine, "commit", die)
    assert take_lease(store, lease_of_orders("ens"), this_process_as_holder(), 60.0)
    while work_on_next_run(store, size):
        pass
    store.close()
