"""Parses submitted fields into days, amounts and so on; returns None for invalid input."""

import re
from datetime import date

_FRENCH_DAY = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")
_AMOUNT = re.compile(r"(\d{1,6})(?:[.,](\d{1,2}))?\s*€?", re.ASCII)
MOST_CENTS = 10_000_000
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
"""Days that somebody may mean; beyond them the weeks around a day would not be days at all."""


def read_day(text: str) -> date | None:
    """Read a day in the format of a date field, or as written in France."""
    match = _FRENCH_DAY.fullmatch(text.strip())
    try:
        if match:
            day = date(int(match[3]), int(match[2]), int(match[1]))
        else:
            day = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= LAST_DAY else None


def read_cents(text: str) -> int | None:
    """
    Read an amount in euros, exactly to the cent: « 12,50 », « 1 234 », « 12.5 € ».

    Nothing is rounded: three decimals, a sign or more than 100 000 € are no amount.
    """
    normal = re.sub(r"(?<=\d)[ \u00a0\u202f](?=\d{3}(?!\d))", "", text.strip())
    written = _AMOUNT.fullmatch(normal.replace("\u00a0", " ").replace("\u202f", " "))
    if written is None:
        return None
    cents = int(written[1]) * 100 + int((written[2] or "").ljust(2, "0"))
    return cents if cents <= MOST_CENTS else None


def write_cents(cents: int) -> str:
    """Return an amount as it is written in a field: « 12,50 »."""
    return f"{cents // 100},{cents % 100:02}"


def read_month(text: str) -> date | None:
    """Read a month as an address and a month field write it, « 2026-11 », as its first day."""
    return read_day(f"{text}-01") if re.fullmatch(r"20\d\d-\d\d", text, re.ASCII) else None
