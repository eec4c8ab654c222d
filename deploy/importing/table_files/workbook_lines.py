"""
Lines of the first sheet of a workbook (XLSX), its cells as they would stand in a CSV file.

A day is written day first, a whole number without a comma; a number of which Excel keeps no more
than fifteen figures is as destroyed as `1,23E+11` in a CSV file.
"""

import io
import zipfile
from datetime import date, datetime, time

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from deploy.importing.table_files.csv_lines import FileRefused, ReadLines

ZIP = b"PK\x03\x04"
BEGINNINGS = (ZIP, bytes.fromhex("d0cf11e0"))
"""Beginnings of XLSX and ODS, and of XLS."""
MOST_FIGURES = 10**15
"""Excel keeps fifteen figures of a number."""
DESTROYED = "####"


def lines_of_workbook(content: bytes) -> ReadLines:
    """Return the lines of the first sheet; raises FileRefused for ODS, XLS and what is neither."""
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError):
        raise FileRefused(
            "the file is no XLSX workbook: save its sheet as CSV UTF-8, or as XLSX"
        ) from None
    if not book.worksheets:
        raise FileRefused("the workbook has no sheet with cells")
    sheet = book.worksheets[0]
    sheet.reset_dimensions()  # some programs write that a sheet has one cell
    lines = [
        (number, [_text_of_value(value) for value in values])
        for number, values in enumerate(sheet.iter_rows(values_only=True), start=1)
    ]
    width = max((len(cells) for _, cells in lines), default=0)
    padded = [(number, cells + [""] * (width - len(cells))) for number, cells in lines]
    return ReadLines(padded, "xlsx", "", sheet.title)


def _text_of_value(value: object) -> str:
    """Return a cell as a French spreadsheet shows it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, datetime):
        return value.strftime("%d/%m/%Y" if value.time() == time() else "%d/%m/%Y %H:%M")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, (int, float)):
        return _text_of_number(value)
    return str(value)


def _text_of_number(number: float) -> str:
    if abs(number) >= MOST_FIGURES:
        return DESTROYED
    if number == int(number):
        return str(int(number))
    return f"{number:.6f}".rstrip("0").replace(".", ",")
