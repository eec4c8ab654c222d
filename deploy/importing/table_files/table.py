"""
A file as rows by column, whatever wrote it: CSV, however encoded, or a workbook. Pure.

Lines above the columns, as a title that Excel printed, are left out and named.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from deploy.importing.table_files import csv_lines, workbook_lines
from deploy.importing.table_files.csv_lines import SEPARATORS, FileRefused, Lines

MOST_BYTES = 200 * 2**20
MOST_ABOVE = 20
"""Lines above the columns, at most: below them a line is a row."""

__all__ = ["SEPARATORS", "FileRefused", "Row", "Table", "read_table"]


@dataclass(frozen=True)
class Row:
    """One row: the `line` on which it ends in the file, and its cells by column."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Table:
    """
    A whole file, how it was read, and the lines that have another number of cells than the columns.

    `above` are the lines before the columns; `sheet` is that of a workbook, "" where it is none.
    """

    columns: Sequence[str]
    rows: Sequence[Row]
    encoding: str
    separator: str
    uneven: Sequence[int] = ()
    above: Sequence[int] = ()
    sheet: str = ""


def read_table(
    content: bytes, encoding: str = "", separator: str = "", named: Collection[str] = ()
) -> Table:
    """
    Return the rows of a file; raises FileRefused.

    `named` are columns that must be there: the first line with all of them has the columns.
    """
    if len(content) > MOST_BYTES:
        raise FileRefused("the file has more than 200 MB: divide it")
    if content.startswith(workbook_lines.BEGINNINGS):
        read = workbook_lines.lines_of_workbook(content)
    else:
        read = csv_lines.lines_of_csv(content, encoding, separator, named)
    filled = [(line, cells) for line, cells in read.lines if any(cell.strip() for cell in cells)]
    if not filled:
        raise FileRefused("the file is empty")
    at = _place_of_columns(filled, named)
    columns = _columns_of_cells(filled[at][1])
    rows = [(line, _cells_as_wide_as(columns, cells)) for line, cells in filled[at + 1 :]]
    even = [(line, cells) for line, cells in rows if len(cells) == len(columns)]
    return Table(
        columns,
        [Row(line, dict(zip(columns, cells, strict=True))) for line, cells in even],
        read.encoding,
        read.separator,
        [line for line, cells in rows if len(cells) != len(columns)],
        [line for line, _ in filled[:at]],
        read.sheet,
    )


def _place_of_columns(filled: Lines, named: Collection[str]) -> int:
    """Return which of the first lines has the columns: all that are named, else the first line."""
    wanted = set(named)
    for at, (_, cells) in enumerate(filled[: MOST_ABOVE + 1]):
        if wanted and wanted <= {_column_name(cell) for cell in cells}:
            return at
    return 0


def _columns_of_cells(cells: Sequence[str]) -> list[str]:
    """Return the names of the columns; raises FileRefused where two have one name."""
    columns = [_column_name(cell) for cell in cells]
    twice = sorted({each for each in columns if each and columns.count(each) > 1})
    if twice:
        raise FileRefused(f"two columns are called {', '.join(twice)}")
    return columns


def _cells_as_wide_as(columns: Sequence[str], cells: Sequence[str]) -> Sequence[str]:
    """Return cells without empty ones behind the last column."""
    width = len(columns)
    return cells[:width] if not any(cell.strip() for cell in cells[width:]) else cells


def _column_name(cell: str) -> str:
    return " ".join(cell.split())
