"""Outcomes of applications, and the demand that was not met. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

from shared.contracts.enrolment.places.states import (
    ACCEPTED,
    DECIDING,
    EN_ROUTE,
    EXPIRED,
    OFFERED,
    REFUSED,
    WAITING,
    WITHDRAWN,
)

CAPACITY = "capacity"
_KINDS = {
    ACCEPTED: "placed",
    OFFERED: "offered",
    WAITING: "waiting",
    DECIDING: "undecided",
    EN_ROUTE: "undecided",
    WITHDRAWN: "gone",
    EXPIRED: "gone",
}


@dataclass(frozen=True)
class Demand:
    """Applications by what became of them; `full` were refused because there was no place."""

    placed: int = 0
    offered: int = 0
    undecided: int = 0
    waiting: int = 0
    full: int = 0
    refused: int = 0
    gone: int = 0

    @property
    def asked(self) -> int:
        return sum(getattr(self, name) for name in NAMES)

    @property
    def unmet(self) -> int:
        """Return how many could have come, had there been a place."""
        return self.waiting + self.full


NAMES = tuple(field.name for field in fields(Demand))


def demand_from_counts(counted: Iterable[tuple[str, str, int]]) -> Demand:
    """Return the demand of counts by state and reason."""
    kinds = dict.fromkeys(NAMES, 0)
    for state, reason, count in counted:
        if state == REFUSED:
            kinds["full" if reason == CAPACITY else "refused"] += count
        else:
            kinds[_KINDS[state]] += count
    return Demand(**kinds)


def sum_of_demands(each: Iterable[Demand]) -> Demand:
    """Return the sum of demands."""
    rows = [[getattr(one, name) for name in NAMES] for one in each]
    return Demand(*map(sum, zip(*rows, strict=True))) if rows else Demand()
