"""Decisions that an agent may take on one application."""

from datetime import datetime

from sqlalchemy.orm import Session as Database

from services.enrolment.models import Activity, Application, Group
from services.enrolment.offer.queries.group_capacity import room_of_group_from_tomorrow
from services.enrolment.places.admission.queries.waiting_list import ranks_of_applications
from services.enrolment.places.admission.rules.allowed_actions import allowed_actions
from shared.dates.clock import PARIS


def actions_allowed_now(
    read: Database, application: Application, activity: Activity, group: Group, now: datetime
) -> tuple[str, ...]:
    """Return what an agent may do with this application now."""
    room = room_of_group_from_tomorrow(read, group, now.astimezone(PARIS).date())
    rank = ranks_of_applications(read, [application]).get(application.id)
    return allowed_actions(
        application.state, activity.allocation, room_left=room.has_places_left, rank=rank
    )
