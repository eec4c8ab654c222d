"""
Outbox relay: publishes the rows of the outbox to the broker, with publisher confirms.

One relay per database, by a lease: a second one would only publish everything twice, which
subscribers ignore. A process that seizes the lease stops the relay at once: its queries select and
delete nothing without the lease (a copy of the town is made this way, decision 0055).
"""

import threading
import time
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Executable,
    Integer,
    MetaData,
    Row,
    bindparam,
    case,
    delete,
    exists,
    insert,
    or_,
    select,
    update,
)

from shared.bus.broker.connection import CONNECTION_ERRORS
from shared.bus.broker.publisher import CONFIRMED, LOST, REFUSED, RETURNED, Publisher, Receipt
from shared.bus.lease import take_lease, this_process_as_holder
from shared.bus.outbox_batches import Publication, Rows, publications_of
from shared.contracts import event_lanes
from shared.database import Store, Unreadable, Write
from shared.database.prebuilt_statements import among_parameter, execute, rows_among
from shared.database.tables.kit_tables import kit_table
from shared.database.tables.types import Id
from shared.database.watching.outbox_watch import CLOCK_WAS_AHEAD, LONGEST_DELAY, OutboxWatch
from shared.dates.clock import now
from shared.runtime.logs import log, log_error
from shared.runtime.trace import HEADER
from shared.settings import Settings

BATCH = 200
CONFIRM_SECONDS = 5.0
POLL_SECONDS = 0.1
"""Delay until events of other processes of the service are noticed; its own are at once."""

LOOK_SECONDS = 2.0
"""Delay until the outbox is read, and the lease is looked after, though nothing is due."""

LEASE = "relay"
LEASE_SECONDS = 6.0
STANDBY_SECONDS = 1.0


def _still_leased_condition(metadata: MetaData) -> ColumnElement[bool]:
    """Return an SQL condition that is false once another than `holder` has the lease."""
    lease = kit_table(metadata, "lease").c
    return exists().where(lease.name == LEASE, lease.holder == bindparam("holder", type_=Id))


@cache
def _select_due_rows(metadata: MetaData) -> Executable:
    """
    Select what is due, in the order in which it was written: that of the ids.

    What a clock that was ahead put off, ids and all, leaves first: it was written before that
    clock was set right, and all other ids are given since.
    """
    outbox = kit_table(metadata, "outbox")
    is_of_wrong_clock = outbox.c.next_at > bindparam("unbelievable")
    due = or_(outbox.c.next_at <= bindparam("moment"), is_of_wrong_clock)
    order = case((is_of_wrong_clock, 0), else_=1), outbox.c.id
    rows = select(outbox).where(due, _still_leased_condition(metadata)).order_by(*order)
    return rows.limit(bindparam("most", type_=Integer))


@cache
def _make_delete_of_relayed_rows(metadata: MetaData) -> Executable:
    outbox = kit_table(metadata, "outbox")
    gone = delete(outbox).where(
        outbox.c.id.in_(among_parameter()), _still_leased_condition(metadata)
    )
    return gone.returning(outbox.c.id, outbox.c.key)


@cache
def _make_insert_of_sent_ids(metadata: MetaData) -> Executable:
    return insert(kit_table(metadata, "sent"))


class Outcome(NamedTuple):
    """Outcome of relaying a row, with the id of the message as which it left."""

    result: str
    message_id: str


class Relay:
    """Publishes the outbox of one database while it holds the lease."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._exchange = f"out.{settings.principal}"
        self._publisher = Publisher(settings.amqp_uri, settings.principal, confirms=True)
        self._holder = this_process_as_holder()
        self._renew_at = 0.0
        self._batch = BATCH
        self._published = threading.Event()
        self._outbox_watch = OutboxWatch(store)
        self._running = True
        store.notify_when_published(self._published.set)

    def run(self) -> None:
        """Publish until `stop`; errors are logged and retried."""
        while self._running:
            try:
                if not self._take_or_renew_lease():
                    time.sleep(STANDBY_SECONDS)
                elif not self.relay_once():
                    self._wait_for_rows()
            except Exception as error:
                log_error("relay_failed", error)
                time.sleep(1.0)

    def stop(self) -> None:
        """Stop after the current batch."""
        self._running = False
        self._published.set()
        self._publisher.close()

    def _wait_for_rows(self) -> None:
        """Wait until this process published, another one may have, or a row may have fallen due."""
        until = time.monotonic() + LOOK_SECONDS
        while self._running and time.monotonic() < until:
            if self._published.wait(POLL_SECONDS) or self._outbox_watch.may_be_due():
                break
        self._published.clear()

    def relay_once(self) -> bool:
        """Publish one batch of due rows; return False if there were none, or none could be sent."""
        if not self._take_or_renew_lease():
            return False
        moment = now()
        wanted = {
            "moment": moment,
            "unbelievable": moment + CLOCK_WAS_AHEAD,
            "holder": self._holder,
            "most": self._batch,
        }
        with self._store.read() as read:
            rows = execute(read, _select_due_rows(self._store.metadata), **wanted).all()
        if not rows:
            return False
        outcomes = self._publish_rows(rows)
        if not outcomes:
            time.sleep(1.0)  # the broker is away: no row is postponed for that
            return False
        self._apply_outcomes(rows, outcomes)
        return True

    def _publish_rows(self, rows: Rows) -> dict[str, Outcome]:
        """
        Publish rows; return the outcomes of those that were sent, by id; a lost one may arrive.

        After a loss, rows are sent one by one, and the batch doubles again with each success: a row
        that breaks the connection delays only itself.
        """
        bodies = [(row, self._unseal_body(row)) for row in rows]
        outcomes = {row.id: Outcome(REFUSED, row.id) for row, body in bodies if body is None}
        publications = publications_of((row, body) for row, body in bodies if body is not None)
        receipts: list[Receipt] = []
        try:
            with self._publisher.publishing_together():
                for publication in publications:
                    receipts.append(self._publish(publication))
        except CONNECTION_ERRORS as error:
            log_error("relay_interrupted", error, sent=len(receipts))
        until = time.monotonic() + CONFIRM_SECONDS
        for publication, receipt in zip(publications, receipts, strict=False):
            result = receipt.wait(max(0.0, until - time.monotonic()))
            outcome = Outcome(result, publication.message_id)
            outcomes.update((row.id, outcome) for row in publication.rows)
        is_lost = any(outcome.result == LOST for outcome in outcomes.values())
        if is_lost:
            self._publisher.drop_connection()
        whole = len(outcomes) == len(rows) and not is_lost
        self._batch = min(self._batch * 2, BATCH) if whole else 1
        return outcomes

    def _unseal_body(self, row: Row[Any]) -> bytes | None:
        """Return the body of a row; None if it cannot be unsealed, which delays no other row."""
        try:
            return self._store.unsealed_body(row)
        except Unreadable as error:
            log_error("outbox_unreadable", error, message_id=row.id)
            return None

    def _publish(self, publication: Publication) -> Receipt:
        row = publication.oldest_row
        return self._publisher.publish(
            self._exchange,
            row.key,
            publication.body,
            message_id=publication.message_id,
            type=row.type,
            headers=_headers_of_event(row),
            persistent=True,
        )

    def _apply_outcomes(self, rows: Rows, outcomes: dict[str, Outcome]) -> None:
        """Delete confirmed rows, postpone refused ones; lost ones are sent again, one by one."""
        results = {row.id: outcomes[row.id].result for row in rows if row.id in outcomes}
        sent = [row for row in rows if results.get(row.id) in (CONFIRMED, RETURNED)]
        returned = [row for row in sent if results[row.id] == RETURNED]
        refused = [row for row in rows if results.get(row.id) == REFUSED or len(rows) == 1]
        left_as = {row.id: outcomes[row.id].message_id for row in sent}
        with self._store.write() as write:
            self._delete_sent(write, left_as, returned)
            self._postpone(write, [row for row in refused if row not in sent])
        for row in returned:
            log("publication_returned", message_id=row.id, key=row.key, trace=row.trace)

    def _delete_sent(self, write: Write, left_as: dict[str, str], returned: Rows) -> None:
        """
        Delete rows if this relay still has the lease; else its new holder sends them again.

        The ids of the messages as which they left are kept for some days: a copy made then can be
        asked whether each was received.
        """
        gone = _make_delete_of_relayed_rows(self._store.metadata)
        unheard = {row.id for row in returned}
        moment = now()
        kept = {
            left_as[id_]: {"id": left_as[id_], "key": key, "sent_at": moment}
            for id_, key in rows_among(write, gone, left_as, holder=self._holder)
            if id_ not in unheard
        }
        if kept:
            write.connection().execute(
                _make_insert_of_sent_ids(self._store.metadata), list(kept.values())
            )
        for row in returned:
            write.execute(
                write.upsert_into(kit_table(self._store.metadata, "returned"))
                .values(id=row.id, key=row.key, returned_at=now())
                .on_conflict_do_nothing()
            )

    def _postpone(self, write: Write, rows: Rows) -> None:
        outbox = kit_table(self._store.metadata, "outbox")
        for row in rows:
            wait = timedelta(seconds=min(2.0**row.attempts, LONGEST_DELAY.total_seconds()))
            later = {"attempts": outbox.c.attempts + 1, "next_at": now() + wait}
            write.execute(update(outbox).where(outbox.c.id == row.id).values(later))

    def _take_or_renew_lease(self) -> bool:
        """Return whether this relay has the lease, taking or renewing it where that is due."""
        moment = time.monotonic()
        if moment < self._renew_at:
            return True
        if not take_lease(self._store, LEASE, self._holder, LEASE_SECONDS):
            self._renew_at = 0.0
            return False
        self._renew_at = moment + LEASE_SECONDS / 2
        return True


def _headers_of_event(row: Row[Any]) -> dict[str, Any]:
    """Return the headers of an event; what is sent of its child or household is a lane."""
    traced = {HEADER: row.trace} if row.trace else {}
    return {"version": row.version, event_lanes.HEADER: row.lane, **traced}
