"""Receipts of corrections: to which providers each was sent, and whether their replicas hold it."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.models import Correction, CorrectionDelivery, Projection
from shared.contracts.dossier import corrections as contracts


def receipts_of_corrections(
    session: Session, rows: Collection[Correction]
) -> Mapping[str, list[contracts.Receipt]]:
    """Return by correction who was sent it, and whether each replica holds all of it."""
    held: dict[str, dict[str, bool]] = defaultdict(dict)
    sent = session.execute(
        select(CorrectionDelivery, Projection.received_version)
        .join(
            Projection,
            (Projection.child_id == CorrectionDelivery.child_id)
            & (Projection.provider == CorrectionDelivery.provider)
            & (Projection.projection == CorrectionDelivery.projection),
        )
        .where(CorrectionDelivery.correction_id.in_([row.id for row in rows]))
        .order_by(CorrectionDelivery.provider)
    )
    for delivery, received_version in sent:
        of_one = held[delivery.correction_id]
        has = received_version >= delivery.version
        of_one[delivery.provider] = of_one.get(delivery.provider, True) and has
    return defaultdict(
        list,
        {
            correction_id: [
                contracts.Receipt(provider=provider, received=received)
                for provider, received in of_one.items()
            ]
            for correction_id, of_one in held.items()
        },
    )
