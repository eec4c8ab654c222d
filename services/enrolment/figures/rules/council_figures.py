"""The figures of a quarter as the council reads them, small numbers hidden. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from services.enrolment.figures.rules.attendance import Sums
from services.enrolment.figures.rules.demand import Demand
from services.enrolment.figures.rules.suppression import Before, Cell, table_with_hidden_as_none
from shared.contracts.enrolment.figures import MOST_ROWS, FigureRow, FigureTable


@dataclass(frozen=True)
class Counted:
    """Counts of one activity at one site, by the columns of its table."""

    site: str
    activity: str
    numbers: tuple[int, int, int]
    sessions: int = 0
    places: int = 0


def attendance_numbers(sums: Sums) -> tuple[int, int, int]:
    """Return who came, who was missed and who was excused."""
    return sums.came, sums.absent + sums.cancelled_late, sums.excused


def demand_numbers(demand: Demand) -> tuple[int, int, int]:
    """Return what was placed, what found no place, and the rest."""
    rest = demand.asked - demand.placed - demand.unmet
    return demand.placed, demand.unmet, rest


def table_as_published(
    counted: Iterable[Counted], former: FigureTable | None = None
) -> FigureTable:
    """
    Return a table as it is published; with too many rows, of all sites together.

    What its `former` publication hid stays hidden.
    """
    rows = _sums_of_equal_rows(counted, lambda row: (row.site, row.activity))
    if len(rows) > MOST_ROWS:
        rows = _sums_of_equal_rows(rows, lambda row: ("", row.activity))
    shown = table_with_hidden_as_none(
        [row.numbers for row in rows], _shown_before(rows, former) if former else {}
    )
    if not shown:
        return {"rows": [], "numbers": [], "total": None}
    *lines, totals = shown
    return {
        "rows": [_make_figure_row(row, line) for row, line in zip(rows, lines, strict=True)],
        "numbers": totals[:-1],
        "total": totals[-1],
    }


def _shown_before(rows: Sequence[Counted], former: FigureTable) -> Before:
    """Return what a former table showed, at its place in the table of these rows."""
    before: dict[Cell, int | None] = {}
    if former["rows"]:
        totals = [*former["numbers"], former["total"]]
        before.update(((len(rows), nth), number) for nth, number in enumerate(totals))
    for at, row in enumerate(rows):
        parts = _former_parts_of_row(row, former["rows"])
        for nth, numbers in enumerate(
            zip(*([*p["numbers"], p["total"]] for p in parts), strict=True)
        ):
            before[at, nth] = None if None in numbers else sum(number or 0 for number in numbers)
    return before


def _former_parts_of_row(row: Counted, former: Iterable[FigureRow]) -> list[FigureRow]:
    """Return what counted before what a row counts: the same row, or the sites now together."""
    of_activity = [each for each in former if each["activity"] == row.activity]
    same = [each for each in of_activity if each["site"] == row.site]
    return same or (of_activity if row.site == "" else [])


def _make_figure_row(row: Counted, shown: Sequence[int | None]) -> FigureRow:
    return {
        "site": row.site,
        "activity": row.activity,
        "sessions": row.sessions,
        "places": row.places,
        "numbers": list(shown[:-1]),
        "total": shown[-1],
    }


def _sums_of_equal_rows(
    counted: Iterable[Counted], key: Callable[[Counted], tuple[str, str]]
) -> list[Counted]:
    found: dict[tuple[str, str], list[Counted]] = {}
    for row in counted:
        found.setdefault(key(row), []).append(row)
    return [
        Counted(
            *place,
            numbers=_sum_of_triples(row.numbers for row in rows),
            sessions=sum(row.sessions for row in rows),
            places=sum(row.places for row in rows),
        )
        for place, rows in sorted(found.items())
    ]


def _sum_of_triples(numbers: Iterable[tuple[int, int, int]]) -> tuple[int, int, int]:
    first, second, third = map(sum, zip(*numbers, strict=True))
    return first, second, third
