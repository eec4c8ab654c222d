"""
Places as published to billing, which counts them by the month, the term or the year.

Whole, versioned, on every change of their period; a place that never began is published as
cancelled. Ids and days alone.
"""

import time
from collections.abc import Collection, Sequence
from datetime import date
from typing import cast

from sqlalchemy import Executable, Table, bindparam, literal_column, select
from sqlalchemy.orm import Session as Database

from services.enrolment.families.queries.households import households_of_day_by_child
from services.enrolment.models import Activity, Application, Group, Place, PlaceVersion
from shared.contracts.enrolment.attendance import PlaceRecorded, place_recorded
from shared.database import Store, Write
from shared.database.chunks import chunks
from shared.database.prebuilt_statements import list_parameter, store_rows
from shared.json_values import JsonObject

_versions = cast(Table, PlaceVersion.__table__)

_PENDING = (
    select(PlaceVersion.place_id)
    .where(PlaceVersion.version == literal_column("0"))  # as the index says it
    .order_by(PlaceVersion.place_id)
)
_PENDING_OF_CHILDREN = _PENDING.join(Place, Place.id == PlaceVersion.place_id).where(
    Place.child_id.in_(list_parameter("child_ids"))
)
_LOCKED = (
    select(PlaceVersion).where(PlaceVersion.place_id == bindparam("place_id")).with_for_update()
)

AT_ONCE = 50
"""Places that are published in one transaction where all that wait are."""


def publish_place(write: Write, place: Place) -> bool:
    """
    Publish a place if it changed; return whether it did.

    A place of a child without a household has no payer: it waits for the child's file.
    """
    return _publish_place_at_version(write, _lock_version(write, place.id), place)


def publish_new_place(write: Write, place: Place) -> None:
    """Publish a place that this transaction gave, or note that it waits: no other has seen it."""
    version = PlaceVersion(place_id=place.id, version=0, activity="", content={})
    write.add(version)
    _publish_place_at_version(write, version, place)


def publish_cancelled_place(write: Write, place: Place) -> None:
    """Publish that a place never began; if it was never published, nothing is."""
    version = _lock_version(write, place.id)
    if version.version:
        _publish_changed_content(write, version, {**version.content, "cancelled": True})
    else:
        write.delete(version)


def publish_pending_places(write: Write, child_ids: Collection[str]) -> None:
    """Publish the places of these children that could not be published before."""
    given = {"child_ids": list(child_ids)}
    _publish_places_as_they_are(write, write.scalars(_PENDING_OF_CHILDREN, given).all())


def publish_all_pending_places(store: Store) -> None:
    """
    Publish all places that could not be published before, some in a transaction.

    Of many the last would otherwise keep events waiting for as long as all of them take.
    """
    with store.read() as read:
        pending = read.scalars(_PENDING).all()
    for some in chunks(pending, AT_ONCE):
        with store.write() as write:
            _publish_places_as_they_are(write, some)
        time.sleep(0)  # others of this process have their turn


def _publish_places_as_they_are(write: Write, place_ids: Sequence[str]) -> None:
    """Publish places as they are once their versions are locked: some may have ended meanwhile."""
    for place_id in place_ids:
        version = _lock_version(write, place_id)
        place = write.get(Place, place_id, populate_existing=True)
        if place is not None:
            _publish_place_at_version(write, version, place)
        elif not version.version:  # it ended before it began, and nothing waits
            write.delete(version)


def _publish_place_at_version(write: Write, version: PlaceVersion, place: Place) -> bool:
    household = version.content.get("household_id") or _household_of_place(write, place)
    if household is None:
        return False
    return _publish_changed_content(write, version, _content_of_place(write, place, household))


def _publish_changed_content(write: Write, version: PlaceVersion, content: JsonObject) -> bool:
    if version.content == content:
        return False
    version.version, version.content = version.version + 1, content
    version.activity = content["activity"]
    write.flush()
    write.publish(place_recorded, event_of_published_place(version))
    return True


def publish_again(write: Write, place_id: str, *, above: int) -> None:
    """
    Publish a place as it was last published, at a version above the one that billing stores.

    An erased one is not: nothing of it is left to publish.
    """
    version = write.get(PlaceVersion, place_id, with_for_update=True)
    if version is not None and version.version and version.content:
        version.version = max(version.version, above) + 1
        write.flush()
        write.publish(place_recorded, event_of_published_place(version))


def _lock_version(write: Write, place_id: str) -> PlaceVersion:
    """Return the row of a place, locked, inserted if missing."""
    row = {"place_id": place_id, "version": 0, "activity": "", "content": {}}
    store_rows(write, _make_insert_of_missing_version, row)
    return write.scalars(_LOCKED, {"place_id": place_id}).one()


def _make_insert_of_missing_version(write: Write) -> Executable:
    return write.upsert_into(_versions).on_conflict_do_nothing()


def _household_of_place(read: Database, place: Place) -> str | None:
    """Return the household that applied; else that of the child's first day."""
    application = read.get(Application, place.application_id) if place.application_id else None
    if application is not None and application.household_id:
        return application.household_id
    return households_of_day_by_child(read, [place.child_id], place.valid_from).get(place.child_id)


def _content_of_place(read: Database, place: Place, household_id: str) -> JsonObject:
    group = read.get_one(Group, place.group_id)
    return {
        "child_id": place.child_id,
        "household_id": household_id,
        "activity": read.get_one(Activity, group.activity_id).code,
        "group_id": place.group_id,
        "valid_from": place.valid_from.isoformat(),
        "valid_to": place.valid_to.isoformat() if place.valid_to else None,
        "cancelled": False,
    }


def event_of_published_place(version: PlaceVersion) -> PlaceRecorded:
    """Return a place as it was last published."""
    content = version.content
    last = content["valid_to"]
    return PlaceRecorded(
        place_id=version.place_id,
        version=version.version,
        child_id=content["child_id"],
        household_id=content["household_id"],
        activity=content["activity"],
        group_id=content["group_id"],
        valid_from=date.fromisoformat(content["valid_from"]),
        valid_to=date.fromisoformat(last) if last else None,
        cancelled=content["cancelled"],
    )
