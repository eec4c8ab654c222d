"""Lists what was reported."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.portal_gateway.front_desk.models import Barrier, barrier_binding
from services.portal_gateway.front_desk.store import store
from shared.json_values import JsonMapping

MOST_LISTED = 100


@dataclass(frozen=True)
class Reported:
    """One report as the desk reads it."""

    id: str
    content: JsonMapping
    reported_at: datetime
    answered_at: datetime | None
    answered_by: str | None


def reported_barriers(read: Session) -> list[Reported]:
    """Return the reports, those that wait first, the oldest of them before."""
    waits = Barrier.answered_at.is_(None)
    rows = read.scalars(
        select(Barrier).order_by(waits.desc(), Barrier.reported_at).limit(MOST_LISTED)
    )
    return [
        Reported(
            row.id,
            store.unseal(barrier_binding(row.id), row.content),
            row.reported_at,
            row.answered_at,
            row.answered_by,
        )
        for row in rows
    ]
