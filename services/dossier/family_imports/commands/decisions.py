"""Doubts that wait, and what somebody who has looked says of them."""

from datetime import date
from types import SimpleNamespace
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.dossier.family_imports.queries.references import references_of
from services.dossier.households.queries import protection
from services.dossier.households.queries import record_holds as file_holds
from services.dossier.models import ArrivalDecision, ArrivalDoubt, Child
from services.dossier.models.family_imports import CHILD
from services.dossier.registrations.queries import known_child
from shared.contracts.errors import NotFound
from shared.database import Write
from shared.dates.instant import When

MOST, MOST_AT_DESK = 500, 100


def waiting(session: Session, batch: str) -> list[dict[str, Any]]:
    """Return the undecided doubts of a batch, the likeliest first."""
    rows = session.scalars(
        select(ArrivalDoubt)
        .where(ArrivalDoubt.batch == batch)
        .order_by(ArrivalDoubt.score.desc(), ArrivalDoubt.child, ArrivalDoubt.known)
        .limit(MOST)
    ).all()
    references = references_of(session, CHILD, [row.known for row in rows])
    return [
        {
            "reference": row.family,
            "child": row.child,
            "known": row.known,
            "known_reference": references.get(row.known, ""),
            "score": row.score,
            "found_at": row.found_at,
        }
        for row in rows
    ]


def doubtful(session: Session, day: date) -> list[dict[str, Any]]:
    """Return who waits, the oldest first, beside the known children whom a desk may find (R9)."""
    rows = session.scalars(
        select(ArrivalDoubt)
        .join(Child, Child.id == ArrivalDoubt.known)
        .where(Child.first_name.is_not(None))
        .where(~protection.is_out_of_search(), ~file_holds.is_held())
        .order_by(ArrivalDoubt.found_at, ArrivalDoubt.child, ArrivalDoubt.score.desc())
        .limit(MOST_AT_DESK)
    )
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        known = known_child(session, row.known, day)
        names = [each["name"] for each in known["guardians"]]
        waits = found.setdefault(
            row.child, {"child": row.child, "family": row.family, "candidates": []}
        )
        waits["candidates"].append({**known, "score": row.score, "guardians": names})
    return list(found.values())


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
