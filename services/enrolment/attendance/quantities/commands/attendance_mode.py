"""
Changes of the way in which a child comes to its place: as usual, or priced otherwise.

Dated, so that what was told of a day stays as it was; never why.
"""

from datetime import date
from typing import cast

from sqlalchemy import Table, delete

from services.enrolment.models import Place, PlaceVariant
from shared.contracts.errors import NotFound
from shared.database import Write

_variants = cast(Table, PlaceVariant.__table__)


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
