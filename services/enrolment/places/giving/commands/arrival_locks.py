"""
Locks the groups in which places are given or end by what arrives of children.

All of them before the first decision: each step ends with its activities, which are locked after
all groups (`children/commands/child_file_locks.py`).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, exists, false, or_, select, true, union
from sqlalchemy.orm import InstrumentedAttribute, aliased

from services.enrolment.bookings.commands.session_locks import lock_groups
from services.enrolment.models import Application, Group, Place, StoredProjection
from services.enrolment.models.places import UNDECIDED
from services.enrolment.places.admission.queries.child_file import is_tombstone_of_link
from shared.contracts.enrolment.places.states import DECIDING, EN_ROUTE
from shared.database import Day, Write
from shared.database.prebuilt_statements import among_parameter, rows_among
from shared.database.tables.validity import not_ended_before_condition
from shared.dates.clock import PARIS

_other_place, _other_group = aliased(Place), aliased(Group)
_day = bindparam("day", type_=Day)


def _left_provider_condition(child_id: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Return the condition that the link of a child has ended."""
    return exists().where(StoredProjection.child_id == child_id, *is_tombstone_of_link)


_has_another_of_activity = exists().where(
    _other_place.child_id == Place.child_id,
    _other_place.id != Place.id,
    _other_group.id == _other_place.group_id,
    _other_group.activity_id == Group.activity_id,
)
_PLACED = (
    select(Place.group_id, true().label("is_placed"))
    .join(Group, Group.id == Place.group_id)
    .where(
        Place.child_id.in_(among_parameter()),
        not_ended_before_condition(Place.valid_to, _day),
        or_(_left_provider_condition(Place.child_id), _has_another_of_activity),
    )
)
_ASKED = select(Application.group_id, false()).where(
    Application.child_id.in_(among_parameter()),
    Application.state.in_(UNDECIDED),
    or_(
        Application.state.in_((EN_ROUTE, DECIDING)), _left_provider_condition(Application.child_id)
    ),
)
_GROUPS = union(_PLACED, _ASKED)


@dataclass(frozen=True)
class ArrivalGroups:
    """
    Groups that what arrives of children may concern.

    `asked`: where they are to be decided on, or leave the list; `placed`: where they have a place
    that may end, as another one of its activity replaces it or the link has ended.
    """

    asked: frozenset[str]
    placed: frozenset[str]


def lock_groups_of_arrivals(
    write: Write, child_ids: Collection[str], now: datetime
) -> ArrivalGroups:
    """Lock the groups that what arrived of these children may concern, and return them."""
    rows = list(rows_among(write, _GROUPS, child_ids, day=now.astimezone(PARIS).date()))
    lock_groups(write, {row.group_id for row in rows})
    return ArrivalGroups(
        frozenset(row.group_id for row in rows if not row.is_placed),
        frozenset(row.group_id for row in rows if row.is_placed),
    )
