"""
Open questions of a month at this provider, before that month is billed.

Groups not closed, children not recognised, tablets that may hold marks: what they bring later
becomes a dated adjustment on the next bill.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, or_, select

from services.enrolment.models import (
    Activity,
    Booking,
    Group,
    Mark,
    RollCall,
    Session,
    Tablet,
    TabletDuty,
    UnknownChild,
)
from services.enrolment.models.offer import CANCELLED
from services.enrolment.models.places import BOOKED
from shared.database import Read
from shared.database.tables.french_order import french_sort_column
from shared.dates.clock import midnight


@dataclass(frozen=True)
class OpenGroup:
    """A group with the days of the month on which it was not closed."""

    activity: str
    group: str
    days: tuple[date, ...]


@dataclass(frozen=True)
class Closing:
    """Open questions of a month; if all are empty, the month may be billed."""

    groups: Sequence[OpenGroup]
    unknown: int
    tablets: Sequence[Tablet]

    @property
    def is_nothing_open(self) -> bool:
        return not (self.groups or self.unknown or self.tablets)


def open_questions_of_month(read: Read, month: date, now: datetime) -> Closing:
    """Return what is open in the month that begins on this day, up to this moment."""
    following = (month + timedelta(days=31)).replace(day=1)
    within = (Session.day >= month, Session.day < following, Session.ends_at <= now)
    worked = (TabletDuty.opened_at >= midnight(month), TabletDuty.opened_at < midnight(following))
    last = read.scalar(select(func.max(Session.ends_at)).where(*within))
    return Closing(
        _groups_with_open_roll_call(read, within),
        _count_unknown_children(read, within),
        _tablets_with_marks(read, worked, last),
    )


def _groups_with_open_roll_call(
    read: Read, within: Sequence[ColumnElement[bool]]
) -> list[OpenGroup]:
    """Return groups with sessions that were booked or marked, and whose roll call is open."""
    booked = exists().where(Booking.session_id == Session.id, Booking.state == BOOKED)
    marked = exists().where(Mark.session_id == Session.id)
    rows = read.execute(
        select(Group.id, Activity.label, Group.label, Session.day)
        .join(Group, Group.id == Session.group_id)
        .join(Activity, Activity.id == Group.activity_id)
        .outerjoin(RollCall, RollCall.session_id == Session.id)
        .where(*within, Session.state != CANCELLED, RollCall.closed_at.is_(None))
        .where(or_(booked, marked))
        .order_by(
            french_sort_column(Activity.label),
            french_sort_column(Group.label),
            Group.id,
            Session.day,
        )
    )
    by_group: dict[str, tuple[str, str, list[date]]] = {}
    for group_id, activity, group, day in rows:
        by_group.setdefault(group_id, (activity, group, []))[2].append(day)
    return [OpenGroup(activity, group, tuple(days)) for activity, group, days in by_group.values()]


def _count_unknown_children(read: Read, within: Sequence[ColumnElement[bool]]) -> int:
    """Return the number of children not recognised yet: they are on no bill."""
    query = select(func.count()).select_from(UnknownChild).join(Session)
    return read.scalar(query.where(*within, UnknownChild.resolved_at.is_(None))) or 0


def _tablets_with_marks(
    read: Read, worked: Sequence[ColumnElement[bool]], last: datetime | None
) -> Sequence[Tablet]:
    """
    Return tablets that may hold marks of the month.

    A tablet reported unsent marks, or an agent used it in that month and it was not seen since the
    `last` session ended.
    """
    may_hold = Tablet.unsent > 0
    if last is not None:
        was_used = exists().where(TabletDuty.tablet_id == Tablet.id, *worked)
        may_hold |= was_used & (Tablet.seen_at.is_(None) | (Tablet.seen_at < last))
    query = select(Tablet).where(Tablet.revoked_at.is_(None), may_hold)
    return read.scalars(query.order_by(french_sort_column(Tablet.label), Tablet.id)).all()
