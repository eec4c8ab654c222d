"""
A class leaves for some days: the others of its group are moved to another group.

Pupils on the outing are neither expected nor counted. Each household concerned is notified once,
whatever the number of its children and of the days.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from services.enrolment.bookings.queries.sessions_of_child import children_counted_by_session
from services.enrolment.families.commands.card_marking import mark_cards_of_children
from services.enrolment.families.commands.notices import notify_households
from services.enrolment.models import (
    Activity,
    Booking,
    ClosedSession,
    Closure,
    Group,
    Session,
)
from services.enrolment.models.days.closures import OUTING
from services.enrolment.models.places import BY_PROVIDER
from services.enrolment.offer.commands.closing.bookings_put_aside import put_bookings_aside
from services.enrolment.offer.commands.closing.closures import add_closure
from services.enrolment.offer.commands.session_cancelling import (
    bookings_by_notified_household,
    close_bookings,
    key_of_cancelling_notice,
    lock_planned_sessions,
)
from services.enrolment.offer.queries.cancellable_sessions import cancellable_sessions
from services.enrolment.offer.rules.hours_of_closure import Span
from shared.contracts.enrolment.places.states import BOOKED
from shared.contracts.errors import Refusal
from shared.database import Write

MOVED = "moved"


class GroupFull(Refusal):
    """Children who stay do not fit into the other group; `detail` has the day and the room left."""

    code = "group_full"


@dataclass(frozen=True)
class Outing:
    """
    Children who leave and children who stay, over which days, for which activities.

    Children who stay are booked in `group_id` for these days or, if it is None, stay in their own
    group; another group is one of a single activity.
    """

    activity_ids: Sequence[str]
    first_day: date
    last_day: date
    leaving: frozenset[str]
    staying: frozenset[str]
    group_id: str | None = None
    picnic: bool = False
    """True where families are asked to prepare one."""
    school_class: str = ""
    """The class as lists name it."""


@dataclass(frozen=True)
class Done:
    """Number of bookings closed and moved by an outing."""

    closed: int
    moved: int


def declare_outing(write: Write, outing: Outing, subject: str, now: datetime) -> Done:
    """
    Close the bookings of children who leave, move the others; raises GroupFull and changes nothing.

    It is kept as a closure: an outing that does not take place is taken back in one act.
    """
    days = (outing.first_day, outing.last_day)
    session_ids = cancellable_sessions(write, days, outing.activity_ids, now)
    sessions = {session.id: session for session in lock_planned_sessions(write, session_ids)}
    closure = add_closure(write, Span(*days), OUTING, subject, now)
    closure.school_class = outing.school_class
    put_bookings_aside(write, closure, list(sessions), outing.leaving)
    closed = close_bookings(write, list(sessions), outing.leaving, OUTING, now)
    moved = _move_staying_children(write, outing, sessions, closure) if outing.group_id else []
    _keep_sessions_of_outing(write, closure, [*closed, *moved])
    _notify_outing(write, outing, sessions, [*closed, *moved], now)
    mark_cards_of_children(write, {booking.child_id for booking in (*closed, *moved)}, now)
    return Done(len(closed), len(moved))


def _keep_sessions_of_outing(write: Write, closure: Closure, changed: Collection[Booking]) -> None:
    """Keep which sessions the outing is of; one that changes nothing is none."""
    if not changed:
        write.delete(closure)
    ids = sorted({booking.session_id for booking in changed})
    write.add_all(ClosedSession(closure_id=closure.id, session_id=each) for each in ids)
    write.flush()


def _move_staying_children(
    write: Write, outing: Outing, sessions: Mapping[str, Session], closure: Closure
) -> list[Booking]:
    """Book children who stay in the other group, on its days; return their closed bookings."""
    now = closure.declared_at
    at_target = {each.day: each for each in sessions.values() if each.group_id == outing.group_id}
    elsewhere = sessions.keys() - {session.id for session in at_target.values()}
    leaving_sessions = [each for each in elsewhere if sessions[each].day in at_target]
    put_bookings_aside(write, closure, leaving_sessions, outing.staying)
    left = close_bookings(write, leaving_sessions, outing.staying, MOVED, now, [BOOKED])
    _refuse_full_group(write, outing, [at_target[sessions[each.session_id].day] for each in left])
    for booking in left:
        _book_at_other_session(write, booking, at_target[sessions[booking.session_id].day], now)
    write.flush()
    return left


def _refuse_full_group(write: Write, outing: Outing, arriving: Iterable[Session]) -> None:
    places = write.get_one(Group, outing.group_id).places
    if places is None:
        return
    arriving = list(arriving)
    taken = children_counted_by_session(write, {session.id for session in arriving})
    for session in arriving:
        taken[session.id] += 1
        if taken[session.id] > places:
            raise GroupFull(day=session.day.isoformat(), places=places)


def _book_at_other_session(write: Write, booking: Booking, session: Session, now: datetime) -> None:
    """Book the child at another session, even if it had cancelled that one before."""
    target = write.get(Booking, (session.id, booking.child_id))
    if target is None:
        target = Booking(session_id=session.id, child_id=booking.child_id)
        write.add(target)
    target.household_id, target.state, target.reason = booking.household_id, BOOKED, OUTING
    target.changed_by, target.changed_at = BY_PROVIDER, now


def _notify_outing(
    write: Write,
    outing: Outing,
    sessions: Mapping[str, Session],
    changed: Collection[Booking],
    now: datetime,
) -> None:
    if not changed:
        return
    activities = _activity_by_session(write, sessions)
    group = write.get_one(Group, outing.group_id).label if outing.group_id else ""
    concerned = [f"{booking.session_id}{booking.child_id}" for booking in changed]
    key = key_of_cancelling_notice("outing", concerned, outing.first_day, now)
    told = bookings_by_notified_household(write, sessions, changed)
    for household_id, bookings in told.items():
        children = {booking.child_id for booking in bookings}
        detail: dict[str, object] = {
            "activity": ", ".join(sorted({activities[each.session_id] for each in bookings})),
            "days": sorted({sessions[each.session_id].day.isoformat() for each in bookings}),
            "leaving": sorted(children & outing.leaving),
            "staying": sorted(children & outing.staying),
            "group": group if children & outing.staying else "",
            "picnic": outing.picnic and bool(children & outing.leaving),
        }
        notify_households(write, [household_id], key, "outing", children, detail, now)


def _activity_by_session(write: Write, sessions: Mapping[str, Session]) -> dict[str, str]:
    """Return by session how families call its activity."""
    query = (
        select(Group.id, Activity.label)
        .join(Activity, Activity.id == Group.activity_id)
        .where(Group.id.in_({session.group_id for session in sessions.values()}))
    )
    labels: dict[str, str] = dict(write.execute(query).all())
    return {session_id: labels[session.group_id] for session_id, session in sessions.items()}
