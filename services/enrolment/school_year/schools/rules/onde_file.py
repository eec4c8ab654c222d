"""
ONDE's export of pupils as rows, whatever spreadsheet has saved it since. Pure.

The file repeats names of columns for guardians and their children: cells are read by the place of
the first column of a name. Of all its columns six are read: the national number of a pupil (INE)
and all that is there of guardians never leave this module.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.enrolment.school_year.schools.rules.levels import (
    is_not_a_level,
    levels_ahead_of_age,
    parse_level,
)
from services.enrolment.school_year.schools.rules.uai import read_uai
from shared.files import cell_parsing, decoding
from shared.files.cell_parsing import Unreadable
from shared.text import folded

MOST_BYTES, MOST_ROWS = 2 * 2**20, 2_000
"""A school has hundreds of pupils: more is another file."""
LEAST_SHIFTS, LIKELY_SHARE = 5, 0.6
"""The fewest rows, and the share of them that is of another age, before the year is doubted."""

NOT_TEXT, NO_HEADER, NO_ROWS, TOO_LARGE, OTHER_YEAR, OTHER_SCHOOL = (
    "not_text",
    "no_header",
    "no_rows",
    "too_large",
    "other_year",
    "other_school",
)
SHORT_ROW, NO_NAME, NO_BIRTH, NO_LEVEL, NO_CLASS, TWICE = (
    "short_row",
    "no_name",
    "no_birth",
    "no_level",
    "no_class",
    "twice",
)

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "last_name": ("nom eleve", "nom de famille eleve", "nom de naissance eleve", "nom"),
    "usage_name": ("nom d usage eleve", "nom usage eleve", "nom d usage"),
    "first_name": ("prenom eleve", "prenoms eleve", "prenom"),
    "birth_date": ("date naissance", "date de naissance", "date naissance eleve", "ne le"),
    "level": ("niveau", "niveau eleve"),
    "class_name": ("libelle classe", "classe", "libelle de la classe"),
    "uai": ("uai", "code uai", "rne", "uai ecole"),
    "school_year": ("annee scolaire",),
}
_OPTIONAL = ("usage_name", "uai", "school_year")


class OndeRefused(ValueError):
    """The file cannot be used at all; `code` says why, `detail` what was met instead."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


@dataclass(frozen=True)
class OndeRow:
    """A pupil of the file; `level` is "" where the file has an arrangement (ULIS) in its place."""

    line: int
    last_name: str
    usage_name: str
    first_name: str
    birth_date: date
    level: str
    class_name: str


@dataclass(frozen=True)
class RefusedRow:
    """A line that cannot be used, with the code of the reason."""

    line: int
    code: str


@dataclass(frozen=True)
class OndeFile:
    rows: Sequence[OndeRow]
    refused: Sequence[RefusedRow]


def read_onde_file(content: bytes, school_year: str, uai: str = "") -> OndeFile:
    """
    Return the pupils of a file of this school year; raises OndeRefused.

    `uai` is the school's own: a file that names another one is refused, as is another year's.
    """
    if len(content) > MOST_BYTES:
        raise OndeRefused(TOO_LARGE)
    reader = csv.reader(io.StringIO(decode_onde_file(content), newline=""), delimiter=";")
    try:
        lines = [(reader.line_num, row) for row in reader]
    except csv.Error:
        raise OndeRefused(NOT_TEXT) from None
    filled = [(line, row) for line, row in lines if any(cell.strip() for cell in row)]
    if not filled:
        raise OndeRefused(NO_ROWS)
    places = _positions_of_columns(filled[0][1])
    if len(filled) > MOST_ROWS + 1:
        raise OndeRefused(TOO_LARGE)
    rows: list[OndeRow] = []
    refused: list[RefusedRow] = []
    seen: set[tuple[str, str, date]] = set()
    for line, row in filled[1:]:
        read = _read_row(line, row, places, school_year, uai)
        if isinstance(read, OndeRow) and _key_of_same_pupil(read) in seen:
            read = RefusedRow(line, TWICE)
        if isinstance(read, RefusedRow):
            refused.append(read)
        else:
            seen.add(_key_of_same_pupil(read))
            rows.append(read)
    if not rows and not refused:
        raise OndeRefused(NO_ROWS)
    _refuse_other_year(rows, school_year)
    return OndeFile(rows, refused)


def decode_onde_file(content: bytes) -> str:
    """Return the text of a file; raises OndeRefused for what is no text."""
    try:
        return decoding.decode(content)
    except decoding.NotText:
        raise OndeRefused(NOT_TEXT) from None


def _positions_of_columns(header: Sequence[str]) -> dict[str, int]:
    names = [folded(cell) for cell in header]
    places = {
        column: names.index(known)
        for column, spelled in _COLUMNS.items()
        for known in spelled[::-1]
        if known in names
    }
    missing = [column for column in _COLUMNS if column not in places and column not in _OPTIONAL]
    if missing:
        raise OndeRefused(NO_HEADER, ", ".join(_COLUMNS[column][0] for column in missing))
    return places


def _read_row(
    line: int, row: Sequence[str], places: Mapping[str, int], school_year: str, uai: str
) -> OndeRow | RefusedRow:
    found = {
        column: cell_parsing.text(row[place]) if place < len(row) else ""
        for column, place in places.items()
    }
    if len(row) <= max(places[column] for column in places if column not in _OPTIONAL):
        return RefusedRow(line, SHORT_ROW)
    if found.get("school_year") and not _is_of_school_year(found["school_year"], school_year):
        raise OndeRefused(OTHER_YEAR, found["school_year"])
    if uai and found.get("uai") and read_uai(found["uai"]) != uai:
        raise OndeRefused(OTHER_SCHOOL, found["uai"])
    level = parse_level(found["level"])
    if not folded(found["last_name"]) or not folded(found["first_name"]):
        return RefusedRow(line, NO_NAME)
    if not level and not is_not_a_level(found["level"]):
        return RefusedRow(line, NO_LEVEL)
    if not found["class_name"]:
        return RefusedRow(line, NO_CLASS)
    try:
        cell_parsing.refuse_destroyed(found["birth_date"])
        birth_date = cell_parsing.day(found["birth_date"])
    except Unreadable:
        return RefusedRow(line, NO_BIRTH)
    return OndeRow(
        line,
        found["last_name"][:80],
        found.get("usage_name", "")[:80],
        found["first_name"][:80],
        birth_date,
        level,
        found["class_name"][:60],
    )


def _key_of_same_pupil(row: OndeRow) -> tuple[str, str, date]:
    return folded(row.last_name), folded(row.first_name), row.birth_date


def _is_of_school_year(written: str, school_year: str) -> bool:
    figures = re.findall(r"\d{4}", written)
    return not figures or figures[0] == school_year[:4]


def _refuse_other_year(rows: Sequence[OndeRow], school_year: str) -> None:
    """
    Raise OndeRefused where most pupils are in the level of another year.

    A file names no year of itself: its pupils' ages do.
    """
    shifts = Counter(
        levels_ahead_of_age(row.level, row.birth_date, school_year) for row in rows if row.level
    )
    if sum(shifts.values()) < LEAST_SHIFTS:
        return
    shift, times = shifts.most_common(1)[0]
    if shift and times >= LIKELY_SHARE * sum(shifts.values()):
        first = int(school_year[:4]) + shift
        raise OndeRefused(OTHER_YEAR, f"{first}-{first + 1}")
