"""Ticks of hand-overs: kept once by their own id, whenever and however often they come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from services.enrolment.attendance.handovers.queries import falls_on
from services.enrolment.attendance.roll_call.commands.marks import Taken
from services.enrolment.live import ROLL_CALL, changed
from services.enrolment.models import Relay, RelayMark
from shared.contracts.dossier.handovers import ACTS_OF, OTHER_SIDE, HandoverTick, handover_marked
from shared.database import Write
from shared.runtime.ids import new_id

NO_RELAY = "no_relay"


@dataclass(frozen=True)
class NewTick:
    """A tick of a hand-over, as it comes; `made_at` is corrected, `subject` is who ticked here."""

    id: str
    relay_id: str
    day: date
    act: str
    made_at: datetime
    subject: str | None
    after: tuple[str, ...] = ()


def record(write: Write, ticks: Sequence[NewTick], day: date, received_at: datetime) -> Taken:
    """
    Keep these ticks of this side, and tell each once; one that is known changes nothing.

    One of a hand-over that ended since is taken: it stood when it was made. One of a hand-over
    that was never here, of another day than its own, or of the other side, is refused.
    """
    wanted = select(Relay).where(Relay.relay_id.in_({tick.relay_id for tick in ticks}))
    relays = {relay.relay_id: relay for relay in write.scalars(wanted)}
    taken, told = Taken(), False
    for tick in ticks:
        relay = relays.get(tick.relay_id)
        if relay is None or not _is_ours(relay, tick) or tick.day > day:
            taken.refused[tick.id] = NO_RELAY
            continue
        taken.taken.append(tick.id)
        if _note(write, tick, relay.side, received_at):
            _tell(write, tick)
            told = True
    if told:
        changed(write, ROLL_CALL)
    return taken


def hear_passed(write: Write, event: HandoverTick, now: datetime) -> None:
    """Keep what the other side ticked; of a hand-over that is not known here, nothing."""
    relay = write.get(Relay, event.relay_id)
    if relay is None:
        return
    other = OTHER_SIDE[relay.side]
    if event.act in ACTS_OF[other]:
        tick = NewTick(
            id=event.mark_id or new_id(),
            relay_id=event.relay_id,
            day=event.day,
            act=event.act,
            made_at=event.at,
            subject=None,
            after=tuple(event.after),
        )
        if _note(write, tick, other, now):
            changed(write, ROLL_CALL)


def _is_ours(relay: Relay, tick: NewTick) -> bool:
    return tick.act in ACTS_OF[relay.side] and falls_on(relay, tick.day)


def _tell(write: Write, tick: NewTick) -> None:
    event = HandoverTick(
        relay_id=tick.relay_id,
        day=tick.day,
        act=tick.act,
        at=tick.made_at,
        mark_id=tick.id,
        after=list(tick.after),
    )
    write.publish(handover_marked, event)


def _note(write: Write, tick: NewTick, side: str, received_at: datetime) -> bool:
    row = {
        "id": tick.id,
        "relay_id": tick.relay_id,
        "day": tick.day,
        "side": side,
        "act": tick.act,
        "after": list(tick.after),
        "made_at": tick.made_at,
        "received_at": received_at,
        "subject": tick.subject,
    }
    first = write.upsert(RelayMark).values(**row).on_conflict_do_nothing()
    return write.execute(first.returning(RelayMark.id)).first() is not None
