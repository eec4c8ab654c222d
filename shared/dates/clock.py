"""Clock: the only module that reads the time; rules take it as an argument."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")

CLOCKS_DIFFER = timedelta(minutes=1)
"""
More than the clocks of a town's hosts differ, and than a copy holds something back. What lies
further ahead than it can be was written while a clock was wrong, before it was set back.
"""

DAY_BEGINS, DAY_ENDS = 6, 20
"""Hours in France outside of which reading a dossier is unusual."""


def is_unusual_hour(moment: datetime) -> bool:
    """Say whether a reading at that moment is shown first to the family: at night (rule R13)."""
    return not DAY_BEGINS <= moment.astimezone(PARIS).hour < DAY_ENDS


def now() -> datetime:
    """Return this instant, aware, in UTC."""
    return datetime.now(UTC)


def midnight(day: date) -> datetime:
    """Return the instant at which a day begins in France, in UTC."""
    return datetime.combine(day, time(), PARIS).astimezone(UTC)


def today() -> date:
    """Return the calendar day that families and agents live in."""
    return datetime.now(PARIS).date()
