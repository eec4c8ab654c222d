"""What one version of a sheet changes in another: pure, and in quantities alone."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """What came of one child's day, and how much of it which household owes for."""

    household_id: str
    outcome: str
    quantity: int


@dataclass(frozen=True)
class Difference:
    """How much more, or less, a household owes for a child's day than was counted before."""

    child_id: str
    household_id: str
    quantity: int


def differences(before: Mapping[str, Line], after: Mapping[str, Line]) -> list[Difference]:
    """
    Return what has to be added to `before` to make `after`, by child and household.

    Both map a child to its line. A day that changes its household is taken from the one and added
    to the other; an outcome that changes without its quantity is no difference.
    """
    found: dict[tuple[str, str], int] = {}
    for sign, lines in ((-1, before), (1, after)):
        for child_id, line in lines.items():
            place = (child_id, line.household_id)
            found[place] = found.get(place, 0) + sign * line.quantity
    return [Difference(*place, quantity) for place, quantity in sorted(found.items()) if quantity]
