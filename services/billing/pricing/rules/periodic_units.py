"""
Units due for places in a month: one by month, term or school year, each once.

A month is due where a place runs on one of its days; a term and a school year (from 1 September)
in the month of the first day on which a place runs in it. Several places of one child in one
activity count once; a tariff per household counts once whatever the number of children.
"""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from services.billing.pricing.rules.inputs_and_lines import Place
from services.billing.pricing.rules.tariff import HOUSEHOLD, MONTH, TERM, Tariff

Span = tuple[date, date]
SEPTEMBER = 9


@dataclass(frozen=True, slots=True)
class Due:
    """One unit that is due on `day`, its first; `child_id` None: of the household as such."""

    child_id: str | None
    day: date
    share_bp: int


def span_of_month(month: str) -> Span:
    """Return the first and the last day of a month such as 2026-11."""
    year, number = int(month[:4]), int(month[5:])
    return date(year, number, 1), date(year, number, monthrange(year, number)[1])


def place_runs_in(place: Place, span: Span) -> bool:
    """Return whether a place runs on a day of a span."""
    first, last = span
    return place.valid_from <= last and (place.valid_to is None or place.valid_to >= first)


def dues_of_places(tariff: Tariff, places: Sequence[Place], month: Span) -> Iterator[Due]:
    """
    Yield what a tariff by place makes due in a month.

    `places` are all that the payer has or had of the activity, also those that ended: who holds a
    second place in May has paid the year in September.
    """
    for period in _periods_of_tariff(tariff, month):
        begun: dict[str | None, tuple[date, str, int]] = {}
        for place in places:
            if place_runs_in(place, period):
                who = None if tariff.per == HOUSEHOLD else place.child_id
                first = (max(place.valid_from, period[0]), place.place_id, place.share_bp)
                begun[who] = min(begun.get(who, first), first)
        for who, (day, _, share_bp) in begun.items():
            if month[0] <= day <= month[1]:
                yield Due(who, day, share_bp)


def _periods_of_tariff(tariff: Tariff, month: Span) -> list[Span]:
    if tariff.unit == MONTH:
        return [month]
    if tariff.unit == TERM:
        spans = [(period.first, period.last) for period in tariff.periods]
        return [(first, last) for first, last in spans if first <= month[1] and last >= month[0]]
    return [_span_of_school_year(month[0])]


def _span_of_school_year(day: date) -> Span:
    begins = day.year if day.month >= SEPTEMBER else day.year - 1
    return date(begins, SEPTEMBER, 1), date(begins + 1, SEPTEMBER - 1, 31)
