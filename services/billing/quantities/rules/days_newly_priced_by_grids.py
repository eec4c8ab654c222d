"""Days that the grids of a tariff's new version cover, and those of the version before did not."""

from collections.abc import Sequence
from datetime import date, timedelta

from shared.json_values import JsonMapping

Days = tuple[date, date]


def newly_covered_periods(before: JsonMapping | None, after: JsonMapping) -> Sequence[Days]:
    """Return the periods, both days included, that grids cover now and did not cover before."""
    first, last = _days_covered_by_grids(after)
    if before is None:
        return [(first, last)]
    old_first, old_last = _days_covered_by_grids(before)
    one_day = timedelta(days=1)
    months = []
    if first < old_first:
        months.append((first, min(last, old_first - one_day)))
    if last > old_last:
        months.append((max(first, old_last + one_day), last))
    return months


def _days_covered_by_grids(content: JsonMapping) -> Days:
    """Return the days from the first grid's to the last grid's: they follow each other."""
    ends = [grid["valid_to"] for grid in content["grids"]]
    last = date.max if None in ends else date.fromisoformat(max(ends))
    return min(date.fromisoformat(grid["valid_from"]) for grid in content["grids"]), last
