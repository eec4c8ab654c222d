"""An allocation proposed for each group, before anything is changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import Activity, Application, Group
from services.enrolment.offer.queries.group_capacity import Room, room_of_group_from_tomorrow
from services.enrolment.places.admission.rules import allocation_order
from services.enrolment.places.admission.rules.allocation_order import Outcome, Request
from shared.contracts.enrolment.places.states import DECIDING
from shared.database.tables.french_order import french_sort_column
from shared.dates.clock import PARIS


@dataclass(frozen=True)
class Proposal:
    """Result of an allocation in one group; `requests` are in the order of the result."""

    group: Group
    room: Room
    requests: tuple[Request, ...]
    outcome: Outcome


def propose_allocation(
    read: Database, activity: Activity, now: datetime, seed: str = ""
) -> list[Proposal]:
    """Return the result in each group of the activity; nothing is changed."""
    groups = read.scalars(
        select(Group)
        .where(Group.activity_id == activity.id)
        .order_by(french_sort_column(Group.label), Group.id)
    )
    return [proposal_for_group(read, activity, group, now, seed) for group in groups]


def proposal_for_group(
    read: Database, activity: Activity, group: Group, now: datetime, seed: str
) -> Proposal:
    room = room_of_group_from_tomorrow(read, group, now.astimezone(PARIS).date())
    way = activity.allocation
    requests = allocation_order.sort_requests_for_places(
        _requests_to_decide(read, group.id, activity), way, seed
    )
    outcome = allocation_order.allocate_places(requests, way, room.places, room.taken, seed)
    return Proposal(group, room, tuple(requests), outcome)


def _requests_to_decide(read: Database, group_id: str, activity: Activity) -> Sequence[Request]:
    """Return the requests to decide, with points by the criteria as they are now."""
    rows = read.execute(
        select(Application.id, Application.submitted_at, Application.criteria).where(
            Application.group_id == group_id, Application.state == DECIDING
        )
    )
    return [
        Request(
            row.id,
            row.submitted_at,
            allocation_order.points_of_request(row.criteria, activity.criteria),
        )
        for row in rows
    ]
