"""Corrections of what was billed by a later computation: nothing twice, nothing lost."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from services.billing.pricing.rules.inputs_and_lines import Line, Payer, Quantity, Quotient
from services.billing.pricing.rules.month_corrections import corrections_of_month
from services.billing.pricing.rules.month_lines import lines_of_month
from tests.factories.prices import (
    RESIDENCES,
    SEPTEMBER,
    bands,
    came,
    column,
    grid,
    part,
    payer,
    surcharge,
    tariff,
    total,
)

LIMITS, PRICES = (400, 600, 900), ["1.05", "1.75", "1.75", "3.35"]
MEALS = tariff(
    grid(
        part("Repas", column(bands(LIMITS, PRICES)), less=[10]),
        part("Encadrement", column("0.55"), tax="childcare"),
        surcharges=[surcharge("unexpected", "2.50")],
    )
)


def price(counted: Sequence[Quantity], quotient: int | None = 742) -> tuple[Line, ...]:
    who = payer(quotient, "lea", "tom")
    return lines_of_month("2026-11", who, counted, [], [MEALS], RESIDENCES)


def taken_of(billed: Sequence[Line], wanted: Sequence[Line]) -> list[tuple[str, int]]:
    return [(line.part, quantity) for line, quantity in corrections_of_month(billed, wanted)[0]]


def added_of(billed: Sequence[Line], wanted: Sequence[Line]) -> list[tuple[str, int, int]]:
    return [
        (line.part, line.quantity, line.unit_cents)
        for line in corrections_of_month(billed, wanted)[1]
    ]


def test_what_was_billed_as_it_is_priced_changes_nothing() -> None:
    billed = price([came(3), came(4, outcome="absent"), came(5, "tom")])

    assert corrections_of_month(billed, billed) == ([], [])


def test_a_day_that_comes_late_adds_that_day_alone() -> None:
    billed, wanted = price([came(3), came(4)]), price([came(3), came(4), came(27)])

    taken, added = corrections_of_month(billed, wanted)

    assert taken == []
    assert [(line.part, line.quantity, line.days, line.cents) for line in added] == [
        ("Repas", 1, (27,), 175),
        ("Encadrement", 1, (27,), 55),
    ]


def test_a_day_that_is_withdrawn_takes_one_unit_of_each_part_back() -> None:
    billed, wanted = price([came(3), came(4)]), price([came(3)])

    assert taken_of(billed, wanted) == [("Repas", 1), ("Encadrement", 1)]
    assert added_of(billed, wanted) == []


def test_a_lower_quotient_takes_the_meals_back_and_bills_them_at_the_new_price() -> None:
    counted = [came(day) for day in range(1, 11)]
    billed, wanted = price(counted, 742), price(counted, 300)

    assert taken_of(billed, wanted) == [("Repas", 10)]
    assert added_of(billed, wanted) == [("Repas", 10, 105)]
    (line,) = corrections_of_month(billed, wanted)[1]
    assert line.reason["params"]["previous_cents"] == 175


def test_another_quotient_in_a_band_of_one_price_changes_nothing() -> None:
    counted = [came(3), came(4)]

    assert corrections_of_month(price(counted, 450), price(counted, 742)) == ([], [])


def test_an_absence_that_was_a_presence_changes_nothing_at_one_price() -> None:
    absent, present = price([came(3), came(4, outcome="absent")]), price([came(3), came(4)])

    assert corrections_of_month(absent, present) == ([], [])


def test_a_presence_that_was_not_booked_adds_its_surcharge_alone() -> None:
    billed = price([came(3), came(4)])
    wanted = price([came(3), came(4, outcome="unexpected")])

    assert taken_of(billed, wanted) == []
    assert added_of(billed, wanted) == [("unexpected", 1, 250)]


def test_a_month_that_costs_nothing_any_more_is_taken_back_whole() -> None:
    billed = price([came(3), came(4, "tom")])

    taken, added = corrections_of_month(billed, [])

    assert sum(line.unit_cents * quantity for line, quantity in taken) == total(billed)
    assert added == []


def test_what_had_no_price_when_it_was_billed_is_added_and_nothing_is_taken_back() -> None:
    counted = [came(3)]
    billed = lines_of_month("2026-11", payer(742), counted, [], [], RESIDENCES)

    assert taken_of(billed, price(counted)) == []
    assert len(added_of(billed, price(counted))) == 2


def test_a_divided_line_is_exchanged_whole_so_that_its_rounding_stays_exact() -> None:
    three = [came(day, share_bp=3_333) for day in (3, 4, 5)]
    billed, wanted = price(three[:2]), price(three)

    taken, added = corrections_of_month(billed, wanted)

    assert [quantity for _, quantity in taken] == [2, 2]
    assert sum(line.cents for line, _ in taken) == total(billed)
    assert total(added) == total(wanted)


def test_a_divided_line_stays_where_only_an_outcome_changes() -> None:
    days = [came(day, share_bp=6_000) for day in (3, 4)]
    absent = [days[0], replace(days[1], outcome="absent")]

    assert corrections_of_month(price(absent), price(days)) == ([], [])


def test_a_line_that_is_exchanged_at_its_own_price_names_no_other() -> None:
    two = [came(day, share_bp=3_333) for day in (3, 4)]

    _, added = corrections_of_month(price(two), price(two[:1]))

    assert all("previous_cents" not in line.reason["params"] for line in added)


def test_what_is_added_and_taken_back_is_about_the_days_that_changed() -> None:
    both = [came(3, outcome="absent"), came(4), came(5)]

    (late, _), (early, _) = (
        corrections_of_month(price(both[:2]), price(both))[1],
        corrections_of_month(price(both[1:]), price(both))[1],
    )
    withdrawn = corrections_of_month(price(both), price(both[1:]))[0]

    assert (late.days, late.outcome) == ((5,), "present")
    assert (early.days, early.outcome) == ((3,), "absent")
    assert [line.days for line, _ in withdrawn if line.part == "Repas"] == [(3,)]


def test_two_parts_of_one_price_are_two_prices() -> None:
    pair = tariff(grid(part("Nourriture", column("1.00")), part("Encadrement", column("1.00"))))

    food, care = lines_of_month("2026-11", payer(742), [came(3)], [], [pair], RESIDENCES)

    assert food.price != care.price
    assert [line.part for line, _ in corrections_of_month([food, care], [food])[0]] == [
        "Encadrement"
    ]


# Whatever happens


@dataclass
class OnBills:
    """Lines of bills, as credit notes leave them."""

    lines: list[Line]

    def apply(self, wanted: Sequence[Line]) -> None:
        taken, added = corrections_of_month(self.lines, wanted)
        for line, quantity in taken:
            self.lines.remove(line)
            self.lines += rest_of(line, quantity)
        self.lines += added

    def owed(self) -> dict[str, tuple[int, int]]:
        """Return quantity and cents by price, of what costs something."""
        found: dict[str, tuple[int, int]] = {}
        for line in self.lines:
            quantity, cents = found.get(line.price, (0, 0))
            found[line.price] = quantity + line.quantity, cents + line.cents
        return {price: owed for price, owed in found.items() if owed[1]}


def rest_of(line: Line, quantity: int) -> list[Line]:
    left = line.quantity - quantity
    assert quantity <= line.quantity
    if not left:
        return []
    assert line.share_bp == 10_000, "a divided line is taken back whole"
    return [replace(line, quantity=left, cents=left * line.unit_cents)]


unhurried = settings(deadline=None)

quantities = st.lists(
    st.builds(
        came,
        st.integers(1, 30),
        st.sampled_from(["lea", "tom"]),
        outcome=st.sampled_from(["present", "unexpected", "absent"]),
        quantity=st.integers(0, 3),
        share_bp=st.sampled_from([10_000, 10_000, 5_000, 3_333]),
    ),
    max_size=12,
)
payers = st.builds(
    lambda cents, day: payer(
        None,
        "lea",
        "tom",
        quotients=[Quotient(cents, "caf", day, None)],
    ),
    st.integers(0, 150_000),
    st.sampled_from([SEPTEMBER, date(2026, 11, 12)]),
)


@unhurried
@given(st.lists(st.tuples(payers, quantities), min_size=1, max_size=4))
def test_corrections_applied_to_what_was_billed_give_what_is_wanted_again_and_again(
    computations: list[tuple[Payer, list[Quantity]]],
) -> None:
    bills = OnBills([])

    for who, counted in computations:
        wanted = lines_of_month("2026-11", who, counted, [], [MEALS], RESIDENCES)
        bills.apply(wanted)

        assert total(bills.lines) == total(wanted)
        assert corrections_of_month(bills.lines, wanted) == ([], [])


@unhurried
@given(payers, quantities, quantities)
def test_whole_shares_stand_on_bills_unit_by_unit_as_they_are_wanted(
    who: Payer, before: list[Quantity], after: list[Quantity]
) -> None:
    bills, fresh = OnBills([]), OnBills([])
    whole = [[each for each in counted if each.share_bp == 10_000] for counted in (before, after)]

    for counted in whole:
        wanted = lines_of_month("2026-11", who, counted, [], [MEALS], RESIDENCES)
        bills.apply(wanted)
    fresh.apply(wanted)

    assert bills.owed() == fresh.owed()
