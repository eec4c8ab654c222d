"""Reach of the agent of this request in the planning: which groups, which children, which acts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ParamSpec, TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session as Database

from services.enrolment.bookings.rules.agent_decisions import Powers
from services.enrolment.children.rules.visibility import Visibility
from services.enrolment.desk.access import reach_of_agent
from services.enrolment.models import Activity, Group, Session
from services.enrolment.models.offer import GROUP_SITE
from shared.database.tables.french_order import french_sort_column
from shared.register.entitlement import CHANGES_DAYS

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class PlannedGroup:
    """A group that meets, as one chooses it."""

    id: str
    label: str
    activity: str
    site: str


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
    meets = select(Session.group_id).where(Session.day.between(first, last)).distinct()
    return _planned_groups(read, Group.id.in_(meets))


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


def _planned_groups(read: Database, chosen: ColumnElement[bool]) -> list[PlannedGroup]:
    rows = read.execute(
        select(Group.id, Group.label, Activity.label, GROUP_SITE)
        .join(Activity, Activity.id == Group.activity_id)
        .where(chosen, reach_of_agent.reach_planning(read).group_within_condition(Group.id))
        .order_by(
            french_sort_column(Activity.label),
            french_sort_column(GROUP_SITE),
            french_sort_column(Group.label),
            Group.id,
        )
    )
    return [PlannedGroup(*row) for row in rows]
