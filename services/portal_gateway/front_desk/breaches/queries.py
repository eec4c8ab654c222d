"""Breaches of the record: those that are open first, the latest before."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.portal_gateway.front_desk.breaches.rules import BreachDetails, KeptBreach
from services.portal_gateway.front_desk.models import Breach, breach_binding
from services.portal_gateway.front_desk.store import store
from shared.contracts.errors import NotFound
from shared.json_values import JsonMapping

MOST_LISTED = 200


def kept_breach(read: Session, breach_id: str) -> KeptBreach:
    """Return a breach of the record; raises NotFound."""
    row = read.get(Breach, breach_id)
    if row is None:
        raise NotFound(breach_id=breach_id)
    return _breach_of_row(row)


def kept_breaches(read: Session) -> list[KeptBreach]:
    """Return the record."""
    is_open = Breach.closed_at.is_(None)
    query = select(Breach).order_by(is_open.desc(), Breach.recorded_at.desc()).limit(MOST_LISTED)
    return [_breach_of_row(row) for row in read.scalars(query)]


def unsealed_breach(row: Breach) -> JsonMapping:
    """Return what is sealed of a breach."""
    return store.unseal(breach_binding(row.id), row.content)


def _breach_of_row(row: Breach) -> KeptBreach:
    content = unsealed_breach(row)
    since, until, known = (
        datetime.fromisoformat(content[name]) for name in ("since", "until", "known")
    )
    details = BreachDetails(
        content["service"], since, until, known, content["texts"], content["scope"]
    )
    return KeptBreach(
        row.id,
        details,
        row.recorded_at,
        row.recorded_by,
        row.notified_at,
        content["why_not_notified"],
        row.closed_at,
        row.closed_by,
    )
