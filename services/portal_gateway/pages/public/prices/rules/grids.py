"""
A published tariff as a visitor reads it: the grid of a day, what follows it, its bands.

Pure. The content of a grid is read here and printed; what a place costs is billing's to say.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from services.portal_gateway.pages.public.prices.rules.published_tariffs import (
    PublishedGrid,
    PublishedLine,
    PublishedResidences,
    PublishedTariff,
)
from shared.contracts.enrolment.tariffs import EFFORT, Price
from shared.web.prices.grid_tables import Row, Table, tables_of


@dataclass(frozen=True)
class Range:
    """The lowest and the highest price of one unit that stand in a grid, in cents."""

    least: int
    most: int


def grid_on(content: PublishedTariff, day: date) -> PublishedGrid | None:
    """Return the grid that holds on a day."""
    return next((grid for grid in content["grids"] if _holds_on(grid, day)), None)


def next_grid(content: PublishedTariff, day: date) -> PublishedGrid | None:
    """Return the first grid that begins after a day."""
    later = [grid for grid in content["grids"] if grid["valid_from"] > day.isoformat()]
    return min(later, key=lambda grid: grid["valid_from"], default=None)


def tables_of_grid(content: PublishedTariff, grid: PublishedGrid) -> list[Table]:
    """Return a grid's tables as one prints them."""
    return tables_of(grid, content["residences"], content["variants"])


def bands_of_residence(
    content: PublishedTariff, grid: PublishedGrid, residence: str
) -> Sequence[Row]:
    """Return the bands of a residence class for who comes as usual; none for an unknown class."""
    for table in tables_of_grid(content, grid):
        if table.variant == "" and residence in table.residences:
            return table.rows
    return ()


def band_number(rows: Sequence[Row], quotient_cents: int) -> int:
    """Return which band holds a quotient, counted from 1; a limit belongs to what it begins."""
    return sum(row.start <= quotient_cents for row in rows)


def asks_quotient(rows: Sequence[Row], residence: str) -> bool:
    """Say whether a price depends on the quotient."""
    return len(rows) > 1 or any(follows_quotient(row, residence) for row in rows)


def follows_quotient(row: Row, residence: str) -> bool:
    """Say whether a band has a price that moves with the quotient inside it: a rate of effort."""
    return any(price["kind"] == EFFORT for price in _prices_of_residence(row, residence))


def price_range_of(content: PublishedTariff, grid: PublishedGrid) -> Range:
    """Return between which prices a first child's unit lies, whatever the quotient and commune."""
    prices = [
        _first_child_bounds(row, residence)
        for table in tables_of_grid(content, grid)
        if table.variant == ""
        for row in table.rows
        for residence in table.residences
    ]
    return Range(min(low for low, _ in prices), max(high for _, high in prices))


def residence_class_of(residences: PublishedResidences | None, insee: str, day: date) -> str:
    """Return the residence class that a provider gives a commune on a day, "" without classes."""
    if residences is None:
        return ""
    lines = (commune for commune in residences["communes"] if commune["insee"] == insee)
    residence = (line["residence"] for line in lines if _holds_on(line, day))
    return str(next(residence, residences["elsewhere"]))


def class_labels(residences: PublishedResidences | None) -> dict[str, str]:
    """Return the residence classes with their names."""
    return (
        {
            residence_class["code"]: residence_class["label"]
            for residence_class in residences["classes"]
        }
        if residences
        else {}
    )


def _holds_on(period: PublishedGrid | PublishedLine, day: date) -> bool:
    iso_day = day.isoformat()
    return period["valid_from"] <= iso_day and (
        period["valid_to"] is None or iso_day <= period["valid_to"]
    )


def _prices_of_residence(row: Row, residence: str) -> Iterable[Price]:
    for (_, code), prices in row.cells.items():
        if code == residence:
            yield prices[0]


def _first_child_bounds(row: Row, residence: str) -> tuple[int, int]:
    bounds = [
        (price["floor_cents"], price["ceiling_cents"])
        if price["kind"] == EFFORT
        else (price["cents"], price["cents"])
        for price in _prices_of_residence(row, residence)
    ]
    return sum(low for low, _ in bounds), sum(high for _, high in bounds)
