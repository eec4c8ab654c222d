"""Invitations: a code on paper or by voice, good once and for two weeks: plain rules."""

from datetime import datetime, timedelta

from shared.person.secret_codes import digest_of_code, new_code

GOOD_FOR = timedelta(days=14)

__all__ = ["GOOD_FOR", "digest_of_code", "is_code_usable", "new_code"]


def is_code_usable(expires_at: datetime, used_at: datetime | None, at: datetime) -> bool:
    """Say whether a code may still be used."""
    return used_at is None and at < expires_at
