"""Hand-overs due on a day, with the ticks of both sides."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, select

from services.enrolment.attendance.handovers_between_services.rules import missed_child_alerts
from services.enrolment.attendance.handovers_between_services.rules.missed_child_alerts import (
    MISSED,
    Tick,
)
from services.enrolment.attendance.marks.rules.mark_resolution import MarkEntry, State
from services.enrolment.children.queries.reach_of_right import EVERYWHERE, Reach
from services.enrolment.children.rules.distinct_names import Named, display_names
from services.enrolment.models import Booking, ChildCard, Handover, HandoverMark, Session
from services.enrolment.models.places import BOOKED
from shared.contracts.dossier.sharing.handovers_between_services import OTHER_SIDE
from shared.database import Read
from shared.database.tables.validity import valid_on_condition
from shared.dates.periods import holds_on


def is_service_handover_due_on(handover: Handover, day: date) -> bool:
    """Return whether a hand-over, as long as it is in force, is due on a day."""
    return holds_on(handover, day) and str(day.isoweekday()) in handover.weekdays


def ticks_by_handover(
    read: Read, handover_ids: Collection[str], day: date
) -> Mapping[str, list[Tick]]:
    """Return by hand-over the ticks of both sides that this provider has for that day."""
    by_handover: dict[str, list[Tick]] = defaultdict(list)
    rows = select(HandoverMark).where(
        HandoverMark.handover_id.in_(handover_ids), HandoverMark.day == day
    )
    for row in read.scalars(rows):
        entry = MarkEntry(row.id, row.act, row.made_at, tuple(row.after))
        by_handover[row.handover_id].append(Tick(row.side, entry, row.received_at))
    return by_handover


@dataclass(frozen=True)
class Passage:
    """
    One child to be handed over, or received, on a day.

    `own` is what this provider ticked, `other_state` what the other one did. The child is missed
    from `due_at` on; `lifted_at` is when a tick arrived that ended the last alert.
    """

    handover_id: str
    child_id: str
    name: str
    side: str
    other: str
    at: str
    state: str
    own: State
    other_state: State
    due_at: datetime | None
    lifted_at: datetime | None


def service_handovers_of_day(
    read: Read, day: date, now: datetime, reach: Reach = EVERYWHERE
) -> list[Passage]:
    """Return the expected children whom this provider hands over or receives that day, by hour."""
    rows = [
        row
        for row in read.scalars(_select_running_handovers(day))
        if is_service_handover_due_on(row, day)
    ]
    expected = booked_within_reach(read, [row.child_id for row in rows], day, reach)
    cards = {
        card.child_id: card
        for card in read.scalars(select(ChildCard).where(ChildCard.child_id.in_(expected)))
    }
    names = display_names(
        Named(card.child_id, card.first_name, card.last_name, card.birth_date)
        for card in cards.values()
    )
    ticks = ticks_by_handover(read, [row.handover_id for row in rows], day)
    return [
        _make_service_handover(row, names[row.child_id], day, ticks[row.handover_id], now)
        for row in rows
        if row.child_id in cards
    ]


def count_missed_children(read: Read, day: date, now: datetime, reach: Reach = EVERYWHERE) -> int:
    """Return how many children are missed between two services now."""
    return sum(
        passage.state == MISSED for passage in service_handovers_of_day(read, day, now, reach)
    )


def _make_service_handover(
    handover: Handover, name: str, day: date, ticks: list[Tick], now: datetime
) -> Passage:
    states = missed_child_alerts.resolve_ticks_of_sides(ticks)
    marks = missed_child_alerts.ticks_in_force(states.values())
    return Passage(
        handover.handover_id,
        handover.child_id,
        name,
        handover.side,
        handover.other,
        handover.at,
        missed_child_alerts.state_of_child_on_way(day, handover.at, marks, now),
        states[handover.side],
        states[OTHER_SIDE[handover.side]],
        missed_child_alerts.moment_child_is_missed_from(day, handover.at, marks),
        missed_child_alerts.arrival_of_tick_ending_alert(day, handover.at, ticks),
    )


def _select_running_handovers(day: date) -> Select[Handover]:
    return (
        select(Handover)
        .where(
            Handover.ended.is_(False),
            valid_on_condition(Handover, day),
        )
        .order_by(Handover.at, Handover.handover_id)
    )


def booked_within_reach(
    read: Read, child_ids: Collection[str], day: date, reach: Reach
) -> set[str]:
    """
    Return the children of these who are booked that day: a child called off is not handed over.
    """
    booked = (
        select(Booking.child_id)
        .join(Session, Session.id == Booking.session_id)
        .where(Session.day == day, Booking.state == BOOKED, Booking.child_id.in_(child_ids))
        .where(reach.group_within_condition(Session.group_id))
    )
    return set(read.scalars(booked))
