"""
How children come to their places: as usual, or in a way that is priced otherwise (own meal).

Dated, so that what was told of a day stays as it was; never why.
"""

from collections.abc import Collection
from datetime import date
from typing import cast

from sqlalchemy import Table, delete, select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import Place, PlaceVariant, Tariff
from shared.contracts.errors import NotFound
from shared.database import Write

USUAL = ""

_variants = cast(Table, PlaceVariant.__table__)


def variants_on(
    read: Database, group_id: str, child_ids: Collection[str], day: date
) -> dict[str, str]:
    """Return by child how it comes to its place in a group on a day, where otherwise than usual."""
    rows = read.execute(
        select(Place.child_id, PlaceVariant.variant)
        .join(PlaceVariant, PlaceVariant.place_id == Place.id)
        .where(Place.group_id == group_id, Place.child_id.in_(list(child_ids)))
        .where(Place.valid_from <= day, PlaceVariant.valid_from <= day)
        .where(Place.valid_to.is_(None) | (Place.valid_to >= day))
        .order_by(PlaceVariant.valid_from)
    )
    return dict(row._tuple() for row in rows)


def variant_of(read: Database, place_id: str, day: date) -> str:
    """Return how a child comes to a place on a day."""
    said = select(PlaceVariant.variant).where(
        PlaceVariant.place_id == place_id, PlaceVariant.valid_from <= day
    )
    return read.scalar(said.order_by(PlaceVariant.valid_from.desc()).limit(1)) or USUAL


def next_change(read: Database, place_id: str, day: date) -> PlaceVariant | None:
    """Return what was said for the first day after this one."""
    later = select(PlaceVariant).where(
        PlaceVariant.place_id == place_id, PlaceVariant.valid_from > day
    )
    return read.scalar(later.order_by(PlaceVariant.valid_from).limit(1))


def change_variant(write: Write, place_id: str, variant: str, first: date) -> None:
    """
    Let a child come so from a day on, until further notice; the caller lets no past day through.

    Raises NotFound for a place that is over by then.
    """
    place = write.get(Place, place_id, with_for_update=True)
    if place is None or (place.valid_to is not None and place.valid_to < first):
        raise NotFound
    later = _variants.c.place_id == place_id, _variants.c.valid_from >= first
    write.execute(delete(_variants).where(*later))
    row = {"place_id": place_id, "valid_from": first, "variant": variant}
    write.execute(_variants.insert().values(**row))


def variants_priced(read: Database, activity: str) -> list[str]:
    """Return the ways to come for which this activity has prices of their own, the usual first."""
    contents = read.scalars(select(Tariff.content).where(Tariff.content.is_not(None)))
    found = {
        variant
        for content in contents
        if content is not None and content["activity"] == activity
        for variant in content["variants"]
    }
    return sorted(found | {USUAL})
