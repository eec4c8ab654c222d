"""Files that are one child: the id whose dossier is read, and the other ids published for it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, exists, or_, select
from sqlalchemy.orm import Session

from services.dossier.models import Child, ChildJoin, Link
from shared.contracts.errors import NotFound
from shared.database.prebuilt_statements import among_parameter, execute, list_parameter, rows_among

_IN_FORCE = ChildJoin.parted_at.is_(None)
_KEPT_OF_OTHERS = select(ChildJoin.other_id, ChildJoin.kept_id).where(
    ChildJoin.other_id.in_(among_parameter()), _IN_FORCE
)
_OTHERS_OF_KEPT = (
    select(ChildJoin.kept_id, ChildJoin.other_id)
    .where(ChildJoin.kept_id.in_(among_parameter()), _IN_FORCE)
    .order_by(ChildJoin.other_id)
)
_ids = among_parameter()
_JOINS = select(ChildJoin.kept_id, ChildJoin.other_id).where(
    or_(ChildJoin.kept_id.in_(_ids), ChildJoin.other_id.in_(_ids)), _IN_FORCE
)
_HELD_FILES = select(Link.child_id).where(
    Link.child_id.in_(list_parameter("files")),
    Link.provider == bindparam("provider"),
    Link.closed_at.is_(None),
)


def joined_file_condition() -> ColumnElement[bool]:
    """Return the condition of a file that another is read for, of `Child`."""
    return exists().where(ChildJoin.other_id == Child.id, _IN_FORCE)


def same_child_condition(file_id: Any, child_id: Any) -> ColumnElement[bool]:
    """Return the condition that one column is an id of the child whose own is in another."""
    joined = exists().where(ChildJoin.kept_id == child_id, ChildJoin.other_id == file_id, _IN_FORCE)
    return or_(file_id == child_id, joined)


def kept_id_by_other_id(session: Session, child_ids: Collection[str]) -> dict[str, str]:
    """Return of these ids those of other files, each with the id whose dossier is read for it."""
    return {
        other_id: kept_id for other_id, kept_id in rows_among(session, _KEPT_OF_OTHERS, child_ids)
    }


def kept_id_of(session: Session, child_id: str) -> str:
    """Return the id whose dossier is read for this one: itself, where no other is."""
    return kept_id_by_other_id(session, [child_id]).get(child_id, child_id)


def others_by_kept(session: Session, child_ids: Collection[str]) -> Mapping[str, list[str]]:
    """
    Return by id the other files under which its dossier is published, sorted; ids without any are
    left out.
    """
    found: dict[str, list[str]] = {}
    for kept_id, other_id in rows_among(session, _OTHERS_OF_KEPT, child_ids):
        found.setdefault(kept_id, []).append(other_id)
    return found


def with_other_files(session: Session, child_ids: Collection[str]) -> list[str]:
    """Return these ids, and those of the other files of the same dossiers."""
    joined = others_by_kept(session, child_ids)
    return [*child_ids, *(other for others in joined.values() for other in others)]


def all_ids_of_child(session: Session, child_id: str) -> list[str]:
    """Return all ids of one child, whichever is given, the one whose dossier is read first."""
    return with_other_files(session, [kept_id_of(session, child_id)])


def id_of_child_at_provider(session: Session, child_id: str, provider: str) -> str:
    """Return the id under which a provider goes on with a child: one that it has, if it has any."""
    return id_at_provider_among_files(
        session, all_ids_of_child(session, child_id), child_id, provider
    )


def id_at_provider_among_files(
    session: Session, files: Sequence[str], child_id: str, provider: str
) -> str:
    """Return the id under which a provider goes on with a child whose files are known."""
    if not files[1:]:
        return child_id
    held = execute(session, _HELD_FILES, files=files[1:], provider=provider)
    return max(held.scalars(), default=child_id)


def refuse_joined_file(session: Session, child_id: str) -> None:
    """Raise NotFound for a file that another is read for: nothing is written in it."""
    if kept_id_of(session, child_id) != child_id:
        raise NotFound(child_id=child_id)


def joins_in_force_of(session: Session, child_ids: Collection[str]) -> list[Row[Any]]:
    """Return the joins that stand and have one of these files on either side: ids alone."""
    return list(rows_among(session, _JOINS, child_ids))
