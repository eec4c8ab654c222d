"""Closures that stand, and the sessions and bookings that a new one would concern."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, distinct, func, select
from sqlalchemy.orm import Session as DatabaseSession

from services.enrolment.children.queries.reach_of_right import EVERYWHERE, Reach
from services.enrolment.models import (
    Activity,
    Booking,
    ClosedBooking,
    ClosedSession,
    Closure,
    Group,
    Session,
)
from services.enrolment.models.days.closures import OUTING
from services.enrolment.models.offer import GROUP_SITE
from services.enrolment.models.places import COUNTING
from services.enrolment.offer.queries.cancellable_sessions import cancellable_session_conditions
from services.enrolment.offer.rules.hours_of_closure import Span
from shared.database.chunks import chunks
from shared.database.tables.french_order import french_sort_column
from shared.text import collation_key


@dataclass(frozen=True)
class ClosableGroup:
    """A group with the sessions of a span that may still be closed, and who is expected there."""

    group_id: str
    label: str
    activity: str
    site: str
    session_ids: tuple[str, ...]
    child_ids: frozenset[str]


@dataclass(frozen=True)
class ClosableSite:
    """The groups of one site, with the number of children of all together."""

    site: str
    groups: Sequence[ClosableGroup]

    @property
    def expected_children_count(self) -> int:
        return count_children_of_sites([self])


@dataclass(frozen=True)
class ClosedGroup:
    """A group that a closure is of, by its activity and its own name."""

    group_id: str
    label: str
    site: str


@dataclass(frozen=True)
class ActiveClosure:
    """A closure with what it is of; `lifted_at` None as long as it is in force."""

    id: str
    span: Span
    reason: str
    declared_at: datetime
    lifted_at: datetime | None
    groups: Sequence[ClosedGroup]
    children: int
    may_lift: bool
    """True where all of its groups are within reach."""
    school_class: str = ""
    """The class that an outing is of."""

    @property
    def is_outing(self) -> bool:
        """Return whether a class alone is away, and the sessions take place."""
        return self.reason == OUTING

    @property
    def groups_by_site(self) -> Mapping[str, Sequence[ClosedGroup]]:
        """Return its groups by site, both by name: each site may be opened again alone."""
        sites = sorted({group.site for group in self.groups}, key=collation_key)
        return {site: [each for each in self.groups if each.site == site] for site in sites}


def closable_sites(
    read: DatabaseSession, span: Span, now: datetime, reach: Reach = EVERYWHERE
) -> list[ClosableSite]:
    """Return the sites with groups within reach that meet in this span, by name."""
    by_site: dict[str, list[ClosableGroup]] = defaultdict(list)
    for group in closable_groups(read, span, now, reach):
        by_site[group.site].append(group)
    return [ClosableSite(site, by_site[site]) for site in sorted(by_site, key=collation_key)]


def closable_groups(
    read: DatabaseSession, span: Span, now: datetime, reach: Reach = EVERYWHERE
) -> list[ClosableGroup]:
    """
    Return the groups within reach with sessions in this span of which something can still change.

    Sessions that are over, or of which the roll was closed, stay as they were.
    """
    sessions: dict[str, list[str]] = defaultdict(list)
    named: dict[str, tuple[str, str, str]] = {}
    for session, group, activity, site in read.execute(_select_closable_sessions(span, now, reach)):
        if span.has(session.starts_at, session.ends_at):
            sessions[session.group_id].append(session.id)
            named[session.group_id] = (group, activity, site)
    children = _children_by_session(read, [each for ids in sessions.values() for each in ids])
    return [
        ClosableGroup(
            group_id,
            label,
            activity,
            site,
            tuple(sessions[group_id]),
            frozenset().union(*(children[session_id] for session_id in sessions[group_id])),
        )
        for group_id, (label, activity, site) in named.items()
    ]


def next_closable_day(
    read: DatabaseSession, now: datetime, reach: Reach = EVERYWHERE
) -> date | None:
    """Return the next day on which something within reach can be closed."""
    here = reach.group_within_condition(Session.group_id)
    return read.scalar(
        select(func.min(Session.day)).where(*cancellable_session_conditions(now), here)
    )


def count_children_of_sites(sites: Iterable[ClosableSite]) -> int:
    """Return the number of children expected at these sites, each once."""
    groups = (group for site in sites for group in site.groups)
    return len(frozenset().union(*(group.child_ids for group in groups)))


def active_closures(
    read: DatabaseSession, since: date, reach: Reach = EVERYWHERE
) -> list[ActiveClosure]:
    """
    Return the closures that end on this day or later, taken back or not, the next first.

    Of each the groups within reach are said, and the children expected there.
    """
    query = select(Closure).where(Closure.last_day >= since)
    if reach is not EVERYWHERE:
        query = query.where(
            Closure.id.in_(
                _select_closures_of_groups(reach.group_within_condition(Session.group_id))
            )
        )
    rows = read.scalars(query.order_by(Closure.first_day, Closure.declared_at, Closure.id)).all()
    ids = [row.id for row in rows]
    groups = _groups_by_closure(read, ids, reach)
    children = _count_children_by_closure(read, ids, reach)
    beyond = _select_closures_of_groups(~reach.group_within_condition(Session.group_id))
    partly = set(read.scalars(beyond.where(ClosedSession.closure_id.in_(ids))))
    return [
        ActiveClosure(
            row.id,
            Span(row.first_day, row.last_day, row.starts, row.ends),
            row.reason,
            row.declared_at,
            row.lifted_at,
            groups[row.id],
            children.get(row.id, 0),
            row.id not in partly,
            row.school_class,
        )
        for row in rows
    ]


def _select_closable_sessions(
    span: Span, now: datetime, reach: Reach
) -> Select[Session, str, str, str]:
    return (
        select(Session, Group.label, Activity.label, GROUP_SITE)
        .join(Group, Group.id == Session.group_id)
        .join(Activity, Activity.id == Group.activity_id)
        .where(
            Session.day.between(span.first_day, span.last_day), *cancellable_session_conditions(now)
        )
        .where(reach.group_within_condition(Session.group_id))
        .order_by(
            french_sort_column(Activity.label),
            french_sort_column(Group.label),
            Session.group_id,
            Session.starts_at,
        )
    )


def is_closure_within(read: DatabaseSession, closure_id: str, reach: Reach) -> bool:
    """Say whether all groups of a closure are within reach."""
    beyond = _select_closures_of_groups(~reach.group_within_condition(Session.group_id))
    return read.scalar(beyond.where(ClosedSession.closure_id == closure_id).limit(1)) is None


def lifted_at_by_session(
    read: DatabaseSession, session_ids: Collection[str]
) -> dict[str, datetime]:
    """Return when the last closure that cancelled each of these sessions was lifted."""
    query = (
        select(ClosedSession.session_id, func.max(Closure.lifted_at))
        .join(Closure, Closure.id == ClosedSession.closure_id)
        .where(Closure.reason != OUTING)
        .group_by(ClosedSession.session_id)
    )
    return {
        session_id: lifted_at
        for batch in chunks(session_ids)
        for session_id, lifted_at in read.execute(query.where(ClosedSession.session_id.in_(batch)))
        if lifted_at is not None
    }


def _select_closures_of_groups(chosen: ColumnElement[bool]) -> Select[str]:
    """Return the query of the closures that keep a session of chosen groups."""
    sessions = select(ClosedSession.closure_id).join(
        Session, Session.id == ClosedSession.session_id
    )
    return sessions.where(chosen).distinct()


def _children_by_session(
    read: DatabaseSession, session_ids: Collection[str]
) -> dict[str, set[str]]:
    query = select(Booking.session_id, Booking.child_id).where(
        Booking.session_id.in_(session_ids), Booking.state.in_(COUNTING)
    )
    return _values_by_key(read.execute(query))


def _groups_by_closure(
    read: DatabaseSession, ids: Collection[str], reach: Reach
) -> dict[str, list[ClosedGroup]]:
    query = (
        select(ClosedSession.closure_id, Group.id, Activity.label, Group.label, GROUP_SITE)
        .join(Session, Session.id == ClosedSession.session_id)
        .join(Group, Group.id == Session.group_id)
        .join(Activity, Activity.id == Group.activity_id)
        .where(ClosedSession.closure_id.in_(ids), reach.group_within_condition(Group.id))
        .group_by(ClosedSession.closure_id, Group.id, Activity.label, Group.label, GROUP_SITE)
        .order_by(french_sort_column(Activity.label), french_sort_column(Group.label), Group.id)
    )
    found: dict[str, list[ClosedGroup]] = defaultdict(list)
    for closure_id, group_id, activity, group, site in read.execute(query):
        found[closure_id].append(ClosedGroup(group_id, f"{activity} · {group}", site))
    return found


def _count_children_by_closure(
    read: DatabaseSession, ids: Collection[str], reach: Reach
) -> dict[str, int]:
    query = (
        select(ClosedBooking.closure_id, func.count(distinct(ClosedBooking.child_id)))
        .join(Session, Session.id == ClosedBooking.session_id)
        .where(ClosedBooking.closure_id.in_(ids), reach.group_within_condition(Session.group_id))
    )
    return dict(read.execute(query.group_by(ClosedBooking.closure_id)).all())


def _values_by_key(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for key, value in pairs:
        found[key].add(value)
    return found
