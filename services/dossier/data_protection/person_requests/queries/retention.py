"""Requests that are kept no longer, and those whose keys are to be shredded."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.models import PersonRequest, PersonRequestErasure
from shared.dates.instant import Instant

AT_ONCE = 100
LATELY = timedelta(days=2)
"""Longer than the hours between two rounds: a key that is shredded twice does no harm."""


def requests_kept_no_longer(session: Session, when: Instant) -> Sequence[str]:
    """Return some requests that are kept no longer."""
    due = select(PersonRequest.id).where(PersonRequest.forget_on <= when.day)
    return session.scalars(due.order_by(PersonRequest.id).limit(AT_ONCE)).all()


def requests_erased_lately(session: Session, when: Instant) -> Sequence[str]:
    """Return the requests erased lately, whose keys may still be there after a crash."""
    since = PersonRequestErasure.erased_at > when.moment - LATELY
    return session.scalars(select(PersonRequestErasure.person_request_id).where(since)).all()
