"""Invitations: a code on paper or by voice, good once and for two weeks: plain rules."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

GOOD_FOR = timedelta(days=14)

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # no i, l, o, u: nobody confuses what is left
_LOOKALIKES = str.maketrans({"o": "0", "i": "1", "l": "1", "-": "", " ": ""})
_GROUPS, _IN_GROUP = 5, 5


def new_code() -> str:
    """Return 125 random bits in five groups that can be typed from a letter."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_IN_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def digest_of(code: str) -> str:
    """Return what is stored of a code, however it was typed."""
    return sha256(code.strip().casefold().translate(_LOOKALIKES).encode()).hexdigest()


def is_good(expires_at: datetime, used_at: datetime | None, at: datetime) -> bool:
    """Say whether a code may still be used."""
    return used_at is None and at < expires_at
