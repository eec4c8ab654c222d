"""
Sessions cancelled by the provider: a strike, a closed day, a changed timetable.

Their bookings are closed and never count; each household concerned is notified once, for all its
children and activities.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession

from services.enrolment.bookings.commands.session_locks import lock_groups
from services.enrolment.families.commands.card_marking import mark_cards_of_children
from services.enrolment.families.commands.notices import notify_households
from services.enrolment.families.queries.guardians import placements_by_child
from services.enrolment.models import Activity, Booking, Group, Session
from services.enrolment.models.offer import CANCELLED, PLANNED
from services.enrolment.models.places import BY_PROVIDER, COUNTING
from shared.contracts.enrolment.places.states import BOOKED, CLOSED
from shared.database import Write

Motives = Mapping[date, str]
"""Why days are closed, in the words of who closed them, by day."""
NO_MOTIVE: Motives = {}


def cancel_sessions(
    write: Write,
    session_ids: Collection[str],
    reason: str,
    now: datetime,
    key: str = "",
    motives: Motives = NO_MOTIVE,
) -> list[str]:
    """
    Cancel these sessions, close their bookings, notify families; return the notified households.

    Each household is notified once under a `key`; without one, once of this cancelling. `motives`
    say of days what the calendar says of them.
    """
    sessions = lock_planned_sessions(write, session_ids)
    for session in sessions:
        session.state, session.reason = CANCELLED, reason
    closed = close_bookings(write, [session.id for session in sessions], None, reason, now)
    if closed:
        ids = [session.id for session in sessions]
        key = key or key_of_cancelling_notice(
            "closure", ids, min(session.day for session in sessions), now
        )
        notify_of_sessions(write, ("closure", key), sessions, closed, reason, now, motives)
    mark_cards_of_children(write, {booking.child_id for booking in closed}, now)
    return sorted({booking.household_id for booking in closed})


def lock_planned_sessions(write: Write, session_ids: Collection[str]) -> Sequence[Session]:
    """Lock these sessions, after their groups, and return those that are still to take place."""
    listed = Session.id.in_(session_ids)
    lock_groups(write, set(write.scalars(select(Session.group_id).where(listed))))
    query = select(Session).where(listed, Session.state == PLANNED).order_by(Session.id)
    fresh = query.with_for_update()
    return write.scalars(fresh).all()


def close_bookings(
    write: Write,
    session_ids: Collection[str],
    child_ids: Collection[str] | None,
    reason: str,
    now: datetime,
    states: Collection[str] = COUNTING,
) -> list[Booking]:
    """Close the bookings of these children (None: of all), and return them."""
    query = select(Booking).where(Booking.session_id.in_(session_ids), Booking.state.in_(states))
    if child_ids is not None:
        query = query.where(Booking.child_id.in_(child_ids))
    order = (Booking.session_id, Booking.child_id)
    closed = list(write.scalars(query.order_by(*order).with_for_update()))
    for booking in closed:
        booking.state, booking.reason = CLOSED, reason
        booking.changed_by, booking.changed_at = BY_PROVIDER, now
    write.flush()
    return closed


def key_of_cancelling_notice(
    kind: str, session_ids: Iterable[str], first_day: date, now: datetime
) -> str:
    """
    Return the key of this notice: « closure:2026-11-26:… ».

    The moment is part of it: what is closed, opened and closed again is told three times.
    """
    parts = "".join([*sorted(session_ids), now.isoformat()])
    digest = hashlib.sha256(parts.encode()).hexdigest()[:12]
    return f"{kind}:{first_day}:{digest}"


def notify_of_sessions(
    write: Write,
    kind_and_key: tuple[str, str],
    sessions: Collection[Session],
    bookings: Collection[Booking],
    reason: str,
    now: datetime,
    motives: Motives = NO_MOTIVE,
) -> None:
    """
    Notify the households of these bookings, each of its own days, in one notice.

    Who has a placed child in care is notified of that child's days, whoever booked them. Of what
    is booked again they are told until when each day may still be cancelled.
    """
    kind, key = kind_and_key
    labels = _labels_by_group(write, sessions)
    by_id = {session.id: session for session in sessions}
    told = bookings_by_notified_household(write, by_id, bookings)
    for household_id, own in told.items():
        of_it = [by_id[booking.session_id] for booking in own]
        detail: dict[str, object] = {
            "days": sorted({session.day.isoformat() for session in of_it}),
            "activities": sorted({labels[session.group_id] for session in of_it}),
            "reason": reason,
        }
        if said := {motives[each.day] for each in of_it if each.day in motives}:
            detail["motives"] = sorted(said)
        booked = (by_id[booking.session_id] for booking in own if booking.state == BOOKED)
        if untils := {(each.day, each.cancel_until) for each in booked if each.cancel_until > now}:
            detail["untils"] = [
                {"day": day.isoformat(), "until": until.isoformat()}
                for day, until in sorted(untils)
            ]
        children = {booking.child_id for booking in own}
        notify_households(write, [household_id], key, kind, children, detail, now)


def bookings_by_household(bookings: Iterable[Booking]) -> dict[str, list[Booking]]:
    """Return bookings by the household to which they belong, in a steady order."""
    households: dict[str, list[Booking]] = defaultdict(list)
    for booking in bookings:
        households[booking.household_id].append(booking)
    return dict(sorted(households.items()))


def bookings_by_notified_household(
    read: DatabaseSession, sessions: Mapping[str, Session], bookings: Iterable[Booking]
) -> dict[str, list[Booking]]:
    """
    Return bookings by the households to be told of them, in a steady order.

    These are whose day it is and, of a placed child, whose carer has it on that day.
    """
    listed = list(bookings)
    households = bookings_by_household(listed)
    carers = placements_by_child(read, {booking.child_id for booking in listed})
    for booking in listed:
        day = sessions[booking.session_id].day
        caring = {
            carer.household_id for carer in carers[booking.child_id] if carer.has_child_on(day)
        }
        for household_id in sorted(caring - {booking.household_id}):
            households.setdefault(household_id, []).append(booking)
    return dict(sorted(households.items()))


def _labels_by_group(read: DatabaseSession, sessions: Iterable[Session]) -> dict[str, str]:
    groups = {session.group_id for session in sessions}
    query = select(Group.id, Activity.label).join(Activity, Activity.id == Group.activity_id)
    return {group: label for group, label in read.execute(query.where(Group.id.in_(groups)))}
