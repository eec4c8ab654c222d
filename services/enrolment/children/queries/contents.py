"""
Contents of the replica for many children at once, opened with the vault.

A caller that shows one of them to a person publishes the reading; a sum over many children
identifies none.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row, Table, select
from sqlalchemy.orm import Session

from services.enrolment.models import ChildKey, StoredProjection
from shared.database import Unreadable, Vault
from shared.database.chunks import AT_ONCE, chunks
from shared.json_values import JsonObject
from shared.runtime.logs import log_error

_projections = cast(Table, StoredProjection.__table__)


def contents_of_projection(
    read: Session, vault: Vault, projection: str, child_ids: Collection[str] | None = None
) -> dict[str, JsonObject]:
    """Return the contents of one projection by child (None: of all), those that can be read."""
    return contents_of_projections(read, vault, [projection], child_ids)[projection]


def contents_of_projections(
    read: Session,
    vault: Vault,
    projections: Collection[str],
    child_ids: Collection[str] | None = None,
) -> dict[str, dict[str, JsonObject]]:
    """Return the contents of some projections, each by child, in one reading."""
    columns = _projections.c
    query = (
        select(columns.child_id, columns.projection, columns.content, ChildKey.key_id)
        .join(ChildKey, ChildKey.child_id == columns.child_id)
        .where(columns.projection.in_(projections), columns.content.is_not(None))
    )
    if child_ids is not None:
        query = query.where(columns.child_id.in_(child_ids))
    found: dict[str, dict[str, JsonObject]] = {each: {} for each in projections}
    for rows in chunks(read.execute(query).all(), AT_ONCE):  # of a town's keys not all are kept
        vault.prepare_keys({row.key_id for row in rows})
        for row in rows:
            content = unsealed_content_of_row(vault, row)
            if content is not None:
                found[row.projection][row.child_id] = content
    return found


def arrivals_of_projections(
    read: Session, projections: Collection[str], child_ids: Collection[str]
) -> dict[str, dict[str, datetime]]:
    """
    Return by child when its last version of each projection arrived.

    Of what is kept until it is erased (rule R6) only its end arrived: it is not among them.
    """
    columns = _projections.c
    query = select(columns.child_id, columns.projection, columns.received_at).where(
        columns.projection.in_(projections),
        columns.child_id.in_(child_ids),
        columns.content.is_not(None),
        columns.erase_after.is_(None),
    )
    found: dict[str, dict[str, datetime]] = {}
    for child_id, projection, at in read.execute(query):
        found.setdefault(child_id, {})[projection] = at
    return found


def sealed_place_of_projection(projection: str) -> str:
    """Return the place to which a sealed content is bound, beside its child's key."""
    return f"held_projection.{projection}"


def unsealed_content_of_row(vault: Vault, row: Row[Any]) -> JsonObject | None:
    """Return a stored row's content; None if it cannot be read: it must not hide the others."""
    try:
        return vault.open(row.key_id, sealed_place_of_projection(row.projection), row.content)
    except Unreadable as error:
        log_error("content_unreadable", error, child_id=row.child_id, projection=row.projection)
        return None
