"""
Succession of a tariff's grids: a day already past never changes its price.

Pure, on content as shared/contracts/tariffs.Tariff loads it. A grid that has begun can only be
ended, today or later; a new one begins tomorrow or later, unless it is the first of its tariff.
Amounts of days to come may be written anew as often as the provider likes.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from shared.contracts.enrolment.tariffs import Grid, Part, Tariff

DAY = timedelta(days=1)
FIXED_TERMS = ("activity", "unit", "per", "duration")
"""Terms that decide how a grid is read: fixed once a grid has begun."""


class PastWouldChange(Exception):
    """A price of today or of an earlier day would be another."""


class NoSuchGrid(Exception):
    """The tariff has no grid that could be treated so."""


def running_grid(content: Tariff, day: date) -> Grid | None:
    """Return the grid in force on a day."""
    return next((grid for grid in content["grids"] if _does_grid_cover(grid, day)), None)


def upcoming_grids(content: Tariff, today: date) -> list[Grid]:
    """Return the grids that have not begun, the next first."""
    return [grid for grid in grids_in_order(content["grids"]) if grid["valid_from"] > today]


def past_grids(content: Tariff, today: date) -> list[Grid]:
    """Return the grids that have ended, the latest first."""
    ended = [grid for grid in content["grids"] if grid["valid_to"] and grid["valid_to"] < today]
    return grids_in_order(ended)[::-1]


def has_any_priced_day(content: Tariff, today: date) -> bool:
    """Return whether any day up to today has a price."""
    return any(grid["valid_from"] <= today for grid in content["grids"])


def last_grid(content: Tariff) -> Grid:
    """Return the grid that begins last."""
    return grids_in_order(content["grids"])[-1]


def content_with_grid(
    content: Tariff, grid: Grid, today: date, instead: date | None = None
) -> Tariff:
    """
    Return the content with a grid from its first day on; the one that ran ends the day before.

    It lasts until the next grid, or as long as the one that it follows would have. `instead` is the
    first day of a coming grid whose place it takes. Raises PastWouldChange, NoSuchGrid.
    """
    first = grid["valid_from"]
    for begins in {known["valid_from"] for known in content["grids"]} & {first, instead}:
        content = without_grid(content, begins, today)
    if content["grids"] and first <= today:
        raise PastWouldChange
    before = running_grid(content, first)
    after = next(iter(upcoming_grids(content, first)), None)
    ends = before["valid_to"] if before else after["valid_from"] - DAY if after else None
    kept = [known for known in content["grids"] if known is not before]
    cut: list[Grid] = [{**before, "valid_to": first - DAY}] if before else []
    return {**content, "grids": grids_in_order([*kept, *cut, {**grid, "valid_to": ends}])}


def without_grid(content: Tariff, first: date, today: date) -> Tariff:
    """
    Return the content without a coming grid; the one before it lasts as long as both would have.

    Raises PastWouldChange where it has begun, NoSuchGrid.
    """
    gone = next((grid for grid in content["grids"] if grid["valid_from"] == first), None)
    if gone is None:
        raise NoSuchGrid
    if first <= today:
        raise PastWouldChange
    kept: list[Grid] = [
        {**grid, "valid_to": gone["valid_to"]} if grid["valid_to"] == first - DAY else grid
        for grid in content["grids"]
        if grid is not gone
    ]
    return {**content, "grids": kept}


def content_with_last_day(content: Tariff, last_day: date, today: date) -> Tariff:
    """
    Return the content with nothing priced after a day; grids that would begin later are gone.

    Raises PastWouldChange for a day before today, NoSuchGrid where nothing runs until then.
    """
    if last_day < today:
        raise PastWouldChange
    begun = grids_in_order(grid for grid in content["grids"] if grid["valid_from"] <= last_day)
    if not begun or (begun[-1]["valid_to"] or date.max) < today:
        raise NoSuchGrid
    return {**content, "grids": [*begun[:-1], {**begun[-1], "valid_to": last_day}]}


def keeps_past_prices(before: Tariff, after: Tariff, today: date) -> bool:
    """Return whether every day up to today keeps its prices for each public."""
    if not has_any_priced_day(before, today):
        return True
    same_terms = all(before.get(name) == after.get(name) for name in FIXED_TERMS)
    begun = [period for period in before["periods"] if period["first"] <= today]
    same_terms &= all(period in after["periods"] for period in begun)
    publics = _classes_and_modes(before)
    return same_terms and _prices_until(before, today, publics) == _prices_until(
        after, today, publics
    )


def grids_in_order(grids: Iterable[Grid]) -> list[Grid]:
    """Return grids by their first day."""
    return sorted(grids, key=lambda grid: grid["valid_from"])


def _does_grid_cover(grid: Grid, day: date) -> bool:
    return grid["valid_from"] <= day and (grid["valid_to"] is None or day <= grid["valid_to"])


def _classes_and_modes(content: Tariff) -> set[tuple[str, str]]:
    return {(code, variant) for code in content["residences"] for variant in content["variants"]}


def _prices_until(
    content: Tariff, day: date, publics: set[tuple[str, str]]
) -> list[Mapping[str, object]]:
    """Return what these publics paid up to a day, however columns are put together."""
    return [
        {
            **grid,
            "valid_to": grid["valid_to"] if (grid["valid_to"] or date.max) < day else None,
            "parts": [
                {**part, "columns": _bands_by_public(part, publics)} for part in grid["parts"]
            ],
        }
        for grid in grids_in_order(content["grids"])
        if grid["valid_from"] <= day
    ]


def _bands_by_public(
    part: Part, publics: set[tuple[str, str]]
) -> Mapping[tuple[str, str], Sequence[object]]:
    return {
        (code, column["variant"]): column["bands"]
        for column in part["columns"]
        for code in column["residences"]
        if (code, column["variant"]) in publics
    }
