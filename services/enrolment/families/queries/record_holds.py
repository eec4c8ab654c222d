"""
Muted children: under a record hold of the dossier, nothing is sent about them (rules' test 10).
"""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import RecordHold


def muted_children(read: Database, child_ids: Collection[str]) -> set[str]:
    """Return the children of these who are under a record hold."""
    query = select(RecordHold.child_id).where(
        RecordHold.child_id.in_(list(child_ids)), RecordHold.held.is_(True)
    )
    return set(read.scalars(query)) if child_ids else set()
