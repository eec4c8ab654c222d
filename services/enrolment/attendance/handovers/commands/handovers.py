"""Hand-overs in the provider's database: what the dossier said, what is due on a day."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, delete, or_, select

from services.enrolment.attendance.handovers import rules as lateness
from services.enrolment.attendance.handovers.commands.ticks import falls_on, ticks_of
from services.enrolment.attendance.handovers.rules import MISSED, Tick
from services.enrolment.attendance.marks.rules.last_act import State
from services.enrolment.children.rules.names import Named, display_names
from services.enrolment.models import Booking, ChildCard, Relay, RelayMark, Session
from services.enrolment.models.places import BOOKED
from shared.contracts.dossier.handovers import OTHER_SIDE
from shared.database import Read, Write
from shared.dates.clock import today

KEPT = timedelta(days=14)
_relays = cast(Table, Relay.__table__)


@dataclass(frozen=True)
class Passage:
    """
    One child to be handed over, or received, on a day.

    `mine` and `theirs` are what each side ticked. The child is missed from `due_at` on, as far as
    is known now; `lifted_at` is when word came that ended the alert given last.
    """

    relay_id: str
    child_id: str
    name: str
    side: str
    other: str
    at: str
    state: str
    mine: State
    theirs: State
    due_at: datetime | None
    lifted_at: datetime | None


def take(write: Write, fact: Any) -> None:
    """Keep what the dossier said of a hand-over, if it is newer; an end is its last day."""
    row = {name: getattr(fact, name) for name in _TOLD}
    if fact.ended:
        row["valid_to"] = min(fact.valid_to or date.max, today())
    row["weekdays"] = "".join(map(str, fact.weekdays))
    insert = write.upsert(_relays).values(**row)
    write.execute(
        insert.on_conflict_do_update(
            index_elements=["relay_id"], set_=row, where=_relays.c.version < fact.version
        )
    )


_TOLD = (
    "relay_id",
    "version",
    "child_id",
    "side",
    "other",
    "at",
    "valid_from",
    "valid_to",
    "ended",
)


def passages_on(read: Read, day: date, now: datetime) -> list[Passage]:
    """Return whom this provider hands over or receives that day, of whom it expects, by hour."""
    rows = [row for row in read.scalars(_running(day)) if falls_on(row, day)]
    expected = _expected(read, [row.child_id for row in rows], day)
    cards = {
        card.child_id: card
        for card in read.scalars(select(ChildCard).where(ChildCard.child_id.in_(expected)))
    }
    names = display_names(
        Named(card.child_id, card.first_name, card.last_name, card.birth_date)
        for card in cards.values()
    )
    ticks = ticks_of(read, [row.relay_id for row in rows], day)
    return [
        _passage(row, names[row.child_id], day, ticks[row.relay_id], now)
        for row in rows
        if row.child_id in cards
    ]


def missed_on(read: Read, day: date, now: datetime) -> int:
    """Return how many children are missed between two services now."""
    return sum(each.state == MISSED for each in passages_on(read, day, now))


def forget_past(write: Write, day: date) -> None:
    """Forget what was ticked two weeks ago, and hand-overs that are over for as long."""
    write.execute(delete(RelayMark).where(RelayMark.day < day - KEPT))
    used = select(RelayMark.relay_id)
    over = Relay.valid_to < day - KEPT
    write.execute(delete(Relay).where(over, Relay.relay_id.not_in(used)))


def _passage(relay: Relay, name: str, day: date, ticks: list[Tick], now: datetime) -> Passage:
    states = lateness.settled(ticks)
    marks = lateness.said(states.values())
    return Passage(
        relay.relay_id,
        relay.child_id,
        name,
        relay.side,
        relay.other,
        relay.at,
        lateness.state_of(day, relay.at, marks, now),
        states[relay.side],
        states[OTHER_SIDE[relay.side]],
        lateness.due_at(day, relay.at, marks),
        lateness.lifted_at(day, relay.at, ticks),
    )


def _running(day: date) -> Any:
    return (
        select(Relay)
        .where(
            Relay.ended.is_(False),
            Relay.valid_from <= day,
            or_(Relay.valid_to.is_(None), Relay.valid_to >= day),
        )
        .order_by(Relay.at, Relay.relay_id)
    )


def _expected(read: Read, child_ids: list[str], day: date) -> set[str]:
    """Return those of these children who are booked that day: who was called off passes nowhere."""
    booked = (
        select(Booking.child_id)
        .join(Session, Session.id == Booking.session_id)
        .where(Session.day == day, Booking.state == BOOKED, Booking.child_id.in_(child_ids))
    )
    return set(read.scalars(booked))
