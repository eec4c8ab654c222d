"""The application of a child in a group that has not ended: there is one at most."""

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import Application
from services.enrolment.places.admission.rules.allowed_actions import OVER

_LIVE = select(Application).where(
    Application.child_id == bindparam("child_id"),
    Application.group_id == bindparam("group_id"),
    Application.state.not_in(OVER),
)


def live_application(read: Database, child_id: str, group_id: str) -> Application | None:
    """Return what a child has in a group that has not ended: there is one at most."""
    return read.scalar(_LIVE, {"child_id": child_id, "group_id": group_id})
