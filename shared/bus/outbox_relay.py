"""
Carries what transactions decided to tell from the outbox to the broker, with confirms.

One relay per database, by a lease: two would only send twice, which consumers survive, and cost
twice. Who takes the lease away stops the relay there and then: it finds nothing more to send, and
what it has sent stays in the outbox (a copy of the town is made so, decision 0055).
"""

import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, delete, exists, select, update

from shared.bus.broker.connection import CONNECTION_ERRORS
from shared.bus.broker.publisher import CONFIRMED, LOST, REFUSED, RETURNED, Publisher, Receipt
from shared.bus.lease import take_lease, this_process
from shared.database import Store, Unreadable
from shared.database.kit_tables import kit_table
from shared.database.outbox_watch import OutboxWatch
from shared.dates.clock import now
from shared.runtime.logs import log, log_error
from shared.runtime.trace import HEADER
from shared.settings import Settings

Rows = Sequence[Row[Any]]

BATCH = 200
CONFIRM_SECONDS = 5.0
POLL_SECONDS = 0.1
"""How soon what another process of the service told is noticed; its own is noticed at once."""

LOOK_SECONDS = 1.0
"""How soon it is looked for whatever is noticed: what was put off falls due without a commit."""

LEASE = "relay"
LEASE_SECONDS = 6.0
STANDBY_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 60


class Relay:
    """Sends the outbox of one database for as long as it holds the lease."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._exchange = f"out.{settings.principal}"
        self._publisher = Publisher(settings.amqp_uri, settings.principal, confirms=True)
        self._holder = this_process()
        self._renew_at = 0.0
        self._batch = BATCH
        self._told = threading.Event()
        self._glance = OutboxWatch(store)
        self._running = True
        store.when_published(self._told.set)

    def run(self) -> None:
        """Relay until `stop`."""
        while self._running:
            try:
                if not self._has_lease():
                    time.sleep(STANDBY_SECONDS)
                elif not self.relay_once():
                    self._rest()
            except Exception as error:
                log_error("relay_failed", error)
                time.sleep(1.0)

    def stop(self) -> None:
        """End after the batch in hand."""
        self._running = False
        self._told.set()
        self._publisher.close()

    def _rest(self) -> None:
        """Wait until something was told here, may have been elsewhere, or may have fallen due."""
        until = time.monotonic() + LOOK_SECONDS
        while self._running and time.monotonic() < until:
            if self._told.wait(POLL_SECONDS) or self._glance.may_be_due():
                break
        self._told.clear()

    def relay_once(self) -> bool:
        """Send one batch of what is due; return whether there was any, and it left."""
        if not self._has_lease():
            return False
        outbox = kit_table(self._store.metadata, "outbox")
        due = select(outbox).where(outbox.c.next_at <= now(), self._still_has_lease())
        due = due.order_by(outbox.c.id)
        with self._store.read() as read:
            rows = read.execute(due.limit(self._batch)).all()
        if not rows:
            return False
        fates = self._send(rows)
        if not fates:
            time.sleep(1.0)  # the broker is away, which is no row's fault
            return False
        self._settle(rows, fates)
        return True

    def _send(self, rows: Rows) -> dict[str, str]:
        """
        Return the fates of those that left, by id; one that is lost may still arrive.

        After a batch of which something was lost rows go one by one, more again as that succeeds:
        so a row that breaks the connection holds up itself alone.
        """
        receipts: list[Receipt] = []
        fates: dict[str, str] = {}
        try:
            for row in rows:
                body = self._body(row)
                if body is None:
                    fates[row.id] = REFUSED
                else:
                    receipts.append(self._publish(row, body))
        except CONNECTION_ERRORS as error:
            log_error("relay_interrupted", error, sent=len(receipts))
        until = time.monotonic() + CONFIRM_SECONDS
        for receipt in receipts:
            fates[receipt.message_id] = receipt.wait(max(0.0, until - time.monotonic()))
        if LOST in fates.values():
            self._publisher.throw_away()
        whole = len(fates) == len(rows) and LOST not in fates.values()
        self._batch = min(self._batch * 2, BATCH) if whole else 1
        return fates

    def _body(self, row: Row[Any]) -> bytes | None:
        """Return what a row says; None where it cannot be opened, which holds up no other row."""
        try:
            return self._store.outgoing_body(row)
        except Unreadable as error:
            log_error("outbox_unreadable", error, message_id=row.id)
            return None

    def _publish(self, row: Row[Any], body: bytes) -> Receipt:
        return self._publisher.publish(
            self._exchange,
            row.key,
            body,
            message_id=row.id,
            type=row.type,
            headers={"version": row.version, **({HEADER: row.trace} if row.trace else {})},
            persistent=True,
        )

    def _settle(self, rows: Rows, fates: dict[str, str]) -> None:
        """Forget what left, wait with what was refused; what was lost goes again, alone."""
        gone = [row for row in rows if fates.get(row.id) in (CONFIRMED, RETURNED)]
        returned = [row for row in gone if fates[row.id] == RETURNED]
        refused = [row for row in rows if fates.get(row.id) == REFUSED or len(rows) == 1]
        with self._store.write() as write:
            self._forget(write, gone, returned)
            self._postpone(write, [row for row in refused if row not in gone])
        for row in returned:
            log("publication_returned", message_id=row.id, key=row.key, trace=row.trace)

    def _forget(self, write: Any, gone: Rows, returned: Rows) -> None:
        """Forget them, where nobody has taken the lease meanwhile: whoever has sends them again."""
        outbox = kit_table(self._store.metadata, "outbox")
        these = outbox.c.id.in_([row.id for row in gone])
        write.execute(delete(outbox).where(these, self._still_has_lease()))
        for row in returned:
            write.execute(
                write.upsert(kit_table(self._store.metadata, "returned"))
                .values(id=row.id, key=row.key, returned_at=now())
                .on_conflict_do_nothing()
            )

    def _postpone(self, write: Any, rows: Rows) -> None:
        outbox = kit_table(self._store.metadata, "outbox")
        for row in rows:
            wait = timedelta(seconds=min(2.0**row.attempts, LONGEST_WAIT_SECONDS))
            later = {"attempts": outbox.c.attempts + 1, "next_at": now() + wait}
            write.execute(update(outbox).where(outbox.c.id == row.id).values(later))

    def _has_lease(self) -> bool:
        """Take or renew the lease; true while this relay is the one that sends."""
        moment = time.monotonic()
        if moment < self._renew_at:
            return True
        if not take_lease(self._store, LEASE, self._holder, LEASE_SECONDS):
            self._renew_at = 0.0
            return False
        self._renew_at = moment + LEASE_SECONDS / 2
        return True

    def _still_has_lease(self) -> Any:
        """Return the condition of a statement that is void once another has taken the lease."""
        lease = kit_table(self._store.metadata, "lease").c
        return exists().where(lease.name == LEASE, lease.holder == self._holder)
