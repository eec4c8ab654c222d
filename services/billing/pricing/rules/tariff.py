"""
A tariff as pricing reads it: what an activity costs, by which unit, in grids one after the other.

`parse_tariff` reads what a provider announced; shared/contracts/enrolment/tariffs.py has refused
gaps and overlaps.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.billing.pricing.rules.grid_structure import Grid, Part, parse_grid
from shared.dates.periods import holds_on
from shared.json_values import JsonMapping

SESSION, MINUTES, MONTH, TERM, YEAR = "session", "minutes", "month", "term", "year"
BY_QUANTITY = (SESSION, MINUTES)
"""Units that count quantities; the others count places."""

CHILD, HOUSEHOLD = "child", "household"
"""Codes as shared/contracts/enrolment/tariffs.py has them."""


@dataclass(frozen=True, slots=True)
class Duration:
    """
    Conversion of minutes into units: started units count, after free minutes, up to a maximum.
    """

    unit_minutes: int
    free_minutes: int
    most_units: int | None

    def units_of_stay(self, minutes: int) -> int:
        """Return the units of a stay; 0 within the free minutes."""
        units = -(-max(0, minutes - self.free_minutes) // self.unit_minutes)
        return units if self.most_units is None else min(units, self.most_units)


@dataclass(frozen=True, slots=True)
class Period:
    """One term, both days included."""

    label: str
    first: date
    last: date


@dataclass(frozen=True, slots=True, eq=False)
class Tariff:
    """
    Prices of an activity at its provider, past grids included; the latest grid comes first.

    `ranks_children`: some grid has prices of the second child, so that ranks matter.
    """

    provider: str
    code: str
    activity: str
    label: str
    unit: str
    per: str
    residences: tuple[str, ...]
    duration: Duration | None
    periods: tuple[Period, ...]
    grids: tuple[Grid, ...]
    ranks_children: bool

    def grid_on(self, day: date) -> Grid | None:
        """Return the grid that holds on a day."""
        for grid in self.grids:
            if holds_on(grid, day):
                return grid
        return None


def parse_tariff(provider: str, code: str, content: JsonMapping) -> Tariff:
    """Read a tariff from the content that the contract accepted, dates as ISO text."""
    duration = content.get("duration")
    grids = tuple(parse_grid(grid) for grid in content["grids"])
    return Tariff(
        provider=provider,
        code=code,
        activity=content["activity"],
        label=content["label"],
        unit=content["unit"],
        per=content.get("per", CHILD),
        residences=tuple(content["residences"]),
        duration=_parse_duration(duration) if duration else None,
        periods=tuple(_parse_period(period) for period in content.get("periods", ())),
        grids=tuple(sorted(grids, key=lambda grid: grid.valid_from, reverse=True)),
        ranks_children=any(_ranks_children(part) for grid in grids for part in grid.parts),
    )


def _ranks_children(part: Part) -> bool:
    bands = (band for column in part.columns.values() for band in column.bands)
    return bool(part.sibling_percent) or any(band.by_rank for band in bands)


def _parse_duration(content: JsonMapping) -> Duration:
    return Duration(
        content["unit_minutes"], content.get("free_minutes", 0), content.get("most_units")
    )


def _parse_period(content: JsonMapping) -> Period:
    first, last = (date.fromisoformat(content[name]) for name in ("first", "last"))
    return Period(content["label"], first, last)


def tariff_without_price(activity: str) -> Tariff:
    """Return the tariff of an activity that has none: it holds no grid, hence no price."""
    return Tariff("", "", activity, activity, SESSION, CHILD, (), None, (), (), False)


def quantity_tariffs_by_activity(tariffs: Sequence[Tariff]) -> dict[str, list[Tariff]]:
    """Return the tariffs that price quantities, by activity; [] for one due by place alone."""
    by_activity: dict[str, list[Tariff]] = {tariff.activity: [] for tariff in tariffs}
    for tariff in tariffs:
        if tariff.unit in BY_QUANTITY:
            by_activity[tariff.activity].append(tariff)
    return by_activity
