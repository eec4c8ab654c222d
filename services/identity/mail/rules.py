"""When a letter is tried again, and when it is given up: plain rules."""

from datetime import datetime, timedelta

from services.identity.mail.texts import TEMPLATES

WAITING, SENDING = "waiting", "sending"
SENT, REFUSED, UNCERTAIN, GIVEN_UP = "sent", "refused", "uncertain", "given_up"
OPEN = (WAITING, SENDING)
ENDED = (SENT, REFUSED, UNCERTAIN, GIVEN_UP)

FIRST, LONGEST = timedelta(seconds=30), timedelta(hours=1)
LOST_AFTER = timedelta(minutes=10)
"""A letter taken up for so long was in hand when its process died: nobody knows whether it left."""

KEY_KEPT = timedelta(days=90)
"""How long the key of an ended letter keeps a second one from being posted."""


def next_try(attempts: int, at: datetime) -> datetime:
    """Return when to try again after so many attempts: 30 seconds, doubled, an hour at most."""
    return at + min(FIRST * 2 ** min(attempts - 1, 10), LONGEST)


def is_over(template: str, posted_at: datetime, at: datetime) -> bool:
    """Say whether a letter is no longer worth sending."""
    return at >= posted_at + TEMPLATES[template].good_for
