"""The instant of one request: rules and records take it as an argument."""

from dataclasses import dataclass
from datetime import date, datetime

from shared.dates.clock import now, today


@dataclass(frozen=True)
class Instant:
    """An aware instant, and the calendar day that families live in at that instant."""

    moment: datetime
    day: date

    @staticmethod
    def now() -> "Instant":
        return Instant(now(), today())
