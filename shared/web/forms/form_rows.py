"""Rows of a form as a browser sends them: compacted, trimmed, dates as one writes them. Pure."""

import re
from collections.abc import Collection, Mapping, Sequence

from shared.web.forms.form_data import Typed

Sent = Mapping[str, Sequence[str]]
"""A form as it came: each name with its values."""


def compact_rows(
    name: str, columns: Sequence[str], significant: Collection[str], sent: Sent
) -> Typed:
    """Return the rows in which a telling column is filled, without gaps."""
    kept: Typed = {}
    at = 0
    for position in _row_positions(name, sent):
        row = {column: field_value(sent, f"{name}-{position}-{column}") for column in columns}
        if any(row[column] for column in significant):
            kept |= {f"{name}-{at}-{column}": value for column, value in row.items()}
            at += 1
    return kept


def _row_positions(name: str, sent: Sent) -> list[int]:
    """Return the positions of a row in the order of the page."""
    matches = (re.match(rf"{re.escape(name)}-(\d{{1,4}})-", field) for field in sent)
    return list(dict.fromkeys(int(match[1]) for match in matches if match))


def iso_day(day: str) -> str:
    """Accept a day as one writes it where the browser has no calendar: 06/12/2026."""
    written = re.fullmatch(r"(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})", day)
    return f"{written[3]}-{int(written[2]):02}-{int(written[1]):02}" if written else day


def field_value(sent: Sent, name: str) -> str:
    """Return a field's one value, trimmed."""
    value = next(iter(sent.get(name, ())), "")
    return value.replace("\r\n", "\n").replace("\u00a0", " ").strip()
