"""
The allocation: the desk gives all places of a window at once, by criteria or by draw.

The first are offered a place; the others wait with their rank. It may be run again for later
requests: they follow behind those of the first run.
"""

import secrets
from datetime import datetime

from sqlalchemy import select

from services.enrolment.models import Activity, Application, Group
from services.enrolment.places.admission.rules.allocation_order import DRAW, ORDER
from services.enrolment.places.applications.queries.allocation import Proposal, proposal_for_group
from services.enrolment.places.giving.commands.group_admission import (
    GroupAdmission,
    lock_group_admissions,
)
from shared.contracts.errors import NotFound, Refusal
from shared.database import Write


class WindowOpen(Refusal):
    """Requests may still come until `detail["closes_at"]`: places are not given yet."""

    code = "window_open"


def make_draw_seed() -> str:
    """Return an unpredictable seed."""
    return secrets.token_hex(8)


def allocate_activity(
    write: Write, activity_id: str, now: datetime, seed: str = ""
) -> list[Proposal]:
    """
    Give the places of an activity, and return what came out.

    Of a draw the first seed stays: what is drawn later does not change what was drawn. Raises
    NotFound for an activity by order of arrival, WindowOpen before the window has closed.
    """
    group_ids = write.scalars(select(Group.id).where(Group.activity_id == activity_id)).all()
    with lock_group_admissions(write, group_ids, now) as admissions:
        _store_seed_of_draw(write, activity_id, now, seed)
        return [_allocate_group(admission) for admission in admissions.values()]


def _store_seed_of_draw(write: Write, activity_id: str, now: datetime, seed: str) -> None:
    """Store the seed of a draw; raises NotFound, WindowOpen where nothing may be given yet."""
    activity = write.get(Activity, activity_id, with_for_update=True)
    if activity is None or activity.allocation == ORDER:
        raise NotFound
    if activity.closes_at is not None and now < activity.closes_at:
        raise WindowOpen(closes_at=activity.closes_at.isoformat())
    if activity.allocation == DRAW and not activity.seed:
        activity.seed = seed or make_draw_seed()


def _allocate_group(admission: GroupAdmission) -> Proposal:
    admission.offer_free_places()
    proposal = proposal_for_group(
        admission.write, admission.activity, admission.group, admission.now, admission.activity.seed
    )
    _apply_proposal(admission, proposal)
    return proposal


def _apply_proposal(admission: GroupAdmission, proposal: Proposal) -> None:
    """Offer places, and list the others at one moment, so that their points order the list."""
    given = set(proposal.outcome.given)
    for request in proposal.requests:
        application = _require_application(admission.write, request.application_id)
        application.points = request.points
        if application.id in given:
            admission.offer(application)
        else:
            admission.put_last_on_list(application)


def _require_application(write: Write, application_id: str) -> Application:
    application = write.get(Application, application_id)
    if application is None:
        raise NotFound
    return application
