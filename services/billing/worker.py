"""
Billing's worker: runs, lots, letters, replays of grids, payments without a result.

A plain process beside the service, so that neither waits for the other. One works at a time, by a
lease in the database; killed anywhere, the next goes on where it was.
"""

import gc
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import event

from services.billing.jobs.letters import lay_out_file, next_file
from services.billing.jobs.online_payments import poll_payments
from services.billing.jobs.replays import next_replay, work_on_replay
from services.billing.jobs.runs import CHUNK, next_run, work_on_run
from services.billing.models import BillingRun, GridReplay, Lot, PrintPart
from services.billing.payments.payfip.client import payfip_at
from services.billing.store import store
from services.billing.treasury.commands.transfer import hand_over_chunk, next_lot
from shared.bus.lease import give_up_leases, take_lease, this_process_as_holder
from shared.dates.clock import now
from shared.runtime.logs import configure_logs, log, log_error
from shared.settings import Settings

LEASE, LEASE_SECONDS = "worker", 60.0
RENEW_SECONDS = 15.0
IDLE_SECONDS = 0.5
BREATH_SECONDS = 0.006
"""Pause between two chunks for other writers: SQLite does not queue them."""

FAILED_SECONDS = REST_SECONDS = 2.0
POLL_SECONDS = 10.0
PAGES_KILOBYTES = 32_000


class Worker:
    """Steps of runs as long as there are any, and from time to time a look at open payments."""

    def __init__(self, look: Callable[[], object], size: int = CHUNK, portal: str = "") -> None:
        self._look = look
        self._size = size
        self._portal = portal
        self._holder = this_process_as_holder()
        self._ended = threading.Event()
        self._renew_at = self._look_at = 0.0
        self._rests: dict[str, float] = {}

    def run(self) -> None:
        """Work until `end`."""
        while not self._ended.is_set():
            self._ended.wait(self.turn())
        give_up_leases(store, self._holder)

    def turn(self) -> float:
        """Do one thing; return the seconds until the next."""
        try:
            if not self._has_lease():
                return IDLE_SECONDS
            self._look_at_payments()
            return BREATH_SECONDS if self._step() else IDLE_SECONDS
        except Exception as error:
            log_error("worker_failed", error)
            return FAILED_SECONDS

    def _step(self) -> bool:
        """Do a chunk of a run or a lot, if there is any; one that fails rests, others go on."""
        moment = time.monotonic()
        resting = [order_id for order_id, until in self._rests.items() if until > moment]
        order: BillingRun | Lot | PrintPart | GridReplay | None = (
            next_run(store, resting)
            or next_lot(store, resting)
            or next_file(store, resting)
            or next_replay(store, resting)
        )
        if order is None:
            return False
        order_id = order.run_id if isinstance(order, PrintPart) else order.id
        try:
            if isinstance(order, Lot):
                hand_over_chunk(store, order)
            elif isinstance(order, PrintPart):
                lay_out_file(store, self._portal, order, now())
            elif isinstance(order, GridReplay):
                work_on_replay(store, order)
            else:
                work_on_run(store, order, self._size)
        except Exception as error:
            log_error("run_failed", error, run_id=order_id)
            self._rests[order_id] = moment + REST_SECONDS
        return True

    def end(self, *_: object) -> None:
        """End after what is in hand."""
        self._ended.set()

    def _has_lease(self) -> bool:
        if time.monotonic() < self._renew_at:
            return True
        taken = take_lease(store, LEASE, self._holder, LEASE_SECONDS)
        self._renew_at = time.monotonic() + RENEW_SECONDS if taken else 0.0
        return taken

    def _look_at_payments(self) -> None:
        if time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + POLL_SECONDS
            self._look()


def tune_for_bulk_writes() -> None:
    """
    Tune this process for writing by the thousand; docs/billing-profile.md says why.

    The collector of cycles looks less often: a run's lines hold none, and come by the million.
    SQLite keeps more of its indexes at hand than the usual two megabytes.
    """
    gc.freeze()
    gc.set_threshold(200_000, 20, 20)
    if store.engine.dialect.name == "sqlite":
        event.listen(store.engine, "connect", _set_cache_size)


def _set_cache_size(connection: Any, _record: Any) -> None:
    connection.execute(f"PRAGMA cache_size={-PAGES_KILOBYTES}")


def main() -> None:
    """Work until SIGTERM."""
    settings = Settings.from_env()
    configure_logs(settings.principal)
    store.connect(settings.database_url, settings.register, key=settings.key_encryption_key)
    payfip = payfip_at(settings.payfip_service, settings.payfip_page)
    worker = Worker(lambda: poll_payments(store, payfip, now()), portal=settings.portal_url)
    tune_for_bulk_writes()
    signal.signal(signal.SIGTERM, worker.end)
    signal.signal(signal.SIGINT, worker.end)
    log("started", service="billing_worker")
    worker.run()
    store.close()
    log("stopped", service="billing_worker")


if __name__ == "__main__":
    main()
