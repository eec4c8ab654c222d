"""Lists of a day that have more children than a page shows: the page alone is read."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from sqlalchemy.orm import Session as Database
from werkzeug.wrappers import Response as BaseResponse

from services.enrolment.bookings.queries.expected_children import (
    ExpectedList,
    ExpectedPage,
    ExpectedPart,
)
from services.enrolment.children.queries.reach_of_right import Reach
from services.enrolment.desk.day.lists import (
    ALLOWED,
    MARK,
    OF_MEETING,
    mark_in_words,
    name_on_its_way,
)
from services.enrolment.desk.page_parts import labels
from services.enrolment.desk.page_parts.list_columns import FAMILY_NAME
from shared.web.agents.lists.columns import List
from shared.web.agents.lists.filtering_and_sorting import (
    MOST_SHOWN,
    Asked,
    Listing,
    offered_choices,
)
from shared.web.agents.lists.list_request import asked_of, asked_query, asks_file, show_list

Row = TypeVar("Row")


class DayList:
    """
    The children of a day within reach, as an address asks for them: all, or of many a page.

    All rows are read for a file, and where they are sorted or filtered by what is no session's.
    """

    def __init__(self, read: Database, day: date, names: Reach, of: List[Any]) -> None:
        self._expected = ExpectedList(read, day, names, name_on_its_way())
        if self._expected.count() > MOST_SHOWN:
            self._expected.narrow(asked_query())
        self._asked = asked_of(of)
        self._page = self._read_page(of)
        self._choices = _choices_of_many(of, self._asked, self._expected) if self._page else {}
        self.rows = self._page.rows if self._page else self._expected.whole()

    def show(
        self,
        of: List[Row],
        rows: Sequence[Row],
        page: Callable[[Listing[Row]], str | BaseResponse],
        note: Callable[[Sequence[Row]], None],
    ) -> str | BaseResponse:
        """Return the page of these rows, or the file; `note` as `show_list` has it."""
        if self._page is None:
            return show_list(of, rows, page, note)
        found, total, letters = self._page.found, self._expected.count(), self._page.letters
        return page(Listing(of, self._asked, rows, found, total, letters, self._choices))

    def _read_page(self, of: List[Any]) -> ExpectedPage | None:
        part = None if asks_file() else _part_of_page(of, self._asked)
        if part is None or self._expected.count() <= MOST_SHOWN:
            return None
        return self._expected.page(part, MOST_SHOWN)


def _part_of_page(of: List[Any], asked: Asked) -> ExpectedPart | None:
    """Return as which part of a long list its page is read; None where all of it has to be."""
    column = of.column(asked.column)
    if not asked.filters.keys() <= OF_MEETING.keys():
        return None
    if column is not None and column.code not in {FAMILY_NAME, *OF_MEETING}:
        return None
    chosen = [(OF_MEETING[code], value) for code, value in asked.filters.items()]
    return ExpectedPart(
        has=lambda meeting: all(word_of(meeting) == value for word_of, value in chosen),
        letter=asked.letter,
        by_name=asked.column == FAMILY_NAME,
        by=OF_MEETING.get(asked.column),
        descends=asked.descends,
    )


def _choices_of_many(
    of: List[Any], asked: Asked, expected: ExpectedList
) -> Mapping[str, Sequence[str]]:
    """Return what the filters of a long list offer: of what is in contents, all that could be."""
    meetings = expected.attended
    present: dict[str, Collection[str]] = {
        code: {word_of(meeting) for meeting in meetings} for code, word_of in OF_MEETING.items()
    }
    present[ALLOWED] = labels.every_consent_mark()
    if of.column(MARK) is not None:
        present[MARK] = {mark_in_words(mark) for mark in expected.marks()}
    return offered_choices(of, present, asked.filters)
