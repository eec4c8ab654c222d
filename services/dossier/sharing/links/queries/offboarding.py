"""Receipts of a provider that leaves the town, and what it has not erased yet (rule R6)."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.dossier.models import ErasureReceipt, Link, Projection
from shared.dates.instant import When

Answer = dict[str, Any]


def erasures(session: Session, provider: str, when: When) -> Answer:
    """
    Return the receipts of a provider, by projection, and what it has not erased yet.

    `kept_until` is when the last care core may go (rule R6).
    """
    of_provider = Projection.provider == provider
    counted = session.execute(
        select(
            ErasureReceipt.projection,
            func.count(),
            func.min(ErasureReceipt.erased_at),
            func.max(ErasureReceipt.erased_at),
            func.min(ErasureReceipt.number),
            func.max(ErasureReceipt.number),
        )
        .where(ErasureReceipt.provider == provider)
        .group_by(ErasureReceipt.projection)
        .order_by(ErasureReceipt.projection)
    )
    names = ("projection", "receipts", "first_at", "last_at", "first_number", "last_number")
    proven = select(func.count(ErasureReceipt.child_id.distinct()))
    held = (of_provider, Projection.erased_at.is_(None))
    waiting = select(func.count(), func.max(Projection.erase_after)).where(*held)
    count, until = session.execute(waiting).one()
    kept = select(func.count()).where(*held, Projection.erase_after > when.moment)
    return {
        "receipts": [dict(zip(names, row, strict=True)) for row in counted],
        "children": session.scalar(proven.where(ErasureReceipt.provider == provider)) or 0,
        "waiting": count,
        "kept_only": count > 0 and session.scalar(kept) == count,
        "kept_until": until,
        "links": count_open(session, provider),
    }


def count_open(session: Session, provider: str) -> int:
    of_provider = (Link.provider == provider, Link.closed_at.is_(None))
    return session.scalar(select(func.count()).where(*of_provider)) or 0
