"""
A family's fund on a day, by what its statements of quotients say of themselves.

Pure. A statement that has run out says no quotient any more, and a family stays with its fund: the
last one by that day counts, and before all of them the first.
"""

from collections.abc import Sequence
from datetime import date

from shared.contracts.billing.figures.hours_by_benefit_fund import UNKNOWN

Statement = tuple[date, str]
"""The day from which on a statement holds, and the fund that made it."""


def benefit_fund_on(day: date, statements: Sequence[Statement]) -> str:
    """Return the fund of who has these statements, the earliest first."""
    by_then = [fund for valid_from, fund in statements if valid_from <= day]
    if by_then:
        return by_then[-1]
    return statements[0][1] if statements else UNKNOWN
