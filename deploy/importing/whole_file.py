"""
One file and its mapping, read whole: what to send, and what is wrong or doubtful with which row.

Nothing of a household, a bill or a payment is sent where one of its rows is wrong.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from deploy.importing.rows.families import families_of_table
from deploy.importing.rows.past_activities import past_years
from deploy.importing.rows.past_bills import past_bills, past_payments
from deploy.importing.rows.payers import mandates_of_table, quotients_of_table
from deploy.importing.rows.places import Offer, children_by_line, places_of_table
from deploy.importing.table_files import table as tables
from deploy.importing.table_files.mapping import (
    BILLS,
    FAMILIES,
    HISTORY,
    MANDATES,
    PAYMENTS,
    PLACES,
    QUOTIENTS,
    Reading,
    read_mapping,
)
from deploy.importing.table_files.problems import Problem, Problems
from deploy.importing.table_files.table import FileRefused, Row, Table
from shared.contracts.dossier.activity_history_requests import LabelledProvider
from shared.contracts.sections.care.town_diets import USUAL_DIETS, TownDiets
from shared.files import cell_parsing
from shared.json_values import JsonObject

TOGETHER: Mapping[str, tuple[str, ...]] = {
    FAMILIES: ("household",),
    BILLS: ("number",),
    PAYMENTS: ("reference",),
    QUOTIENTS: ("household",),
}
"""Columns by which rows belong together: one of them wrong keeps all back; of places, the names."""


_READ_ROWS: Mapping[str, Callable[[Reading, Table, Problems, date], Sequence[JsonObject]]] = {
    BILLS: past_bills,
    PAYMENTS: past_payments,
    QUOTIENTS: quotients_of_table,
    MANDATES: mandates_of_table,
}
"""Readers of rows by what a file is of, where nothing of the town is needed for it."""


@dataclass(frozen=True)
class Read:
    """
    Content of a file: `payloads` are rows of the contract that the mapping names.

    `providers` are those that its past years name.
    """

    reading: Reading
    table: Table
    payloads: Sequence[Any]
    problems: Sequence[Problem]
    left_out: int = 0
    providers: Sequence[LabelledProvider] = ()

    @property
    def wrong_problems(self) -> list[Problem]:
        return [each for each in self.problems if not each.doubtful]


def read_file(
    file: Path,
    mapping: Path,
    day: date,
    batch: str = "",
    schools: Mapping[str, Sequence[str]] = MappingProxyType({}),
    diets: TownDiets = USUAL_DIETS,
    offer: Offer | None = None,
) -> Read:
    """
    Return what a file holds, the rows that are wrong left out; raises FileRefused.

    `schools` and `diets` are the town's, with which those of a file of families are compared;
    `offer` has its groups, with which those of a file of places are.
    """
    mapped = read_mapping(mapping.read_text("utf-8"), batch)
    reading = replace(mapped, schools=schools, diets=diets)
    table = tables.read_table(
        file.read_bytes(), reading.encoding, reading.separator, reading.named_columns()
    )
    missing = reading.missing_columns(table)
    if missing:
        raise FileRefused(f"the file has no column {', '.join(missing)}")
    problems = Problems()
    for line in table.uneven:
        problem = "another number of cells than the first row"
        problems.add_problem(Row(line, {}), "", problem)
    offer = offer or Offer(None, day)
    payloads, providers = _read_payloads(reading, table, problems, day, offer)
    kept = _without_wrong_rows(reading, table, problems)
    if len(kept.rows) < len(table.rows):
        payloads, providers = _read_payloads(reading, kept, Problems(), day, offer)
    left_out = len(table.rows) - len(kept.rows) + len(table.uneven)
    found = sorted(problems.all, key=lambda each: (each.line, each.doubtful, each.field))
    return Read(reading, table, payloads, found, left_out, providers)


def _read_payloads(
    reading: Reading, table: Table, problems: Problems, day: date, offer: Offer
) -> tuple[Sequence[JsonObject], Sequence[LabelledProvider]]:
    if reading.of == FAMILIES:
        return list(families_of_table(reading, table, problems, day).payloads.values()), ()
    if reading.of == HISTORY:
        return past_years(reading, table, problems, day)
    if reading.of == PLACES:
        return places_of_table(reading, table, problems, day, offer), ()
    return _READ_ROWS[reading.of](reading, table, problems, day), ()


def _without_wrong_rows(reading: Reading, table: Table, problems: Problems) -> Table:
    """Return the file without the rows that are wrong, and what belongs together with them."""
    wrong, group_of_line = problems.lines_not_sent(), _groups_by_line(reading, table)
    groups = {group_of_line[row.line] for row in table.rows if row.line in wrong} - {""}
    kept = [
        row for row in table.rows if row.line not in wrong and group_of_line[row.line] not in groups
    ]
    return replace(table, rows=kept)


def _groups_by_line(reading: Reading, table: Table) -> Mapping[int, Hashable]:
    """Return by line to what a row belongs together with others, "" for nothing."""
    if reading.of == PLACES:
        return {line: child.names for line, child in children_by_line(reading, table).items()}
    return {row.line: _group_of_row(reading, row) for row in table.rows}


def _group_of_row(reading: Reading, row: Row) -> str:
    names = TOGETHER.get(reading.of, ())
    try:
        return " ".join(reading.text_of_field(row, name) for name in names).strip()
    except cell_parsing.Unreadable:
        return ""
