"""
A child's sheet at the desk: reading it, and marking changes as seen.

Every projection shown publishes one event for the family, in the transaction of the reading.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row, Select, Table, case, select, update

from services.enrolment.children.commands.replica import publish_row_states
from services.enrolment.children.queries.contents import unsealed_content_of_row
from services.enrolment.children.rules.visibility import (
    SERVICE_PREPARATION,
    Visibility,
    projections_in_page_order,
)
from services.enrolment.models import ChildKey, StoredProjection
from shared.contracts.enrolment.sharing import replica_events as contracts
from shared.contracts.errors import NotEntitled, NotFound
from shared.database import Vault, Write
from shared.dates.clock import is_unusual_hour
from shared.json_values import JsonObject

_projections = cast(Table, StoredProjection.__table__)


@dataclass(frozen=True)
class Section:
    """
    One projection as the page shows it.

    `content` is None if it cannot be read. `mark` is the role in which the reader may mark this
    version as seen, "" if there is nothing to mark or the reader may not.
    """

    projection: str
    content: JsonObject | None
    version: int
    received_at: datetime
    to_see: bool
    seen_at: datetime | None
    seen_by: str
    ends_at: datetime | None
    mark: str


def read_child_sheet(
    write: Write, vault: Vault, visibility: Visibility, subject: str, child_id: str, now: datetime
) -> list[Section]:
    """
    Return the sections that the person may see, most urgent first, and publish the reading.

    Raises NotFound for a child of whom the person may see nothing, known or not.
    """
    rows = {
        row.projection: row for row in write.execute(_visible_rows_query(visibility, [child_id]))
    }
    if not rows:
        raise NotFound
    for projection in rows:
        publish_projection_read(
            write, visibility.sees[projection], subject, child_id, projection, now
        )
    return [
        _make_section(vault, visibility, rows[projection])
        for projection in projections_in_page_order(rows)
    ]


def read_unseen(
    write: Write,
    vault: Vault,
    visibility: Visibility,
    subject: str,
    child_ids: Collection[str],
    now: datetime,
) -> dict[str, list[Section]]:
    """Return what waits to be seen of these children, and publish the reading of each section."""
    rows: dict[str, dict[str, Row[Any]]] = {child_id: {} for child_id in child_ids}
    marked = (_projections.c.to_see.is_(True), _projections.c.projection.in_(visibility.marks))
    for row in write.execute(_visible_rows_query(visibility, child_ids).where(*marked)):
        rows[row.child_id][row.projection] = row
        role = visibility.sees[row.projection]
        publish_projection_read(write, role, subject, row.child_id, row.projection, now)
    return {
        child_id: [
            _make_section(vault, visibility, own[name]) for name in projections_in_page_order(own)
        ]
        for child_id, own in rows.items()
        if own
    }


def mark_seen(
    write: Write,
    visibility: Visibility,
    subject: str,
    child_id: str,
    projection: str,
    version: int,
    now: datetime,
) -> bool:
    """
    Mark the version on the reader's screen as seen; False if it was already.

    A later version stays to be seen. Raises NotEntitled if no role of the reader marks the
    projection.
    """
    role = visibility.marks.get(projection)
    if role is None:
        raise NotEntitled
    marked = (
        update(_projections)
        .where(
            _projections.c.child_id == child_id,
            _projections.c.projection == projection,
            _projections.c.content.is_not(None),
            _projections.c.seen_version < version,
            _projections.c.version >= version,
        )
        .values(
            seen_version=version,
            seen_at=now,
            seen_by=role,
            seen_subject=subject,
            to_see=case((_projections.c.version > version, _projections.c.to_see), else_=False),
        )
        .returning(*_projections.c)
    )
    rows = write.execute(marked).mappings().all()
    publish_row_states(write, projection, rows)
    return bool(rows)


def _visible_rows_query(visibility: Visibility, child_ids: Collection[str]) -> Select[object]:
    return (
        select(_projections, ChildKey.key_id)
        .join(ChildKey, ChildKey.child_id == _projections.c.child_id)
        .where(
            _projections.c.child_id.in_(child_ids),
            _projections.c.content.is_not(None),
            _projections.c.projection.in_(list(visibility.sees)),
        )
    )


def _make_section(vault: Vault, visibility: Visibility, row: Row[Any]) -> Section:
    return Section(
        projection=row.projection,
        content=unsealed_content_of_row(vault, row),
        version=row.version,
        received_at=row.received_at,
        to_see=row.to_see,
        seen_at=row.seen_at,
        seen_by=row.seen_by,
        ends_at=row.erase_after,
        mark=visibility.marks.get(row.projection, "") if row.to_see else "",
    )


def publish_projection_read(
    write: Write,
    role: str,
    subject: str,
    child_id: str,
    projection: str,
    now: datetime,
    *,
    purpose: str = SERVICE_PREPARATION,
) -> None:
    """Publish that an agent read one part of a child's file, in a role (rule R13)."""
    event = contracts.ProjectionRead(
        child_id=child_id,
        projection=projection,
        subject=subject,
        role=role,
        purpose=purpose,
        at=now,
        unusual=is_unusual_hour(now),
    )
    write.publish(contracts.projection_read, event)
