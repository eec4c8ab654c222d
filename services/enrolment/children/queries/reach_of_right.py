"""
Reach of a right by place: the groups at which it holds, and the children who come to them.

Within one provider this is the wall between its places, as the broker is the wall between
providers. It is part of each query of the desk that lists groups or children.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session as Database

from services.enrolment.children.rules.place_codes_of_rights import (
    groups_among_places,
    is_at_whole_provider,
    sites_among_places,
)
from services.enrolment.models import (
    Activity,
    Application,
    Booking,
    FormerSite,
    Group,
    Mark,
    Place,
    Session,
    ThreadChild,
)
from services.enrolment.models.offer import GROUP_SITE
from services.enrolment.models.places import BOOKED, UNDECIDED
from shared.database.tables.validity import not_ended_before_condition

KEPT = timedelta(days=1)
"""A child stays within reach for a day after its last session, as the care core does (rule R6)."""


@dataclass(frozen=True)
class Reach:
    """
    Groups within reach; None for all of the provider.

    Their children are those with a place there, running or to come, those who ask for one, and
    those booked or marked there from `since` on.
    """

    groups: frozenset[str] | None
    since: date

    @property
    def holds_anywhere(self) -> bool:
        """Say whether any group is within reach."""
        return self.groups is None or bool(self.groups)

    def within_both_reaches(self, other: "Reach") -> "Reach":
        """Return what is within reach of both."""
        if self.groups is None or other.groups is None:
            return other if self.groups is None else self
        return Reach(self.groups & other.groups, self.since)

    def has_group(self, group_id: str | None) -> bool:
        """Say whether a group is within reach."""
        return self.groups is None or group_id in self.groups

    def has_whole_activity(self, read: Database, activity_id: str) -> bool:
        """Say whether every group of an activity is within reach."""
        beyond = select(Group.id).where(
            Group.activity_id == activity_id, ~self.group_within_condition(Group.id)
        )
        return self.groups is None or read.scalar(beyond.limit(1)) is None

    def has_child(self, read: Database, child_id: str) -> bool:
        """Say whether a child is within reach."""
        if self.groups is None:
            return True
        return bool(self.children_among(read, [child_id]))

    def children_among(self, read: Database, child_ids: Collection[str]) -> set[str]:
        """Return those of these children who are within reach."""
        if self.groups is None:
            return set(child_ids)
        found: set[str] = set()
        for column, chosen in self._columns_of_children_within():
            found.update(read.scalars(chosen.where(column.in_(child_ids))))
        return found

    def group_within_condition(self, column: Any) -> ColumnElement[bool]:
        """Return the condition that a column of group ids is within reach."""
        return true() if self.groups is None else column.in_(self.groups)

    def child_within_condition(self, column: Any) -> ColumnElement[bool]:
        """Return the condition that a column of child ids is within reach."""
        if self.groups is None:
            return true()
        return or_(*(column.in_(chosen) for _column, chosen in self._columns_of_children_within()))

    def thread_within_condition(self, column: Any) -> ColumnElement[bool]:
        """Return the condition that a column of thread ids is of children all within reach."""
        if self.groups is None:
            return true()
        named = select(ThreadChild.thread_id)
        beyond = named.where(~self.child_within_condition(ThreadChild.child_id))
        return column.in_(named) & column.not_in(beyond)

    def _columns_of_children_within(self) -> list[tuple[Any, Any]]:
        here = self.group_within_condition
        meets = select(Session.id).where(here(Session.group_id), Session.day >= self.since)
        is_current = not_ended_before_condition(Place.valid_to, self.since)
        asks = Application.state.in_(UNDECIDED)
        expected = Booking.state == BOOKED
        return [
            (column, select(column).where(*conditions))
            for column, conditions in (
                (Place.child_id, (here(Place.group_id), is_current)),
                (Application.child_id, (here(Application.group_id), asks)),
                (Booking.child_id, (Booking.session_id.in_(meets), expected)),
                (Mark.child_id, (Mark.session_id.in_(meets),)),
            )
        ]


EVERYWHERE = Reach(None, date.min)


def make_reach_of_places(read: Database, places: Collection[str], day: date) -> Reach:
    """Return the reach of a right with these places on a day."""
    if is_at_whole_provider(places):
        return EVERYWHERE
    sites = sites_among_places(places)
    renamed = select(FormerSite.site).where(FormerSite.name.in_(sites))
    groups = (
        select(Group.id)
        .join(Activity, Activity.id == Group.activity_id)
        .where(
            or_(
                GROUP_SITE.in_(sites),
                GROUP_SITE.in_(renamed),
                Group.id.in_(groups_among_places(places)),
            )
        )
    )
    return Reach(frozenset(read.scalars(groups)), day - KEPT)


def group_of_session(read: Database, session_id: str) -> str | None:
    """Return the group of a session; None for an unknown one."""
    return read.scalar(select(Session.group_id).where(Session.id == session_id))
