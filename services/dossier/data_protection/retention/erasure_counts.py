"""Numbers of erasures in the town and at providers, and of what is overdue."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.dossier.models import ErasureReceipt, PersonRequestErasure, Projection, SectionErasure
from shared.contracts.dossier.data_protection import erasures as contracts
from shared.dates.instant import Instant

PATIENCE = timedelta(days=1)
"""After which a receipt that has not come is overdue: a provider may have been stopped."""

Part = tuple[str, str]
"""A provider and a projection."""
Counts = Mapping[Part, int]


@dataclass(frozen=True)
class Receipts:
    """Receipts of one part, in numbers."""

    receipts: int = 0
    first_number: int | None = None
    last_number: int | None = None
    last_at: datetime | None = None


def town_erasures(session: Session, when: Instant) -> contracts.TownErasuresAnswer:
    """Return receipts by provider and projection, erasures by section, requests erased."""
    receipts, waiting, overdue = (
        _receipts_by_part(session),
        _count_erasures_without_receipt(session),
        _count_overdue_erasures(session, when),
    )
    return contracts.TownErasuresAnswer(
        providers=[
            _erasures_of_provider_part(part, receipts, waiting, overdue)
            for part in sorted({*receipts, *waiting})
        ],
        sections=_erasures_by_section(session),
        requests=session.scalar(select(func.count()).select_from(PersonRequestErasure)) or 0,
    )


def _erasures_of_provider_part(
    part: Part, receipts: Mapping[Part, Receipts], waiting: Counts, overdue: Counts
) -> contracts.ProviderErasures:
    given, late = receipts.get(part, Receipts()), overdue.get(part, 0)
    return {
        "provider": part[0],
        "projection": part[1],
        "receipts": given.receipts,
        "first_number": given.first_number,
        "last_number": given.last_number,
        "last_at": given.last_at,
        "waiting": waiting.get(part, 0) - late,
        "overdue": late,
    }


def _receipts_by_part(session: Session) -> Mapping[Part, Receipts]:
    rows = session.execute(
        select(
            ErasureReceipt.provider,
            ErasureReceipt.projection,
            func.count(),
            func.min(ErasureReceipt.number),
            func.max(ErasureReceipt.number),
            func.max(ErasureReceipt.erased_at),
        ).group_by(ErasureReceipt.provider, ErasureReceipt.projection)
    )
    return {
        (provider, projection): Receipts(count, first, last, last_at)
        for provider, projection, count, first, last, last_at in rows
    }


def _count_erasures_without_receipt(session: Session, *more: Any) -> Counts:
    """Return how many projections ended and have no receipt yet."""
    rows = session.execute(
        select(Projection.provider, Projection.projection, func.count())
        .where(Projection.erase_after.is_not(None), Projection.erased_at.is_(None), *more)
        .group_by(Projection.provider, Projection.projection)
    )
    return {(provider, projection): count for provider, projection, count in rows}


def _count_overdue_erasures(session: Session, when: Instant) -> Counts:
    return _count_erasures_without_receipt(session, Projection.erase_after < when.moment - PATIENCE)


def _erasures_by_section(session: Session) -> list[contracts.SectionErasures]:
    rows = session.execute(
        select(
            SectionErasure.section,
            SectionErasure.rule,
            func.count(),
            func.max(SectionErasure.erased_at),
        )
        .group_by(SectionErasure.section, SectionErasure.rule)
        .order_by(SectionErasure.section, SectionErasure.rule)
        .limit(contracts.MOST_ROWS)
    )
    return [
        {"section": section, "rule": rule, "erased": count, "last_at": last_at}
        for section, rule, count, last_at in rows
    ]
