"""Keeps breaches, what becomes of them, and forgets those that were closed long ago."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete

from services.portal_gateway.front_desk.breaches.queries import kept_breach, unsealed_breach
from services.portal_gateway.front_desk.breaches.rules import KEPT_CLOSED, BreachDetails
from services.portal_gateway.front_desk.models import Breach, breach_binding
from services.portal_gateway.front_desk.store import store
from shared.contracts.errors import NotFound
from shared.database import Write


class Closed(Exception):
    """A breach that was closed stays as it is."""


class NotifiedEarlier(Exception):
    """The CNIL was notified of nothing that was known later only."""


class NoOutcome(Exception):
    """Neither was the CNIL notified, nor is it written why not."""


def keep_breach(
    write: Write, breach_id: str, details: BreachDetails, subject: str, moment: datetime
) -> None:
    """Keep a new breach; the same form sent twice keeps one."""
    write.lock_names(f"breach:{breach_id}")
    if write.get(Breach, breach_id) is not None:
        return
    write.add(
        Breach(
            id=breach_id,
            content=_seal_breach(breach_id, details, ""),
            recorded_at=moment,
            recorded_by=subject,
        )
    )


def update_breach(write: Write, breach_id: str, details: BreachDetails) -> None:
    """Keep what is known now; raises NotFound, Closed, and NotifiedEarlier."""
    row = _require_open_breach(write, breach_id)
    if row.notified_at is not None and details.known > row.notified_at:
        raise NotifiedEarlier
    why = unsealed_breach(row)["why_not_notified"]
    row.content = _seal_breach(breach_id, details, why)


def note_notification_outcome(
    write: Write, breach_id: str, notified_at: datetime | None, why_not_notified: str
) -> None:
    """
    Note when the CNIL was notified, or why not; raises NotFound, Closed, and NotifiedEarlier.
    """
    row = _require_open_breach(write, breach_id)
    kept = kept_breach(write, breach_id)
    if notified_at is not None and kept.details.known > notified_at:
        raise NotifiedEarlier
    row.notified_at = notified_at
    row.content = _seal_breach(breach_id, kept.details, why_not_notified)


def close_breach(write: Write, breach_id: str, subject: str, moment: datetime) -> None:
    """Close a breach that has an outcome; raises NotFound, Closed and NoOutcome."""
    row = _require_open_breach(write, breach_id)
    if not kept_breach(write, breach_id).has_outcome:
        raise NoOutcome
    row.closed_at, row.closed_by = moment, subject


def delete_old_breaches(write: Write, moment: datetime) -> None:
    """Delete what was closed as long ago as it has to be kept."""
    write.execute(delete(Breach).where(Breach.closed_at < moment - KEPT_CLOSED))


def _require_open_breach(write: Write, breach_id: str) -> Breach:
    row = write.get(Breach, breach_id, with_for_update=True)
    if row is None:
        raise NotFound(breach_id=breach_id)
    if row.closed_at is not None:
        raise Closed
    return row


def _seal_breach(breach_id: str, details: BreachDetails, why_not_notified: str) -> bytes:
    moments = {name: getattr(details, name).isoformat() for name in ("since", "until", "known")}
    content = {**asdict(details), **moments, "why_not_notified": why_not_notified}
    return store.seal(breach_binding(breach_id), content)
