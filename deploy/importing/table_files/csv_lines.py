"""
Lines of a CSV file, whatever separated and encoded it. Pure.

Excel writes cp1252 with semicolons, an old Mac its own letters, others UTF-8 with commas; a mapping
file may say which, and what it does not say is found.
"""

import codecs
import csv
import io
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from deploy.instance.user_error import UserError
from shared.text import composed

UTF8, WINDOWS, MAC, ANY = "utf-8-sig", "cp1252", "mac_roman", "latin-1"
"""Encodings that are tried; `ANY` reads bytes that none of the others has."""
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
"""Beginnings of what Excel calls « Texte Unicode »."""
NAMED_SEPARATOR = re.compile(r"\s*sep=(.)[^\S\n]*(?=\n|\Z)", re.IGNORECASE)
"""A first line that only tells Excel how cells are separated."""
SEPARATORS = ";,\t|"
FRENCH = frozenset("éèêàâçôûùœÉÈÊÀÂÇÔÛÙŒ")
"""Letters that tell Windows from an old Mac: read wrongly, they become signs that nobody types."""
LINES_LOOKED_AT = 20
"""First lines by which the separator is found: above the columns may stand a title."""

Lines = Sequence[tuple[int, Sequence[str]]]
"""The cells of each line, with the number of the line on which it ends."""


class FileRefused(UserError):
    """A file, or its mapping, cannot be used at all; the message says why."""


@dataclass(frozen=True)
class ReadLines:
    """Lines of a file and how they were read; `sheet` is that of a workbook."""

    lines: Lines
    encoding: str
    separator: str
    sheet: str = ""


def lines_of_csv(
    content: bytes, encoding: str, separator: str, named: Collection[str]
) -> ReadLines:
    """Return the lines of a CSV file; raises FileRefused."""
    encoding, text = _decode_content(content, encoding)
    if said := NAMED_SEPARATOR.match(text):
        separator, text = separator or said[1], text[said.end() :]
    separator = separator or _find_separator(text, named)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        lines = [(reader.line_num, cells) for cells in reader]
    except csv.Error as error:
        raise FileRefused(f"line {reader.line_num}: {error}") from None
    return ReadLines(lines, encoding, separator)


def _decode_content(content: bytes, encoding: str) -> tuple[str, str]:
    """Return encoding and text, its accents composed as a keyboard writes them."""
    tried = (encoding,) if encoding else _likely_encodings(content)
    for each in tried:
        name = UTF8 if each.lower() in ("utf-8", "utf8") else each
        try:
            return each, composed(content.decode(name))
        except UnicodeDecodeError:
            continue
        except LookupError:
            raise FileRefused(f"no encoding is called {each}") from None
    raise FileRefused(f"the file is not {' or '.join(tried)}")


def _likely_encodings(content: bytes) -> Sequence[str]:
    """Return encodings in the order of trying: bytes that are no UTF-8 are Windows's or a Mac's."""
    if content.startswith(UTF16_MARKS):
        return ("utf-16",)
    windows, mac = (_count_french_letters(content, each) for each in (WINDOWS, MAC))
    return (UTF8, MAC) if mac > windows else (UTF8, WINDOWS, ANY)


def _count_french_letters(content: bytes, encoding: str) -> int:
    return sum(letter in FRENCH for letter in content.decode(encoding, "ignore"))


def _find_separator(text: str, named: Collection[str]) -> str:
    """Return what parts the first lines into the named columns, or into the most cells."""
    filled = (line for line in text.splitlines() if line.strip())
    first = [line for line, _ in zip(filled, range(LINES_LOOKED_AT), strict=False)]
    wanted = set(named)

    def fit_of_separator(separator: str) -> tuple[int, int]:
        parted = list(csv.reader(first, delimiter=separator))
        known = (len(wanted & {" ".join(cell.split()) for cell in cells}) for cells in parted)
        return max(known, default=0), len(parted[0]) if parted else 0

    return max(SEPARATORS, key=fit_of_separator)
