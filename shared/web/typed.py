"""What was typed into a field, on any page; None where it is none."""

import re
from datetime import date

_FRENCH_DAY = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")


def read_day(text: str) -> date | None:
    """Read a day as a date field sends it, or as one writes it in France."""
    found = _FRENCH_DAY.fullmatch(text.strip())
    try:
        if found:
            return date(int(found[3]), int(found[2]), int(found[1]))
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
