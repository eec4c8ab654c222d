"""
Takes a moment at which no event is on its way, proven by marks, without statistics or a clock.

The broker counts what lies in its queues late, and what a service has in hand later still. So
messages of our own, marks, go through each queue (shared/bus/handling/drain_marks.py) while no
outbox loses a row (deploy/backups/held_relays.py): once before the moment, so that what was sent
has arrived, and once after it, so that what had not arrived until then shows in an inbox. The
moment is of one piece if nothing does, if the same hands have confirmed both, and gave nothing back
in between.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deploy.backups.databases.interface import BackupError, Opened
from deploy.backups.held_relays import HeldRelays
from deploy.backups.joint_snapshot import NotQuiet, begin_reads_at_one_moment
from deploy.engines.broker_reconciliation import Broker
from shared.bus.broker.connection import CONNECTION_ERRORS
from shared.bus.handling.drain_marks import Hands, Marks, Round
from shared.database.engines import WriteWaitedTooLong
from shared.dates.clock import now
from shared.register.queues import events_queues

AGAIN_SECONDS = 0.5
TRIES_ANYWAY = 5

PATIENCE_SECONDS = 5.0
"""Time for which relays are held for one mark, or for the writers; a mark takes milliseconds."""

WAITING = "SELECT id FROM outbox"

LATELY = 5000
"""Maximum number of events of one service that are compared, of those just received."""

HANDLED = f"SELECT id FROM inbox ORDER BY received_at DESC LIMIT {LATELY}"


@dataclass(frozen=True)
class Taken:
    """
    A moment that all databases read; `unsettled` says in words, by queue, what its copy may lack.
    """

    at: datetime
    unsettled: dict[str, str]

    @property
    def is_proven_quiet(self) -> bool:
        """Return whether it is known that nothing was on its way."""
        return not self.unsettled


class Unsettled(Exception):
    """There is no moment now; `queues` says why, and is empty where a database was busy."""

    def __init__(self, queues: Mapping[str, str]) -> None:
        super().__init__()
        self.queues = queues


class Moments:
    """Takes a moment of some databases; `data` are those of them that have an outbox."""

    def __init__(
        self,
        broker: Broker,
        databases: Sequence[Opened],
        data: Mapping[str, Opened],
        relays: HeldRelays,
        marks: Marks,
    ) -> None:
        self._broker = broker
        self._databases = databases
        self._data = data
        self._relays = relays
        self._marks = marks

    def take_moment(self, seconds: float, *, anyway: bool) -> Taken:
        """
        Let all databases read one moment from now on, waiting `seconds` until there is one.

        Raises BackupError where there is none; with `anyway` a last one is taken as it
        is. It takes some tries: a write that is slow has ended by the next.
        """
        end = time.monotonic() + seconds
        while True:
            try:
                return self._take_confirmed_moment(max(end - time.monotonic(), PATIENCE_SECONDS))
            except Unsettled as error:
                queues = error.queues
            if time.monotonic() > end:
                break
            time.sleep(AGAIN_SECONDS)
        if not anyway:
            raise BackupError(_unsettled_in_words(queues))
        for _ in range(TRIES_ANYWAY):
            try:
                return self._try_to_take_moment(anyway=True)
            except Unsettled as error:
                queues = error.queues
            time.sleep(AGAIN_SECONDS)
        raise BackupError(_unsettled_in_words(queues))

    def _take_confirmed_moment(self, seconds: float) -> Taken:
        """Wait until all has arrived that is there now, and only then hold the relays."""
        if queues := self._send_marks(seconds).unsettled:
            raise Unsettled(queues)
        taken = self._try_to_take_moment()
        if not taken.is_proven_quiet:
            raise Unsettled(taken.unsettled)
        return taken

    def _try_to_take_moment(self, *, anyway: bool = False) -> Taken:
        """Try once, with the relays held; raises Unsettled."""
        at = now()

        def note_moment_as_quiet() -> bool:
            nonlocal at
            at = now()
            return True

        try:
            with self._relays.hold_relays():
                first = self._send_marks(PATIENCE_SECONDS)
                if first.unsettled and not anyway:
                    raise Unsettled(first.unsettled)
                begin_reads_at_one_moment(self._databases, note_moment_as_quiet, PATIENCE_SECONDS)
                if not self._relays.were_relays_held(self._data):
                    raise Unsettled({})
                second = self._send_marks(PATIENCE_SECONDS)
                late = events_handled_since_snapshot(self._data)
        except (NotQuiet, WriteWaitedTooLong):
            raise Unsettled({}) from None
        return Taken(
            at, _queues_with_changed_consumers(first.hands, second.hands) | second.unsettled | late
        )

    def _send_marks(self, seconds: float) -> Round:
        """Send marks; where nobody reads a queue, the broker's figures have to say so too."""
        try:
            found = self._marks.send_round(seconds)
        except CONNECTION_ERRORS as error:
            raise BackupError(f"The broker lets nobody look at its queues: {error}") from None
        alone = [queue for queue, hands in found.hands.items() if not hands]
        depths = self._broker.count_messages_by_queue() if alone else {}
        for queue in alone:
            if count := depths.get(queue, 0):
                found.unsettled[queue] = f"{count} in it, nobody reads it"
        return found


def events_handled_since_snapshot(databases: Mapping[str, Opened]) -> dict[str, str]:
    """
    Return the events handled since the moment of the snapshot that are in no outbox of it.

    Relays must have been held meanwhile; otherwise events published later are among them.
    """
    waiting = {
        f"{principal}:{id_}"
        for principal, each in databases.items()
        for id_ in _ids_in_table(each.reading, WAITING)
    }
    found = {}
    for principal, each in databases.items():
        handled = (
            _ids_in_table(each.present, HANDLED) - _ids_in_table(each.reading, HANDLED) - waiting
        )
        received = [id_ for id_ in handled if ":" in id_]  # others came from a tablet
        each.release_writes()
        if received:
            [queue] = events_queues(principal, 1)
            found[queue] = f"{len(received)} handled only after it"
    return found


def _queues_with_changed_consumers(
    first: Mapping[str, Hands], second: Mapping[str, Hands]
) -> dict[str, str]:
    changed = {queue for queue in second if first.get(queue) != second[queue]}
    return dict.fromkeys(changed, "not confirmed by the same before and after it")


def _unsettled_in_words(unsettled: Mapping[str, str]) -> str:
    if not unsettled:
        return "A database was being written to at every try: try again."
    queues = "; ".join(f"{name}: {why}" for name, why in sorted(unsettled.items()))
    return (
        f"No moment was found at which no event was on its way ({queues}). See why their service"
        " does not answer, or wait until it has handled them; --anyway makes a copy without them."
    )


def _ids_in_table(connection: Any, query: str) -> set[str]:
    cursor = connection.cursor()
    try:
        cursor.execute(query)
        return {id_ for (id_,) in cursor.fetchall()}
    finally:
        cursor.close()
