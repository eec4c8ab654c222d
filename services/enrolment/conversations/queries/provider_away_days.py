"""The dates on which this provider does not answer."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import Away


def announced_away_days(read: Database, today: date) -> Sequence[Away]:
    """Return the absences that are not over, by their first day."""
    query = select(Away).where(Away.last_day >= today)
    return read.scalars(query.order_by(Away.first_day, Away.id)).all()
