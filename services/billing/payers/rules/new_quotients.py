"""New quotients, and what each source may replace."""

from dataclasses import dataclass
from datetime import date, timedelta

from shared.contracts.billing.bills import QUOTIENT_SOURCES

DECLARED, CHECKED, CORRECTED, IMPORTED = QUOTIENT_SOURCES
SEEN = (CHECKED, CORRECTED)
"""An agent saw the statement: what a family declares replaces it from a later day alone."""
BACK = timedelta(days=366)
"""Days back for which a family may say its quotient; before, an agent sees the statement."""


@dataclass(frozen=True, slots=True)
class NewQuotient:
    """A quotient to record: cents a month, from a day on, both days included."""

    household_id: str
    cents: int
    kind: str
    valid_from: date
    valid_to: date | None
    source: str
