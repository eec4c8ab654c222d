"""
A list as a file that a spreadsheet opens: XLSX, and CSV as French ones read it.

Cells are disarmed: what begins like a formula is text. Numbers, amounts and days stay what they
are. Nothing is written to a disk.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from xlsxwriter import Workbook

from shared.dates.clock import PARIS
from shared.web.agents.lists.columns import (
    DAY,
    EUROS,
    HOURS,
    MOMENT,
    NAME,
    NUMBER,
    Column,
    Name,
    Value,
    cell_text,
)

Row = TypeVar("Row")
Cells = list[Any]

CSV, XLSX = "csv", "xlsx"
MEDIA = {
    CSV: "text/csv",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""First characters that make a cell a formula to a spreadsheet."""
LONGEST_SHEET = 31
LONGEST_CELL = 32_767
_FORMATS = {
    DAY: "dd/mm/yyyy",
    MOMENT: 'dd/mm/yyyy hh"h"mm',
    EUROS: '# ##0.00 "€"',
    HOURS: "# ##0.00",
    NUMBER: "0",
}
_WIDTHS = {DAY: 12, MOMENT: 17, EUROS: 12, HOURS: 12, NUMBER: 10, NAME: 20}
_WHOLES = {EUROS: 100, HOURS: 60}
"""Units of a value that make one of a cell: cents, minutes."""
_USUAL_WIDTH = 24


def disarm_formula(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def csv_of(columns: Sequence[Column[Row]], rows: Iterable[Row]) -> bytes:
    """Return rows parted by semicolons, with the mark by which Excel knows UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(map(disarm_formula, _header_cells(columns)))
    for row in rows:
        writer.writerow([_cell_in_csv(cell, kind) for cell, kind in _cells_of_row(columns, row)])
    return out.getvalue().encode("utf-8-sig")


def xlsx_of(title: str, columns: Sequence[Column[Row]], rows: Iterable[Row]) -> bytes:
    """Return a workbook of one sheet that filters, and prints on its paper with its header."""
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True, "default_date_format": _FORMATS[DAY]}) as book:
        sheet = book.add_worksheet(_sheet_name(title))
        formats = {kind: book.add_format({"num_format": as_}) for kind, as_ in _FORMATS.items()}
        bold = book.add_format({"bold": True, "bottom": 1})
        header = _header_cells(columns)
        for at, label in enumerate(header):
            sheet.write_string(0, at, label, bold)
        nth = 0
        for nth, row in enumerate(rows, start=1):
            for at, (cell, kind) in enumerate(_cells_of_row(columns, row)):
                _write_cell(sheet, (nth, at), cell, formats.get(kind))
        _set_paper(sheet, title, columns, len(header), nth)
    return out.getvalue()


def _set_paper(
    sheet: Any, title: str, columns: Sequence[Column[Row]], wide: int, rows: int
) -> None:
    kinds = [kind for column in columns for kind in _cell_kinds(column)]
    for at, kind in enumerate(kinds):
        sheet.set_column(at, at, _WIDTHS.get(kind, _USUAL_WIDTH))
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, rows, wide - 1)
    sheet.set_paper(9)  # A4
    if wide > 5:
        sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_header("&L" + title.replace("&", "&&"))
    sheet.set_footer("&R&P / &N")


def _write_cell(sheet: Any, place: tuple[int, int], cell: Value, style: Any) -> None:
    """Write a cell as what it is: text is never read as a formula, a number or an address."""
    if cell is None or cell == "":
        return
    if isinstance(cell, str):
        sheet.write_string(*place, cell[:LONGEST_CELL])
    elif isinstance(cell, datetime):
        sheet.write_datetime(*place, cell.astimezone(PARIS).replace(tzinfo=None), style)
    elif isinstance(cell, date):
        sheet.write_datetime(*place, cell, style)
    else:
        sheet.write_number(*place, cell, style)


def _header_cells(columns: Sequence[Column[Row]]) -> list[str]:
    labels: list[str] = []
    for column in columns:
        labels.append(_with_plain_spaces(str(column.label)))
        if column.kind == NAME:
            labels.append(str(column.first_label))
    return labels


def _cell_kinds(column: Column[Row]) -> list[str]:
    return [NAME, NAME] if column.kind == NAME else [column.kind]


def _cells_of_row(columns: Sequence[Column[Row]], row: Row) -> Cells:
    return [
        (_with_plain_spaces(cell) if isinstance(cell, str) else cell, kind)
        for cell, kind in _cells_with_kinds(columns, row)
    ]


def _with_plain_spaces(text: str) -> str:
    """Return text as one searches it in a spreadsheet: no-break spaces are a page's typography."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def _cells_with_kinds(columns: Sequence[Column[Row]], row: Row) -> Cells:
    cells: Cells = []
    for column in columns:
        value = column.value(row)
        if column.kind == NAME:
            name = value if isinstance(value, Name) else Name(str(value or ""), "")
            cells += [(name.last, NAME), (name.first, NAME)]
        elif column.kind in _WHOLES and isinstance(value, int):
            cells.append((Decimal(value) / _WHOLES[column.kind], column.kind))
        elif isinstance(value, tuple):
            cells.append((cell_text(value), column.kind))
        else:
            cells.append((value, column.kind))
    return cells


def _cell_in_csv(cell: object, kind: str) -> str:
    if cell is None:
        return ""
    if kind in _WHOLES:
        return f"{cell:.2f}".replace(".", ",")
    if isinstance(cell, datetime):
        return f"{cell.astimezone(PARIS):%d/%m/%Y %H:%M}"
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}"
    return disarm_formula(str(cell)) if isinstance(cell, str) else str(cell)


def _sheet_name(title: str) -> str:
    plain = "".join(" " if sign in "[]:*?/\\" else sign for sign in title)
    return " ".join(plain.split())[:LONGEST_SHEET].strip("' ") or "Liste"
