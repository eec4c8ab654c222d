"""Sheets of quantities as they were received."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.billing.models import QuantitySheet
from shared.dates.months import first_of, last_of


def count_sheets(session: Session, provider: str, month: str) -> int:
    """Return the number of groups' days in a month that a provider has published."""
    days = QuantitySheet.day.between(first_of(month), last_of(month))
    sessions = select(QuantitySheet.session_id).where(QuantitySheet.provider == provider, days)
    return session.scalar(select(func.count()).select_from(sessions.distinct().subquery())) or 0
