"""Return file of the public accountant for transferred bills (docs/public-finance.md). Pure."""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

FORMAT, VERSION = "preau-return", "1"

Row = dict[str, Any]


def return_rows_for(number: str, regie_number: int, cents: int, paid_on: date | None) -> list[Row]:
    """
    Return what is said of a bill such as 2026-AGG-000123: its titre and, where paid, the receipt.
    """
    year, _, sequence = number.split("-")
    debt = f"{year}{regie_number:03}{int(sequence):07}"
    rows: list[Row] = [
        {"key": f"t-{debt}", "kind": "accepted", "debt": debt, "titre": f"T{year}-{int(sequence)}"}
    ]
    if paid_on is not None:
        paid = {"cents": cents, "date": paid_on.isoformat()}
        rows.append({"key": f"r-{debt}", "kind": "receipt", "debt": debt, **paid})
    return rows


def write_return(rows: Iterable[Row]) -> str:
    """Return the file."""
    return json.dumps({"format": FORMAT, "version": VERSION, "rows": list(rows)})
