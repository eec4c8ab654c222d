"""Places that a child has in a group."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import Place


def places_of_application(read: Database, application_id: str) -> Sequence[Place]:
    """Return the places that an application led to."""
    query = select(Place).where(Place.application_id == application_id)
    return read.scalars(query.order_by(Place.valid_from)).all()
