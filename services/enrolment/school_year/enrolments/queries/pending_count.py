"""Count of families that wait for a decision on a school."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.enrolment.models import ChildCard, RecordHold, SchoolRequest, SchoolWaiver
from shared.contracts.enrolment.school_year.enrolments import ASKED, WAITING


@dataclass(frozen=True)
class WaitingSchools:
    """Requests and waivers that are not decided, of children whose file is here."""

    requests: int
    waivers: int


def count_requests_and_waivers(read: Session) -> WaitingSchools:
    """Return how many requests and waivers wait."""
    here = select(ChildCard.child_id)
    held = select(RecordHold.child_id).where(RecordHold.held.is_(True))
    requests = select(func.count()).where(
        SchoolRequest.state == ASKED,
        SchoolRequest.child_id.in_(here),
        SchoolRequest.child_id.not_in(held),
    )
    waivers = select(func.count()).where(
        SchoolWaiver.state == WAITING,
        SchoolWaiver.child_id.in_(here),
        SchoolWaiver.child_id.not_in(held),
    )
    return WaitingSchools(read.scalar(requests) or 0, read.scalar(waivers) or 0)
