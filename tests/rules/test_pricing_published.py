"""Grids that towns have published, as tables: the engine prices each figure of them."""

from datetime import date

import pytest
from marshmallow import ValidationError

from services.billing.pricing.rules.month_lines import lines_of_month
from services.billing.pricing.rules.simulation import simulate_prices_of_household
from services.billing.pricing.rules.tariff import Tariff
from tests.factories.prices import (
    INSIDE,
    OUTSIDE,
    RESIDENCES,
    SEPTEMBER,
    THERE,
    band,
    bands,
    came,
    cents,
    column,
    content,
    effort,
    flat,
    grid,
    part,
    payer,
    shown,
    surcharge,
    tariff,
    total,
)

EVERYWHERE = (INSIDE, OUTSIDE)
NOVEMBER_3 = date(2026, 11, 3)


def price(
    of: Tariff, quotient: int | None, *, lives: str = "28901", variant: str = ""
) -> tuple[int, str]:
    """Return what one unit costs and the reason of its first part."""
    who = payer(quotient, lives=lives)
    (found,) = simulate_prices_of_household([of], who, "lea", RESIDENCES, NOVEMBER_3, variant)
    return found.total_cents, found.parts[0].reason["code"]


# Roncq, from 1 September 2025: eight bands for inhabitants, meal, own meal (PAI), half-hour

RONCQ_LIMITS = (400, 640, 860, 1150, 1500, 1700, 1900)
RONCQ = [
    # quotients,   meal,  own meal, centre, half-hour
    (0, 399, "0.50", "0.50", "4.53", "0.16"),
    (400, 639, "1.75", "0.80", "7.65", "0.70"),
    (640, 859, "2.35", "0.80", "9.15", "0.85"),
    (860, 1149, "3.05", "0.80", "12.20", "1.10"),
    (1150, 1499, "3.55", "1.00", "13.20", "1.25"),
    (1500, 1699, "4.05", "1.00", "13.70", "1.35"),
    (1700, 1899, "4.60", "1.00", "14.25", "1.40"),
    (1900, 9999, "4.90", "1.00", "15.25", "1.45"),
]


def of_column(number: int) -> list[str]:
    return [str(row[number]) for row in RONCQ]


def roncq_meal() -> Tariff:
    meal = part(
        "Repas",
        column(bands(RONCQ_LIMITS, of_column(2))),
        column("6.50", OUTSIDE),
        column(bands(RONCQ_LIMITS, of_column(3)), variant="own_meal"),
        column("1.00", OUTSIDE, variant="own_meal"),
        tax="food",
    )
    return tariff(grid(meal, surcharges=[surcharge("unexpected", "2.50")]))


def roncq_half_hour() -> Tariff:
    # For others 1.95 to 2.05 is published; the middle band begins where inhabitants' fourth does.
    outside = bands((860,), ["1.95", "2.05"])
    half_hour = part(
        "Accueil",
        column(bands(RONCQ_LIMITS, of_column(5))),
        column(outside, OUTSIDE),
        tax="childcare",
    )
    return tariff(
        grid(half_hour), activity="evening", unit="minutes", duration={"unit_minutes": 30}
    )


@pytest.mark.parametrize(("least", "most", "meal", "own_meal", "centre", "half_hour"), RONCQ)
def test_roncq_prices_every_band_at_both_its_ends(
    least: int, most: int, meal: str, own_meal: str, centre: str, half_hour: str
) -> None:
    care = tariff(grid(part("Centre", column(bands(RONCQ_LIMITS, of_column(4))))))

    for quotient in (least, most):
        assert price(roncq_meal(), quotient) == (cents(meal), "band")
        assert price(roncq_meal(), quotient, variant="own_meal") == (cents(own_meal), "band")
        assert price(care, quotient) == (cents(centre), "band")
        assert price(roncq_half_hour(), quotient) == (cents(half_hour), "band")


def test_roncq_asks_families_from_elsewhere_one_price_whatever_their_quotient() -> None:
    assert price(roncq_meal(), 300, lives=THERE) == (650, "flat")
    assert price(roncq_meal(), None, lives=THERE) == (650, "flat")
    assert price(roncq_meal(), 300, lives=THERE, variant="own_meal") == (100, "flat")
    assert price(roncq_half_hour(), 900, lives=THERE) == (205, "band")


def test_roncq_adds_two_euros_fifty_to_a_meal_that_was_not_booked() -> None:
    counted = [came(3), came(5), came(9, outcome="unexpected")]

    lines = lines_of_month("2026-11", payer(742), counted, [], [roncq_meal()], RESIDENCES)

    assert shown(lines) == [("Repas", 3, 235), ("unexpected", 1, 250)]
    assert total(lines) == 3 * 235 + 250


@pytest.mark.parametrize(("minutes", "units"), [(1, 1), (30, 1), (31, 2), (60, 2), (115, 4)])
def test_roncq_counts_every_half_hour_that_has_begun(minutes: int, units: int) -> None:
    counted = [came(3, activity="evening", minutes=minutes, planned_minutes=120)]

    lines = lines_of_month("2026-11", payer(742), counted, [], [roncq_half_hour()], RESIDENCES)

    assert shown(lines) == [("Accueil", units, 85)]


def test_roncqs_published_bands_for_others_are_refused_for_their_gap_at_800() -> None:
    published = [
        band(0, 80_000, "1.95"),
        band(86_000, 150_000, "2.00"),
        band(150_000, None, "2.05"),
    ]

    with pytest.raises(ValidationError, match="trou entre deux tranches"):
        content(grid(part("Accueil", column(published, OUTSIDE))))


def test_bands_that_overlap_are_refused() -> None:
    published = [band(0, 86_000, "1.95"), band(80_000, None, "2.05")]

    with pytest.raises(ValidationError, match="chevauchent"):
        content(grid(part("Accueil", column(published, OUTSIDE))))


# Wavrin: in each band a column for the first child, the second, the third, the fourth and more.
# The shape is the published one; the figures are made up, since its own were not read.

WAVRIN = [
    # from, to,     1st,    2nd,    3rd,    4th and more
    (0, 50_000, "2.00", "1.80", "1.60", "1.40"),
    (50_000, 100_000, "3.00", "2.70", "2.40", "2.10"),
    (100_000, None, "4.00", "3.60", "3.20", "2.80"),
]


@pytest.mark.parametrize(("quotient", "row"), [(499, 0), (500, 1), (999, 1), (1000, 2)])
def test_wavrin_asks_less_of_each_further_child_in_each_band(quotient: int, row: int) -> None:
    meal = tariff(
        grid(part("Repas", column([band(a, b, *rest) for a, b, *rest in in_order(WAVRIN)])))
    )
    children = ("ana", "ben", "cleo", "dan", "eve")
    counted = [came(3, child) for child in children]

    lines = lines_of_month("2026-11", payer(quotient, *children), counted, [], [meal], RESIDENCES)

    first, second, third, more = (cents(each) for each in WAVRIN[row][2:])
    assert [line.unit_cents for line in lines] == [first, second, third, more, more]
    assert [line.reason["params"].get("rank") for line in lines] == [None, 2, 3, 4, 5]


def in_order(rows: list[tuple]) -> list[tuple]:  # type: ignore[type-arg]
    """Return rows as a band takes them: limits, first price, label, prices of the others."""
    return [(least, most, first, "", others) for least, most, first, *others in rows]


# Les Pieux: a rate of effort below 580, one price from there on, occasional children, own meals


def les_pieux() -> Tariff:
    usual = [
        band(0, 58_000, effort("0.55", "0", "3.19"), label="taux d’effort"),
        band(58_000, None, "3.19", label="plein tarif"),
    ]
    return tariff(
        grid(
            part(
                "Repas",
                column(usual),
                column("3.61", variant="occasional"),
                column("1.62", variant="own_meal"),
            )
        )
    )


@pytest.mark.parametrize(
    ("quotient", "expected"),
    [
        (0, (0, "effort")),
        (100, (55, "effort")),
        (341, (188, "effort")),  # 1.8755
        (579, (318, "effort")),  # 3.1845
        (580, (319, "band")),
        (2000, (319, "band")),
        (None, (319, "maximum")),
    ],
)
def test_les_pieux_takes_a_part_of_the_quotient_below_580_and_one_price_above(
    quotient: int | None, expected: tuple[int, str]
) -> None:
    assert price(les_pieux(), quotient) == expected


def test_les_pieux_has_one_price_for_who_comes_now_and_then_and_one_for_an_own_meal() -> None:
    for quotient in (100, 2000, None):
        assert price(les_pieux(), quotient, variant="occasional") == (361, "flat")
        assert price(les_pieux(), quotient, variant="own_meal") == (162, "flat")


# Coltainville: one price; CDE11: the highest price until the quotient is known


@pytest.mark.parametrize("quotient", [0, 742, 3000, None])
def test_coltainville_asks_four_euros_twenty_of_everybody(quotient: int | None) -> None:
    meal = tariff(grid(part("Repas", column("4.20", *EVERYWHERE))))

    assert price(meal, quotient) == (420, "flat")
    assert price(meal, quotient, lives=THERE) == (420, "flat")


def test_the_caisse_of_the_11th_asks_its_tenth_price_while_no_quotient_is_known() -> None:
    # Ten prices and the rule are the published ones; limits and figures are made up.
    ten = [f"{number}.10" for number in range(1, 11)]
    meal = tariff(grid(part("Repas", column(bands(range(200, 2000, 200), ten)))))

    assert price(meal, None) == (1010, "maximum")
    assert price(meal, 1800) == (1010, "band")
    assert price(meal, 0) == (110, "band")


# The demo town

DEMO_LIMITS = (400, 650, 900, 1200, 1600)
DEMO = {
    "Nourriture": ("0.80", "1.60", "2.20", "2.80", "3.30", "3.80", "5.40"),
    "Encadrement": ("0.20", "0.40", "0.50", "0.60", "0.70", "0.80", "1.10"),
    "Panier-repas": ("0.50", "0.50", "0.70", "0.70", "0.90", "0.90", "1.10"),
    "Garderie du matin": ("0.40", "0.60", "0.80", "1.00", "1.20", "1.40", "2.00"),
    "Garderie du soir": ("0.80", "1.20", "1.60", "2.00", "2.40", "2.80", "4.00"),
    "Étude": ("0.60", "0.90", "1.20", "1.50", "1.80", "2.10", "3.00"),
    "Musique": ("40", "60", "85", "110", "140", "170", "300"),
}


def demo_columns(name: str) -> list[dict]:  # type: ignore[type-arg]
    *inside, outside = DEMO[name]
    return [column(bands(DEMO_LIMITS, inside)), column(outside, OUTSIDE)]


@pytest.mark.parametrize("name", DEMO)
def test_the_demo_town_prices_every_band_and_who_lives_elsewhere(name: str) -> None:
    of = tariff(grid(part(name, *demo_columns(name))))
    *inside, outside = (cents(each) for each in DEMO[name])

    for quotient, expected in zip((0, 400, 650, 900, 1200, 1600), inside, strict=True):
        assert price(of, quotient) == (expected, "band")
    assert price(of, None) == (inside[-1], "maximum")
    assert price(of, 100, lives=THERE) == (outside, "flat")


def test_the_demo_towns_meal_has_a_line_for_food_and_one_for_supervision() -> None:
    meal = tariff(
        grid(
            part("Nourriture", *demo_columns("Nourriture"), tax="food"),
            part("Encadrement", *demo_columns("Encadrement"), tax="childcare"),
        )
    )
    counted = [came(day) for day in (2, 3, 5, 6, 9, 10, 12, 13, 16)]

    lines = lines_of_month("2026-11", payer(742), counted, [], [meal], RESIDENCES)

    assert shown(lines) == [("Nourriture", 9, 220), ("Encadrement", 9, 50)]
    assert [line.tax for line in lines] == ["food", "childcare"]
    assert [line.cents for line in lines] == [1980, 450]
    assert lines[0].reason["params"]["band"] == "T3"


@pytest.mark.parametrize(
    ("quotient", "rank", "expected"),
    [
        (742, 1, (668, "effort")),  # 6.678
        (742, 2, (601, "effort")),  # 6.0102
        (742, 3, (534, "effort")),  # 5.3424
        (742, 4, (534, "effort")),
        (300, 1, (300, "effort_floor")),
        (333, 1, (300, "effort_floor")),  # 2.997
        (334, 1, (301, "effort")),  # 3.006
        (300, 2, (270, "effort_floor")),
        (1777, 1, (1599, "effort")),  # 15.993
        (1778, 1, (1600, "effort_ceiling")),  # 16.002
        (4000, 3, (1280, "effort_ceiling")),
        (None, 1, (1600, "maximum")),
    ],
)
def test_the_demo_towns_wednesday_is_a_part_of_the_quotient_and_less_for_siblings(
    quotient: int | None, rank: int, expected: tuple[int, str]
) -> None:
    wednesday = tariff(
        grid(
            part(
                "Journée",
                column(effort("0.9", "3", "16")),
                column("22", OUTSIDE),
                less=(10, 20),
            )
        )
    )
    children = ("ana", "ben", "cleo", "dan")
    who = payer(quotient, *children)

    (found,) = simulate_prices_of_household(
        [wednesday], who, children[rank - 1], RESIDENCES, NOVEMBER_3, siblings=children
    )

    assert (found.total_cents, found.parts[0].reason["code"]) == expected


def test_the_demo_towns_transport_may_be_free_and_still_says_so() -> None:
    free = tariff(grid(part("Carte", column(flat("0"), *EVERYWHERE)), first=SEPTEMBER))

    assert price(free, 742) == (0, "flat")
