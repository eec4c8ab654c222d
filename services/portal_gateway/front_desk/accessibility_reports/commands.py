"""Keeps what was reported, notes who has seen to it, and forgets it."""

from datetime import datetime, timedelta

from sqlalchemy import delete, or_, update

from services.portal_gateway.front_desk.models import Barrier, barrier_binding
from services.portal_gateway.front_desk.store import store
from shared.contracts.portal_gateway.portal_events import BarrierReported
from shared.database import Write

KEPT_ANSWERED, KEPT_AT_MOST = timedelta(days=30), timedelta(days=365)


def store_reported_barrier(write: Write, event: BarrierReported) -> None:
    """Keep a report; one that comes again is the same."""
    if write.get(Barrier, event.barrier_id) is not None:
        return
    content = {"page": event.page, "text": event.text, "contact": event.contact}
    sealed = store.seal(barrier_binding(event.barrier_id), content)
    write.add(Barrier(id=event.barrier_id, content=sealed, reported_at=event.at))


def note_report_answered(write: Write, barrier_id: str, subject: str, moment: datetime) -> bool:
    """Note that an agent has seen to a report; False where none waits under that id."""
    waits = (Barrier.id == barrier_id, Barrier.answered_at.is_(None))
    done = update(Barrier).where(*waits).values(answered_at=moment, answered_by=subject)
    return bool(write.execute(done).rowcount)  # type: ignore[attr-defined]


def delete_old_reports(write: Write, moment: datetime) -> None:
    """Delete what was answered a month ago, and anything of a year ago."""
    old = or_(
        Barrier.answered_at < moment - KEPT_ANSWERED, Barrier.reported_at < moment - KEPT_AT_MOST
    )
    write.execute(delete(Barrier).where(old))
