"""
The boxes of a page of weeks, as they come back: what was shown as booked, and what is ticked now.

A change is what differs from what the page showed, never from what is so meanwhile: a box that
nobody touched orders nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import abort
from werkzeug.datastructures import MultiDict

from services.portal_gateway.orders.commands.sending import Order
from services.portal_gateway.pages.page_parts import parsing
from services.portal_gateway.pages.schedule.grid import Line
from services.portal_gateway.pages.schedule.labels import changed_days_in_words
from services.portal_gateway.pages.schedule.ways_to_prefill_boxes import weekdays_no_longer_changed
from services.portal_gateway.schedule.rules.family_days import Day
from services.portal_gateway.session.queries.children import Family
from shared.contracts.enrolment.places import family_acts, states
from shared.contracts.errors import NotFound
from shared.web.forms.parsing import read_day

LINE, BOX_OF = "ligne", "jour"
"""Names of fields: of a line, and of its boxes, which have the line's number behind."""
MOST_LINES = 60
LONGEST_LABEL = 120

Fields = MultiDict[str, str]
BookingOrder = Order[family_acts.ChangeBookingsRequest, family_acts.BookingOutcomes]


@dataclass(frozen=True)
class SentLine:
    """One line as it was sent: by session its day, shown as booked and ticked."""

    provider: str
    child_id: str
    place_id: str
    weekdays: str
    """The weekdays that are booked for good, as digits."""
    activity: str
    shown: Mapping[str, date]
    ticked: Mapping[str, date]

    @property
    def sessions_to_book(self) -> dict[str, date]:
        return {each: day for each, day in self.ticked.items() if each not in self.shown}

    @property
    def sessions_to_cancel(self) -> dict[str, date]:
        return {each: day for each, day in self.shown.items() if each not in self.ticked}

    @property
    def ticked_weekdays(self) -> set[str]:
        return {str(day.isoweekday()) for day in self.ticked.values()}


def line_value(number: int, line: Line) -> str:
    """Return what a line sends along with its boxes."""
    place_id = line.place.place_id if line.place else ""
    fixed = "".join(map(str, weekdays_no_longer_changed(line)))
    about = (line.provider, line.child_id, place_id, fixed)
    return "|".join(
        (str(number), *about, _joined_box_values(line.days_booked_on_page), line.activity)
    )


def box_value(day: Day) -> str:
    return f"{day.session_id}.{day.day}"


def undoing_fields(number: int, days: Sequence[Day]) -> list[tuple[str, str]]:
    """Return the fields that cancel these days where they are booked, and book the others."""
    one, booked = days[0], [day for day in days if day.state == states.BOOKED]
    value = "|".join(
        (str(number), one.provider, one.child_id, "", "", _joined_box_values(booked), one.activity)
    )
    freed = [(f"{BOX_OF}{number}", box_value(day)) for day in days if day not in booked]
    return [(LINE, value), *freed]


def repeated_weekdays(lines: Iterable[SentLine]) -> list[str]:
    """Return the weekdays that are ticked of each place, as an address holds them."""
    return [
        f"{line.place_id}.{''.join(sorted({*line.weekdays, *line.ticked_weekdays}))}"
        for line in lines
        if parsing.is_id(line.place_id)
    ]


def weekdays_by_place(values: Iterable[str]) -> dict[str, set[int]]:
    """Return the weekdays that an address holds; what is none of ours is left out."""
    pairs = (value.partition(".") for value in values)
    return {place_id: set(parsing.parse_weekdays(digits)) for place_id, _dot, digits in pairs}


def _joined_box_values(days: Iterable[Day]) -> str:
    return ",".join(map(box_value, days))


def parse_lines(fields: Fields) -> list[SentLine]:
    """Return the lines of a form; 400 for what no page of ours sends."""
    values = fields.getlist(LINE)
    if len(values) > MOST_LINES:
        abort(400)
    return [_parse_line(value, fields) for value in values]


def ticked_sessions(fields: Fields) -> set[tuple[str, str]]:
    """Return what is ticked: (child, session)."""
    return {
        (line.child_id, session_id) for line in parse_lines(fields) for session_id in line.ticked
    }


def orders_of_lines(lines: Iterable[SentLine], family: Family, form_key: str) -> list[BookingOrder]:
    """
    Return one order for each child and provider with a change; NotFound for another family's.

    Each is named after its form and its content: the same form sent twice is the same orders.
    """
    by_callee: dict[tuple[str, str], list[SentLine]] = defaultdict(list)
    for line in lines:
        if line.provider not in family.ward(line.child_id).providers:
            raise NotFound
        if line.sessions_to_book or line.sessions_to_cancel:
            by_callee[line.provider, line.child_id].append(line)
    return [
        _order_of_child_and_provider(provider, child_id, changed, form_key)
        for (provider, child_id), changed in by_callee.items()
    ]


def _order_of_child_and_provider(
    provider: str, child_id: str, lines: Sequence[SentLine], form_key: str
) -> BookingOrder:
    book = sorted(session_id for line in lines for session_id in line.sessions_to_book)
    cancel = sorted(session_id for line in lines for session_id in line.sessions_to_cancel)
    if len(book) > family_acts.MOST_SESSIONS or len(cancel) > family_acts.MOST_SESSIONS:
        abort(400)
    return Order(
        parsing.request_id(form_key, child_id, provider, *book, "|", *cancel),
        family_acts.change_bookings,
        provider,
        family_acts.ChangeBookingsRequest(child_id, book=book, cancel=cancel),
        " · ".join(
            changed_days_in_words(
                line.activity, [*line.sessions_to_book.values(), *line.sessions_to_cancel.values()]
            )
            for line in lines
        ),
        {"sessions": [*book, *cancel]},
    )


def _parse_line(value: str, fields: Fields) -> SentLine:
    parts = value.split("|", 6)
    if len(parts) != 7 or not parts[0].isdecimal():
        abort(400)
    number, provider, child_id, place_id, weekdays, shown, activity = parts
    return SentLine(
        provider,
        child_id,
        place_id,
        weekdays,
        activity[:LONGEST_LABEL],
        _days_by_session(shown.split(",") if shown else []),
        _days_by_session(fields.getlist(f"{BOX_OF}{number}")),
    )


def _days_by_session(values: Iterable[str]) -> dict[str, date]:
    """Return the day of each session, of « id.2026-12-07 »."""
    pairs = [
        (session_id, read_day(day)) for session_id, _dot, day in (v.partition(".") for v in values)
    ]
    found = {session_id: day for session_id, day in pairs if day and parsing.is_id(session_id)}
    return found if len(found) == len(pairs) else abort(400)
