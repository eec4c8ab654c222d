"""Hand-overs that are due on a day, with what both sides ticked."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select

from services.enrolment.attendance.handovers import rules as lateness
from services.enrolment.attendance.handovers.rules import MISSED, Tick
from services.enrolment.attendance.marks.rules.last_act import Act, State
from services.enrolment.children.rules.names import Named, display_names
from services.enrolment.models import Booking, ChildCard, Relay, RelayMark, Session
from services.enrolment.models.places import BOOKED
from shared.contracts.dossier.handovers import OTHER_SIDE
from shared.database import Read


def falls_on(relay: Relay, day: date) -> bool:
    """Return whether a hand-over, as long as it stands, is due on a day."""
    inside = relay.valid_from <= day and (relay.valid_to is None or day <= relay.valid_to)
    return inside and str(day.isoweekday()) in relay.weekdays


def ticks_of(read: Read, relay_ids: Collection[str], day: date) -> Mapping[str, list[Tick]]:
    """Return by hand-over what both sides ticked that day, as far as it is known here."""
    found: dict[str, list[Tick]] = defaultdict(list)
    rows = select(RelayMark).where(RelayMark.relay_id.in_(relay_ids), RelayMark.day == day)
    for row in read.scalars(rows):
        act = Act(row.id, row.act, row.made_at, tuple(row.after))
        found[row.relay_id].append(Tick(row.side, act, row.received_at))
    return found


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
