"""Waste that was weighed, by day and site."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.enrolment.models import Waste

Weighings = Mapping[tuple[date, str], Waste]


def weighed_waste_by_day_and_site(read: Session, first: date, last: date) -> Weighings:
    """Return what was weighed, by day and site."""
    query = select(Waste).where(Waste.day.between(first, last)).order_by(Waste.day, Waste.site)
    return {(row.day, row.site): row for row in read.scalars(query)}
