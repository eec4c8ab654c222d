"""Stores what somebody who has looked says of a doubt."""

from types import SimpleNamespace

from sqlalchemy import delete, select

from services.dossier.models import ArrivalDecision, ArrivalDoubt
from shared.contracts.errors import NotFound
from shared.database import Write
from shared.dates.instant import When


def decide(write: Write, request: SimpleNamespace, when: When, *, decided_by: str) -> None:
    """Note which child it is, or that it is another; raises NotFound where nothing asks."""
    proposed = select(ArrivalDoubt.known).where(ArrivalDoubt.child == request.child)
    known = set(write.scalars(proposed))
    if not known or request.same_as not in (None, *known):
        raise NotFound
    row = {
        "known": request.same_as,
        "decided_by": decided_by,
        "decided_at": when.moment,
    }
    insert = write.upsert(ArrivalDecision).values(child=request.child, **row)
    write.execute(insert.on_conflict_do_update(index_elements=["child"], set_=row))
    write.execute(delete(ArrivalDoubt).where(ArrivalDoubt.child == request.child))
