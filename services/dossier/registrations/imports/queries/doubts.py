"""Doubts of family imports that wait for a decision."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.households.queries import protection, record_holds
from services.dossier.models import Child, ImportDoubt
from services.dossier.models.families.imports import CHILD
from services.dossier.registrations.imports.queries.references import import_references_of_ids
from services.dossier.registrations.queries.sent_registrations import known_child
from shared.contracts.dossier.families.imports import DoubtfulChild, WaitingDoubt

MOST, MOST_AT_DESK = 500, 100


def waiting_doubts(session: Session, batch: str) -> list[WaitingDoubt]:
    """Return the undecided doubts of a batch, the likeliest first."""
    rows = session.scalars(
        select(ImportDoubt)
        .where(ImportDoubt.batch == batch)
        .order_by(ImportDoubt.score.desc(), ImportDoubt.child, ImportDoubt.known)
        .limit(MOST)
    ).all()
    references = import_references_of_ids(session, CHILD, [row.known for row in rows])
    return [
        {
            "reference": row.family,
            "child": row.child,
            "known": row.known,
            "known_reference": references.get(row.known, ""),
            "score": row.score,
        }
        for row in rows
    ]


def children_in_doubt(session: Session, day: date) -> list[DoubtfulChild]:
    """Return the children that wait, oldest first, with candidates that a desk may find (R9)."""
    rows = session.scalars(
        select(ImportDoubt)
        .join(Child, Child.id == ImportDoubt.known)
        .where(Child.first_name.is_not(None))
        .where(~protection.out_of_search_condition(), ~record_holds.held_file_condition())
        .order_by(ImportDoubt.found_at, ImportDoubt.child, ImportDoubt.score.desc())
        .limit(MOST_AT_DESK)
    )
    children: dict[str, DoubtfulChild] = {}
    for row in rows:
        known = known_child(session, row.known, day)
        child = children.setdefault(
            row.child, {"child": row.child, "family": row.family, "candidates": []}
        )
        child["candidates"].append(
            {
                "child_id": known["child_id"],
                "score": row.score,
                "first_name": known["first_name"],
                "last_name": known["last_name"],
                "birth_date": known["birth_date"],
                "guardians": [guardian["name"] for guardian in known["guardians"]],
            }
        )
    return list(children.values())
