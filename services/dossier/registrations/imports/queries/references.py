"""Ids of households, guardians and children by their references in another software."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.models import Child, Guardian, Household, ImportReference
from services.dossier.models.families.imports import CHILD, GUARDIAN, HOUSEHOLD
from shared.database.chunks import chunks

TABLES: Mapping[str, Any] = {HOUSEHOLD: Household, GUARDIAN: Guardian, CHILD: Child}


def ids_by_import_reference(
    session: Session, kind: str, references: Iterable[str]
) -> dict[str, str]:
    """Return ids by reference; who was erased, or never came, is left out."""
    wanted = sorted(set(references))
    table, found = TABLES[kind], dict[str, str]()
    for batch in chunks(wanted):
        rows = session.execute(select(table.reference, table.id).where(table.reference.in_(batch)))
        found.update((str(reference), one) for reference, one in rows)
        linked = (
            select(ImportReference.reference, ImportReference.id)
            .join(table, table.id == ImportReference.id)
            .where(
                ImportReference.kind == kind,
                ImportReference.reference.in_(batch),
                table.reference.is_not(None),
            )
        )
        found.update(session.execute(linked).all())
    return found


def import_references_of_ids(session: Session, kind: str, ids: Iterable[str]) -> dict[str, str]:
    """Return the reference of each of these in its own table."""
    table = TABLES[kind]
    rows = session.execute(select(table.id, table.reference).where(table.id.in_(sorted(set(ids)))))
    return {one: reference for one, reference in rows if reference is not None}
