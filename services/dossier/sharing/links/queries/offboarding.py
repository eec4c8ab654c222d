"""Receipts of a provider that leaves the town, and what it has not erased yet (rule R6)."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.dossier.models import ErasureReceipt, Link, Projection
from shared.contracts.dossier.sharing.provider_changes import ErasureReceipts, ErasuresAnswer
from shared.dates.instant import Instant


def erasure_receipts(session: Session, provider: str, when: Instant) -> ErasuresAnswer:
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
    receipts: list[ErasureReceipts] = [
        {
            "projection": projection,
            "receipts": count,
            "first_at": first_at,
            "last_at": last_at,
            "first_number": first_number,
            "last_number": last_number,
        }
        for projection, count, first_at, last_at, first_number, last_number in counted
    ]
    proven = select(func.count(ErasureReceipt.child_id.distinct()))
    held = (of_provider, Projection.erased_at.is_(None))
    waiting = select(func.count(), func.max(Projection.erase_after)).where(*held)
    unproven, until = session.execute(waiting).one()
    kept = select(func.count()).where(*held, Projection.erase_after > when.moment)
    return ErasuresAnswer(
        receipts=receipts,
        children=session.scalar(proven.where(ErasureReceipt.provider == provider)) or 0,
        waiting=unproven,
        kept_only=unproven > 0 and session.scalar(kept) == unproven,
        kept_until=until,
        links=count_open_links(session, provider),
    )


def count_open_links(session: Session, provider: str) -> int:
    of_provider = (Link.provider == provider, Link.closed_at.is_(None))
    return session.scalar(select(func.count()).where(*of_provider)) or 0
