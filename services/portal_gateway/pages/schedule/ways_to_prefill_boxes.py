"""
Ways of filling boxes without saving: as last week, as usual, all of one activity, these weekdays.

Pure. A box of which a way knows nothing stays as it was.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta

from services.portal_gateway.pages.schedule.grid import (
    BOX,
    CAME_TO_BE,
    Cell,
    ChildLines,
    Grid,
    Line,
)
from services.portal_gateway.schedule.rules.family_days import Day
from shared.contracts.enrolment.places.states import CLOSED

Wish = Callable[[Line, Cell], bool | None]
"""True to tick a box, False to clear it; None: as it is."""
LAST_WEEK = timedelta(weeks=1)


def filled_grid(grid: Grid, wish: Wish) -> Grid:
    """Return the grid with its boxes ticked as wished."""
    return replace(grid, children=[_filled_child(each, wish) for each in grid.children])


def wish_as_last_week(days: Iterable[Day]) -> Wish:
    """Tick what was booked a week earlier; where no session was then, nothing is known."""
    held = (day for day in days if day.state != CLOSED)  # by a strike: what was booked is not known
    booked = {_key_of_session(day.child_id, day, day.day): day.state in CAME_TO_BE for day in held}

    def booked_last_week(line: Line, cell: Cell) -> bool | None:
        assert cell.session is not None
        return booked.get(_key_of_session(line.child_id, cell.session, cell.day - LAST_WEEK))

    return booked_last_week


def wish_by_pattern(line: Line, cell: Cell) -> bool | None:
    """Tick the weekdays on which the child comes by the pattern of its place."""
    return cell.usual if line.place else None


def wish_whole_activity(activity: str, child_id: str) -> Wish:
    """Tick every box of one activity, of one child or of all."""

    def is_of_activity(line: Line, _cell: Cell) -> bool | None:
        return True if line.activity == activity and child_id in ("", line.child.id) else None

    return is_of_activity


def wish_on_weekdays(by_place: Mapping[str, Collection[int]]) -> Wish:
    """Tick these weekdays of the places that are named, and untick their others."""

    def is_on_weekday(line: Line, cell: Cell) -> bool | None:
        if line.place is None or line.place.place_id not in by_place:
            return None
        return cell.day.isoweekday() in by_place[line.place.place_id]

    return is_on_weekday


def wish_as_sent(chosen: Collection[tuple[str, str]]) -> Wish:
    """Tick as a form says that was sent: (child, session)."""

    def is_ticked(line: Line, cell: Cell) -> bool | None:
        assert cell.session is not None
        return (line.child_id, cell.session.session_id) in chosen

    return is_ticked


def weekdays_no_longer_changed(line: Line) -> list[int]:
    """Return the weekdays on which a line was booked where that no longer changes."""
    kept = (cell.session for cell in line.cells if cell.kind != BOX and cell.session)
    return sorted({day.day.isoweekday() for day in kept if day.state in CAME_TO_BE})


def _key_of_session(child_id: str, day: Day, on: date) -> tuple[str, str, str, str, date]:
    return child_id, day.provider, day.activity_id, day.group, on


def _filled_child(child: ChildLines, wish: Wish) -> ChildLines:
    return replace(child, lines=[_filled_line(line, wish) for line in child.lines])


def _filled_line(line: Line, wish: Wish) -> Line:
    weeks = [[_filled_cell(line, cell, wish) for cell in week] for week in line.weeks]
    return replace(line, weeks=weeks)


def _filled_cell(line: Line, cell: Cell, wish: Wish) -> Cell:
    wanted = wish(line, cell) if cell.kind == BOX else None
    return cell if wanted is None else replace(cell, ticked=wanted)
