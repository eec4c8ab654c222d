"""Lists of the desk: activities with their groups, the applications of a group, its children."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session as Database

from services.enrolment.bookings.queries.week_patterns import (
    WHOLE,
    Pattern,
    week_patterns_by_place,
)
from services.enrolment.children.queries.reach_of_right import EVERYWHERE, Reach
from services.enrolment.children.rules.distinct_names import Named, display_names, listed_names
from services.enrolment.families.queries.households import NOWHERE, homes_by_child
from services.enrolment.families.rules.household_of_day import Home
from services.enrolment.models import Activity, Application, ChildCard, Group, Place
from services.enrolment.models.offer import DRAFT
from services.enrolment.models.places import WITHOUT_REQUEST
from services.enrolment.offer.queries.group_capacity import Room, places_taken_by_group
from services.enrolment.places.admission.queries.child_file import verdicts_by_child
from services.enrolment.places.admission.queries.waiting_list import ranks_of_applications
from services.enrolment.places.applications.rules.treatment_by_channel import (
    Handled,
    Share,
    shares_by_channel,
)
from shared.contracts.enrolment.place_conditions import Verdict
from shared.contracts.enrolment.places.states import DECIDING, EN_ROUTE, WAITING
from shared.database.tables.french_order import french_sort_column
from shared.database.tables.validity import not_ended_before_condition
from shared.text import folded

ChildNamed = tuple[str, date, tuple[str, str]]
"""A child's name for one list, its birth date, its family and first names."""


@dataclass(frozen=True)
class GroupLine:
    """A group with its room, and how many of its applications are in each state."""

    group: Group
    room: Room
    states: Mapping[str, int]

    @property
    def count_waiting(self) -> int:
        return self.states.get(WAITING, 0)

    @property
    def count_undecided(self) -> int:
        return self.states.get(DECIDING, 0)

    @property
    def count_waiting_for_file(self) -> int:
        return self.states.get(EN_ROUTE, 0)


@dataclass(frozen=True)
class ActivityLine:
    """An activity with its groups."""

    activity: Activity
    groups: list[GroupLine] = field(default_factory=list)

    @property
    def count_undecided(self) -> int:
        return sum(line.count_undecided for line in self.groups)


@dataclass(frozen=True)
class ApplicationLine:
    """An application with the child's name for this list; "" while its file is on its way."""

    application: Application
    name: str
    birth_date: date | None
    listed_name: tuple[str, str]
    rank: int | None


@dataclass(frozen=True)
class ChildLine:
    """
    A child of a group, named so that no two of the list are alike.

    `weekdays` are those of all its homes as they stand, "" for no fixed day; None where every
    session is meant, or its file is not here.
    """

    child_id: str
    name: str
    birth_date: date | None
    listed_name: tuple[str, str]
    place: Place
    weekdays: str | None


def activities_with_groups_in_reach(
    read: Database, today: date, activity_id: str | None = None, reach: Reach = EVERYWHERE
) -> list[ActivityLine]:
    """Return the activities that were ever open, or one of them, with their groups in reach."""
    query = select(Activity).where(Activity.state != DRAFT)
    if reach is not EVERYWHERE:
        here = select(Group.activity_id).where(reach.group_within_condition(Group.id))
        query = query.where(Activity.id.in_(here))
    if activity_id is not None:
        query = query.where(Activity.id == activity_id)
    in_order = query.order_by(
        Activity.school_year.desc(), french_sort_column(Activity.label), Activity.id
    )
    lines = {activity.id: ActivityLine(activity) for activity in read.scalars(in_order)}
    taken, states = places_taken_by_group(read, today), _count_states(read)
    groups = select(Group).where(
        Group.activity_id.in_(lines), reach.group_within_condition(Group.id)
    )
    for group in read.scalars(groups.order_by(french_sort_column(Group.label), Group.id)):
        room = Room(group.places, taken.get(group.id, 0))
        lines[group.activity_id].groups.append(GroupLine(group, room, states[group.id]))
    return list(lines.values())


def count_to_decide(read: Database, reach: Reach = EVERYWHERE) -> int:
    """Return how many applications within reach wait for an agent's decision."""
    waiting = select(func.count()).select_from(Application).where(*_conditions_to_decide(reach))
    return read.scalar(waiting) or 0


def applications_to_decide(
    read: Database, most: int, reach: Reach = EVERYWHERE
) -> list[tuple[ApplicationLine, Group, Activity]]:
    """Return the applications within reach that wait for a decision, the longest waiting first."""
    query = (
        select(Application, Group, Activity)
        .join(Group, Group.id == Application.group_id)
        .join(Activity, Activity.id == Group.activity_id)
        .where(*_conditions_to_decide(reach))
        .order_by(Application.submitted_at, Application.id)
    )
    rows = read.execute(query.limit(most)).all()
    named = _names_and_birth_dates(read, {application.child_id for application, *_of in rows})
    return [
        (_application_line(application, named, None), group, activity)
        for application, group, activity in rows
    ]


def applications_to_group(read: Database, group_id: str) -> list[ApplicationLine]:
    """Return the applications to a group: the waiting list by rank, the others by arrival."""
    query = select(Application).where(Application.group_id == group_id)
    in_order = query.order_by(Application.submitted_at, Application.id)
    applications = read.scalars(in_order).all()
    named, rank = (
        _names_and_birth_dates(read, {application.child_id for application in applications}),
        ranks_of_applications(read, applications),
    )
    lines = [
        _application_line(application, named, rank.get(application.id))
        for application in applications
    ]
    return sorted(lines, key=lambda line: line.rank or 0)


def application_for_own_page(read: Database, application: Application) -> ApplicationLine:
    """Return one application for a page of its own."""
    named = _names_and_birth_dates(read, {application.child_id})
    return _application_line(
        application, named, ranks_of_applications(read, [application]).get(application.id)
    )


def children_of_group(read: Database, group_id: str, today: date) -> list[ChildLine]:
    """Return the children who have a place in a group, today or later, by name."""
    running = not_ended_before_condition(Place.valid_to, today)
    places = read.scalars(select(Place).where(Place.group_id == group_id, running)).all()
    children = {place.child_id for place in places}
    named, homes = _names_and_birth_dates(read, children), homes_by_child(read, children)
    patterns = week_patterns_by_place(read, places)
    lines = [
        ChildLine(
            place.child_id,
            *_name_or_blank(named, place.child_id),
            place=place,
            weekdays=_weekdays_of_place(patterns[place.id], homes.get(place.child_id, NOWHERE)),
        )
        for place in places
    ]
    return sorted(
        lines, key=lambda line: (line.name == "", *map(folded, line.listed_name), line.child_id)
    )


def _weekdays_of_place(pattern: Pattern, home: Home) -> str | None:
    if pattern.booking == WHOLE or not home.all_households:
        return None
    return pattern.latest_weekdays_of_households(home.all_households)


def verdicts_without_exception(
    read: Database,
    activity: Activity,
    group: Group,
    first_days: Mapping[str, date | None],
    today: date,
) -> dict[str, Verdict]:
    """
    Return verdicts on children of a group as their files are now, but where one is excepted.

    Each is judged by the first day of its place, where that is to come.
    """
    excepted = read.scalars(
        select(Application.child_id).where(
            Application.group_id == group.id, Application.exception != ""
        )
    )
    judged = set(first_days) - set(excepted)
    return verdicts_by_child(read, activity, group, judged, today, first_days=first_days)


def names_on_one_desk_list(read: Database, child_ids: Collection[str]) -> dict[str, str]:
    """Return how the desk calls these children on one list; without those it has no card of."""
    return {
        child_id: name for child_id, (name, *_) in _names_and_birth_dates(read, child_ids).items()
    }


def channel_shares(read: Database, activity_id: str, reach: Reach = EVERYWHERE) -> list[Share]:
    """Return what became of the requests of each channel for an activity's groups in reach."""
    rows = read.execute(
        select(
            Application.channel,
            Application.state,
            Application.submitted_at,
            Application.decided_at,
        )
        .join(Group, Group.id == Application.group_id)
        .where(Group.activity_id == activity_id, Application.channel.not_in(WITHOUT_REQUEST))
        .where(reach.group_within_condition(Group.id))
    )
    return shares_by_channel(Handled(*row) for row in rows)


def _conditions_to_decide(reach: Reach) -> tuple[ColumnElement[bool], ...]:
    return Application.state == DECIDING, reach.group_within_condition(Application.group_id)


def _count_states(read: Database) -> Mapping[str, dict[str, int]]:
    counted: dict[str, dict[str, int]] = defaultdict(dict)
    by_state = select(Application.group_id, Application.state, func.count())
    for group_id, state, count in read.execute(
        by_state.group_by(Application.group_id, Application.state)
    ):
        counted[group_id][state] = count
    return counted


def _names_and_birth_dates(read: Database, child_ids: Collection[str]) -> dict[str, ChildNamed]:
    cards = read.scalars(select(ChildCard).where(ChildCard.child_id.in_(child_ids))).all()
    named = _named_children(cards)
    shown, listed = display_names(named), listed_names(named)
    return {
        card.child_id: (shown[card.child_id], card.birth_date, listed[card.child_id])
        for card in cards
    }


def _named_children(cards: Sequence[ChildCard]) -> list[Named]:
    return [
        Named(card.child_id, card.first_name, card.last_name, card.birth_date) for card in cards
    ]


def _name_or_blank(
    named: Mapping[str, ChildNamed], child_id: str
) -> tuple[str, date | None, tuple[str, str]]:
    return named.get(child_id, ("", None, ("", "")))


def _application_line(
    application: Application, named: Mapping[str, ChildNamed], rank: int | None
) -> ApplicationLine:
    return ApplicationLine(application, *_name_or_blank(named, application.child_id), rank=rank)
