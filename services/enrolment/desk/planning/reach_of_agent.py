"""Reach of the agent of this request in the planning: which groups, which children, which acts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ParamSpec, TypeVar

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session as Database

from services.enrolment.bookings.rules.agent_decisions import Powers
from services.enrolment.children.rules.visibility import Visibility
from services.enrolment.desk.access import reach_of_agent
from services.enrolment.models import Activity, Group, Session
from services.enrolment.models.offer import GROUP_SITE
from shared.database.tables.french_order import french_sort_column
from shared.register.entitlement import CHANGES_DAYS
from shared.text import collation_key

P = ParamSpec("P")
R = TypeVar("R")

MOST_GROUPS_AT_ONCE = 50
"""Groups of all sites that are one choice; of more one chooses the site first."""


@dataclass(frozen=True)
class PlannedGroup:
    """A group that meets, as one chooses it."""

    id: str
    label: str
    activity: str
    site: str


@dataclass(frozen=True)
class GroupChoice:
    """
    Groups that a page offers: all, or of many those of a `site`, beside the other `sites`.

    `group` is the one asked for, or the first; None where none meets.
    """

    groups: Sequence[PlannedGroup]
    group: PlannedGroup | None
    sites: Sequence[str] = ()
    site: str = ""


def is_planning_shown_to_agent(sight: Visibility) -> bool:
    """Say whether the planning is there for who sees so much, at one place or another."""
    return bool(sight.places_seeing() and sight.places_with_permissions(CHANGES_DAYS))


def requires_planning_days(view: Callable[P, R]) -> Callable[P, R]:
    """Let a view run for who sees children and changes their days, where both hold."""
    return reach_of_agent.requires_sight_of_children(
        reach_of_agent.requires_permission(CHANGES_DAYS)(view)
    )


def groups_within_reach(read: Database, first: date, last: date) -> Sequence[PlannedGroup]:
    """Return the groups within reach of the agent that meet between two days, by activity."""
    return _planned_groups(read, _meets_condition(first, last))


def choice_of_group(
    read: Database, first: date, last: date, group_id: str, site: str
) -> GroupChoice:
    """Return the choice of the groups that meet between two days: of many those of one site."""
    meets = _meets_condition(first, last)
    number_by_site = _number_of_groups_by_site(read, meets)
    if len(number_by_site) < 2 or sum(number_by_site.values()) <= MOST_GROUPS_AT_ONCE:
        groups = _planned_groups(read, meets)
        return GroupChoice(groups, _group_asked_or_first(groups, group_id))
    sites = sorted(number_by_site, key=collation_key)
    if site not in number_by_site:
        asked = [group.site for group in _planned_groups(read, Group.id == group_id)]
        site = next((each for each in asked if each in number_by_site), sites[0])
    groups = _planned_groups(read, meets, GROUP_SITE.in_([site]))
    return GroupChoice(groups, _group_asked_or_first(groups, group_id), sites, site)


def session_within_reach(read: Database, session_id: str) -> tuple[Session, PlannedGroup] | None:
    """Return a session of a group within reach, with its group; None for any other."""
    session = read.get(Session, session_id)
    if session is None:
        return None
    groups = _planned_groups(read, Group.id == session.group_id)
    return (session, groups[0]) if groups else None


def powers_in_group(read: Database, group_id: str, *, over_capacity: bool = False) -> Powers:
    """Return what the agent may in a group beyond the permission to change days."""
    return Powers(may_answer_for_day_of_group(read, group_id), over_capacity)


def may_answer_for_day_of_group(read: Database, group_id: str) -> bool:
    """Say whether the agent answers for the day of a group."""
    return reach_of_agent.reach_of_permissions(read, "day").has_group(group_id)


def _group_asked_or_first(groups: Sequence[PlannedGroup], group_id: str) -> PlannedGroup | None:
    return next((each for each in groups if each.id == group_id), next(iter(groups), None))


def _meets_condition(first: date, last: date) -> ColumnElement[bool]:
    of_group = Session.group_id == Group.id
    return exists().where(of_group, Session.day.between(first, last))


def _number_of_groups_by_site(read: Database, chosen: ColumnElement[bool]) -> dict[str, int]:
    within = reach_of_agent.reach_planning(read).group_within_condition(Group.id)
    numbers = (
        select(GROUP_SITE, func.count(Group.id))
        .join(Activity, Activity.id == Group.activity_id)
        .where(chosen, within)
        .group_by(GROUP_SITE)
    )
    return dict(read.execute(numbers).all())


def _planned_groups(read: Database, *chosen: ColumnElement[bool]) -> list[PlannedGroup]:
    rows = read.execute(
        select(Group.id, Group.label, Activity.label, GROUP_SITE)
        .join(Activity, Activity.id == Group.activity_id)
        .where(*chosen, reach_of_agent.reach_planning(read).group_within_condition(Group.id))
        .order_by(
            french_sort_column(Activity.label),
            french_sort_column(GROUP_SITE),
            french_sort_column(Group.label),
            Group.id,
        )
    )
    return [PlannedGroup(*row) for row in rows]
