"""
Carries what transactions decided to tell from the outbox to the broker, with confirms.

One relay per database, by a lease: two would only send twice, which consumers survive, and cost twice.
"""

import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, delete, func, select, update

from shared.bus.link import CONNECTION_ERRORS
from shared.bus.publisher import CONFIRMED, RETURNED, Publisher, Receipt
from shared.clock import now
from shared.database import Store
from shared.database.kit_tables import kit_table
from shared.ids import new_id
from shared.logs import log, log_error
from shared.settings import Settings

BATCH = 200
CONFIRM_SECONDS = 5.0
POLL_SECONDS = 0.1
"""How soon what another process of the service told is noticed; its own is noticed at once."""

LEASE_SECONDS = 6.0
LONGEST_WAIT_SECONDS = 60


class Relay:
    """Sends the outbox of one database for as long as it holds the lease."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._exchange = f"out.{settings.principal}"
        self._publisher = Publisher(settings.amqp_uri, settings.principal, confirms=True)
        self._holder = new_id()
        self._leased_until = 0.0
        self._told = threading.Event()
        self._running = True
        store.when_told(self._told.set)

    def run(self) -> None:
        """Relay until `stop`."""
        while self._running:
            try:
                busy = self._has_lease() and self.relay_once() > 0
            except Exception as error:
                log_error("relay_failed", error)
                busy = False
                time.sleep(1.0)
            if not busy:
                self._told.wait(POLL_SECONDS)
                self._told.clear()

    def stop(self) -> None:
        """End after the batch in hand."""
        self._running = False
        self._publisher.close()

    def relay_once(self) -> int:
        """Send one batch of what is due; return how many rows it had."""
        outbox = kit_table(self._store.metadata, "outbox")
        with self._store.read() as read:
            due = read.execute(
                select(outbox).where(outbox.c.next_at <= now()).order_by(outbox.c.id).limit(BATCH)
            ).all()
        if due:
            self._settle(due, self._send(due))
        return len(due)

    def _send(self, rows: Sequence[Row[Any]]) -> dict[str, str]:
        """Return each row's fate by id; a publication that timed out may still arrive."""
        receipts: list[Receipt] = []
        try:
            for row in rows:
                receipts.append(self._publish(row))
        except CONNECTION_ERRORS as error:
            log_error("relay_interrupted", error, sent=len(receipts))
        until = time.monotonic() + CONFIRM_SECONDS
        fates = {
            receipt.message_id: receipt.wait(max(0.0, until - time.monotonic()))
            for receipt in receipts
        }
        if any(fate not in (CONFIRMED, RETURNED) for fate in fates.values()):
            self._publisher.throw_away()
        return fates

    def _publish(self, row: Row[Any]) -> Receipt:
        return self._publisher.publish(
            self._exchange,
            row.key,
            row.body,
            message_id=row.id,
            type=row.type,
            headers={"version": row.version},
            persistent=True,
        )

    def _settle(self, rows: Sequence[Row[Any]], fates: dict[str, str]) -> None:
        outbox = kit_table(self._store.metadata, "outbox")
        gone = [row for row in rows if fates.get(row.id) in (CONFIRMED, RETURNED)]
        returned = [row for row in gone if fates[row.id] == RETURNED]
        kept = [row for row in rows if fates.get(row.id) not in (CONFIRMED, RETURNED)]
        moment = now()
        with self._store.write() as write:
            write.execute(delete(outbox).where(outbox.c.id.in_([row.id for row in gone])))
            for row in kept:
                wait = min(2.0**row.attempts, LONGEST_WAIT_SECONDS)
                write.execute(
                    update(outbox)
                    .where(outbox.c.id == row.id)
                    .values(
                        attempts=outbox.c.attempts + 1, next_at=moment + timedelta(seconds=wait)
                    )
                )
            for row in returned:
                write.execute(
                    write.upsert(kit_table(self._store.metadata, "returned"))
                    .values(id=row.id, key=row.key, returned_at=moment)
                    .on_conflict_do_nothing()
                )
        for row in returned:
            log("publication_returned", message_id=row.id, key=row.key)

    def _has_lease(self) -> bool:
        """Take or renew the lease; true while this relay is the one that sends."""
        moment = time.monotonic()
        if moment < self._leased_until - LEASE_SECONDS / 2:
            return True
        if take_lease(self._store, "relay", self._holder, LEASE_SECONDS):
            self._leased_until = moment + LEASE_SECONDS
            return True
        self._told.wait(1.0)
        return False


def take_lease(store: Store, name: str, holder: str, seconds: float) -> bool:
    """Take or renew a lease of this database; true where `holder` has it for so long from now."""
    lease = kit_table(store.metadata, "lease")
    moment = now()
    with store.write() as write:
        row = write.upsert(lease).values(
            name=name, holder=holder, until=moment + timedelta(seconds=seconds)
        )
        taken = row.on_conflict_do_update(
            index_elements=["name"],
            set_={"holder": row.excluded.holder, "until": row.excluded.until},
            where=(lease.c.holder == holder) | (lease.c.until < moment),
        )
        write.execute(taken)
        return write.scalar(select(lease.c.holder).where(lease.c.name == name)) == holder


def outbox_state(store: Store) -> dict[str, Any]:
    """Return how much waits to leave, since when, and how much came back; see operations.health."""
    outbox = kit_table(store.metadata, "outbox")
    returned = kit_table(store.metadata, "returned")
    with store.read() as read:
        count = read.scalar(select(func.count()).select_from(outbox)) or 0
        oldest = read.scalar(select(func.min(outbox.c.told_at)))
        back = read.scalar(select(func.count()).select_from(returned)) or 0
    age = (now() - oldest).total_seconds() if oldest else 0.0
    return {"outbox": count, "outbox_oldest_seconds": age, "returned": back}
