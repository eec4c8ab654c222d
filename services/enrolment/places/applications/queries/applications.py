"""An application as its family reads it, and the one that a child has running in a group."""

from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import Activity, Application, Group
from services.enrolment.places.admission.queries.waiting_list import rank_of_application
from services.enrolment.places.admission.rules.allowed_actions import OVER
from shared.contracts.enrolment.places import ApplyAnswer


def application_answer(read: Database, application: Application) -> ApplyAnswer:
    """Return the state of an application, as `apply` answers."""
    group = read.get(Group, application.group_id)
    activity = read.get(Activity, group.activity_id) if group else None
    return ApplyAnswer(
        application_id=application.id,
        state=application.state,
        rank=rank_of_application(read, application, activity) if activity else None,
        answer_until=application.answer_until,
        reason=application.reason,
        reason_detail=application.reason_detail,
    )


def live_application(read: Database, child_id: str, group_id: str) -> Application | None:
    """Return what a child has in a group that has not ended: there is one at most."""
    return read.scalar(
        select(Application).where(
            Application.child_id == child_id,
            Application.group_id == group_id,
            Application.state.not_in(OVER),
        )
    )
