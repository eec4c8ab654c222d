"""Forgets drafts that were never sent, never decided, or decided a while ago."""

from collections.abc import Sequence

from sqlalchemy import select

from services.dossier.models import Draft
from services.dossier.registrations.commands.writing import forget
from shared.database import Write
from shared.dates.instant import When


def forget_due(write: Write, draft_ids: Sequence[str], when: When) -> list[str]:
    """Erase those of these drafts that are still due; return their ids, for their keys to go."""
    gone = []
    held = select(Draft).where(Draft.id.in_(draft_ids), Draft.forget_on <= when.day)
    for draft in write.scalars(held.order_by(Draft.id).with_for_update()).all():
        gone.append(draft.id)
        forget(write, draft)
    return gone
