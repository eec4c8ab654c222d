"""Payers of a child on a day: the household of the day, or several by parts of 10 000. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from services.billing.pricing.rules.inputs_and_lines import (
    NOTHING,
    OTHER_HOME,
    OWN_HOME,
    WHOLE,
    PayerShare,
    Shares,
)
from shared.dates.months import first_of, last_of
from shared.dates.periods import holds_on


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

    def payers_between(
        self, child_id: str, first: date, last: date, household_id: str
    ) -> frozenset[str]:
        """Return who owes a part of a child's days of some days, which are `household_id`'s."""
        days = [first, *(day for day in self._days_of_change(child_id) if first < day <= last)]
        return frozenset(
            payer for day in days for payer in self.parts_on_day(child_id, day, household_id)
        )

    def payers_in_month(
        self,
        child_id: str,
        household_id: str,
        begins: date,
        ends: date | None,
        month: str,
    ) -> frozenset[str]:
        """Return who owes a part of a place in a month, or on the nearest day that it has."""
        ends = ends or date.max
        first = max(begins, min(first_of(month), ends))
        return self.payers_between(child_id, first, min(last_of(month), ends), household_id)

    def shares_of_payer(self, child_id: str, household_id: str, payer: str) -> Shares:
        """Return from which day on `payer` owes which part of days that are `household_id`'s."""
        if child_id not in self._of_child:
            return OWN_HOME if payer == household_id else OTHER_HOME
        days = [date.min, *self._days_of_change(child_id)]
        return tuple((day, self.share_on_day(child_id, day, household_id, payer)) for day in days)

    def share_on_day(self, child_id: str, day: date, household_id: str, payer: str) -> PayerShare:
        """Return what `payer` owes of a child's day: parts follow each other by their payers."""
        parts = self.parts_on_day(child_id, day, household_id)
        if payer not in parts:
            return NOTHING
        return PayerShare(parts[payer], sum(parts[other] for other in parts if other < payer))

    def divided_since(self, child_id: str, day: date) -> date:
        """Return since which day the payers of a child's day owe the parts that they owe on it."""
        days = (change for change in self._days_of_change(child_id) if change <= day)
        return max(days, default=date.min)

    def _days_of_change(self, child_id: str) -> list[date]:
        """Return on which days others may owe than on the day before, in order."""
        of_child = self._of_child.get(child_id, ())
        ends = (division.valid_to for division in of_child)
        return sorted(
            {division.valid_from for division in of_child}
            | {day + timedelta(1) for day in ends if day is not None}
        )

    def parts_on_day(self, child_id: str, day: date, household_id: str) -> Mapping[str, int]:
        """
        Return who owes which part of a child's day, whose calendar day is `household_id`'s.

        The latest division that holds counts; without one the household of the day owes the whole.
        """
        for division in self._of_child.get(child_id, ()):
            if holds_on(division, day):
                return division.parts
        return {household_id: WHOLE}
