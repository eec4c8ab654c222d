"""Requests go five years after they were answered: row, acts and key, each with its proof."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.dossier.models import PersonRequest, PersonRequestAct, PersonRequestErasure
from shared.database import Write
from shared.dates.instant import When

AT_ONCE = 100
LATELY = timedelta(days=2)
"""Longer than the hours between two rounds: a key that is shredded twice does no harm."""


def requests_due(session: Session, when: When) -> Sequence[str]:
    """Return some requests that are kept no longer."""
    due = select(PersonRequest.id).where(PersonRequest.forget_on <= when.day)
    return session.scalars(due.order_by(PersonRequest.id).limit(AT_ONCE)).all()


def forget_due(write: Write, request_ids: Sequence[str], when: When) -> None:
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


def lately_erased(session: Session, when: When) -> Sequence[str]:
    """Return the requests erased lately, whose keys may still be there after a crash."""
    since = PersonRequestErasure.erased_at > when.moment - LATELY
    return session.scalars(select(PersonRequestErasure.person_request_id).where(since)).all()
