"""Erasure of places that ended, and of the applications that led to them, once kept no longer."""

from datetime import date, datetime

from sqlalchemy import delete, exists, select, update

from services.enrolment.models import Application, Place, PlaceVersion, Renewal
from services.enrolment.models.places import UNDECIDED
from shared.database import Write
from shared.dates.clock import midnight

AT_ONCE = 200
"""Most places, and most applications, of one transaction."""


def erase_places_before(write: Write, first_kept: date) -> int:
    """
    Erase places that ended before the first day that is kept; return how many rows went.

    Of what billing was told the version stays, without child and household: nothing is taken back.
    """
    ended = select(Place.id).where(Place.valid_to < first_kept)
    place_ids = write.scalars(ended.order_by(Place.valid_to).limit(AT_ONCE).with_for_update()).all()
    write.execute(delete(Renewal).where(Renewal.place_id.in_(place_ids)))
    write.execute(delete(Place).where(Place.id.in_(place_ids)))
    told = update(PlaceVersion).where(PlaceVersion.place_id.in_(place_ids))
    write.execute(told.values(content={}))
    return len(place_ids) + _erase_applications(write, midnight(first_kept))


def _erase_applications(write: Write, before: datetime) -> int:
    """Erase applications that were decided long ago, and have no place and no renewal any more."""
    decided = select(Application.id).where(
        Application.submitted_at < before,
        Application.state.not_in(UNDECIDED),
        ~exists().where(Place.application_id == Application.id),
        ~exists().where(Renewal.application_id == Application.id),
    )
    oldest = decided.order_by(Application.submitted_at).limit(AT_ONCE).with_for_update()
    application_ids = write.scalars(oldest).all()
    write.execute(delete(Application).where(Application.id.in_(application_ids)))
    return len(application_ids)
