"""State of a child before it applies: in the group, places elsewhere, its file; one statement."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, exists, func, or_, select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import Activity, Application, Group, Place, StoredProjection
from services.enrolment.places.admission.queries.child_file import FILE, is_live_file
from services.enrolment.places.admission.rules.allowed_actions import OVER
from services.enrolment.places.placing.queries import WHOLE
from shared.database import Day, Id
from shared.database.prebuilt_statements import execute
from shared.dates.clock import PARIS

_child, _group = bindparam("child_id", type_=Id), bindparam("group_id", type_=Id)
_today = bindparam("today", type_=Day)
_runs = or_(Place.valid_to.is_(None), Place.valid_to >= _today)
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
_parts = select(func.count()).where(StoredProjection.child_id == _child, *is_live_file)
_APPLICANT_STATE = select(
    or_(_applied, _placed), _placed_whole, _parts.scalar_subquery() == len(FILE)
)


@dataclass(frozen=True)
class ApplicantState:
    """
    A child before an application of its own is stored.

    `is_in_group`: it has something in the group that may not be had twice; `has_whole_places`: a
    place of every session, here or elsewhere, today or later; `has_file`: its file has come.
    """

    is_in_group: bool
    has_whole_places: bool
    has_file: bool


def state_of_applicant(
    read: Database, child_id: str, group_id: str, now: datetime
) -> ApplicantState:
    """Return the state before a decision; what is found is then read more closely."""
    today = now.astimezone(PARIS).date()
    given = {"child_id": child_id, "group_id": group_id, "today": today}
    return ApplicantState(*execute(read, _APPLICANT_STATE, **given).one())
