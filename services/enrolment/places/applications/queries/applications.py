"""An application as its family reads it."""

from sqlalchemy.orm import Session as Database

from services.enrolment.models import Application
from services.enrolment.places.admission.queries.waiting_list import ranks_of_applications
from shared.contracts.enrolment.places.family_acts import ApplyAnswer


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
