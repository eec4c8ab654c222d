"""Dues by the month, the term or the school year, for each child or once for a household."""

from datetime import date

import pytest

from services.billing.pricing.rules.inputs_and_lines import Line, Payer, Place
from services.billing.pricing.rules.month_lines import lines_of_month
from services.billing.pricing.rules.tariff import Tariff
from tests.factories.prices import (
    HERE,
    OUTSIDE,
    RESIDENCES,
    SEPTEMBER,
    THERE,
    came,
    column,
    grid,
    part,
    payer,
    place,
    tariff,
)

YEAR_BEFORE = date(2025, 9, 1)
MONTHS = [f"2026-{number:02}" for number in range(9, 13)] + [f"2027-0{n}" for n in range(1, 9)]
TERMS = [
    {"label": "1er trimestre", "first": "2026-09-01", "last": "2026-12-31"},
    {"label": "2e trimestre", "first": "2027-01-01", "last": "2027-03-31"},
    {"label": "3e trimestre", "first": "2027-04-01", "last": "2027-06-30"},
]


def due(unit: str, euros: str = "85", less: tuple[int, ...] = (), **more: object) -> Tariff:
    fee = part("Cotisation", column(euros), column("300", OUTSIDE), less=less)
    periods = TERMS if unit == "term" else []
    return tariff(
        grid(fee, first=YEAR_BEFORE), activity="music", unit=unit, periods=periods, **more
    )


def of_month(month: str, of: Tariff, *places: Place, who: Payer | None = None) -> list[Line]:
    found = lines_of_month(month, who or payer(742, "lea", "tom"), [], places, [of], RESIDENCES)
    return list(found)


def months_due(of: Tariff, *places: Place) -> dict[str, int]:
    """Return in which months of a school year how many units are due."""
    found = {month: sum(line.quantity for line in of_month(month, of, *places)) for month in MONTHS}
    return {month: quantity for month, quantity in found.items() if quantity}


def test_a_month_is_due_wherever_a_place_runs_on_one_of_its_days() -> None:
    held = place(date(2026, 10, 31), date(2027, 1, 1))

    assert months_due(due("month"), held) == {
        "2026-10": 1,
        "2026-11": 1,
        "2026-12": 1,
        "2027-01": 1,
    }


def test_a_month_is_priced_by_its_first_day_with_a_place() -> None:
    moved = payer(742, lives={date(2020, 1, 1): HERE, date(2026, 11, 14): THERE})

    (before,) = of_month("2026-11", due("month"), place(date(2026, 11, 13)), who=moved)
    (after,) = of_month("2026-11", due("month"), place(date(2026, 11, 14)), who=moved)

    assert (before.days, before.cents) == ((13,), 8_500)
    assert (after.days, after.cents) == ((14,), 30_000)


def test_a_term_is_due_in_the_month_of_its_first_day_with_a_place() -> None:
    all_year, from_may = place(SEPTEMBER), place(date(2027, 5, 10))

    assert months_due(due("term"), all_year) == {"2026-09": 1, "2027-01": 1, "2027-04": 1}
    assert months_due(due("term"), from_may) == {"2027-05": 1}


def test_a_school_year_is_due_once_from_september_to_august() -> None:
    assert months_due(due("year"), place(YEAR_BEFORE)) == {"2026-09": 1}
    assert months_due(due("year"), place(date(2027, 8, 31))) == {"2027-08": 1}


def test_two_places_of_one_child_in_one_activity_and_period_count_once() -> None:
    piano, choir = place(SEPTEMBER), place(date(2026, 9, 15))
    first_half, second_half = place(SEPTEMBER, date(2026, 10, 31)), place(date(2027, 2, 1))

    assert months_due(due("year"), piano, choir) == {"2026-09": 1}
    assert months_due(due("year"), second_half, first_half) == {"2026-09": 1}
    assert months_due(due("month"), piano, choir)["2026-10"] == 1


def test_each_child_owes_its_own_year_and_a_household_owes_one_membership() -> None:
    lea, tom = place(SEPTEMBER), place(date(2026, 9, 20), child="tom")

    each, family = of_month("2026-09", due("year"), lea, tom), due("year", per="household")

    assert [line.child for line in each] == ["Lea", "Tom"]
    (line,) = of_month("2026-09", family, tom, lea)
    assert (line.child_id, line.child, line.quantity, line.days) == (None, "", 1, (1,))
    assert of_month("2026-09", family, lea)[0].price == line.price


def test_a_sibling_whose_term_was_due_before_still_lowers_the_price_of_who_comes_later() -> None:
    lea, tom = place(SEPTEMBER), place(date(2026, 11, 9), child="tom")

    (line,) = of_month("2026-11", due("term", less=(50,)), lea, tom)

    assert (line.child, line.cents) == ("Tom", 4_250)


def test_a_sibling_whose_place_has_ended_lowers_no_price_any_more() -> None:
    lea, tom = place(SEPTEMBER, date(2026, 10, 31)), place(SEPTEMBER, child="tom")

    (line,) = of_month("2026-11", due("month", less=(50,)), lea, tom)

    assert (line.child, line.cents) == ("Tom", 8_500)


def test_a_share_of_a_place_is_a_share_of_what_it_makes_due() -> None:
    (line,) = of_month("2026-09", due("year"), place(SEPTEMBER, share_bp=2_500))

    assert (line.unit_cents, line.share_bp, line.cents) == (8_500, 2_500, 2_125)


def test_an_activity_due_by_the_term_asks_nothing_for_each_time_that_a_child_comes() -> None:
    counted = [came(3, activity="music")]

    assert lines_of_month("2026-11", payer(742), counted, [], [due("term")], RESIDENCES) == ()


def test_an_activity_may_have_a_fee_by_the_year_and_a_price_by_the_time() -> None:
    by_time = tariff(grid(part("Séance", column("3.00"))), code="music_session", activity="music")
    counted = [came(3, activity="music")]

    found = lines_of_month(
        "2026-11",
        payer(742),
        counted,
        [place(date(2026, 11, 2))],
        [by_time, due("year")],
        RESIDENCES,
    )

    assert [(line.part, line.cents) for line in found] == [("Cotisation", 8_500), ("Séance", 300)]


@pytest.mark.parametrize("unit", ["month", "term", "year"])
def test_a_place_without_a_price_on_its_day_makes_a_line_that_says_so(unit: str) -> None:
    from_december = tariff(
        grid(part("Cotisation", column("85")), first=date(2026, 12, 1)),
        activity="music",
        unit=unit,
        periods=TERMS if unit == "term" else [],
    )

    (line,) = of_month("2026-11", from_december, place(date(2026, 11, 2)))

    assert (line.cents, line.reason["code"]) == (0, "no_price")
