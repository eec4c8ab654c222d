"""
Changes of a child's attendance mode at its place: as usual, or priced otherwise.

Dated, so that a published day keeps its mode; the reason is never stored.
"""

from datetime import date
from typing import cast

from sqlalchemy import Table, delete

from services.enrolment.models import Place, PlaceVariant
from shared.contracts.errors import NotFound
from shared.database import Write

_variants = cast(Table, PlaceVariant.__table__)


def change_attendance_mode_of_place(write: Write, place_id: str, variant: str, first: date) -> None:
    """
    Set a child's attendance mode from a day on; the caller refuses days gone by.

    Raises NotFound for a place that is over by then.
    """
    place = write.get(Place, place_id, with_for_update=True)
    if place is None or (place.valid_to is not None and place.valid_to < first):
        raise NotFound
    later = _variants.c.place_id == place_id, _variants.c.valid_from >= first
    write.execute(delete(_variants).where(*later))
    row = {"place_id": place_id, "valid_from": first, "variant": variant}
    write.execute(_variants.insert().values(**row))
