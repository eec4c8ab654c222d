"""
Closures: sessions cancelled in one act, that can be taken back, as an outing of a class can.

A closure keeps each booking as it was. Taken back, a booking returns to that, unless somebody
changed it meanwhile, the place ended, or its weekly pattern no longer wants the day.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from services.enrolment.attendance.quantities.commands.attendance_sheets import publish_sheets
from services.enrolment.bookings.commands.place_bookings import UNBOOKED, book_sessions
from services.enrolment.bookings.commands.session_locks import lock_groups
from services.enrolment.children.queries.reach_of_right import EVERYWHERE, Reach
from services.enrolment.families.commands.card_marking import mark_cards_of_children
from services.enrolment.models import Activity, ClosedSession, Closure, Group, Session
from services.enrolment.models.days.closures import OUTING
from services.enrolment.models.offer import CANCELLED, PLANNED
from services.enrolment.offer.commands.closing.bookings_put_aside import (
    cancel_bookings_moved_by_outing,
    hand_bookings_to_other_closure,
    hand_sessions_to_part_of_closure,
    put_bookings_aside,
    restore_bookings,
)
from services.enrolment.offer.commands.session_cancelling import (
    cancel_sessions,
    lock_planned_sessions,
    notify_of_sessions,
)
from services.enrolment.offer.commands.sessions import MOVED
from services.enrolment.offer.queries.calendar_days import current_calendar
from services.enrolment.offer.queries.cancellable_sessions import cancellable_session_conditions
from services.enrolment.offer.queries.closures import closable_groups
from services.enrolment.offer.queries.timetable import timetable_of_group
from services.enrolment.offer.rules.calendar import Calendar
from services.enrolment.offer.rules.group_meeting_days import is_meeting_day_of_group
from services.enrolment.offer.rules.hours_of_closure import (
    LIFTED_WITHIN,
    Span,
    deadline_after_lifting,
)
from shared.contracts.errors import NotFound
from shared.database import Write
from shared.dates.clock import PARIS
from shared.runtime.ids import new_id


@dataclass(frozen=True)
class Done:
    """A closure declared or lifted; "" where nothing was to do."""

    closure_id: str = ""
    households: int = 0
    is_outing: bool = False


def declare_closure(
    write: Write,
    span: Span,
    group_ids: Collection[str],
    reason: str,
    subject: str,
    now: datetime,
    reach: Reach = EVERYWHERE,
) -> Done:
    """
    Cancel what these groups still have in this span; families are notified once.

    Of groups beyond reach nothing is cancelled, and nothing kept.
    """
    chosen = [group_id for group_id in group_ids if reach.has_group(group_id)]
    found = [group for group in closable_groups(write, span, now) if group.group_id in chosen]
    sessions = lock_planned_sessions(write, [each for group in found for each in group.session_ids])
    if not sessions:
        return Done()
    closure = add_closure(write, span, reason, subject, now)
    ids = [session.id for session in sessions]
    kept = [*ids, *_sessions_of_other_closures(write, span, chosen)]
    write.add_all(ClosedSession(closure_id=closure.id, session_id=each) for each in kept)
    put_bookings_aside(write, closure, ids)
    households = cancel_sessions(write, ids, reason, now, key=f"closure:{closure.id}")
    return Done(closure.id, len(households))


def lift_closure(
    write: Write,
    closure_id: str,
    subject: str,
    now: datetime,
    group_ids: Collection[str] | None = None,
) -> Done:
    """
    Take a closure back: its sessions take place, and their bookings are as they were.

    Of some groups alone where they are given: a strike is called off at one school of three. A
    second time changes nothing. What another closure keeps cancelled stays so. Who had made other
    plans may still say no. Raises NotFound, also where it is over for too long.
    """
    closure = write.get(Closure, closure_id, with_for_update=True)
    first_kept = now.astimezone(PARIS).date() - LIFTED_WITHIN
    if closure is None or closure.last_day < first_kept:
        raise NotFound(closure_id=closure_id)
    if closure.lifted_at is not None:
        return Done()
    if group_ids is not None:
        closure = _part_of_closure(write, closure, group_ids)
        if closure is None:
            return Done()
    closure.lifted_at, closure.lifted_by = now, subject
    if closure.reason == OUTING:
        sessions = _sessions_to_come_back_to(write, closure, now)
    else:
        sessions = _open_sessions(write, closure, now)
    back = restore_bookings(write, closure.id, sessions, now)
    write.flush()
    ids = [session.id for session in sessions]
    booked = book_sessions(write, ids, now, UNBOOKED)
    mark_cards_of_children(write, booked | {booking.child_id for booking in back}, now)
    publish_sheets(write, [session.id for session in sessions if session.starts_at <= now], now)
    notify_of_sessions(
        write, ("closure_lifted", f"lifted:{closure.id}"), sessions, back, closure.reason, now
    )
    households = {booking.household_id for booking in back}
    return Done(closure.id, len(households), closure.reason == OUTING)


def _open_sessions(write: Write, closure: Closure, now: datetime) -> Sequence[Session]:
    """Let the sessions take place that this closure alone cancelled, and return them."""
    sessions = _sessions_to_open(write, closure, now)
    for session in sessions:
        session.state, session.reason = PLANNED, ""
        session.cancel_until = deadline_after_lifting(session.starts_at, session.cancel_until, now)
    return sessions


def _sessions_to_come_back_to(write: Write, outing: Closure, now: datetime) -> Sequence[Session]:
    """
    Return the sessions to which a class comes back whose outing does not take place.

    What it left to a closure in force comes back with that; what is over stays as it was. Who had
    gone to another group meanwhile is expected there no more.
    """
    for session_id, other in dict(_sessions_kept_by_other_closures(write, outing)).items():
        hand_bookings_to_other_closure(write, session_id, outing.id, other)
    own = select(ClosedSession.session_id).where(ClosedSession.closure_id == outing.id)
    changeable = select(Session.id).where(Session.id.in_(own), *cancellable_session_conditions(now))
    sessions = lock_planned_sessions(write, write.scalars(changeable).all())
    cancel_bookings_moved_by_outing(write, outing, now)
    return sessions


def add_closure(write: Write, span: Span, reason: str, subject: str, now: datetime) -> Closure:
    """Add a closure that keeps nothing yet."""
    closure = Closure(
        id=new_id(),
        first_day=span.first_day,
        last_day=span.last_day,
        starts=span.starts,
        ends=span.ends,
        reason=reason,
        declared_by=subject,
        declared_at=now,
    )
    write.add(closure)
    write.flush()
    return closure


def _part_of_closure(write: Write, closure: Closure, group_ids: Collection[str]) -> Closure | None:
    """
    Return the closure of these groups alone, cut off from one that is of others too.

    None where it is of none of them any more.
    """
    own = (
        select(Session.group_id)
        .join(ClosedSession, ClosedSession.session_id == Session.id)
        .where(ClosedSession.closure_id == closure.id)
    )
    closed = set(write.scalars(own.distinct()))
    if not closed & set(group_ids):
        return None
    if closed <= set(group_ids):
        return closure
    span = Span(closure.first_day, closure.last_day, closure.starts, closure.ends)
    part = add_closure(write, span, closure.reason, closure.declared_by, closure.declared_at)
    hand_sessions_to_part_of_closure(write, closure.id, part.id, group_ids)
    return part


def _sessions_of_other_closures(write: Write, span: Span, group_ids: Collection[str]) -> list[str]:
    """Return the sessions of the span that another closure cancelled: this one keeps them too."""
    query = (
        select(Session)
        .join(ClosedSession, ClosedSession.session_id == Session.id)
        .join(Closure, Closure.id == ClosedSession.closure_id)
        .where(
            Session.group_id.in_(group_ids),
            Session.day.between(span.first_day, span.last_day),
            Session.state == CANCELLED,
            Closure.lifted_at.is_(None),
            Closure.reason != OUTING,
        )
        .distinct()
    )
    return [
        session.id
        for session in write.scalars(query)
        if span.has(session.starts_at, session.ends_at)
    ]


def _sessions_to_open(write: Write, closure: Closure, now: datetime) -> Sequence[Session]:
    """
    Return the sessions that only this closure cancels, locked; others go to the closure that stays.

    One that the timetable or the calendar no longer has stays cancelled.
    """
    own = select(ClosedSession.session_id).where(ClosedSession.closure_id == closure.id)
    groups = set(write.scalars(select(Session.group_id).where(Session.id.in_(own))))
    lock_groups(write, groups)
    kept = dict(_sessions_kept_by_other_closures(write, closure))
    for session_id, other in kept.items():
        hand_bookings_to_other_closure(write, session_id, closure.id, other)
    query = (
        select(Session)
        .where(Session.id.in_(own), Session.id.not_in(list(kept)), Session.state == CANCELLED)
        .order_by(Session.id)
        .with_for_update()
    )
    sessions, calendar = write.scalars(query).all(), current_calendar(write)
    return [
        session for session in sessions if _is_still_in_timetable(write, session, calendar, now)
    ]


def _is_still_in_timetable(
    write: Write, session: Session, calendar: Calendar, now: datetime
) -> bool:
    """
    Say whether the timetable and the calendar still have a session to come.

    One that they dropped while it was closed comes back with its day, as other dropped ones do.
    """
    group = write.get_one(Group, session.group_id)
    timetable = timetable_of_group(write.get_one(Activity, group.activity_id), group)
    within = group.first_day <= session.day <= group.last_day
    kept = within and is_meeting_day_of_group(timetable, calendar, session.day)
    if session.starts_at > now and not kept:
        session.reason = MOVED
    return session.reason != MOVED


def _sessions_kept_by_other_closures(write: Write, closure: Closure) -> list[tuple[str, str]]:
    other = aliased(ClosedSession)
    in_force = exists().where(
        Closure.id == other.closure_id, Closure.lifted_at.is_(None), Closure.reason != OUTING
    )
    query = (
        select(other.session_id, other.closure_id)
        .join(ClosedSession, ClosedSession.session_id == other.session_id)
        .where(ClosedSession.closure_id == closure.id, other.closure_id != closure.id, in_force)
        .order_by(other.session_id, other.closure_id)
    )
    return list(write.execute(query))
