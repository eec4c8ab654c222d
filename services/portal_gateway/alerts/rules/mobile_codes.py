"""The code that proves a mobile: how it is made, how long it is good, how many there are. Pure."""

import secrets
from datetime import timedelta

DIGITS = 6
GOOD_FOR = timedelta(minutes=10)
MOST_TRIES = 5
MOST_CODES, WITHIN = 5, timedelta(days=1)
"""Codes that one account may have sent in a day: a town pays each, and a stranger may be called."""


def new_mobile_code() -> str:
    """Return six digits at random, the first ones too."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
