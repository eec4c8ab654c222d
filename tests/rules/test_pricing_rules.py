"""Units, rounding and siblings' reductions of a price: case by case."""

from datetime import date

import pytest

from services.billing.pricing.rules import counted_units, tariff, unit_prices
from services.billing.pricing.rules import grid_structure as grids
from services.billing.pricing.rules.inputs_and_lines import Quotient, divide_half_up
from services.billing.pricing.rules.simulation import simulate_prices_of_household
from shared.contracts.billing import bills
from shared.contracts.enrolment import attendance, tariffs
from tests.factories.prices import (
    OUTSIDE,
    RESIDENCES,
    SEPTEMBER,
    THERE,
    came,
    column,
    effort,
    grid,
    meals,
    november,
    part,
    payer,
    shown,
    surcharge,
    total,
)
from tests.factories.prices import tariff as a_tariff

# Outcomes, surcharges, minutes, variants


def test_an_absence_that_is_paid_for_stands_on_a_line_of_its_own() -> None:
    found = november(payer(742), [came(3), came(4, outcome="absent"), came(5)], meals())

    assert [(line.outcome, line.days) for line in found] == [("present", (3, 5)), ("absent", (4,))]
    assert found[0].price == found[1].price


def test_who_came_without_a_booking_pays_the_same_unless_the_grid_says_otherwise() -> None:
    (line,) = november(payer(742), [came(3), came(4, outcome="unexpected")], meals())

    assert (line.outcome, line.quantity) == ("present", 2)


def test_a_surcharge_may_stand_in_the_place_of_the_price() -> None:
    at_cost = [surcharge("unexpected", "5.49", "replace")]

    found = november(
        payer(742), [came(3), came(4, outcome="unexpected")], meals(surcharges=at_cost)
    )

    assert shown(found) == [("Repas", 1, 300), ("unexpected", 1, 549)]
    assert found[1].reason["params"]["effect"] == "replace"


def test_a_surcharge_may_be_for_some_residence_classes_alone() -> None:
    for_others = [surcharge("absent", "1.00", residences=[OUTSIDE])]
    counted = [came(3, outcome="absent")]

    assert total(november(payer(742), counted, meals(surcharges=for_others))) == 300
    assert total(november(payer(742, lives=THERE), counted, meals(surcharges=for_others))) == 700


@pytest.mark.parametrize(("minutes", "late"), [(None, 0), (120, 0), (125, 0), (126, 1), (200, 1)])
def test_a_late_pickup_is_one_beyond_what_was_planned_and_tolerated(
    minutes: int | None, late: int
) -> None:
    of = meals(surcharges=[surcharge("late_pickup", "3.00", tolerance_minutes=5)])

    found = november(payer(742), [came(3, minutes=minutes, planned_minutes=120)], of)

    assert total(found) == 300 + 300 * late


@pytest.mark.parametrize(
    ("minutes", "planned", "units"),
    [(15, 60, 0), (16, 60, 1), (45, 60, 1), (46, 60, 2), (500, 60, 4), (None, 60, 2), (None, 0, 1)],
)
def test_minutes_become_started_units_after_free_ones_up_to_a_most(
    minutes: int | None, planned: int, units: int
) -> None:
    of = a_tariff(
        grid(part("Accueil", column("0.85"))),
        unit="minutes",
        duration={"unit_minutes": 30, "free_minutes": 15, "most_units": 4},
    )

    found = november(payer(742), [came(3, minutes=minutes, planned_minutes=planned)], of)

    assert total(found) == 85 * units


def test_an_activity_without_a_price_for_own_meals_asks_the_usual_one() -> None:
    assert total(november(payer(742), [came(3, variant="own_meal")], meals())) == 300


# Siblings


def test_the_eldest_of_those_who_come_pays_the_whole_price_and_the_next_less() -> None:
    care = a_tariff(grid(part("Garderie", column("10.00"), less=[10, 20])))
    who = payer(742, "ana", "ben", "cleo")

    all_come = november(who, [came(3, "cleo"), came(3, "ben"), came(3, "ana")], care)
    ana_stays_away = november(who, [came(3, "cleo"), came(3, "ben")], care)

    assert [(line.child, line.cents) for line in all_come] == [
        ("Ana", 1000),
        ("Ben", 900),
        ("Cleo", 800),
    ]
    assert [(line.child, line.cents) for line in ana_stays_away] == [("Ben", 1000), ("Cleo", 900)]
    assert all_come[1].reason["params"]["percent"] == 10


def test_the_eldest_is_who_was_born_first_whatever_the_names() -> None:
    care = a_tariff(grid(part("Garderie", column("10.00"), less=[10])))

    found = november(payer(742, "zoe", "ana"), [came(3, "ana"), came(3, "zoe")], care)

    assert [(line.child, line.cents) for line in found] == [("Zoe", 1000), ("Ana", 900)]


def test_a_sibling_who_comes_to_something_else_or_counts_nothing_lowers_no_price() -> None:
    care = a_tariff(grid(part("Garderie", column("10.00"), less=[10])))
    other = a_tariff(grid(part("Étude", column("5.00"))), activity="study")
    counted = [came(3, "ben"), came(3, "ana", "study"), came(4, "ana", quantity=0)]

    found = november(payer(742, "ana", "ben"), counted, care, other)

    assert [(line.child, line.cents) for line in found] == [("Ana", 500), ("Ben", 1000)]


# Rounding


@pytest.mark.parametrize(
    ("amount", "divisor", "expected"),
    [
        (5, 10, 1),
        (4, 10, 0),
        (15, 10, 2),
        (25, 10, 3),
        (14, 10, 1),
        (0, 7, 0),
        (1, 3, 0),
        (2, 3, 1),
    ],
)
def test_a_half_goes_up(amount: int, divisor: int, expected: int) -> None:
    assert divide_half_up(amount, divisor) == expected


def test_a_unit_price_is_rounded_once_and_then_multiplied() -> None:
    of = a_tariff(grid(part("Journée", column(effort("0.9", "3", "16")))))

    (line,) = november(payer(742), [came(day) for day in range(1, 11)], of)

    assert (line.unit_cents, line.quantity, line.cents) == (668, 10, 6680)  # and not 66.78


def test_a_rate_with_a_reduction_is_rounded_at_its_end_alone() -> None:
    of = a_tariff(grid(part("Journée", column(effort("1", "0", "20")), less=[10])))
    who = payer(quotients=[Quotient(10_050, "caf", SEPTEMBER, None)])
    ben = payer(None, "ana", "ben", quotients=who.quotients)

    found = november(ben, [came(3, "ana"), came(3, "ben")], of)

    assert [line.unit_cents for line in found] == [101, 90]  # 1.005 and 0.9045: 1.01 × 0.9 is 0.91


@pytest.mark.parametrize("parts", [(5_000, 5_000), (6_000, 4_000), (3_333, 6_667)])
def test_two_payers_of_one_quotient_owe_all_of_it_to_the_cent_or_half_a_cent(
    parts: tuple[int, int],
) -> None:
    counted = [[came(day, share_bp=share) for day in range(1, 8)] for share in parts]

    one, other = (november(payer(742), each, meals())[0] for each in counted)

    assert abs(one.cents + other.cents - 7 * 300) <= 1
    assert one.reason["params"]["share_bp"] == parts[0]


def test_each_of_two_payers_owes_its_part_of_its_own_price() -> None:
    half = [came(3, share_bp=5_000), came(4, share_bp=5_000)]

    assert total(november(payer(300), half, meals())) == 150
    assert total(november(payer(742), half, meals())) == 300


# What would I pay


def test_who_asks_what_it_would_pay_may_try_another_quotient() -> None:
    of = meals(surcharges=[surcharge("unexpected", "2.50")])

    own, tried = (
        simulate_prices_of_household(
            [of], payer(742), "lea", RESIDENCES, date(2026, 11, 3), quotient_cents=each
        )[0]
        for each in (None, 30_000)
    )

    assert (own.total_cents, tried.total_cents) == (300, 150)
    assert "quotient_kind" not in tried.parts[0].reason["params"]
    assert [(each.label, each.cents) for each in own.surcharges] == [("unexpected", 250)]


def test_a_membership_of_the_household_knows_no_ranks() -> None:
    fee = grid(part("Adhésion", column("10.00"), less=[50]))
    of = a_tariff(fee, unit="year", per="household")

    (found,) = simulate_prices_of_household(
        [of], payer(742, "ana", "ben"), "ben", RESIDENCES, SEPTEMBER, siblings=["ana"]
    )

    assert found.total_cents == 1000


def test_a_tariff_without_a_price_on_the_day_answers_nothing() -> None:
    assert (
        simulate_prices_of_household([meals()], payer(742), "lea", RESIDENCES, date(2026, 8, 31))
        == ()
    )


def test_pricing_says_codes_as_the_contracts_do() -> None:
    assert (tariff.SESSION, tariff.MINUTES, tariff.MONTH, tariff.TERM, tariff.YEAR) == tariffs.UNITS
    assert (tariff.CHILD, tariff.HOUSEHOLD) == tariffs.PER
    assert grids.EFFORT == tariffs.EFFORT
    assert grids.REPLACE == tariffs.REPLACE
    assert grids.LATE_PICKUP == tariffs.LATE_PICKUP
    assert grids.OTHER == tariffs.OTHER
    assert (counted_units.PRESENT, counted_units.UNEXPECTED) == (
        attendance.PRESENT,
        attendance.UNEXPECTED,
    )
    assert set(unit_prices.REASONS) == set(bills.PRICE_REASONS)
