"""Sequence type of a debit within its mandate, and whether the mandate allows it: pure."""

from datetime import date, timedelta

ACTIVE, ENDING, ONE_OFF = "active", "ending", "one_off"
"""Codes as shared/contracts/billing/debits.py has them."""

UNUSED_MONTHS = 36
"""A mandate unused for so long is void."""

MOST_REJECTS = 2
"""Days in a row with a debit that the bank rejects after which a mandate is suspended."""


def sequence_type_of_debit(kind: str, state: str, used_on: date | None) -> str:
    """Return FRST, RCUR, OOFF or FNAL; a mandate that ends is used for the last time."""
    if kind == ONE_OFF:
        return "OOFF"
    if state == ENDING:
        return "FNAL"
    return "RCUR" if used_on else "FRST"


def allows_debit(kind: str, state: str, signed_on: date, used_on: date | None, on: date) -> bool:
    """Say whether a mandate allows a debit on a day."""
    if state not in (ACTIVE, ENDING) or (kind == ONE_OFF and used_on is not None):
        return False
    last = used_on or signed_on
    return on <= last + timedelta(days=UNUSED_MONTHS * 30)
