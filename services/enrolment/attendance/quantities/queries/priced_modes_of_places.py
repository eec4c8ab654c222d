"""Attendance modes of children at their places: as usual, or priced otherwise (own meal)."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import Place, PlaceVariant, Tariff
from shared.database.tables.validity import not_ended_before_condition

USUAL = ""


def unusual_modes_of_children_on_day(
    read: Database, group_id: str, child_ids: Collection[str], day: date
) -> dict[str, str]:
    """Return the attendance mode in a group on a day by child, for those with an unusual one."""
    rows = read.execute(
        select(Place.child_id, PlaceVariant.variant)
        .join(PlaceVariant, PlaceVariant.place_id == Place.id)
        .where(Place.group_id == group_id, Place.child_id.in_(list(child_ids)))
        .where(Place.valid_from <= day, PlaceVariant.valid_from <= day)
        .where(not_ended_before_condition(Place.valid_to, day))
        .order_by(PlaceVariant.valid_from)
    )
    return dict(row._tuple() for row in rows)


def attendance_mode_of_place_on_day(read: Database, place_id: str, day: date) -> str:
    """Return a child's attendance mode at a place on a day."""
    query = select(PlaceVariant.variant).where(
        PlaceVariant.place_id == place_id, PlaceVariant.valid_from <= day
    )
    return read.scalar(query.order_by(PlaceVariant.valid_from.desc()).limit(1)) or USUAL


def next_change_of_mode(read: Database, place_id: str, day: date) -> PlaceVariant | None:
    """Return the next change of the mode after this day."""
    later = select(PlaceVariant).where(
        PlaceVariant.place_id == place_id, PlaceVariant.valid_from > day
    )
    return read.scalar(later.order_by(PlaceVariant.valid_from).limit(1))


def priced_attendance_modes(read: Database, activity: str) -> list[str]:
    """Return the attendance modes with prices of their own in this activity, the usual first."""
    contents = read.scalars(select(Tariff.content).where(Tariff.content.is_not(None)))
    priced = {
        variant
        for content in contents
        if content is not None and content["activity"] == activity
        for variant in content["variants"]
    }
    return sorted(priced | {USUAL})
