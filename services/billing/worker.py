"""
Billing's worker: runs, lots, letters, replays of grids, payments without a result.

A plain process beside the service, so that neither waits for the other. Of several, one works on a
provider's orders at a time, by a lease in the database: providers whose months end together are
billed side by side. Killed anywhere, the next goes on where it was.
"""

import gc
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import event

from services.billing.jobs.grid_replays import next_replay, work_on_replay
from services.billing.jobs.letters import lay_out_letters, next_file_of_letters
from services.billing.jobs.online_payments import poll_payments
from services.billing.jobs.runs import CHUNK, next_run, work_on_run
from services.billing.payments.payfip.client import payfip_at
from services.billing.store import store
from services.billing.treasury.commands.lot_transfer import hand_over_next_bills, next_lot
from shared.bus.lease import give_up_leases, take_lease, this_process_as_holder
from shared.database.watching.commit_watch import CommitWatch
from shared.dates.clock import now
from shared.runtime.logs import configure_logs, log, log_error
from shared.settings import Settings

PAYMENTS_LEASE, LEASE_SECONDS = "payments", 60.0
RENEW_SECONDS = 15.0
KEPT_SECONDS = LEASE_SECONDS - RENEW_SECONDS
"""Time for which a lease is still this worker's when it has to be renewed."""

IDLE_SECONDS = 0.5
BREATH_SECONDS = 0.006
"""Pause between two chunks for other writers: SQLite does not queue them."""

FAILED_SECONDS = REST_SECONDS = 2.0
"""Rest of the worker after an error, and of an order that failed or that another works on."""

POLL_SECONDS = 10.0
"""Time between two looks at open payments, and for orders where nothing was committed."""
PAGES_KILOBYTES = 32_000


def lease_of_orders(provider: str) -> str:
    """Return the name of the lease on a provider's orders."""
    return f"orders.{provider}"


@dataclass(frozen=True)
class Order:
    """An order that is at work; its `step` writes no row that another provider's order writes."""

    id: str
    provider: str
    step: Callable[[], object]


class Worker:
    """Steps of orders as long as there are any, and from time to time a look at open payments."""

    def __init__(self, look: Callable[[], object], size: int = CHUNK, portal: str = "") -> None:
        self._look = look
        self._size = size
        self._portal = portal
        self._holder = this_process_as_holder()
        self._ended = threading.Event()
        self._look_at = 0.0
        self._renew_at: dict[str, float] = {}
        """Moment at which each lease that is held has to be renewed."""
        self._rests: dict[str, float] = {}
        self._commits = CommitWatch(store)
        self._look_for_orders_at = 0.0
        """Moment to look for orders though nothing was committed; 0 while there is one."""

    def run(self) -> None:
        """Work until `end_after_current`."""
        while not self._ended.is_set():
            self._ended.wait(self.work_once())
        give_up_leases(store, self._holder)
        self._commits.close()

    def work_once(self) -> float:
        """Do one thing; return the seconds until the next."""
        try:
            self._poll_payments_when_due()
            return BREATH_SECONDS if self._work_on_order() else IDLE_SECONDS
        except Exception as error:
            log_error("worker_failed", error)
            return FAILED_SECONDS

    def _work_on_order(self) -> bool:
        """Do a chunk of an order, if there is any; one that fails rests, others go on."""
        moment = time.monotonic()
        if not self._commits.may_have_changed() and moment < self._look_for_orders_at:
            return False
        self._look_for_orders_at = 0.0
        self._rests = {each: until for each, until in self._rests.items() if until > moment}
        with store.sharing_one_read():
            order = self._next_order(list(self._rests))
        if order is None:
            self._give_up_orders()
            self._look_for_orders_at = 0.0 if self._rests else moment + POLL_SECONDS
            return False
        lease = lease_of_orders(order.provider)
        was_held = self._was_lease_held_throughout(lease)
        if not self._has_lease(lease):
            self._rests[order.id] = moment + REST_SECONDS
            return True  # what it has it keeps: giving it up at each try is two writes, and a race
        self._give_up_orders(but=lease)
        if was_held:  # otherwise it was read before the lease was taken, and is read anew
            try:
                order.step()
            except Exception as error:
                log_error("run_failed", error, run_id=order.id)
                self._rests[order.id] = moment + REST_SECONDS
        return True

    def _next_order(self, resting: list[str]) -> Order | None:
        """Return what is ordered next: bills go before lots, these before letters and replays."""
        if run := next_run(store, resting):
            return Order(run.id, run.provider, partial(work_on_run, store, run, self._size))
        if lot := next_lot(store, resting):
            return Order(lot.id, lot.provider, partial(hand_over_next_bills, store, lot))
        if file := next_file_of_letters(store, resting):
            part, provider = file
            lay_out = partial(lay_out_letters, store, self._portal, part, now())
            return Order(part.run_id, provider, lay_out)
        if replay := next_replay(store, resting):
            return Order(replay.id, replay.provider, partial(work_on_replay, store, replay))
        return None

    def end_after_current(self, *_: object) -> None:
        """End after what is in hand."""
        self._ended.set()

    def _was_lease_held_throughout(self, name: str) -> bool:
        """Return whether a lease was taken, and cannot have been another worker's since."""
        renew_at = self._renew_at.get(name)
        return renew_at is not None and time.monotonic() < renew_at + KEPT_SECONDS

    def _has_lease(self, name: str) -> bool:
        moment = time.monotonic()
        if moment < self._renew_at.get(name, 0.0):
            return True
        taken = take_lease(store, name, self._holder, LEASE_SECONDS)
        if taken:
            self._renew_at[name] = moment + RENEW_SECONDS
        else:
            self._renew_at.pop(name, None)
        return taken

    def _give_up_orders(self, *, but: str = "") -> None:
        """Give up the leases on other orders, so that another worker may take these."""
        for name in self._renew_at.keys() - {PAYMENTS_LEASE, but}:
            give_up_leases(store, self._holder, name)
            del self._renew_at[name]

    def _poll_payments_when_due(self) -> None:
        if time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + POLL_SECONDS
            if self._has_lease(PAYMENTS_LEASE):
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
    signal.signal(signal.SIGTERM, worker.end_after_current)
    signal.signal(signal.SIGINT, worker.end_after_current)
    log("started", service="billing_worker")
    worker.run()
    store.close()
    log("stopped", service="billing_worker")


if __name__ == "__main__":
    main()
