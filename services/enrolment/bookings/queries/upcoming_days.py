"""Days of children from today on: bookings, and today's marks."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session as Database

from services.enrolment.attendance.marks.queries.attendance_states import resolved_outcomes
from services.enrolment.bookings.queries.agent_changes import last_agent_acts
from services.enrolment.bookings.rules.session_state_for_household import (
    CAME,
    Seen,
    changeable_until,
    session_state_for_household,
)
from services.enrolment.families.queries.households import homes_by_child
from services.enrolment.families.rules.household_of_day import household_of_day
from services.enrolment.models import Activity, AgentAct, Booking, Group, Mark, Session
from services.enrolment.models.offer import PLANNED
from services.enrolment.models.places import BY_PLACE
from shared.contracts.enrolment.places.states import CANCELLED, CLOSED, OTHER, PRESENT, BookedDay
from shared.database import Day
from shared.database.prebuilt_statements import execute, list_parameter

DAYS_ON_CARD = 14
"""Days on a card, from today on."""

_children, _today = list_parameter("child_ids"), bindparam("today", type_=Day)
_BOOKED = (
    select(Booking, Session, Group, Activity)
    .join(Session, Session.id == Booking.session_id)
    .join(Group, Group.id == Session.group_id)
    .join(Activity, Activity.id == Group.activity_id)
    .where(Booking.child_id.in_(_children), Session.day.between(_today, bindparam("last")))
)
_MARKED = (
    select(Mark.session_id)
    .join(Session, Session.id == Mark.session_id)
    .where(Session.day == _today, Mark.child_id.in_(_children))
)

Marks = Mapping[tuple[str, str], tuple[str, datetime]]


@dataclass(frozen=True)
class ChildDay:
    """One session of one child; `owner` is the household whose day it is."""

    session: Session
    group: Group
    activity: Activity
    child_id: str
    owner: str | None
    booking: Booking | None = None
    mark: str | None = None
    marked_at: datetime | None = None
    asked_by: str | None = None

    def seen_by(self, households: Collection[str]) -> Seen:
        """Return the day as seen by a person of these households."""
        takes_place = self.session.state == PLANNED
        return Seen(
            self.owner in households, takes_place, state_of_booking(self.booking), self.mark
        )


def state_of_booking(booking: Booking | None) -> str | None:
    """Return the state of a booking; one that the place itself cancelled is None to families."""
    if booking is None or (booking.state == CANCELLED and booking.changed_by == BY_PLACE):
        return None
    return booking.state


def upcoming_days_by_child(
    read: Database,
    today: date,
    *,
    booked: Sequence[str],
    marked_today: Sequence[str],
    acted_on: Sequence[str],
) -> Mapping[str, Sequence[ChildDay]]:
    """
    Return by child its days from today on, by start: what is booked, or was marked today.

    The caller says which children have any booking, a mark of today, and an act of an agent.
    """
    days = {
        (day.session.id, day.child_id): day for day in _upcoming_booked_days(read, booked, today)
    }
    marked = _marks_of_today(read, marked_today, today)
    for day in _days_without_booking(read, marked.keys() - days.keys()):
        days[day.session.id, day.child_id] = day
    acts = last_agent_acts(read, {session_id for session_id, _ in days}, acted_on)
    by_child: dict[str, list[ChildDay]] = defaultdict(list)
    for key, day in days.items():
        by_child[day.child_id].append(day_with_outcome(day, marked.get(key), acts.get(key)))
    for child_days in by_child.values():
        child_days.sort(key=lambda day: (day.session.starts_at, day.session.id))
    return by_child


def days_shown_to(child_days: Iterable[ChildDay], households: Collection[str]) -> list[BookedDay]:
    """Return these days as a person of these households sees them."""
    states = [(day, session_state_for_household(day.seen_by(households))) for day in child_days]
    return [day_as_contract_has_it(day, state) for day, state in states if state is not None]


def day_as_contract_has_it(day: ChildDay, state: str) -> BookedDay:
    """Return one day as the contract has it; a deadline that has passed is kept."""
    session = day.session
    booked_day: BookedDay = {
        "session_id": session.id,
        "day": session.day,
        "starts_at": session.starts_at,
        "ends_at": session.ends_at,
        "activity_id": day.activity.id,
        "activity": day.activity.label,
        "group": day.group.label,
        "state": state,
        "until": changeable_until(state, session.book_until, session.cancel_until),
        "seen_at": day.marked_at if state == PRESENT else None,
        "asked_by": None if state == OTHER else day.asked_by,
    }
    of_booking = day.booking.reason if day.booking and day.booking.state == CLOSED else ""
    reason = session.reason or of_booking
    if state == CLOSED and reason:
        booked_day["reason"] = reason
    return booked_day


def _upcoming_booked_days(read: Database, child_ids: Sequence[str], today: date) -> list[ChildDay]:
    if not child_ids:
        return []
    last = today + timedelta(days=DAYS_ON_CARD - 1)
    given = {"child_ids": child_ids, "today": today, "last": last}
    rows = read.execute(_BOOKED, given)
    return [
        ChildDay(session, group, activity, booking.child_id, booking.household_id, booking)
        for booking, session, group, activity in rows
    ]


def _marks_of_today(read: Database, child_ids: Sequence[str], today: date) -> Marks:
    if not child_ids:
        return {}
    children = set(child_ids)
    marked = set(execute(read, _MARKED, child_ids=child_ids, today=today).scalars())
    outcomes = resolved_outcomes(read, marked) if marked else {}
    return {key: outcome for key, outcome in outcomes.items() if key[1] in children}


def _days_without_booking(read: Database, keys: Collection[tuple[str, str]]) -> list[ChildDay]:
    """Return days of children who came unbooked: their guardians see where they are."""
    if not keys:
        return []
    rows = read.execute(
        select(Session, Group, Activity)
        .join(Group, Group.id == Session.group_id)
        .join(Activity, Activity.id == Group.activity_id)
        .where(Session.id.in_({session_id for session_id, _ in keys}))
    )
    offers = {row[0].id: row for row in rows}
    homes = homes_by_child(read, {child_id for _, child_id in keys})
    days = []
    for session_id, child_id in keys:
        session, group, activity = offers[session_id]
        home = homes.get(child_id)
        owner = household_of_day(home, session.day) if home else None
        days.append(ChildDay(session, group, activity, child_id, owner))
    return days


def day_with_outcome(
    day: ChildDay, outcome: tuple[str, datetime] | None, act: AgentAct | None
) -> ChildDay:
    """Return a day with its mark, and with who asked if an agent had the last word on it."""
    kind, made_at = outcome or (None, None)
    changed_at = day.booking.changed_at if day.booking else None
    later = [moment for moment in (made_at, changed_at) if moment and act and moment > act.at]
    holds = act is not None and act.household_id == day.owner and not later
    return replace(
        day,
        mark=kind,
        marked_at=made_at if kind in CAME else None,
        asked_by=act.asked_by if act is not None and holds else None,
    )
