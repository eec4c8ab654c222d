"""What was typed into a field at a desk; None where it is none."""

from datetime import date


def read_day(text: str) -> date | None:
    """Read a day as a date field sends it, or as one writes it in France."""
    parts = text.strip().split("/")
    written = "-".join(reversed(parts)) if len(parts) == 3 else text.strip()
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None
