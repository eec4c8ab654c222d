"""Hours of a closure: which sessions of a day fall into them. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shared.dates.clock import PARIS

LIFTED_WITHIN = timedelta(days=14)
"""Time after its last day in which a closure can be taken back: who came anyway is then billed."""


@dataclass(frozen=True)
class Span:
    """Days, both included, and hours of each ("HH:MM" in Paris; "" where there is no limit)."""

    first_day: date
    last_day: date
    starts: str = ""
    ends: str = ""

    def has(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Say whether a session meets within these hours, even in part."""
        begins, finishes = (f"{each.astimezone(PARIS):%H:%M}" for each in (starts_at, ends_at))
        return (not self.ends or begins < self.ends) and (not self.starts or finishes > self.starts)
