"""
Publishes at which activities children are, where a projection depends on it (rule R2).

`mark_activities_of_children` marks children whose applications or places changed; what is new of
them is published at the end of the same transaction.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Executable, Table, select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import ActivitiesTaken
from services.enrolment.places.placing.queries.places_and_activities import (
    projection_activities_by_child,
)
from shared.contracts.enrolment.sharing import activities_taken as contracts
from shared.database import Write
from shared.database.prebuilt_statements import execute, list_parameter, store_rows
from shared.dates.clock import PARIS

TAKEN = "activities_taken"
_taken = cast(Table, ActivitiesTaken.__table__)
_KNOWN = select(_taken.c.child_id).where(_taken.c.child_id.in_(list_parameter("child_ids")))
_LOCKED = (
    select(ActivitiesTaken)
    .where(ActivitiesTaken.child_id.in_(list_parameter("child_ids")))
    .order_by(ActivitiesTaken.child_id)
    .with_for_update()
)


def mark_activities_of_children(write: Write, child_ids: Collection[str], now: datetime) -> None:
    """Publish the activities of these children before the commit, those that changed."""
    if child_ids:
        write.note_for_completion(TAKEN, child_ids, now)


def publish_changed_activities(write: Write, child_ids: Collection[str], now: datetime) -> None:
    """Publish the activities of these children, those that differ from the last publication."""
    today = now.astimezone(PARIS).date()
    known = execute(write, _KNOWN, child_ids=child_ids).scalars()
    rows = _lock_published_activities(
        write, {*known, *projection_activities_by_child(write, today, child_ids)}
    )
    if not rows:
        return
    taken = projection_activities_by_child(write, today, [row.child_id for row in rows])
    for row in rows:
        activities = sorted(taken.get(row.child_id, ()))
        if row.published != activities:
            row.version, row.published = row.version + 1, activities
            write.publish(contracts.activities_taken, event_of_activities_taken(row))


def event_of_activities_taken(row: ActivitiesTaken) -> contracts.ActivitiesTaken:
    """Return the activities of a child as they were last published."""
    return contracts.ActivitiesTaken(row.child_id, row.version, row.published)


def activities_as_published(
    read: Database, child_ids: Collection[str], now: datetime
) -> dict[str, contracts.ActivitiesTaken]:
    """Return what was published of these children, where it is still so."""
    taken = projection_activities_by_child(read, now.astimezone(PARIS).date(), child_ids)
    rows = read.scalars(select(ActivitiesTaken).where(ActivitiesTaken.child_id.in_(child_ids)))
    return {
        row.child_id: event_of_activities_taken(row)
        for row in rows
        if row.published == sorted(taken.get(row.child_id, ()))
    }


def _lock_published_activities(write: Write, child_ids: Iterable[str]) -> list[ActivitiesTaken]:
    """
    Lock the rows of these children, in one order; those that are missing begin at version 0.

    What is published is read afterwards: the second of two writers must see the first one's places.
    """
    ids = sorted(child_ids)
    if not ids:
        return []
    new: list[dict[str, Any]] = [{"child_id": each, "version": 0, "published": []} for each in ids]
    store_rows(write, _make_insert_of_missing_rows, new)
    return list(write.scalars(_LOCKED, {"child_ids": ids}))


def _make_insert_of_missing_rows(write: Write) -> Executable:
    return write.upsert_into(_taken).on_conflict_do_nothing()
