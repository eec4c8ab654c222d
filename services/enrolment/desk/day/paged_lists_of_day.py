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
from services.enrolment.desk.day.expected_and_meal_lists import (
    ALLOWED,
    MARK,
    OF_MEETING,
    attendance_mark_in_words,
    label_of_name_not_yet_arrived,
)
from services.enrolment.desk.page_parts import labels
from services.enrolment.desk.page_parts.list_columns import BIRTH, FAMILY_NAME
from shared.web.agents.lists.columns import List, cell_text
from shared.web.agents.lists.filtering_and_sorting import (
    MOST_SHOWN,
    Asked,
    Listing,
    offered_choices,
)
from shared.web.agents.lists.list_request import (
    asks_file,
    file_response_of_rows,
    parse_list_request,
    search_query,
    show_list,
)

Row = TypeVar("Row")
ByChild = Mapping[str, tuple[str, ...]]
Allowed = Callable[[], ByChild]


class DayList:
    """
    The children of a day within reach, as an address asks for them: all, or of many a part.

    Of a part the page is read, or for a file all of it. All rows of the day are read where they are
    sorted by what they say of each child. What parents allow is read of all to sort or filter by
    it: `consents` gives it, in words, for ids.
    """

    def __init__(
        self,
        read: Database,
        day: date,
        names: Reach,
        of: List[Any],
        consents: Callable[[Collection[str]], ByChild] | None = None,
    ) -> None:
        self._expected = ExpectedList(read, day, names, label_of_name_not_yet_arrived())
        if self._expected.count() > MOST_SHOWN:
            self._expected.keep_children_answering_query(search_query())
        self._asked = parse_list_request(of)
        self._page = self._read_part_of_long_list(of, consents)
        self._choices = (
            _filter_choices_of_long_list(of, self._asked, self._expected) if self._page else {}
        )
        self.rows = self._page.rows if self._page else self._expected.whole()

    @property
    def is_file_of_part(self) -> bool:
        """Return whether a file is asked for, and `rows` are its children in their order."""
        return asks_file() and self._page is not None

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
        if self.is_file_of_part:
            note(rows)
            return file_response_of_rows(of, rows)
        found, total, letters = self._page.found, self._expected.count(), self._page.letters
        return page(Listing(of, self._asked, rows, found, total, letters, self._choices))

    def _read_part_of_long_list(
        self, of: List[Any], consents: Callable[[Collection[str]], ByChild] | None
    ) -> ExpectedPage | None:
        if (total := self._expected.count()) <= MOST_SHOWN:
            return None
        allowed = (lambda: consents(self._expected.child_ids)) if consents else None
        part = _part_of_long_list_asked(of, self._asked, allowed)
        return self._expected.page(part, total if asks_file() else MOST_SHOWN) if part else None


def _part_of_long_list_asked(
    of: List[Any], asked: Asked, allowed: Allowed | None
) -> ExpectedPart | None:
    """Return as which part of a long list its page is read; None where all of it has to be."""
    column = of.column(asked.sort_column)
    by = column.code if column is not None else ""
    known = {*OF_MEETING, MARK, *([ALLOWED] if allowed is not None else [])}
    if not asked.filters.keys() <= known or by not in {"", FAMILY_NAME, BIRTH, *known}:
        return None
    words = allowed() if allowed and ALLOWED in (by, *asked.filters) else {}
    chosen = [(OF_MEETING[code], asked.filters[code]) for code in OF_MEETING.keys() & asked.filters]
    mark, consent = (asked.filters.get(code, "") for code in (MARK, ALLOWED))
    return ExpectedPart(
        has=lambda meeting: all(word_of(meeting) == value for word_of, value in chosen),
        letter=asked.letter,
        marked=(lambda code: attendance_mark_in_words(code) == mark) if mark else None,
        of_child=(lambda child_id: consent in words[child_id]) if consent else None,
        by_name=by == FAMILY_NAME,
        by_birth=by == BIRTH,
        by=OF_MEETING.get(by),
        by_mark=attendance_mark_in_words if by == MARK else None,
        by_child=(lambda child_id: cell_text(words[child_id])) if by == ALLOWED else None,
        descends=asked.sorts_descending,
    )


def _filter_choices_of_long_list(
    of: List[Any], asked: Asked, expected: ExpectedList
) -> Mapping[str, Sequence[str]]:
    """Return what the filters of a long list offer: of what is in contents, all that could be."""
    meetings = expected.sessions_with_children_expected
    present: dict[str, Collection[str]] = {
        code: {word_of(meeting) for meeting in meetings} for code, word_of in OF_MEETING.items()
    }
    present[ALLOWED] = labels.all_consents_refused_or_unanswered()
    if of.column(MARK) is not None:
        present[MARK] = {
            attendance_mark_in_words(mark) for mark in expected.kinds_of_marks_of_day()
        }
    return offered_choices(of, present, asked.filters)
