"""
A CSV file as rows by column, whatever separated and encoded it. Pure.

Excel writes cp1252 with semicolons, others UTF-8 with commas; a mapping file may say which, and
what it does not say is found.
"""

import codecs
import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from deploy.instance.user_error import UserError

ENCODINGS = ("utf-8-sig", "cp1252", "latin-1")
"""Encodings in the order of trying: bytes that are no UTF-8 are Windows's; five are nobody's."""
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
"""Beginnings of what Excel calls « Texte Unicode »."""
WORKBOOKS = (b"PK\x03\x04", bytes.fromhex("d0cf11e0"))
"""Beginnings of XLSX and ODS, and of XLS."""
NAMED_SEPARATOR = re.compile(r"\s*sep=(.)[^\S\n]*(?=\n|\Z)", re.IGNORECASE)
"""A first line that only tells Excel how cells are separated."""
SEPARATORS = ";,\t|"
MOST_BYTES = 200 * 2**20


class FileRefused(UserError):
    """A file, or its mapping, cannot be used at all; the message says why."""


@dataclass(frozen=True)
class Row:
    """One row: the `line` on which it ends in the file, and its cells by column."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Table:
    """
    A whole file, how it was read, and the lines that have another number of cells than the first.
    """

    columns: Sequence[str]
    rows: Sequence[Row]
    encoding: str
    separator: str
    uneven: Sequence[int] = ()


def read_table(content: bytes, encoding: str = "", separator: str = "") -> Table:
    """Return the rows of a file; raises FileRefused."""
    if len(content) > MOST_BYTES:
        raise FileRefused("the file has more than 200 MB: divide it")
    if content.startswith(WORKBOOKS):
        raise FileRefused(
            "the file is a workbook: save its sheet as CSV UTF-8, dates and numbers as they show"
        )
    encoding, text = _decode_content(content, encoding)
    if named := NAMED_SEPARATOR.match(text):
        separator, text = separator or named[1], text[named.end() :]
    separator = separator or _find_separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        lines = [(reader.line_num, cells) for cells in reader]
    except csv.Error as error:
        raise FileRefused(f"line {reader.line_num}: {error}") from None
    filled = [(line, cells) for line, cells in lines if any(cell.strip() for cell in cells)]
    if not filled:
        raise FileRefused("the file is empty")
    columns = [" ".join(cell.split()) for cell in filled[0][1]]
    twice = sorted({each for each in columns if each and columns.count(each) > 1})
    if twice:
        raise FileRefused(f"two columns are called {', '.join(twice)}")
    even = [each for each in filled[1:] if len(each[1]) == len(columns)]
    return Table(
        columns,
        [Row(line, dict(zip(columns, cells, strict=True))) for line, cells in even],
        encoding,
        separator,
        [line for line, cells in filled[1:] if len(cells) != len(columns)],
    )


def _decode_content(content: bytes, encoding: str) -> tuple[str, str]:
    found = ("utf-16",) if content.startswith(UTF16_MARKS) else ENCODINGS
    tried = (encoding,) if encoding else found
    for each in tried:
        name = "utf-8-sig" if each.lower() in ("utf-8", "utf8") else each
        try:
            return each, content.decode(name)
        except UnicodeDecodeError:
            continue
        except LookupError:
            raise FileRefused(f"no encoding is called {each}") from None
    raise FileRefused(f"the file is not {' or '.join(tried)}")


def _find_separator(text: str) -> str:
    """Return what parts the first line into the most cells."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    cells = {each: len(next(csv.reader([first], delimiter=each))) for each in SEPARATORS}
    return max(SEPARATORS, key=lambda each: cells[each])
