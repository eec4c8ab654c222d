"""States of an alert on its way, when it is tried again, and when it is given up. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.portal_gateway.alerts.rules.categories import SMS
from shared.dates.clock import CLOCKS_DIFFER

WAITING, SENDING = "waiting", "sending"
SENT, REFUSED, UNCERTAIN, GIVEN_UP, GONE = "sent", "refused", "uncertain", "given_up", "gone"
OPEN = (WAITING, SENDING)

MOST_ATTEMPTS = 8
GOOD_FOR = timedelta(hours=6)
"""An alert of seven in the morning is of no use in the evening; the portal has it."""
LOST_AFTER = timedelta(minutes=2)
"""An alert `sending` for so long belonged to a process that died."""
FIRST, LONGEST = timedelta(seconds=5), timedelta(minutes=30)
CLOCK_WAS_AHEAD = LONGEST + CLOCKS_DIFFER
"""No attempt is this far off but one that was put off by a clock that has been set back."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Outcome of a try: a state, a code of ours, and when the service wants to be asked."""

    state: str
    reason: str = ""
    retry_after: timedelta | None = None


def next_attempt_at(attempts: int, retry_after: timedelta | None, moment: datetime) -> datetime:
    """Return when to try again: what the service asks for, else twice as long each time."""
    doubled = FIRST * 2 ** min(attempts - 1, 12)
    return moment + min(max(doubled, retry_after or FIRST), LONGEST)


def is_given_up(attempts: int, posted_at: datetime, moment: datetime) -> bool:
    """Say whether an alert is tried no more."""
    return attempts >= MOST_ATTEMPTS or moment >= posted_at + GOOD_FOR


def state_of_lost_alert(channel: str) -> str:
    """
    Return the state of an alert whose process died while sending it.

    A device shows the same alert once, however often it comes: it is sent again. A second SMS would
    be read twice, and paid.
    """
    return UNCERTAIN if channel == SMS else WAITING
