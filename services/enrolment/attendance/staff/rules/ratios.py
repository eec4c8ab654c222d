"""
Ratios of adults to children: children by age and limit, staff by hour. Pure.

A day is cut where somebody comes or goes, and each piece is judged alone: the law counts at the
peak. Ages are rounded up apart, `ceil(a/8) + ceil(b/12)`, which is the safe reading for a mixed
group; a child without a birth date counts as a little one. Hours are "HH:MM" of one day.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from services.enrolment.attendance.staff.rules.children_per_adult import Limit

DIRECTOR_COUNTS_UP_TO = 50
"""Children up to whom the director counts as one of the staff."""
QUALIFIED_AT_LEAST, UNQUALIFIED_AT_MOST = 50, 20
"""Percent of the staff (CASF R227-12)."""


@dataclass(frozen=True)
class Ages:
    """A number of children by the ages of the limits."""

    under_6: int = 0
    from_6: int = 0

    @property
    def total(self) -> int:
        return self.under_6 + self.from_6

    def __add__(self, other: "Ages") -> "Ages":
        return Ages(self.under_6 + other.under_6, self.from_6 + other.from_6)


@dataclass(frozen=True)
class Reception:
    """Children at a site from an hour to an hour, with the limit that holds for them."""

    starts: str
    ends: str
    children: Ages
    limit: Limit | None


class Shift(Protocol):
    """Hours of one of the staff."""

    @property
    def starts(self) -> str: ...
    @property
    def ends(self) -> str: ...
    @property
    def directs(self) -> bool: ...


@dataclass(frozen=True)
class Span:
    """A piece of a day in which nobody comes or goes; `children` have a limit."""

    starts: str
    ends: str
    children: Ages
    needed: int
    there: int

    @property
    def count_missing_adults(self) -> int:
        """Return how many adults lack."""
        return max(0, self.needed - self.there)


@dataclass(frozen=True)
class Team:
    """Persons of a day by qualification."""

    qualified: int = 0
    in_training: int = 0
    unqualified: int = 0

    @property
    def total(self) -> int:
        return self.qualified + self.in_training + self.unqualified

    @property
    def has_too_few_qualified(self) -> bool:
        return 100 * self.qualified < QUALIFIED_AT_LEAST * self.total

    @property
    def has_too_many_unqualified(self) -> bool:
        return 100 * self.unqualified > UNQUALIFIED_AT_MOST * self.total


NOBODY = Ages()


def adults_needed_for_children(children: Ages, limit: Limit) -> int:
    """Return how many adults children need."""
    return -(-children.under_6 // limit.under_6) + -(-children.from_6 // limit.from_6)


def spans_of_day(receptions: Iterable[Reception], shifts: Sequence[Shift]) -> list[Span]:
    """Return the pieces of a day with children who need adults, in order, alike ones as one."""
    limited = [each for each in receptions if each.limit and each.children.total]
    pieces = [(each.starts, each.ends) for each in limited]
    pieces += [(each.starts, each.ends) for each in shifts]
    cuts = sorted({hour for piece in pieces for hour in piece})
    spans: list[Span] = []
    for starts, ends in pairwise(cuts):
        span = _make_span(starts, ends, limited, shifts)
        if span is None:
            continue
        last = spans[-1] if spans else None
        if last and last.ends == starts and _counts_to_compare(last) == _counts_to_compare(span):
            spans[-1] = Span(last.starts, ends, span.children, span.needed, span.there)
        else:
            spans.append(span)
    return spans


def worst_span(spans: Iterable[Span]) -> Span | None:
    """Return the first of the pieces in which most adults lack; None where none lacks."""
    short = [span for span in spans if span.count_missing_adults]
    return max(short, key=lambda span: span.count_missing_adults, default=None)


def adults_counting_for_children(shifts: Iterable[Shift], children: int) -> int:
    """Return how many of these adults count for so many children."""
    return sum(not shift.directs or children <= DIRECTOR_COUNTS_UP_TO for shift in shifts)


def _make_span(
    starts: str, ends: str, receptions: Sequence[Reception], shifts: Sequence[Shift]
) -> Span | None:
    here = [each for each in receptions if each.starts <= starts and ends <= each.ends]
    if not here:
        return None
    by_limit: dict[Limit, Ages] = {}
    for each in here:
        assert each.limit is not None
        by_limit[each.limit] = by_limit.get(each.limit, NOBODY) + each.children
    children = sum(by_limit.values(), NOBODY)
    working = [each for each in shifts if each.starts <= starts and ends <= each.ends]
    needed = sum(adults_needed_for_children(ages, limit) for limit, ages in by_limit.items())
    return Span(
        starts, ends, children, needed, adults_counting_for_children(working, children.total)
    )


def _counts_to_compare(span: Span) -> tuple[Ages, int, int]:
    return span.children, span.needed, span.there
