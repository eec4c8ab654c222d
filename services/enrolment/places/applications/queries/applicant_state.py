"""State of a child before it applies: in the group, places elsewhere, its file; one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, exists, func, or_, select
from sqlalchemy.orm import Session as Database
from sqlalchemy.orm import aliased

from services.enrolment.models import (
    Activity,
    Application,
    ChildCard,
    ChildGuardian,
    Group,
    Place,
    StoredProjection,
)
from services.enrolment.places.admission.queries.child_file import FILE, is_live_file
from services.enrolment.places.admission.rules.allowed_actions import OVER
from services.enrolment.places.placing.queries.places_and_activities import WHOLE
from shared.database import Day, Id
from shared.database.prebuilt_statements import execute
from shared.database.tables.validity import not_ended_before_condition
from shared.dates.clock import PARIS

_COMMA = ","

_child, _group = bindparam("child_id", type_=Id), bindparam("group_id", type_=Id)
_today, _subject = bindparam("today", type_=Day), bindparam("subject", type_=Id)
_runs = not_ended_before_condition(Place.valid_to, _today)
_applied = exists().where(
    Application.child_id == _child, Application.group_id == _group, Application.state.not_in(OVER)
)
_placed = exists().where(Place.child_id == _child, Place.group_id == _group, _runs)
_placed_whole = exists().where(
    Place.child_id == _child,
    _runs,
    Group.id == Place.group_id,
    Activity.id == Group.activity_id,
    Activity.booking == WHOLE,
)
_wanted_group = aliased(Group)
_placed_in_activity = exists().where(
    Place.child_id == _child,
    _runs,
    Group.id == Place.group_id,
    Group.activity_id == _wanted_group.activity_id,
    _wanted_group.id == _group,
)
_parts = select(func.count()).where(StoredProjection.child_id == _child, *is_live_file)
_homes = select(func.aggregate_strings(ChildGuardian.household_id, _COMMA)).where(
    ChildGuardian.child_id == _child, or_(_subject.is_(None), ChildGuardian.subject == _subject)
)
_born = select(ChildCard.birth_date).where(ChildCard.child_id == _child)
_APPLICANT_STATE = select(
    or_(_applied, _placed),
    _placed_whole,
    _placed_in_activity,
    _parts.scalar_subquery() == len(FILE),
    _homes.scalar_subquery(),
    _born.scalar_subquery(),
)


@dataclass(frozen=True)
class ApplicantState:
    """
    A child before an application of its own is stored.

    `is_in_group`: it has something in the group that may not be had twice; `has_whole_places`: a
    place of every session, here or elsewhere, today or later; `has_place_in_activity`: any place of
    the activity that it asks for; `has_file`: its file has come. By that file `homes` are those of
    who asks, and `born` is the child's birth date.
    """

    is_in_group: bool
    has_whole_places: bool
    has_place_in_activity: bool
    has_file: bool
    homes: Sequence[str]
    born: date | None


def state_of_undecided_applicant(
    read: Database, child_id: str, group_id: str, guardian: str | None, now: datetime
) -> ApplicantState:
    """
    Return the state before a decision; what is found is then read more closely.

    `guardian` is the person of a family who asks: without one, all of the child's homes are its.
    """
    today = now.astimezone(PARIS).date()
    given = {"child_id": child_id, "group_id": group_id, "subject": guardian, "today": today}
    row = execute(read, _APPLICANT_STATE, **given).one()
    is_in_group, has_whole, has_place, has_file, homes, born = row
    known = sorted(set((homes or "").split(_COMMA)) - {""})
    return ApplicantState(is_in_group, has_whole, has_place, has_file, known, born)
