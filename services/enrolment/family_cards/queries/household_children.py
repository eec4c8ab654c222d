"""
The children of households, and of what each of them has any: read in one statement.

Most children have no carer, no campaign and no protected home. What a card shows of such things is
read of those children alone that have any.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, null, or_, select, union_all
from sqlalchemy.orm import Session as Database

from services.enrolment.models import (
    AgentAct,
    Application,
    Booking,
    ChildCarer,
    ChildGuardian,
    Mark,
    Place,
    ProtectedHousehold,
    RecordHold,
    Renewal,
    SchoolEnrolment,
    SchoolRequest,
    SchoolWaiver,
    Session,
)
from shared.database import Day
from shared.database.prebuilt_statements import execute, list_parameter
from shared.database.tables.validity import not_ended_before_condition

MUTED, PLACES, APPLICATIONS, BOOKINGS = "muted", "places", "applications", "bookings"
MARKS, ACTS, PROTECTED, RENEWALS = "marks", "acts", "protected", "renewals"
SCHOOL = "school"

_households, _today = list_parameter("household_ids"), bindparam("today", type_=Day)
_PEOPLE = union_all(
    select(ChildGuardian.household_id, ChildGuardian.child_id, null().label("home")).where(
        ChildGuardian.household_id.in_(_households)
    ),
    select(ChildCarer.household_id, ChildCarer.child_id, ChildCarer.home).where(
        ChildCarer.household_id.in_(_households),
        not_ended_before_condition(ChildCarer.valid_to, _today),
    ),
).subquery("people")


def _row_for_child_condition(table: Any, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return whether there is a row of this table for the child."""
    return exists().where(table.child_id == _PEOPLE.c.child_id, *conditions)


_ANY = {
    MUTED: _row_for_child_condition(RecordHold, RecordHold.held.is_(True)),
    PLACES: _row_for_child_condition(Place),
    APPLICATIONS: _row_for_child_condition(Application),
    BOOKINGS: _row_for_child_condition(Booking),
    MARKS: _row_for_child_condition(Mark, Mark.session_id == Session.id, Session.day == _today),
    ACTS: _row_for_child_condition(AgentAct),
    PROTECTED: _row_for_child_condition(ProtectedHousehold),
    RENEWALS: _row_for_child_condition(Renewal),
    SCHOOL: or_(
        *(
            _row_for_child_condition(table)
            for table in (SchoolRequest, SchoolEnrolment, SchoolWaiver)
        )
    ),
}
_CHILDREN = select(_PEOPLE, *(condition.label(f"any_{name}") for name, condition in _ANY.items()))


@dataclass(frozen=True)
class HouseholdChildren:
    """
    The children of some households: of guardians, as pairs of household and child, and of carers.

    By a carer's household and child stand the homes whose days it sees, "" for all of them.
    """

    members: Collection[tuple[str, str]]
    carers: Mapping[tuple[str, str], set[str]]
    having: Mapping[str, set[str]]

    def children_having_any(self, name: str) -> list[str]:
        """Return the children of which there is something to show here, and that have any such."""
        return sorted(self.having[name] - self.having[MUTED])


def children_of_households(
    read: Database, household_ids: Collection[str], today: date
) -> HouseholdChildren:
    """Return the children of the guardians and of today's carers in these households."""
    members: set[tuple[str, str]] = set()
    carers: dict[tuple[str, str], set[str]] = defaultdict(set)
    having: dict[str, set[str]] = {name: set() for name in _ANY}
    for row in execute(read, _CHILDREN, household_ids=household_ids, today=today):
        household_id, child_id, home, *any_of = row
        if home is None:
            members.add((household_id, child_id))
        else:
            carers[household_id, child_id].add(home)
        for name, has_any in zip(_ANY, any_of, strict=True):
            if has_any:
                having[name].add(child_id)
    return HouseholdChildren(members, carers, having)
