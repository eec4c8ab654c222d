"""Problems and doubts of rows: line, field, and the expected form. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from itertools import takewhile
from typing import Any, TypeVar

from deploy.importing.table_files.mapping import Reading
from deploy.importing.table_files.table import Row
from shared.files import cell_parsing
from shared.files.cell_parsing import Unreadable

T = TypeVar("T")

EMPTY = "must be filled"
LEFT_OUT = "{}: left out"


@dataclass(frozen=True)
class Problem:
    """One thing about one row; what is `add_doubt` is sent nevertheless."""

    line: int
    field: str
    text: str
    doubtful: bool = False


@dataclass
class Problems:
    """All that was found while a file was read."""

    all: list[Problem] = field(default_factory=list)

    def add_problem(self, row: Row, name: str, text: str, *, doubtful: bool = False) -> None:
        self.all.append(Problem(row.line, name, text, doubtful))

    @property
    def wrong_problems(self) -> list[Problem]:
        return [each for each in self.all if not each.doubtful]

    def is_field_wrong(self, row: Row, name: str) -> bool:
        """Say whether something is wrong with this field of the row that is being read."""
        of_row = takewhile(lambda each: each.line == row.line, reversed(self.all))
        return any(each.field == name and not each.doubtful for each in of_row)

    def lines_not_sent(self) -> set[int]:
        """Return the lines that cannot be sent."""
        return {each.line for each in self.wrong_problems}


@dataclass(frozen=True)
class Cells:
    """The fields of one row, each read by what it holds; what cannot be read is a problem."""

    reading: Reading
    row: Row
    problems: Problems

    def read_text(self, name: str, most: int = 0, *, required: bool = False) -> str:
        """Return a text; one that is too long, or missing where it must not, is a problem."""
        text = self._cell_text_or_noted_problem(name)
        if text is None:
            return ""
        if required and not text:
            self.problems.add_problem(self.row, name, EMPTY)
        if most and len(text) > most:
            self.problems.add_problem(self.row, name, f"at most {most} characters")
            return text[:most]
        return text

    def read_reference(self, name: str, *, required: bool = True) -> str:
        """Return a number of that software as it is known here."""
        text = self.read_text(name, 60 - len(self.reading.source) - 1, required=required)
        return f"{self.reading.source}:{text}" if text else ""

    def read_cell(
        self, name: str, how: Callable[[str], T], default: object = None, *, required: bool = False
    ) -> T | Any:
        """Return what a cell holds, `default` where it is empty or cannot be read."""
        text = self.read_text(name, required=required)
        if not text:
            return default
        try:
            return how(text)
        except Unreadable as error:
            self.problems.add_problem(self.row, name, str(error))
            return default

    def read_or_leave_out(self, name: str, how: Callable[[str], str], most: int = 0) -> str | None:
        """
        Return a cell that may be asked again: "" where it is empty, None where it is left out.

        One that cannot be read is a doubt, and keeps nobody back; of one that is too long `most`
        characters are kept. What a spreadsheet has cut is wrong: the whole column may be, and
        stands in the former software still.
        """
        text = self.read_text(name)
        try:
            value = how(text) if text else ""
        except Unreadable as error:
            self.add_doubt(name, LEFT_OUT.format(error))
            return None
        if most and len(value) > most:
            self.add_doubt(name, LEFT_OUT.format(f"what is beyond {most} characters"))
            return value[:most]
        return value

    def read_past_day(self, name: str, day: date, *, required: bool = True) -> date | None:
        """Return a day that has been, `day` at the latest; None where there is none."""
        past: date | None = self.read_cell(name, cell_parsing.day, None, required=required)
        if past is not None and past > day:
            self.problems.add_problem(self.row, name, "a day that has been")
        return past

    def add_doubt(self, name: str, text: str) -> None:
        self.problems.add_problem(self.row, name, text, doubtful=True)

    def _cell_text_or_noted_problem(self, name: str) -> str | None:
        try:
            return self.reading.text_of_field(self.row, name)
        except Unreadable as error:
            self.problems.add_problem(self.row, name, str(error))
            return None
