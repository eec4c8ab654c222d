"""Payers of a child on a day: the household of the day, or several by parts of 10 000. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from shared.dates.periods import holds_on

WHOLE = 10_000


def day_of_division(first: date, begins: date, ends: date | None) -> date:
    """
    Return the day whose payers owe a place in the month that begins on `first`.

    The month's first day, or the nearest one that the place has.
    """
    return max(begins, first if ends is None else min(first, ends))


@dataclass(frozen=True, slots=True)
class Division:
    """
    The parts of 10 000 of a child's lines by household, from a day on, both days included.

    `order` grows with the moment at which it was recorded.
    """

    child_id: str
    valid_from: date
    valid_to: date | None
    order: str
    parts: Mapping[str, int]


class Divisions:
    """The divisions of some children at one provider."""

    def __init__(self, divisions: Iterable[Division] = ()) -> None:
        self._of_child: dict[str, list[Division]] = defaultdict(list)
        for division in sorted(
            divisions, key=lambda division: (division.valid_from, division.order), reverse=True
        ):
            self._of_child[division.child_id].append(division)

    @property
    def divided_children(self) -> frozenset[str]:
        """Return the children for whom there is, was or will be a division."""
        return frozenset(self._of_child)

    def payers_of_child(self, child_id: str) -> frozenset[str]:
        """Return who pays, paid or will pay a part for a child."""
        of_child = self._of_child.get(child_id, ())
        return frozenset(payer for division in of_child for payer in division.parts)

    def parts_on_day(self, child_id: str, day: date, household_id: str) -> Mapping[str, int]:
        """
        Return who owes which part of a child's day, whose calendar day is `household_id`'s.

        The latest division that holds counts; without one the household of the day owes the whole.
        """
        for division in self._of_child.get(child_id, ()):
            if holds_on(division, day):
                return division.parts
        return {household_id: WHOLE}
