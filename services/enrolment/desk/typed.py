"""What was typed into a field, read as a day, an hour, a number; None where it is not one."""

from datetime import UTC, date, datetime, time

from shared.clock import PARIS


def read_day(text: str) -> date | None:
    """Read a day as a date field sends it, or as one writes it in France."""
    parts = text.strip().split("/")
    written = "-".join(reversed(parts)) if len(parts) == 3 else text.strip()
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


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
    typed = text.strip()
    return int(typed) if typed.isdecimal() and len(typed) < 7 and int(typed) <= most else None


def in_paris(day: date, hour: time) -> datetime:
    """Return the moment that a clock in Paris shows, in UTC."""
    return datetime.combine(day, hour, PARIS).astimezone(UTC)


def day_and_hour(moment: datetime) -> tuple[str, str]:
    """Return a moment as a date field and a time field hold it."""
    local = moment.astimezone(PARIS)
    return local.date().isoformat(), f"{local:%H:%M}"
