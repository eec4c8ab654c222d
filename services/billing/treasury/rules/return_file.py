"""
Reads what the public accountant, or the finance software, sends back: pure.

CSV or JSON as docs/public-finance.md describes it. A row that cannot be read is a row still: it is
listed, and nothing is guessed.
"""

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

NAME, VERSION = "preau-return", "1"
COLUMNS = ("format", "version", "key", "kind", "debt", "titre", "date", "cents", "reason")
KINDS = ("accepted", "rejected", "receipt", "cancelled")
WITH_MONEY = ("receipt", "cancelled")
MOST_ROWS = 1_000
MOST_CENTS = 100_000_000

KEY = re.compile(r"[\x21-\x7e]{1,60}")
DEBT = re.compile(r"[0-9]{14}")


class Unreadable(Exception):
    """The file as a whole is not one of these; `why` is a code."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Row:
    """
    One row. `key` is the sender's own name of it, by which it is known when it comes again.

    `is_sound` is false where a field could not be read; the readable ones are filled.
    """

    key: str
    kind: str
    debt: str
    titre: str = ""
    day: date | None = None
    cents: int = 0
    reason: str = ""
    is_sound: bool = True


def read_return_file(content: str) -> Sequence[Row]:
    """Return the rows of a file, in its order; raises Unreadable."""
    text = content.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}").strip()
    rows = _rows_of_json(text) if text.startswith("{") else _rows_of_csv(text)
    if not rows:
        raise Unreadable("empty")
    if len(rows) > MOST_ROWS:
        raise Unreadable("too_long")
    return [_parse_row(row) for row in rows]


def _rows_of_csv(text: str) -> list[Mapping[str, str]]:
    reader = csv.DictReader(io.StringIO(text), delimiter=";", restkey="more", restval="")
    try:
        rows: list[Mapping[str, str]] = [{**row} for row in reader]
    except csv.Error:
        raise Unreadable("columns") from None
    if not rows or not set(COLUMNS) <= rows[0].keys():
        raise Unreadable("columns" if text else "empty")
    if any((row["format"], row["version"]) != (NAME, VERSION) for row in rows):
        raise Unreadable("version")
    return rows


def _rows_of_json(text: str) -> list[Mapping[str, str]]:
    try:
        whole = json.loads(text)
    except ValueError:
        raise Unreadable("json") from None
    if (whole.get("format"), str(whole.get("version"))) != (NAME, VERSION):
        raise Unreadable("version")
    rows = whole.get("rows")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Unreadable("rows")
    return [{name: _field_text(row.get(name, "")) for name in COLUMNS} for row in rows]


def _field_text(value: object) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _parse_row(fields: Mapping[str, str]) -> Row:
    value = {name: (fields.get(name) or "").strip() for name in COLUMNS}
    kind, day, cents = value["kind"], _day_or_none(value["date"]), _parse_cents(value["cents"])
    is_sound = (
        KEY.fullmatch(value["key"]) is not None
        and kind in KINDS
        and DEBT.fullmatch(value["debt"]) is not None
        and cents is not None
        and (kind not in WITH_MONEY or (cents > 0 and day is not None))
        and (kind != "accepted" or bool(value["titre"]))
        and len(value["titre"]) <= 30
    )
    return Row(
        value["key"][:60],
        kind[:20],
        value["debt"][:20],
        value["titre"][:30],
        day,
        cents or 0,
        value["reason"][:160],
        is_sound,
    )


def _day_or_none(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def _parse_cents(written: str) -> int | None:
    if not written:
        return 0
    if re.fullmatch(r"[0-9]{1,9}", written) is None:
        return None
    return int(written) if int(written) <= MOST_CENTS else None
