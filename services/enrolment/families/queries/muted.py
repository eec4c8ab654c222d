"""Of whom nothing is told any more: children whose file the dossier holds (rules' test 10)."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import HeldFile


def held_among(read: Database, child_ids: Collection[str]) -> set[str]:
    """Return those of these children whose file is held."""
    wanted = select(HeldFile.child_id).where(
        HeldFile.child_id.in_(list(child_ids)), HeldFile.held.is_(True)
    )
    return set(read.scalars(wanted)) if child_ids else set()
