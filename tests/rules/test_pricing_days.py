"""Each day at its own price: moves, quotients, grids and communes that change in mid-month."""

from datetime import date

from services.billing.pricing.rules.inputs_and_lines import Line, Quotient
from services.billing.pricing.rules.month_lines import lines_of_month
from services.billing.pricing.rules.residence_classes import parse_residences
from tests.factories.prices import (
    HERE,
    INSIDE,
    OUTSIDE,
    SEPTEMBER,
    THERE,
    came,
    column,
    grid,
    meals,
    november,
    part,
    payer,
    shown,
)
from tests.factories.prices import tariff as a_tariff


def why(line: Line) -> tuple[str, object]:
    return line.reason["code"], line.reason["params"].get("residence")


def test_a_move_on_the_14th_leaves_13_days_at_one_price_and_the_rest_at_the_other() -> None:
    moved = payer(742, lives={date(2020, 1, 1): HERE, date(2026, 11, 14): THERE})

    before, after = november(moved, [came(day) for day in range(1, 31)], meals())

    assert (before.quantity, before.unit_cents, before.days) == (13, 300, tuple(range(1, 14)))
    assert (after.quantity, after.unit_cents, after.days) == (17, 600, tuple(range(14, 31)))
    assert why(before) == ("band", "Habitants")
    assert why(after) == ("flat", "Hors commune")
    assert after.reason["params"]["commune"] == f"commune {THERE}"
    assert before.cents + after.cents == 13 * 300 + 17 * 600


def test_a_quotient_that_changes_in_mid_month_changes_the_price_from_its_day_on() -> None:
    quotients = (
        Quotient(74_200, "caf", SEPTEMBER, None),
        Quotient(30_000, "caf", date(2026, 11, 10), None),
    )
    counted = [came(day) for day in (9, 10, 11)]

    found = november(payer(quotients=quotients), counted, meals())

    assert shown(found) == [("Repas", 1, 300), ("Repas", 2, 150)]
    assert [line.reason["params"]["quotient_from"] for line in found] == [
        "2026-09-01",
        "2026-11-10",
    ]


def test_the_latest_quotient_counts_and_of_two_of_one_day_the_one_said_last() -> None:
    said = (
        Quotient(90_000, "caf", SEPTEMBER, None, 2),
        Quotient(30_000, "caf", SEPTEMBER, None, 1),
        Quotient(10_000, "msa", date(2026, 6, 1), None, 3),
    )

    (line,) = november(payer(quotients=said), [came(3)], meals())

    assert line.reason["params"]["quotient_cents"] == 90_000


def test_an_expired_quotient_is_unknown_and_the_highest_price_holds_until_there_is_one() -> None:
    expired = (Quotient(30_000, "caf", SEPTEMBER, date(2026, 11, 3)),)

    known, unknown = november(payer(quotients=expired), [came(3), came(4)], meals())

    assert (known.unit_cents, why(known)[0]) == (150, "band")
    assert (unknown.unit_cents, why(unknown)[0]) == (300, "maximum")


def test_a_grid_that_begins_in_mid_month_prices_from_its_day_on() -> None:
    old = grid(part("Repas", column("2.00")), last=date(2026, 11, 15))
    new = grid(part("Repas", column("2.10")), first=date(2026, 11, 16))

    found = november(payer(742), [came(15), came(16)], a_tariff(old, new))

    assert shown(found) == [("Repas", 1, 200), ("Repas", 1, 210)]


def test_a_commune_that_joins_changes_no_price_of_the_days_before() -> None:
    joined = parse_residences(
        {
            "classes": [{"code": each, "label": each} for each in (INSIDE, OUTSIDE)],
            "elsewhere": OUTSIDE,
            "communes": [
                {"insee": THERE, "residence": INSIDE, "valid_from": "2026-11-10", "valid_to": None}
            ],
        }
    )
    who = payer(742, lives=THERE)

    found = lines_of_month("2026-11", who, [came(9), came(10)], [], [meals()], joined)

    assert shown(found) == [("Repas", 1, 600), ("Repas", 1, 300)]


def test_a_commune_that_changes_its_class_has_the_latest_and_one_that_leaves_has_none() -> None:
    def member(residence: str, first: str, last: str | None) -> dict[str, object]:
        return {"insee": THERE, "residence": residence, "valid_from": first, "valid_to": last}

    changes = parse_residences(
        {
            "classes": [{"code": "inside", "label": "Habitants"}],
            "elsewhere": "far",
            "communes": [
                member("inside", "2020-01-01", "2026-11-10"),
                member("near", "2026-11-05", "2026-11-20"),
            ],
        }
    )

    found = {
        day: changes.residence_class_on(THERE, date(2026, 11, day)) for day in (4, 5, 10, 20, 21)
    }

    assert found == {
        4: ("inside", "Habitants"),
        5: ("near", "near"),
        10: ("near", "near"),
        20: ("near", "near"),
        21: ("far", "far"),
    }
    assert changes.residence_class_on(HERE, SEPTEMBER) == ("far", "far")


def test_a_price_that_asks_no_quotient_has_one_line_through_a_change_of_quotient() -> None:
    quotients = [
        Quotient(74_200, "caf", SEPTEMBER, date(2026, 11, 9)),
        Quotient(30_000, "caf", date(2026, 11, 10), None),
    ]
    of = a_tariff(grid(part("Repas", column("4.20", INSIDE, OUTSIDE))))

    assert shown(november(payer(quotients=quotients), [came(9), came(10)], of)) == [
        ("Repas", 2, 420)
    ]


def test_a_household_without_any_address_is_priced_as_from_elsewhere() -> None:
    (line,) = november(payer(742, lives={}), [came(3)], meals())

    assert why(line) == ("flat", "Hors commune")


def test_days_before_the_first_address_that_is_known_are_priced_by_it() -> None:
    (line,) = november(payer(742, lives={date(2026, 11, 20): HERE}), [came(3), came(25)], meals())

    assert (line.quantity, line.unit_cents) == (2, 300)


def test_what_has_no_price_makes_a_line_that_says_so() -> None:
    late = a_tariff(grid(part("Repas", column("2.00")), first=date(2026, 11, 10)))
    counted = [came(9), came(10), came(9, activity="dance")]

    found = november(payer(742), counted, late)

    assert [(line.activity, line.cents, line.reason["code"]) for line in found] == [
        ("dance", 0, "no_price"),
        ("canteen", 0, "no_price"),
        ("canteen", 200, "flat"),
    ]


def test_a_residence_class_without_a_column_has_no_price() -> None:
    (line,) = november(
        payer(742, lives=THERE), [came(3)], a_tariff(grid(part("Repas", column("2"))))
    )

    assert (line.part, line.cents, line.reason["code"]) == ("Repas", 0, "no_price")


def test_what_counts_nothing_makes_no_line() -> None:
    assert november(payer(742), [came(3, outcome="excused", quantity=0)], meals()) == ()
