"""Rows of a copy that are read in another form than they are stored, numbered under their table."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from shared.contracts.every_service.held_data import HeldRow
from shared.contracts.sections import consents, papers

UNSEEN = frozenset({"custody"})
"""Sections of which a guardian reads nothing."""
NAMING_OTHERS = UNSEEN | {"contacts", "pickup", papers.CODE, consents.CODE}
"""Sections that name other persons, or what each of them did."""


def numbered_rows_of_copy(table: str, of: str, rows: Iterable[Any]) -> Iterator[HeldRow]:
    """Yield rows under the key of whom they are of and their number."""
    for number, row in enumerate(rows, start=1):
        yield copied_row(table, f"{of}|{number}", row)


def copied_row(table: str, key: str, row: Any) -> HeldRow:
    """Return one row as it leaves the service."""
    content = row if isinstance(row, Mapping) else asdict(row)
    said = json.dumps(content, ensure_ascii=False, default=_value_as_text)
    return HeldRow(table=table, key=key, content=said)


def _value_as_text(value: Any) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)
