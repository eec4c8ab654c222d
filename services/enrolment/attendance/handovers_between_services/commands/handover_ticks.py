"""Ticks of hand-overs, stored idempotently under the id that the device gave them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from services.enrolment.attendance.handovers_between_services.queries.handovers_due import (
    is_service_handover_due_on,
)
from services.enrolment.attendance.roll_call.commands.marks import Taken
from services.enrolment.live_changes import ROLL_CALL, note_change_for_open_pages
from services.enrolment.models import Handover, HandoverMark
from shared.contracts.dossier.sharing.handovers_between_services import (
    ACTS_OF,
    OTHER_SIDE,
    HandoverTick,
    handover_marked,
)
from shared.database import Write
from shared.runtime.ids import new_id

NO_HANDOVER = "no_relay"


@dataclass(frozen=True)
class NewTick:
    """A tick of a hand-over; `made_at` is corrected, `subject` is the agent who ticked here."""

    id: str
    handover_id: str
    day: date
    act: str
    made_at: datetime
    subject: str | None
    after: tuple[str, ...] = ()


def record_ticks(write: Write, ticks: Sequence[NewTick], day: date, received_at: datetime) -> Taken:
    """
    Store these ticks of this side and publish each once; a known one changes nothing.

    A tick of a hand-over that has ended since is accepted: it was in force when it was made. A tick
    of an unknown hand-over, of another day than its own, or of the other side, is refused.
    """
    query = select(Handover).where(Handover.handover_id.in_({tick.handover_id for tick in ticks}))
    handovers = {handover.handover_id: handover for handover in write.scalars(query)}
    taken, recorded = Taken(), False
    for tick in ticks:
        handover = handovers.get(tick.handover_id)
        if handover is None or not _is_valid_tick(handover, tick) or tick.day > day:
            taken.refused[tick.id] = NO_HANDOVER
            continue
        taken.taken.append(tick.id)
        if _insert_tick(write, tick, handover.side, received_at):
            _publish_tick(write, tick)
            recorded = True
    if recorded:
        note_change_for_open_pages(write, ROLL_CALL)
    return taken


def record_tick_of_other_side(write: Write, event: HandoverTick, now: datetime) -> None:
    """Store a tick of the other side; of a hand-over unknown here, nothing is stored."""
    handover = write.get(Handover, event.relay_id)
    if handover is None:
        return
    other = OTHER_SIDE[handover.side]
    if event.act in ACTS_OF[other]:
        tick = NewTick(
            id=event.mark_id or new_id(),
            handover_id=event.relay_id,
            day=event.day,
            act=event.act,
            made_at=event.at,
            subject=None,
            after=tuple(event.after),
        )
        if _insert_tick(write, tick, other, now):
            note_change_for_open_pages(write, ROLL_CALL)


def _is_valid_tick(handover: Handover, tick: NewTick) -> bool:
    return tick.act in ACTS_OF[handover.side] and is_service_handover_due_on(handover, tick.day)


def _publish_tick(write: Write, tick: NewTick) -> None:
    event = HandoverTick(
        relay_id=tick.handover_id,
        day=tick.day,
        act=tick.act,
        at=tick.made_at,
        mark_id=tick.id,
        after=list(tick.after),
    )
    write.publish(handover_marked, event)


def _insert_tick(write: Write, tick: NewTick, side: str, received_at: datetime) -> bool:
    row = {
        "id": tick.id,
        "handover_id": tick.handover_id,
        "day": tick.day,
        "side": side,
        "act": tick.act,
        "after": list(tick.after),
        "made_at": tick.made_at,
        "received_at": received_at,
        "subject": tick.subject,
    }
    first = write.upsert_into(HandoverMark).values(**row).on_conflict_do_nothing()
    return write.execute(first.returning(HandoverMark.id)).first() is not None
