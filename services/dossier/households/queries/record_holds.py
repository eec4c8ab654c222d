"""Record holds after a death, as everything else asks for them: such a dossier is left alone."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, bindparam, exists, select
from sqlalchemy.orm import Session

from services.dossier.models import Child, RecordHold
from shared.contracts.errors import NotFound
from shared.database.chunks import chunks
from shared.database.prebuilt_statements import execute


def held_file_condition() -> ColumnElement[bool]:
    """Return the condition of a child whose file is held, for a statement that reads `Child`."""
    return exists().where(RecordHold.child_id == Child.id, RecordHold.released_at.is_(None))


_HELD = select(Child.id).where(Child.id == bindparam("child_id"), held_file_condition())


def refuse_held_file(session: Session, child_id: str) -> None:
    """Raise NotFound for a child whose file is held: nothing begins for it of itself."""
    if execute(session, _HELD, child_id=child_id).first() is not None:
        raise NotFound(child_id=child_id)


def is_file_held(session: Session, child_ids: Collection[str]) -> bool:
    """Say whether one of these files is held."""
    held = select(Child.id).where(Child.id.in_(child_ids), held_file_condition())
    return session.scalar(held.limit(1)) is not None


def ever_held_among(session: Session, child_ids: Collection[str]) -> set[str]:
    """Return those of these children whose file is held, or was."""
    return {
        child_id
        for batch in chunks(child_ids)
        for child_id in session.scalars(
            select(RecordHold.child_id).where(RecordHold.child_id.in_(batch))
        )
    }
