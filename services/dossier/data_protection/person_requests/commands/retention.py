"""Requests go five years after they were answered: row, acts and key, each with its proof."""

from collections.abc import Sequence

from sqlalchemy import delete, select

from services.dossier.models import PersonRequest, PersonRequestAct, PersonRequestErasure
from shared.database import Write
from shared.dates.instant import Instant


def erase_due_requests(write: Write, request_ids: Sequence[str], when: Instant) -> None:
    """Erase these requests, those whose day has come alone, each with its proof."""
    due = select(PersonRequest.id).where(
        PersonRequest.id.in_(request_ids), PersonRequest.forget_on <= when.day
    )
    gone = write.scalars(due.with_for_update()).all()
    write.add_all(
        PersonRequestErasure(person_request_id=each, erased_at=when.moment) for each in gone
    )
    write.flush()
    write.execute(delete(PersonRequestAct).where(PersonRequestAct.person_request_id.in_(gone)))
    write.execute(delete(PersonRequest).where(PersonRequest.id.in_(gone)))
