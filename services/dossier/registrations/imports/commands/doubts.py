"""Stores the decision of an agent about a doubt."""

from sqlalchemy import delete, select

from services.dossier.models import ImportDecision, ImportDoubt
from shared.contracts.errors import NotFound
from shared.database import Write
from shared.dates.instant import Instant


def decide_doubt(write: Write, child: str, same_as: str | None, *, by: str, when: Instant) -> None:
    """Note which known child it is, or that it is another; raises NotFound without a doubt."""
    proposed = select(ImportDoubt.known).where(ImportDoubt.child == child)
    known = set(write.scalars(proposed))
    if not known or same_as not in (None, *known):
        raise NotFound
    row = {"known": same_as, "decided_by": by, "decided_at": when.moment}
    insert = write.upsert_into(ImportDecision).values(child=child, **row)
    write.execute(insert.on_conflict_do_update(index_elements=["child"], set_=row))
    write.execute(delete(ImportDoubt).where(ImportDoubt.child == child))
