"""Registrations that are kept no longer, and those whose keys are to be shredded."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.models import Registration
from shared.dates.instant import Instant

AT_ONCE = 100
LATELY = timedelta(days=2)
"""Longer than the hour between two rounds: a key that is shredded twice does no harm."""


def registrations_due(session: Session, when: Instant) -> Sequence[str]:
    """Return some registrations whose day to be forgotten has come."""
    due = (
        select(Registration.id)
        .where(Registration.forget_on <= when.day)
        .order_by(Registration.id)
        .limit(AT_ONCE)
    )
    return session.scalars(due).all()


def registrations_decided_lately(session: Session, when: Instant) -> Sequence[str]:
    """Return the registrations decided on lately: nothing of them is sealed any more."""
    since = when.moment - LATELY
    return session.scalars(select(Registration.id).where(Registration.decided_at > since)).all()
