"""Registrations: codes that open them, and how long they are kept."""

import hmac
from datetime import date, timedelta
from hashlib import sha256

from shared.contracts.dossier.registrations import OPEN, SENT
from shared.person.secret_codes import digest_of_code

KEPT_OPEN, KEPT_SENT, KEPT_DECIDED = timedelta(days=30), timedelta(days=180), timedelta(days=30)
"""Time for which a registration is kept after it was last changed, sent or decided on."""
REFERENCE_GROUPS, KEY_GROUPS = 2, 4
NO_DIGEST = sha256(b"").hexdigest()


def is_code_right(code: str, digest: str) -> bool:
    """Say whether a code is that of a digest, after the same work for "", which none fits."""
    return hmac.compare_digest(digest_of_code(code), digest or NO_DIGEST) and bool(digest)


def day_to_forget_registration(state: str, day: date) -> date:
    """Return the day on which a registration goes that came to this state on that day."""
    kept = {OPEN: KEPT_OPEN, SENT: KEPT_SENT}.get(state, KEPT_DECIDED)
    return day + kept
