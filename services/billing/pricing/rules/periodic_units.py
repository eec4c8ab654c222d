"""
Units due for places in a month: one by month, term or school year, each once.

A month is due where a place runs on one of its days; a term and a school year (from 1 September)
in the month of the first day on which a place runs in it. Several places of one child in one
activity count once; a tariff per household counts once whatever the number of children.

A period of which places have but a part is due whole, or by its parts (the grid's `proration`):
the calendar cuts it into parts, and each on one day of which a place runs is due. Over all homes of
a child each part is due once: from who pays on its first day with a place.
"""

from bisect import bisect_right
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from services.billing.pricing.rules.grid_structure import HALF_MONTHS, MONTHS, WEEKS, WHOLE
from services.billing.pricing.rules.inputs_and_lines import (
    ALL,
    PayerShare,
    Place,
    divide_half_up,
)
from services.billing.pricing.rules.tariff import BY_QUANTITY, HOUSEHOLD, MONTH, TERM, Tariff

Span = tuple[date, date]
SEPTEMBER = 9
LEAST_OF_A_WEEK = 4
"""Fewer days at the edge of a period are no week of it: they belong to the week beside them."""


@dataclass(frozen=True, slots=True)
class PartsDue:
    """The parts of a period that are due, by their numbers from 0, of `count` in all."""

    proration: str
    numbers: tuple[int, ...]
    count: int

    @property
    def are_all(self) -> bool:
        return len(self.numbers) == self.count

    def cents_due(self, cents: int) -> int:
        """
        Return what these parts cost of the price of the whole period.

        Each part is what is due up to its end, half up, less what was due before it: however a
        period is shared out, its parts add up to its price.
        """
        ends = [divide_half_up(cents * number, self.count) for number in range(self.count + 1)]
        return sum(ends[number + 1] - ends[number] for number in self.numbers)


@dataclass(frozen=True, slots=True)
class Due:
    """
    Parts of a period of which a payer owes one share.

    `day` is the first of the period of which it owes any. `child_id` None: of the household as
    such.
    """

    child_id: str | None
    day: date
    share: PayerShare
    parts: PartsDue


def span_of_month(month: str) -> Span:
    """Return the first and the last day of a month such as 2026-11."""
    year, number = int(month[:4]), int(month[5:])
    return date(year, number, 1), date(year, number, monthrange(year, number)[1])


def does_place_run_in(place: Place, span: Span) -> bool:
    """Return whether a place runs on a day of a span."""
    first, last = span
    return place.valid_from <= last and (place.valid_to is None or place.valid_to >= first)


def dues_of_places(tariff: Tariff, places: Sequence[Place], month: Span) -> Iterator[Due]:
    """
    Yield what a tariff by place makes due in a month.

    `places` are all that the payer's children have or had of the activity, in any home, also those
    that ended, and those that begin later: who holds a second place in May has paid the year in
    September. A household owes its own membership, whatever its children have elsewhere.
    """
    for period in _periods_of_tariff(tariff, month):
        for who, some in _running_places(tariff, places, period).items():
            grid = tariff.grid_on(max(period[0], min(place.valid_from for place in some)))
            proration = grid.proration if grid else WHOLE
            owed = _parts_by_share(period, proration, some, own_alone=who is None)
            day = min((day for _, day, _ in owed), default=date.min)
            if month[0] <= day <= month[1]:
                yield from (Due(who, day, share, parts) for share, _, parts in owed)


def _running_places(
    tariff: Tariff, places: Sequence[Place], period: Span
) -> Mapping[str | None, Sequence[Place]]:
    """Return the places of a period by the child that they are priced for; None for all at home."""
    running: dict[str | None, list[Place]] = defaultdict(list)
    for place in places:
        if not does_place_run_in(place, period):
            continue
        if tariff.per != HOUSEHOLD:
            running[place.child_id].append(place)
        elif place.is_owed_in(*period):
            running[None].append(place)
    return running


def first_day_priced_together(tariffs: Iterable[Tariff], day: date) -> date:
    """Return the first day of the period, due by its parts, that a day is in; or the day itself."""
    firsts = (
        period[0]
        for tariff in tariffs
        if tariff.unit not in BY_QUANTITY and any(grid.proration != WHOLE for grid in tariff.grids)
        for period in _periods_of_tariff(tariff, (day, day))
    )
    return min(firsts, default=day)


def last_day_priced_together(tariffs: Iterable[Tariff], day: date) -> date:
    """Return the last day of the month, term or year, due once, that a day is in; or the day."""
    lasts = (
        period[1]
        for tariff in tariffs
        if tariff.unit not in BY_QUANTITY
        for period in _periods_of_tariff(tariff, (day, day))
    )
    return max(lasts, default=day)


def parts_due_from(tariff: Tariff, day: date) -> PartsDue | None:
    """Return what a place that begins on a day owes of its period; None where it is of none."""
    grid = tariff.grid_on(day)
    if tariff.unit in BY_QUANTITY or grid is None:
        return None
    begun = Place("", "", tariff.activity, day, None)
    for period in _periods_of_tariff(tariff, (day, day)):
        [(_, _, parts)] = _parts_by_share(period, grid.proration, [begun])
        return parts
    return None


def _parts_by_share(
    period: Span, proration: str, places: Sequence[Place], *, own_alone: bool = False
) -> Sequence[tuple[PayerShare, date, PartsDue]]:
    """
    Return share by share the parts of which the payer owes any, and their first day with a place.

    Those of two divisions stay apart, as they are for the other payers: each rounds them alike.

    Of several places in a part the one counts that runs first in it, of these the one begun first;
    with `own_alone`, of those of which the payer owes any.
    """
    starts = _first_days_of_parts(period, proration)
    if len(places[0].shares) == 1 and all(place.shares == places[0].shares for place in places):
        return _parts_of_one_share(period, proration, starts, places)
    of_part: dict[int, tuple[date, date, str, Place]] = {}
    for place in places:
        first = max(place.valid_from, period[0])
        for number in _numbers_of_parts(period, starts, place):
            runs = (max(first, starts[number]), place.valid_from, place.place_id, place)
            if own_alone and not place.share_on(runs[0]).bp:
                continue
            of_part[number] = min(runs, of_part.get(number, runs), key=lambda each: each[:3])
    owed: dict[tuple[PayerShare, date], list[tuple[int, date]]] = defaultdict(list)
    for number, (day, _, _, place) in sorted(of_part.items()):
        since, share = place.share_and_first_day(day)
        if share.bp:
            owed[share, date.min if share == ALL else since].append((number, day))
    return [
        (share, parts[0][1], PartsDue(proration, tuple(at for at, _ in parts), len(starts)))
        for (share, _), parts in owed.items()
    ]


def _parts_of_one_share(
    period: Span, proration: str, starts: Sequence[date], places: Sequence[Place]
) -> Sequence[tuple[PayerShare, date, PartsDue]]:
    """Return the parts in which places run that are nearly all: of one home, undivided."""
    [(_, share)] = places[0].shares
    if not share.bp:
        return []
    numbers = {at for place in places for at in _numbers_of_parts(period, starts, place)}
    day = max(period[0], min(place.valid_from for place in places))
    return [(share, day, PartsDue(proration, tuple(sorted(numbers)), len(starts)))]


def _numbers_of_parts(period: Span, starts: Sequence[date], place: Place) -> range:
    """Return in which parts of a period a place runs."""
    first = max(place.valid_from, period[0])
    last = period[1] if place.valid_to is None else min(place.valid_to, period[1])
    return range(bisect_right(starts, first) - 1, bisect_right(starts, last))


@lru_cache(maxsize=1024)
def _first_days_of_parts(period: Span, proration: str) -> tuple[date, ...]:
    """Return on which days the parts of a period begin; together they are all of its days."""
    first, last = period
    if proration == WHOLE:
        return (first,)
    later = (first + timedelta(days) for days in range(1, (last - first).days + 1))
    return (first, *(day for day in later if _begins_part(day, period, proration)))


def _begins_part(day: date, period: Span, proration: str) -> bool:
    if proration == MONTHS:
        return day.day == 1
    if proration == HALF_MONTHS:
        return day.day in (1, 16)
    if proration == WEEKS:
        before, after = day - period[0], period[1] - day
        least = timedelta(LEAST_OF_A_WEEK)
        return day.isoweekday() == 1 and before >= least and after + timedelta(1) >= least
    return True


def _periods_of_tariff(tariff: Tariff, month: Span) -> list[Span]:
    if tariff.unit == MONTH:
        return [span_of_month(f"{month[0]:%Y-%m}")]
    if tariff.unit == TERM:
        spans = [(period.first, period.last) for period in tariff.periods]
        return [(first, last) for first, last in spans if first <= month[1] and last >= month[0]]
    return [_span_of_school_year(month[0])]


def _span_of_school_year(day: date) -> Span:
    begins = day.year if day.month >= SEPTEMBER else day.year - 1
    return date(begins, SEPTEMBER, 1), date(begins + 1, SEPTEMBER - 1, 31)
