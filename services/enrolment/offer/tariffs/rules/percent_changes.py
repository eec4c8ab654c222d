"""
A grid with all its amounts changed by a percentage, as a council decides it once a year.

Pure. Rounded half up to the cent, or to five or ten; in integers, so that nothing is off by one.
"""

from shared.contracts.enrolment.tariffs import Band, Column, Grid, Price

STEPS = (1, 5, 10)
"""Amounts to which may be rounded, in cents."""
WHOLE = 10_000
"""Hundredths of a percent in 100 %."""


def change_grid_amounts(grid: Grid, hundredths: int, step: int = 1) -> Grid:
    """
    Return a grid whose amounts, floors, ceilings and rates are changed by so much.

    `hundredths` are hundredths of a percent, negative for a reduction: 250 is +2,5 %. Rates are
    rounded to the millionth, amounts half up to `step` cents.
    """

    def changed_amount(cents: int, to: int = step) -> int:
        return round_to_step(cents * (WHOLE + hundredths), WHOLE, to)

    def changed_price(old: Price) -> Price:
        return {
            **old,
            "cents": changed_amount(old["cents"]),
            "rate_ppm": changed_amount(old["rate_ppm"], 1),
            "floor_cents": changed_amount(old["floor_cents"]),
            "ceiling_cents": changed_amount(old["ceiling_cents"]),
        }

    def changed_band(old: Band) -> Band:
        ranks = [changed_price(rank) for rank in old["by_rank"]]
        return {**old, "price": changed_price(old["price"]), "by_rank": ranks}

    def changed_column(old: Column) -> Column:
        return {**old, "bands": [changed_band(limits) for limits in old["bands"]]}

    return {
        **grid,
        "parts": [
            {**part, "columns": [changed_column(old) for old in part["columns"]]}
            for part in grid["parts"]
        ],
        "surcharges": [
            {**old, "cents": changed_amount(old["cents"])} for old in grid["surcharges"]
        ],
    }


def round_to_step(numerator: int, denominator: int, step: int = 1) -> int:
    """Return a fraction of cents rounded half up to a multiple of `step` cents."""
    whole = denominator * step
    return (2 * numerator + whole) // (2 * whole) * step
