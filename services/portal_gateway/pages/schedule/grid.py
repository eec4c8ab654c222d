"""
Children × days, as one page shows them: a line for each activity of a child, a cell for each day.

Pure: days, places, prices and the time are arguments.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from services.portal_gateway.calls.prices import Counted
from services.portal_gateway.schedule.rules.family_days import Day, Place
from services.portal_gateway.session.queries.children import Child
from shared.contracts.enrolment.places import states
from shared.dates.periods import monday_of

BOX, VOID, SENDING, KEPT, SHUT, UNUSED = "box", "void", "sending", "kept", "shut", "unused"
"""
Kinds of a cell, beside the state of its day: a box to tick, nothing that day, a change on its way,
booked for good, free but too late, free on a day gone by.
"""
WEEK_DAYS = 7
FRIDAY = 5
CAME_TO_BE = frozenset({states.BOOKED, states.PRESENT, states.ABSENT, states.EXCUSED})
"""States of a day that was booked, whatever became of it."""


@dataclass(frozen=True)
class Period:
    """Whole weeks from `first` to `last`, both included, as a page shows them."""

    first: date
    last: date

    @property
    def mondays(self) -> list[date]:
        weeks = (self.last - monday_of(self.first)).days // WEEK_DAYS + 1
        return [monday_of(self.first) + timedelta(weeks=week) for week in range(weeks)]

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True)
class Cell:
    """One day of one line; `cents` is what it costs, where that is known."""

    day: date
    kind: str
    session: Day | None = None
    cents: int | None = None
    usual: bool = False
    """True where the child comes on this weekday by the pattern of its place."""
    ticked: bool = False

    @property
    def is_booked_on_page(self) -> bool:
        """Return whether the page shows the day as booked: what a tick is compared with."""
        return self.session is not None and self.session.state == states.BOOKED

    @property
    def is_changed(self) -> bool:
        return self.kind == BOX and self.ticked != self.is_booked_on_page


@dataclass(frozen=True)
class Line:
    """One activity of one child: `weeks` has a row of cells for each week."""

    child: Child
    child_id: str
    """The id under which this service knows the child."""
    provider: str
    activity_id: str
    activity: str
    group: str
    place: Place | None
    weekdays: Collection[int]
    weeks: Sequence[Sequence[Cell]]

    @property
    def cells(self) -> list[Cell]:
        return [cell for week in self.weeks for cell in week]

    @property
    def shown_weeks(self) -> list[Sequence[Cell]]:
        """Return the weeks in which anything meets."""
        return [week for week in self.weeks if any(cell.kind != VOID for cell in week)]

    @property
    def count_boxes(self) -> int:
        return sum(cell.kind == BOX for cell in self.cells)

    @property
    def days_booked_on_page(self) -> list[Day]:
        """Return the days that the page shows as booked and lets one cancel."""
        return [
            each.session
            for each in self.cells
            if each.kind == BOX and each.session and each.is_booked_on_page
        ]

    @property
    def cents_of_each_day(self) -> int | None:
        """Return the one price of the line's days; None where none or several are known."""
        prices = {cell.cents for cell in self.cells if cell.cents is not None}
        return prices.pop() if len(prices) == 1 else None


@dataclass(frozen=True)
class ChildLines:
    """A child with its lines, by the hour of the day."""

    child: Child
    lines: Sequence[Line]


@dataclass(frozen=True)
class Known:
    """Facts that decide on a cell beside its day: time, changes on their way, prices, patterns."""

    moment: datetime
    today: date
    pending: Collection[tuple[str, str]]
    """Child and session of which a change is on its way."""
    cents: Counted
    places: Sequence[Place]
    weekdays: Mapping[str, Collection[int]]
    """Weekdays on which the child comes, by place."""


@dataclass(frozen=True)
class Grid:
    """All that a page of weeks shows; `columns` are the weekdays of which something is known."""

    period: Period
    columns: Sequence[int]
    children: Sequence[ChildLines]

    @property
    def last_day_shown(self) -> date:
        """Return the last day that a column shows."""
        return min(self.period.last, self.period.mondays[-1] + timedelta(days=self.columns[-1] - 1))

    @property
    def lines(self) -> list[Line]:
        return [line for child in self.children for line in child.lines]

    @property
    def cells(self) -> list[Cell]:
        return [cell for line in self.lines for cell in line.cells]

    @property
    def shared_activities(self) -> dict[str, Line | None]:
        """Return the first line of each activity that several children have; None for others."""
        first: dict[str, Line] = {}
        several = set()
        for line in (each for each in self.lines if each.count_boxes):
            if first.setdefault(line.activity, line).child is not line.child:
                several.add(line.activity)
        return {name: line if name in several else None for name, line in first.items()}


def make_grid(period: Period, children: Iterable[Child], days: Iterable[Day], known: Known) -> Grid:
    """Return the grid of these children's days; days outside the period are left out."""
    shown = [day for day in days if day.day in period]
    columns = sorted({*range(1, FRIDAY + 1), *(day.day.isoweekday() for day in shown)})
    return Grid(
        period,
        columns,
        [
            ChildLines(child, _lines_of_child(period, columns, child, shown, known))
            for child in children
        ],
    )


def _lines_of_child(
    period: Period, columns: Sequence[int], child: Child, days: Sequence[Day], known: Known
) -> list[Line]:
    own = sorted((day for day in days if day.child_id in child.ids), key=_line_key)
    lines = []
    for _key, group in groupby(own, _line_key):
        lines += [
            _make_line(period, columns, child, rank, known) for rank in _share_out_days(group)
        ]
    return sorted(lines, key=_sort_key_of_line)


def _line_key(day: Day) -> tuple[str, str, str, str]:
    return day.provider, day.activity_id, day.group, day.child_id


def _share_out_days(days: Iterable[Day]) -> list[list[Day]]:
    """Share days out so that each share has one session a day: most groups meet once."""
    ranks: list[list[Day]] = []
    for _day, sessions in groupby(sorted(days, key=lambda day: day.starts_at), lambda day: day.day):
        for rank, session in enumerate(sessions):
            if rank == len(ranks):
                ranks.append([])
            ranks[rank].append(session)
    return ranks


def _sort_key_of_line(line: Line) -> tuple[str, str, str]:
    starts = min(f"{cell.session.starts_at:%H:%M}" for cell in line.cells if cell.session)
    return starts, line.activity, line.group


def _make_line(
    period: Period, columns: Sequence[int], child: Child, days: Sequence[Day], known: Known
) -> Line:
    one = days[0]
    place = _place_of_day(one, known.places)
    usual = known.weekdays.get(place.place_id, place.weekdays) if place else ()
    by_day = {day.day: day for day in days}
    weeks = [
        [
            _make_cell(day, by_day.get(day), child, known, day.isoweekday() in usual)
            for day in (monday + timedelta(days=weekday - 1) for weekday in columns)
        ]
        for monday in period.mondays
    ]
    return Line(
        child,
        one.child_id,
        one.provider,
        one.activity_id,
        one.activity,
        one.group,
        place,
        usual,
        weeks,
    )


def _place_of_day(day: Day, held: Iterable[Place]) -> Place | None:
    same = (
        place
        for place in held
        if (place.provider, place.child_id, place.activity_id, place.group)
        == (day.provider, day.child_id, day.activity_id, day.group)
    )
    return next(same, None)


def _make_cell(day: date, session: Day | None, child: Child, known: Known, usual: bool) -> Cell:
    if session is None:
        return Cell(day, VOID)
    cents = known.cents.get((session.child_id, session.provider, session.activity_id))
    kind = _kind_of_cell(session, child, known)
    return Cell(day, kind, session, cents, usual, session.state == states.BOOKED)


def _kind_of_cell(session: Day, child: Child, known: Known) -> str:
    if (session.child_id, session.session_id) in known.pending:
        return SENDING
    if not child.carer and (session.may_cancel(known.moment) or session.may_book(known.moment)):
        return BOX
    if session.state == states.BOOKED:
        return KEPT if session.ends_at > known.moment else states.BOOKED
    if session.state == states.FREE:
        return SHUT if session.ends_at > known.moment else UNUSED
    return session.state
