"""Hours of a closure: which sessions of a day fall into them. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shared.dates.clock import PARIS

LIFTED_WITHIN = timedelta(days=14)
"""Time after its last day in which a closure can be taken back: who came anyway is then billed."""

TIME_TO_SAY_NO = timedelta(days=1)
"""Time that families have, once a closure is lifted, to cancel what they no longer count on."""


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


def deadline_after_lifting(
    starts_at: datetime, cancel_until: datetime, lifted_at: datetime
) -> datetime:
    """
    Return until when a session that takes place after all may be cancelled: its start at most.

    Families were told that there would be nothing: who made other plans does not pay.
    """
    if lifted_at >= starts_at:
        return cancel_until
    return max(cancel_until, min(lifted_at + TIME_TO_SAY_NO, starts_at))
