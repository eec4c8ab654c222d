"""Retry rules of emails: the delay before the next attempt, and when an email is given up."""

from datetime import datetime, timedelta

from services.identity.mail.texts import TEMPLATES
from shared.dates.clock import CLOCKS_DIFFER

WAITING, SENDING = "waiting", "sending"
SENT, REFUSED, UNCERTAIN, GIVEN_UP = "sent", "refused", "uncertain", "given_up"
OPEN = (WAITING, SENDING)
ENDED = (SENT, REFUSED, UNCERTAIN, GIVEN_UP)

FIRST, LONGEST = timedelta(seconds=30), timedelta(hours=1)
CLOCK_WAS_AHEAD = LONGEST + CLOCKS_DIFFER
"""No attempt is this far off but one that was put off by a clock that has been set back."""

SERVER_SOUGHT_AGAIN = timedelta(minutes=5)
"""Longest delay while no server answers: one connection asks for all that wait."""

LOST_AFTER = timedelta(minutes=10)
"""An email `sending` for this long belonged to a process that died; it may have been sent."""

KEY_KEPT = timedelta(days=90)
"""Retention of an ended email's key, which keeps a second one from being queued."""


def next_attempt_at(attempts: int, at: datetime, longest: timedelta = LONGEST) -> datetime:
    """Return the time of the next attempt: after 30 seconds, doubled each time up to `longest`."""
    return at + min(FIRST * 2 ** min(attempts - 1, 10), longest)


def is_too_old(template: str, posted_at: datetime, at: datetime) -> bool:
    """Return whether an email is too old to be sent."""
    return at >= posted_at + TEMPLATES[template].good_for
