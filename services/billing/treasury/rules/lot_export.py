"""
A lot as the neutral batch, in CSV and JSON: pure, and the same bytes each time.

docs/public-finance.md is the contract; a column is only ever added, at the end, with a new version.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.billing.treasury.rules.bill_for_accountant import DebtorRecord, PieceLine
from shared.register import Regie

VERSION = 1
NAME = "preau-lot"

COLUMNS = (
    "format", "version", "lot", "lot_date", "row", "piece", "debt", "bill", "line", "debtor",
    "debtor_name", "street", "postcode", "town", "issued_on", "due_on", "month", "label",
    "cents", "nature", "function", "service", "product",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """A bill as it was handed over; `debt` is its number in 14 digits, by which returns name it."""

    number: int
    debt: str
    bill: str
    issued_on: date
    due_on: date
    month: str
    cents: int
    reference: str
    debtor: DebtorRecord
    lines: Sequence[PieceLine]


@dataclass(frozen=True, slots=True)
class Batch:
    """A lot, whole."""

    number: str
    fiscal_year: int
    sequence: int
    day: date
    controller: str
    regie: Regie
    pieces: Sequence[Piece]

    @property
    def total_cents(self) -> int:
        return sum(piece.cents for piece in self.pieces)


def lot_as_csv(batch: Batch) -> bytes:
    """Return a lot as CSV, a row for each piece and line: UTF-8 with BOM, semicolons, CRLF."""
    out = io.StringIO()
    rows = csv.writer(out, delimiter=";", lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for piece in batch.pieces:
        for row in _csv_rows(batch, piece):
            rows.writerow(_escape_formula(row.get(name, "")) for name in COLUMNS)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def lot_as_json(batch: Batch) -> bytes:
    """Return a lot as one JSON object, its keys in order."""
    regie = batch.regie
    whole = {
        "format": NAME,
        "version": VERSION,
        "lot": batch.number,
        "lot_date": batch.day.isoformat(),
        "controller": batch.controller,
        "regie": {"code": regie.code, "siret": regie.siret, "channel": regie.channel},
        "total_cents": batch.total_cents,
        "pieces": [_piece_with_lines(piece) for piece in batch.pieces],
    }
    return json.dumps(whole, ensure_ascii=False, indent=1).encode()


def _csv_rows(batch: Batch, piece: Piece) -> Iterator[Mapping[str, object]]:
    fields = _fields_of_piece(piece)
    about = {
        "format": NAME,
        "version": VERSION,
        "lot": batch.number,
        "lot_date": batch.day.isoformat(),
        **{name: fields[name] for name in ("piece", "debt", "bill")},
    }
    yield {**about, **fields, "row": "piece", "line": 0}
    for number, line in enumerate(piece.lines, 1):
        yield {**about, **_fields_of_line(line), "row": "line", "line": number}


def _fields_of_piece(piece: Piece) -> dict[str, object]:
    return {
        "piece": piece.number,
        "debt": piece.debt,
        "bill": piece.bill,
        "debtor": piece.reference,
        "debtor_name": piece.debtor.name,
        "street": piece.debtor.street,
        "postcode": piece.debtor.postcode,
        "town": piece.debtor.town,
        "issued_on": piece.issued_on.isoformat(),
        "due_on": piece.due_on.isoformat(),
        "month": piece.month,
        "cents": piece.cents,
    }


def _piece_with_lines(piece: Piece) -> Mapping[str, object]:
    lines = [
        {"line": number, **_fields_of_line(line)} for number, line in enumerate(piece.lines, 1)
    ]
    return {**_fields_of_piece(piece), "lines": lines}


def _fields_of_line(line: PieceLine) -> dict[str, object]:
    return {
        "label": line.label,
        "month": line.month,
        "cents": line.cents,
        "nature": line.nature,
        "function": line.function,
        "service": line.service,
        "product": line.product,
    }


def _escape_formula(value: object) -> object:
    """Return a text so that no spreadsheet takes it for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value
