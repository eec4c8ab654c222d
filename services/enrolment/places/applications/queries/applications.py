"""An application as its family reads it, and the one that a child has running in a group."""

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import Application
from services.enrolment.places.admission.queries.waiting_list import ranks_of_applications
from services.enrolment.places.admission.rules.allowed_actions import OVER
from shared.contracts.enrolment.places.family_acts import ApplyAnswer

_LIVE = select(Application).where(
    Application.child_id == bindparam("child_id"),
    Application.group_id == bindparam("group_id"),
    Application.state.not_in(OVER),
)


def application_state_for_answer(
    read: Database, application: Application, rank: int | None = None
) -> ApplyAnswer:
    """Return the state of an application, as `apply` answers; `rank` is its own where known."""
    if rank is None:
        rank = ranks_of_applications(read, [application]).get(application.id)
    return ApplyAnswer(
        application_id=application.id,
        state=application.state,
        rank=rank,
        answer_until=application.answer_until,
        reason=application.reason,
        reason_detail=application.reason_detail,
    )


def live_application(read: Database, child_id: str, group_id: str) -> Application | None:
    """Return what a child has in a group that has not ended: there is one at most."""
    return read.scalar(_LIVE, {"child_id": child_id, "group_id": group_id})
