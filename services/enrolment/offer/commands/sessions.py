"""
Sessions, made from a group's timetable and the calendar, stored as rows.

A session that is over or has begun never changes. One that disappears is cancelled if it has
bookings, and the families notified; else it is deleted.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, delete, exists, insert, select
from sqlalchemy.orm import Session as DatabaseSession

from services.enrolment.bookings.commands.place_bookings import book_sessions
from services.enrolment.bookings.queries.upcoming_days import DAYS_ON_CARD
from services.enrolment.families.commands.card_marking import mark_cards_of_children
from services.enrolment.models import (
    Activity,
    AgentAct,
    Booking,
    Group,
    Mark,
    RollCall,
    Session,
    UnknownChild,
)
from services.enrolment.models.offer import DRAFT, PLANNED
from services.enrolment.offer.commands.calendar.bookings_given_back import (
    closed_bookings,
    give_bookings_back,
)
from services.enrolment.offer.commands.session_cancelling import cancel_sessions
from services.enrolment.offer.queries.calendar_days import current_calendar, names_of_closed_days
from services.enrolment.offer.queries.closures import lifted_at_by_session
from services.enrolment.offer.queries.timetable import timetable_of_group
from services.enrolment.offer.rules.calendar import Calendar
from services.enrolment.offer.rules.group_meeting_days import Meeting, meetings_from_day
from services.enrolment.offer.rules.hours_of_closure import deadline_after_lifting
from shared.database import Write
from shared.dates.clock import PARIS
from shared.runtime.ids import new_id

MOVED = "timetable"
"""Why a session is cancelled that the timetable or the calendar no longer has."""

_sessions = cast(Table, Session.__table__)
_FIELDS = ("starts_at", "ends_at", "book_until", "cancel_until")


def renew_sessions(write: Write, group_ids: Collection[str], now: datetime) -> set[str]:
    """
    Update the upcoming sessions of these groups to their timetable and the calendar.

    A draft has none: they are made when it is opened. Return the households notified of cancelled
    sessions.
    """
    households: set[str] = set()
    calendar = current_calendar(write)
    groups = select(Group).where(Group.id.in_(group_ids)).order_by(Group.id).with_for_update()
    for group in write.scalars(groups).all():
        activity = write.get_one(Activity, group.activity_id)
        if activity.state != DRAFT:
            households |= _renew_group(write, activity, group, calendar, now)
    return households


def renew_all_sessions(write: Write, now: datetime) -> set[str]:
    """Update every group that still meets to the calendar; return the notified households."""
    meets = Group.last_day >= now.astimezone(PARIS).date()
    return renew_sessions(write, write.scalars(select(Group.id).where(meets)).all(), now)


def make_sessions(write: Write, group: Group, since: date) -> None:
    """Make the sessions of a new group from a day on, past ones too."""
    activity = write.get_one(Activity, group.activity_id)
    upcoming = meetings_from_day(
        timetable_of_group(activity, group), current_calendar(write), since
    )
    _insert_sessions(write, group.id, upcoming)


def _renew_group(
    write: Write, activity: Activity, group: Group, calendar: Calendar, now: datetime
) -> set[str]:
    today = now.astimezone(PARIS).date()
    planned = {
        meeting.day: meeting
        for meeting in meetings_from_day(timetable_of_group(activity, group), calendar, today)
        if meeting.starts_at > now
    }
    stored = _upcoming_sessions(write, group.id, now)
    begun = _days_begun_today(write, group.id, today, now)
    new = _insert_sessions(
        write, group.id, (planned[day] for day in planned.keys() - stored.keys() - begun)
    )
    kept = [(stored[day], planned[day]) for day in planned.keys() & stored.keys()]
    back, moved = _update_sessions(write, kept, now)
    closed = closed_bookings(write, back, MOVED, now)
    booked = book_sessions(write, [*new, *back], now)
    booked |= give_bookings_back(write, closed, MOVED, now)
    mark_cards_of_children(write, booked | _children_with_session_on_card(write, moved, today), now)
    return _cancel_dropped_sessions(
        write, [stored[day] for day in stored.keys() - planned.keys()], now
    )


def _children_with_session_on_card(
    read: DatabaseSession, session_ids: Collection[str], today: date
) -> set[str]:
    """Return the children who have one of these sessions on their cards."""
    last = today + timedelta(days=DAYS_ON_CARD)
    query = select(Booking.child_id).join(Session, Session.id == Booking.session_id)
    return set(read.scalars(query.where(Session.id.in_(session_ids), Session.day <= last)))


def _upcoming_sessions(read: DatabaseSession, group_id: str, now: datetime) -> dict[date, Session]:
    query = select(Session).where(Session.group_id == group_id, Session.starts_at > now)
    return {session.day: session for session in read.scalars(query)}


def _days_begun_today(
    read: DatabaseSession, group_id: str, today: date, now: datetime
) -> set[date]:
    of_today = (Session.group_id == group_id, Session.day == today, Session.starts_at <= now)
    return set(read.scalars(select(Session.day).where(*of_today)))


def _insert_sessions(write: Write, group_id: str, planned: Iterable[Meeting]) -> list[str]:
    rows = [
        {"id": new_id(), "group_id": group_id, "state": PLANNED, "reason": ""}
        | _session_values(meeting)
        for meeting in planned
    ]
    if rows:
        write.execute(insert(_sessions), rows)
    return [row["id"] for row in rows]


def _update_sessions(
    write: Write, pairs: Iterable[tuple[Session, Meeting]], now: datetime
) -> tuple[list[str], list[str]]:
    """
    Move sessions to their new hours and deadlines; return the restored ones, and the moved ones.

    A deadline is never moved back into the past: families were shown it, and an order that they
    signed in time may still be on its way. What the lifting of a closure gave them stays. A session
    that comes back past its deadline may still be cancelled for a while, as after a lifting.
    """
    back, moved = [], []
    found = list(pairs)
    lifted = lifted_at_by_session(write, [session.id for session, _ in found])
    for session, meeting in found:
        values = _session_values(meeting)
        for name in ("book_until", "cancel_until"):
            if values[name] <= now:
                values[name] = max(values[name], getattr(session, name))
        if session.id in lifted:
            values["cancel_until"] = deadline_after_lifting(
                meeting.starts_at, values["cancel_until"], lifted[session.id]
            )
        if session.reason == MOVED:
            values |= {"state": PLANNED, "reason": ""}
            back.append(session.id)
            if values["cancel_until"] <= now:
                values["cancel_until"] = deadline_after_lifting(
                    meeting.starts_at, values["cancel_until"], now
                )
        if any(getattr(session, name) != value for name, value in values.items()):
            moved.append(session.id)
        for name, value in values.items():
            setattr(session, name, value)
    write.flush()
    return back, moved


def _cancel_dropped_sessions(write: Write, gone: Collection[Session], now: datetime) -> set[str]:
    ids = [session.id for session in gone]
    motives = names_of_closed_days(write, {session.day for session in gone})
    households = cancel_sessions(write, ids, MOVED, now, motives=motives)
    uses = [exists().where(kind.session_id == _sessions.c.id) for kind in _USES]
    write.execute(delete(_sessions).where(_sessions.c.id.in_(ids), *(~use for use in uses)))
    return set(households)


_USES = (AgentAct, Booking, Mark, RollCall, UnknownChild)


def _session_values(meeting: Meeting) -> dict[str, Any]:
    return {"day": meeting.day} | {name: getattr(meeting, name) for name in _FIELDS}
