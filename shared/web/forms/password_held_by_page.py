"""
A pending sign-in between two pages: its password waits for a turn, then for a second factor.

When strangers try many passwords and this device is not known, the page asks again by itself
(`again.js`), or at a press of its button. Meanwhile it holds the password sealed, for some minutes
and for that login: nobody types it twice, and no server keeps it.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta

from flask import current_app

from shared.contracts.identity.sign_ins import TooManyTries
from shared.database.keys.sealing import Sealer, Unreadable
from shared.dates.clock import now

HELD_FOR = timedelta(minutes=5)
MOST_SECONDS = 30
"""The longest wait that somebody sits out before the page, in seconds."""


def seconds_to_wait(refusal: object) -> int:
    """Return how long this page waits before it asks again; 0 where waiting here is no use."""
    if not isinstance(refusal, TooManyTries) or not refusal.detail.get("others"):
        return 0
    seconds = int(refusal.detail.get("wait_seconds", 0))
    return seconds if seconds <= MOST_SECONDS else 0


def seal_password(login: str, password: str) -> str:
    """Return a password as a page may hold it until the next try."""
    until = (now() + HELD_FOR).isoformat()
    return urlsafe_b64encode(_sealer().seal(_sealing_place(login), [password, until])).decode()


def unsealed_password(login: str, kept: str) -> str:
    """Return the password that a page held; "" where it is not ours, or too old."""
    try:
        password, until = _sealer().open(_sealing_place(login), urlsafe_b64decode(kept))
    except (Unreadable, ValueError):
        return ""
    return str(password) if now() < datetime.fromisoformat(until) else ""


def _sealing_place(login: str) -> str:
    return f"sign-in|{login}"


def _sealer() -> Sealer:
    return Sealer.of_secret(str(current_app.secret_key), "held password")
