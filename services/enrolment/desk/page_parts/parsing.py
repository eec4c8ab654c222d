"""Parses fields of the desk's forms: an hour, a number, a rate; None when invalid."""

import re
from datetime import UTC, date, datetime, time

from shared.dates.clock import PARIS


def read_hour(text: str) -> time | None:
    """Read an hour as a time field sends it, or as one writes it: « 8 h 30 », « 18 h »."""
    hours, _, minutes = (
        text.replace("\u00a0", " ").replace(" ", "").replace("h", ":").partition(":")
    )
    if not (hours.isdecimal() and (not minutes or minutes[:2].isdecimal())):
        return None
    try:
        return time(int(hours), int(minutes[:2] or 0))
    except ValueError:
        return None


def read_number(text: str, most: int) -> int | None:
    """Read a whole number up to `most`."""
    stripped = text.strip()
    return (
        int(stripped)
        if stripped.isdecimal() and len(stripped) < 7 and int(stripped) <= most
        else None
    )


def moment_in_paris(day: date, hour: time) -> datetime:
    """Return the moment that a clock in Paris shows, in UTC."""
    return datetime.combine(day, hour, PARIS).astimezone(UTC)


def moment_as_day_and_hour(moment: datetime) -> tuple[str, str]:
    """Return a moment as a date field and a time field hold it."""
    local = moment.astimezone(PARIS)
    return local.date().isoformat(), f"{local:%H:%M}"


def read_rate(text: str) -> int | None:
    """Read a percentage, « 0,55 », as parts per million, exactly; 100 % at most."""
    written = re.fullmatch(r"(\d{1,3})(?:[.,](\d{1,4}))?\s*%?", text.strip(), re.ASCII)
    if written is None:
        return None
    ppm = int(written[1]) * 10_000 + int((written[2] or "").ljust(4, "0"))
    return ppm if ppm <= 1_000_000 else None


def write_rate(ppm: int) -> str:
    """Return parts per million as a percentage, as it is written in a field: « 0,55 »."""
    whole, remainder = divmod(ppm, 10_000)
    return f"{whole},{f'{remainder:04}'.rstrip('0').ljust(2, '0')}" if remainder else str(whole)


def read_percent_change(text: str) -> int | None:
    """Read a change, « 2,5 », « -1,25 % », as hundredths of a percent; between -100 and +100 %."""
    plain = text.strip().replace("\u2212", "-")
    written = re.fullmatch(r"([+-]?)\s*(\d{1,3})(?:[.,](\d{1,2}))?\s*%?", plain, re.ASCII)
    if written is None:
        return None
    hundredths = int(written[2]) * 100 + int((written[3] or "").ljust(2, "0"))
    return (-hundredths if written[1] == "-" else hundredths) if hundredths <= 10_000 else None
