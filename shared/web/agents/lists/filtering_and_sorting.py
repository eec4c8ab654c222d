"""
Filtering and sorting of a list: filtered, searched, under a letter, sorted, as the address asks.

Pure. A search that finds nobody forgives one letter of each word, as every search does.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from shared.text import collation_key, folded, index_letter, nearly_matches, searchable_text
from shared.web.agents.lists.columns import List, cell_text, filter_values_of, sort_key

Row = TypeVar("Row")

MOST_SHOWN = 400
"""Rows of a page; more are narrowed by a letter or a filter, and a file has them all."""
FROM_FILTERS = 2
"""A column with one value offers no choice."""
MOST_CHOICES = 60
"""Values of a column that are a choice; of more one types a word."""


@dataclass(frozen=True)
class Asked:
    """Arrangement of a list, as an address asks for it."""

    query: str = ""
    letter: str = ""
    sort: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)

    @property
    def sort_column(self) -> str:
        return self.sort.removeprefix("-")

    @property
    def sorts_descending(self) -> bool:
        return self.sort.startswith("-")


@dataclass(frozen=True)
class Listing(Generic[Row]):
    """
    A list with its rows: `found` answer of `total`, `rows_shown` are those of the page.

    `rows` are all that answer, or of a long list the first ones. `letters` are those under which it
    has rows, `choices` what each filter offers.
    """

    of: List[Row]
    asked: Asked
    rows: Sequence[Row]
    found: int
    total: int
    letters: Collection[str]
    choices: Mapping[str, Sequence[str]]
    are_more: bool = False
    """True where more answer than `found`: they were not counted to the end."""

    @property
    def rows_shown(self) -> Sequence[Row]:
        return self.rows[: most_rows_of_page(self.of, self.asked)]

    @property
    def is_narrowed(self) -> bool:
        return bool(self.asked.query or self.asked.letter or self.asked.filters)


def most_rows_of_page(of: List[Row], asked: Asked) -> int:
    """Return how many rows a page of a list has at most."""
    return of.most_found if asked.query and of.most_found else MOST_SHOWN


def filter_and_sort(of: List[Row], rows: Sequence[Row], asked: Asked) -> Listing[Row]:
    """Return the rows that answer what is asked, in its order."""
    choices = _filter_choices(of, rows, asked.filters)
    filtered = [row for row in rows if _passes_filters(of, row, asked.filters)]
    found = _search_rows(of, filtered, asked.query)
    letters = _initials_of_rows(of, found)
    if asked.letter and (column := of.column(of.index)):
        found = [
            row
            for row in found
            if index_letter(cell_text(column.sort_value_of(row))) == asked.letter
        ]
    return Listing(of, asked, _sort_rows(of, found, asked), len(found), len(rows), letters, choices)


def is_answered_exactly(of: List[Row], rows: Sequence[Row], asked: Asked) -> bool:
    """Return whether a row passes the filters and has every word, no letter of it forgiven."""
    words = folded(asked.query).split()
    filtered = (row for row in rows if _passes_filters(of, row, asked.filters))
    return any(_has_words(of, row, words) for row in filtered)


def _has_words(of: List[Row], row: Row, words: Sequence[str]) -> bool:
    text = _searched_text_of(of, row)
    return all(word in text for word in words)


def _filter_choices(
    of: List[Row], rows: Sequence[Row], chosen: Mapping[str, str]
) -> dict[str, list[str]]:
    values = {
        column.code: {word for row in rows for word in filter_values_of(column.value(row))}
        for column in of.columns
        if column.filtered
    }
    return offered_choices(of, values, chosen)


def offered_choices(
    of: List[Row], present: Mapping[str, Collection[str]], chosen: Mapping[str, str]
) -> dict[str, list[str]]:
    """Return what each filter offers; what is chosen stays there, whatever rows are left."""
    offered = {}
    for column in of.columns:
        if column.filtered:
            values = ({*present[column.code]} | {chosen.get(column.code, "")}) - {""}
            if FROM_FILTERS <= len(values) <= MOST_CHOICES:
                offered[column.code] = sorted(values, key=collation_key)
            elif column.code in chosen:
                offered[column.code] = [chosen[column.code]]
    return offered


def _passes_filters(of: List[Row], row: Row, filters: Mapping[str, str]) -> bool:
    columns = {column.code: column for column in of.columns if column.filtered}
    return all(
        wanted in filter_values_of(columns[code].value(row))
        for code, wanted in filters.items()
        if code in columns
    )


def _search_rows(of: List[Row], rows: Sequence[Row], query: str) -> Sequence[Row]:
    words = folded(query).split()
    if not words or not of.is_searched:
        return rows
    answers = [(row, _searched_text_of(of, row)) for row in rows]
    exact = [row for row, text in answers if all(word in text for word in words)]
    return exact or [row for row, text in answers if nearly_matches(words, text)]


def _searched_text_of(of: List[Row], row: Row) -> str:
    if of.answers is not None:
        return of.answers(row)
    searched = (column for column in of.columns if column.searched)
    return searchable_text(" ".join(cell_text(column.value(row)) for column in searched))


def _initials_of_rows(of: List[Row], rows: Sequence[Row]) -> set[str]:
    column = of.column(of.index)
    if column is None:
        return set()
    return {index_letter(cell_text(column.sort_value_of(row))) for row in rows}


def _sort_rows(of: List[Row], rows: Sequence[Row], asked: Asked) -> Sequence[Row]:
    """Return rows in the order of a column; of what is alike the order of the query stays."""
    column = of.column(asked.sort_column) or of.column(of.sort)
    if column is None:
        return rows
    value = column.sort_value_of
    descends = asked.sorts_descending and of.column(asked.sort_column) is not None
    named = [row for row in rows if cell_text(value(row))]
    rest = [row for row in rows if not cell_text(value(row))]
    return [*sorted(named, key=lambda row: sort_key(value(row)), reverse=descends), *rest]
