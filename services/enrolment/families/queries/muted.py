"""Of whom nothing is told any more: children whose file the dossier holds (rules' test 10)."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import RecordHold


def muted_children(read: Database, child_ids: Collection[str]) -> set[str]:
    """Return those of these children whose file is held."""
    query = select(RecordHold.child_id).where(
        RecordHold.child_id.in_(list(child_ids)), RecordHold.held.is_(True)
    )
    return set(read.scalars(query)) if child_ids else set()
