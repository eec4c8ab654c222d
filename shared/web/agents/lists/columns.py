"""
Columns of a list, declared once: a page and its files have the same cells in the same order.

Pure. A value is kept as what it is (a day, cents, a number), so that a page writes it in words and
a spreadsheet counts with it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Generic, NamedTuple, TypeVar

from shared.text import collation_key
from shared.web.language.translated_labels import Label, State

Row = TypeVar("Row")


class Name(NamedTuple):
    """A person's name as lists have it: by family name."""

    last: str
    first: str

    def __str__(self) -> str:
        return f"{self.last} {self.first}".strip()


Value = str | int | date | datetime | Name | tuple[str, ...] | None
"""A value of a cell; several words are a choice each where the column is filtered."""
TEXT, NAME, NUMBER, EUROS, DAY, MOMENT = "text", "name", "number", "euros", "day", "moment"
HOURS = "hours"
FIGURES = (NUMBER, EUROS, HOURS)


@dataclass(frozen=True)
class Column(Generic[Row]):
    """
    One column: `code` names it in addresses, `kind` is what its values are.

    EUROS are whole cents, HOURS whole minutes. `filtered` offers its values as a choice, `searched`
    answers to what is typed, `first_label` heads a name's second cell in files.
    """

    code: str
    label: Label
    value: Callable[[Row], Value]
    kind: str = TEXT
    filtered: bool = False
    searched: bool = False
    href: Callable[[Row], str] | None = None
    state: Callable[[Row], State | None] | None = None
    first_label: object = ""
    order: Callable[[Row], Value] | None = None
    """Value by which the column is sorted and indexed, where that is not what it shows."""

    def sort_value_of(self, row: Row) -> Value:
        return (self.order or self.value)(row)


@dataclass(frozen=True)
class List(Generic[Row]):
    """
    A list of a desk, with the name of its file.

    `sort` is the column by which it comes, "" for the order of the rows; `keep` are the page's own
    parameters, which stay in the addresses of the list; `index` is the column of its letters.
    """

    title: Label
    columns: Sequence[Column[Row]]
    sort: str = ""
    index: str = ""
    keep: Sequence[str] = ()
    endpoint: str = ""
    """The page of the list, where another one shows it too: a form that came back."""
    answers: Callable[[Row], str] | None = None
    """Words that a row answers to, as `shared.text.searchable` folds them, if they are stored."""
    most_found: int = 0
    """Rows of its page where something was typed, 0 for as many as otherwise."""

    @property
    def is_searched(self) -> bool:
        return self.answers is not None or any(column.searched for column in self.columns)

    def column(self, code: str) -> Column[Row] | None:
        """Return the column of a code."""
        return next((column for column in self.columns if column.code == code), None)

    def without_columns(self, *codes: str) -> "List[Row]":
        """Return the list without some columns: those that are not for the reader."""
        kept = [column for column in self.columns if column.code not in codes]
        return replace(self, columns=kept)


def cell_text(value: Value) -> str:
    """Return a value as words, to search by and to write."""
    if isinstance(value, tuple) and not isinstance(value, Name):
        return ", ".join(value)
    return "" if value is None else str(value)


def filter_values_of(value: Value) -> tuple[str, ...]:
    """Return what a filter offers for a value."""
    if isinstance(value, tuple) and not isinstance(value, Name):
        return value
    return (cell_text(value),)


def sort_key(value: Value) -> tuple[object, ...]:
    """Return what sorts a value among those of its column: nothing comes last."""
    if value is None or value == "" or value == ():
        return (1,)
    if isinstance(value, Name):
        return (0, collation_key(value.last), collation_key(value.first))
    if isinstance(value, str | tuple):
        return (0, collation_key(cell_text(value)))
    return (0, value)
