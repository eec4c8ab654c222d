"""The price of a month, a term or a year of which a place has but a part."""

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from marshmallow import ValidationError

from services.billing.pricing.rules.inputs_and_lines import Line, Payer, Place
from services.billing.pricing.rules.month_corrections import corrections_of_month
from services.billing.pricing.rules.month_lines import lines_of_month
from services.billing.pricing.rules.tariff import Tariff
from shared.contracts.enrolment.tariffs import PRORATIONS, UNITS, prorations_of_unit
from tests.factories.prices import (
    HERE,
    OUTSIDE,
    RESIDENCES,
    SEPTEMBER,
    THERE,
    column,
    grid,
    part,
    payer,
    place,
    tariff,
    total,
)

YEAR_BEFORE = date(2025, 9, 1)
TERMS = [
    {"label": "1er trimestre", "first": "2026-09-14", "last": "2026-12-18"},
    {"label": "2e trimestre", "first": "2027-01-04", "last": "2027-03-26"},
]
DAY = timedelta(days=1)
SPANS = {
    "month": (date(2026, 11, 1), date(2026, 11, 30)),
    "term": (date(2026, 9, 14), date(2026, 12, 18)),
    "year": (SEPTEMBER, date(2027, 8, 31)),
}
WAYS = [(unit, each) for unit in SPANS for each in prorations_of_unit(unit)]
EVERY_WAY = pytest.mark.parametrize(("unit", "proration"), WAYS, ids=map("-".join, WAYS))


def due(unit: str, proration: str, euros: str = "85", **more: object) -> Tariff:
    prices = part("Cotisation", column(euros), column("300", OUTSIDE))
    content = grid(prices, first=YEAR_BEFORE) | {"proration": proration}
    periods = TERMS if unit == "term" else []
    return tariff(content, activity="music", unit=unit, periods=periods, **more)


def of_month(month: str, of: Tariff, *places: Place, who: Payer | None = None) -> list[Line]:
    found = lines_of_month(month, who or payer(742, "lea", "tom"), [], places, [of], RESIDENCES)
    return list(found)


def november(proration: str, first: date, last: date | None = None) -> Line:
    (line,) = of_month("2026-11", due("month", proration), place(first, last))
    return line


def in_november(day: int) -> date:
    return date(2026, 11, day)


@pytest.mark.parametrize(
    ("proration", "first", "last", "cents"),
    [
        pytest.param("whole", 17, 30, 8_500, id="whole"),
        pytest.param("days", 17, 30, 3_967, id="14 days of 30"),
        pytest.param("days", 1, 16, 4_533, id="the 16 days before"),
        pytest.param("days", 30, 30, 283, id="one day"),
        pytest.param("half_months", 1, 15, 4_250, id="until the 15th"),
        pytest.param("half_months", 16, 30, 4_250, id="from the 16th"),
        pytest.param("half_months", 15, 16, 8_500, id="a day of each half"),
        pytest.param("weeks", 16, 30, 4_250, id="from the Monday of the third week"),
        pytest.param("weeks", 15, 30, 6_375, id="from the Sunday before"),
        pytest.param("weeks", 1, 8, 2_125, id="the Sunday of All Saints is of the first week"),
        pytest.param("weeks", 30, 30, 2_125, id="the last Monday is of the last week"),
    ],
)
def test_a_month_of_which_a_place_has_a_part_is_due_by_what_its_grid_says(
    proration: str, first: int, last: int, cents: int
) -> None:
    line = november(proration, in_november(first), in_november(last))

    assert (line.quantity, line.unit_cents, line.cents) == (1, cents, cents)


def test_a_line_says_how_many_parts_of_which_price() -> None:
    line = november("weeks", in_november(16))

    assert line.reason["params"] == {
        "decision": "délibération 2026-45",
        "residence": "Habitants",
        "commune": f"commune {HERE}",
        "proration": "weeks",
        "parts_due": 2,
        "parts": 4,
        "whole_cents": 8_500,
    }


@EVERY_WAY
def test_a_place_of_the_whole_period_costs_its_price_and_says_nothing_of_parts(
    unit: str, proration: str
) -> None:
    first, last = SPANS[unit]

    (line,) = of_month(f"{first:%Y-%m}", due(unit, proration), place(first, last))

    assert line.cents == 8_500
    assert "parts" not in line.reason["params"]


def test_a_term_that_a_child_leaves_is_credited_where_it_was_billed() -> None:
    by_week = due("term", "weeks", "140")
    billed = of_month("2026-09", by_week, place(date(2026, 9, 14)))
    gone = place(date(2026, 9, 14), in_november(10))

    desired = of_month("2026-09", by_week, gone)
    taken, added = corrections_of_month(billed, desired)

    assert [(line.cents, units) for line, units in taken] == [(14_000, 1)]
    assert [line.cents for line in added] == [9_000]  # 9 weeks of 14
    assert added[0].reason["params"]["previous_cents"] == 14_000
    assert of_month("2026-11", by_week, gone) == []


def test_a_year_begun_in_february_is_due_by_its_months() -> None:
    (line,) = of_month("2027-02", due("year", "months", "120"), place(date(2027, 2, 8)))

    assert line.cents == 7_000
    assert (line.reason["params"]["parts_due"], line.reason["params"]["parts"]) == (7, 12)


def test_who_changes_group_within_the_activity_pays_the_period_once() -> None:
    before, after = place(SEPTEMBER, in_november(10)), place(in_november(11))
    by_day = due("year", "days", "120")

    (line,) = of_month("2026-09", by_day, before, after)

    assert line.cents == 12_000
    assert of_month("2026-11", by_day, before, after) == []


def test_what_lies_between_two_places_is_not_due() -> None:
    autumn, spring = place(SEPTEMBER, date(2026, 12, 31)), place(date(2027, 4, 1))

    (line,) = of_month("2026-09", due("year", "months", "120"), autumn, spring)

    assert line.cents == 9_000


def test_a_household_owes_its_membership_for_as_long_as_any_of_its_children_has_a_place() -> None:
    lea, tom = place(SEPTEMBER, date(2026, 12, 31)), place(date(2026, 12, 1), child="tom")

    (line,) = of_month("2026-09", due("year", "months", "120", per="household"), lea, tom)

    assert (line.child_id, line.cents) == (None, 12_000)


def test_a_part_is_priced_by_the_first_day_of_the_place() -> None:
    moved = payer(742, lives={date(2020, 1, 1): HERE, in_november(14): THERE})

    (line,) = of_month("2026-11", due("month", "days"), place(in_november(16)), who=moved)

    assert line.cents == 15_000  # half of the price of who lives outside


def test_a_share_of_a_part_is_rounded_as_any_other() -> None:
    half = place(in_november(17), share_bp=5_000)

    (line,) = of_month("2026-11", due("month", "days"), half)

    assert (line.unit_cents, line.cents) == (3_967, 1_984)


def test_a_part_without_a_price_says_that_it_has_none() -> None:
    later = grid(part("Cotisation", column("85")), first=date(2026, 12, 1)) | {"proration": "days"}
    unpriced = tariff(later, activity="music", unit="month")

    (line,) = of_month("2026-11", unpriced, place(in_november(17)))

    assert (line.cents, line.reason["code"]) == (0, "no_price")


@EVERY_WAY
@settings(deadline=None, max_examples=60)
@given(cents=some.integers(0, 200_000), at=some.sets(some.integers(1, 364), max_size=5))
def test_whoever_shares_a_period_out_its_parts_add_up_to_its_price(
    unit: str, proration: str, cents: int, at: set[int]
) -> None:
    """One home after the other has the place, each from the day on which a part begins."""
    of = due(unit, proration, f"{cents // 100}.{cents % 100:02}")
    homes = _places_one_after_the_other(unit, proration, at)

    paid = [sum(total(of_month(month, of, home)) for month in _months(unit)) for home in homes]

    assert sum(paid) == cents


@EVERY_WAY
@settings(deadline=None, max_examples=60)
@given(cents=some.integers(0, 200_000), days=some.tuples(*[some.integers(0, 364)] * 2))
def test_a_part_costs_what_one_works_out_with_a_pencil_but_for_a_cent(
    unit: str, proration: str, cents: int, days: tuple[int, int]
) -> None:
    first, last = SPANS[unit]
    held = place(min(first + DAY * min(days), last), min(first + DAY * max(days), last))
    of = due(unit, proration, f"{cents // 100}.{cents % 100:02}")

    (line,) = [each for month in _months(unit) for each in of_month(month, of, held)]

    params = line.reason["params"]
    exact = Fraction(cents * params.get("parts_due", 1), params.get("parts", 1))
    assert abs(line.cents - exact) < 1
    assert 0 <= line.cents <= cents


@EVERY_WAY
def test_each_day_of_a_period_is_of_one_part(unit: str, proration: str) -> None:
    first, last = SPANS[unit]
    of = due(unit, proration, "1000")
    days = [first + DAY * at for at in range((last - first).days + 1)]

    until = [total(of_month(f"{first:%Y-%m}", of, place(first, day))) for day in days]
    since = [
        sum(total(of_month(month, of, place(day, last))) for month in {f"{day:%Y-%m}"})
        for day in days
    ]

    assert until == sorted(until) and until[-1] == 100_000
    assert since == sorted(since, reverse=True) and since[0] == 100_000
    for before, after in zip(until, since[1:], strict=False):
        assert before + after >= 100_000


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("proration", PRORATIONS)
def test_a_grid_says_parts_only_of_what_has_parts(unit: str, proration: str) -> None:
    by_place = unit not in ("session", "minutes")
    has_parts = proration == "whole" or (by_place and (unit, proration) != ("month", "months"))
    duration = {"unit_minutes": 30} if unit == "minutes" else None

    if has_parts:
        due(unit, proration, duration=duration)
    else:
        with pytest.raises(ValidationError):
            due(unit, proration, duration=duration)


def _months(unit: str) -> Sequence[str]:
    first, last = SPANS[unit]
    return sorted({f"{first + DAY * at:%Y-%m}" for at in range((last - first).days + 1)})


def _places_one_after_the_other(unit: str, proration: str, at: set[int]) -> list[Place]:
    """Return places that meet where a part of the period begins."""
    first, last = SPANS[unit]
    of = due(unit, proration, "1000")
    cuts = [first]
    for days in sorted(at):
        day = first + DAY * days
        if day <= last and _begins_part(of, first, day):
            cuts.append(day)
    ends = [*(day - DAY for day in cuts[1:]), last]
    return [place(begins, ends_on) for begins, ends_on in zip(cuts, ends, strict=True)]


def _begins_part(of: Tariff, first: date, day: date) -> bool:
    month = f"{first:%Y-%m}"
    until = [total(of_month(month, of, place(first, end))) for end in (day - DAY, day)]
    return until[0] < until[1]
