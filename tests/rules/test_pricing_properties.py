"""Properties of every price, whatever the grid: worked out again by hand, in any order, alone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from services.billing.pricing.rules.inputs_and_lines import Line, Payer, Place, Quantity, Quotient
from services.billing.pricing.rules.month_lines import lines_of_month
from services.billing.pricing.rules.simulation import simulate_prices_of_household
from services.billing.pricing.rules.tariff import Tariff
from tests.factories.prices import (
    HERE,
    OUTSIDE,
    RESIDENCES,
    SEPTEMBER,
    THERE,
    band,
    bands,
    column,
    effort,
    grid,
    part,
    payer,
    place,
    surcharge,
    tariff,
    total,
)

CHILDREN = ("ana", "ben", "cleo")

MEALS = tariff(
    grid(
        part("Repas", column(bands((400, 900), ["0.80", "2.20", "3.80"])), column("5.40", OUTSIDE)),
        part("Encadrement", column("0.50"), column("1.10", OUTSIDE), tax="childcare"),
        surcharges=[surcharge("unexpected", "2.50"), surcharge("absent", "4.00", "replace")],
        last=date(2026, 11, 15),
    ),
    grid(part("Repas", column("3.00"), column("6.00", OUTSIDE)), first=date(2026, 11, 16)),
)
WEDNESDAYS = tariff(
    grid(
        part("Journée", column(effort("0.9", "3", "16")), column("22", OUTSIDE), less=(10, 20)),
    ),
    activity="wednesday",
)
MUSIC = tariff(
    grid(part("Mois", column(bands((700,), ["40", "60"])), column("300", OUTSIDE), less=(25,))),
    activity="music",
    unit="month",
)
TARIFFS = (MEALS, WEDNESDAYS, MUSIC)

unhurried = settings(deadline=None)

days = st.dates(date(2026, 11, 1), date(2026, 11, 30))
quotients = st.lists(
    st.builds(
        Quotient,
        st.integers(0, 250_000),
        st.just("caf"),
        st.one_of(st.just(SEPTEMBER), days),
        st.none() | days.map(lambda day: max(day, date(2026, 11, 20))),
        st.integers(0, 1_000_000),
    ),
    max_size=3,
    unique_by=lambda one: one.order,
)
homes = st.dictionaries(
    st.one_of(st.just(date(2020, 1, 1)), days), st.sampled_from([HERE, THERE]), max_size=2
)
quantities = st.lists(
    st.builds(
        Quantity,
        st.sampled_from(CHILDREN),
        st.sampled_from(["canteen", "wednesday", "dance"]),
        days,
        st.sampled_from(["present", "unexpected", "absent", "cancelled_late"]),
        st.integers(0, 2),
        share_bp=st.sampled_from([10_000, 6_000, 4_000]),
    ),
    max_size=20,
)
places = st.lists(
    st.builds(
        place,
        days,
        st.just(date(2027, 6, 30)),
        st.sampled_from(CHILDREN),
        share_bp=st.sampled_from([10_000, 5_000]),
    ),
    max_size=4,
)


@st.composite
def payers(draw: st.DrawFn) -> Payer:
    return payer(None, *CHILDREN, lives=draw(homes), quotients=draw(quotients))


def price(
    who: Payer, counted: Sequence[Quantity], held: Sequence[Place], of: Sequence[Tariff] = TARIFFS
) -> tuple[Line, ...]:
    return lines_of_month("2026-11", who, counted, held, of, RESIDENCES)


@unhurried
@given(payers(), quantities, places)
def test_a_family_can_work_every_line_out_again(
    who: Payer, counted: list[Quantity], held: list[Place]
) -> None:
    for line in price(who, counted, held):
        exact = Fraction(line.quantity * line.unit_cents * line.share_bp, 10_000)
        assert abs(line.cents - exact) <= Fraction(1, 2)
        assert line.quantity > 0 and line.unit_cents >= 0
        assert line.days == tuple(sorted(set(line.days))) != ()


@unhurried
@given(payers(), quantities)
def test_lines_come_to_what_one_works_out_by_hand_day_by_day(
    who: Payer, counted: list[Quantity]
) -> None:
    whole = [replace(one, share_bp=10_000) for one in counted]
    coming = {one.child_id for one in whole if one.activity == "wednesday" and one.quantity}
    ranks = {child: rank for rank, child in enumerate(sorted(coming))}

    by_hand = sum(one.quantity * cents_of(one, who, ranks) for one in whole if one.quantity)

    assert total(price(who, whole, ())) == by_hand


def cents_of(one: Quantity, who: Payer, ranks: dict[str, int]) -> int:
    """Work one unit out from the grids as they are printed, rounding once at the end."""
    known = [
        each for each in who.quotients if each.valid_from <= one.day <= (each.valid_to or one.day)
    ]
    quotient = max(known, key=lambda each: (each.valid_from, each.order)).cents if known else None
    moves = sorted(who.addresses, key=lambda each: each.valid_from)
    lived = [each for each in moves if each.valid_from <= one.day] or moves[:1]
    outside = not lived or lived[-1].insee == THERE
    if one.activity == "canteen":
        return canteen(one, quotient, outside)
    return wednesday(quotient, outside, ranks[one.child_id]) if one.activity == "wednesday" else 0


def canteen(one: Quantity, quotient: int | None, outside: bool) -> int:
    if one.day.day > 15:
        return 600 if outside else 300
    if one.outcome == "absent":
        return 400
    more = 250 if one.outcome == "unexpected" else 0
    if outside:
        return 540 + 110 + more
    if quotient is None or quotient >= 90_000:
        return 380 + 50 + more
    return (80 if quotient < 40_000 else 220) + 50 + more


def wednesday(quotient: int | None, outside: bool, rank: int) -> int:
    kept = Fraction((100, 90, 80)[rank], 100)
    if outside or quotient is None:
        exact = Fraction(2200 if outside else 1600)
    else:
        exact = min(max(Fraction(quotient * 9, 1000), Fraction(300)), Fraction(1600))
    return int(exact * kept + Fraction(1, 2))


@unhurried
@given(payers(), quantities, places, st.randoms(use_true_random=False))
def test_the_order_in_which_anything_is_told_changes_nothing(
    who: Payer, counted: list[Quantity], held: list[Place], chance: Random
) -> None:
    told = price(who, counted, held)

    for several in (others := ([*counted], [*held], [*TARIFFS])):
        chance.shuffle(several)
    shuffled = replace(
        who,
        quotients=who.quotients[::-1],
        addresses=who.addresses[::-1],
        children=who.children[::-1],
    )

    assert price(shuffled, *others) == told


def test_two_variants_of_one_amount_on_one_day_keep_their_order() -> None:
    usual, own = column(bands((400,), ["2", "3"])), column(bands((500,), ["2", "3"]), variant="own")
    both = tariff(grid(part("Repas", usual, own)))
    came_twice = [
        Quantity("ana", "canteen", SEPTEMBER, "present", 1, variant=each) for each in ("", "own")
    ]
    who = payer(742, *CHILDREN)

    one_way, other_way = (
        lines_of_month("2026-09", who, each, (), [both], RESIDENCES)
        for each in (came_twice, came_twice[::-1])
    )

    assert one_way == other_way
    assert len(one_way) == 2


@unhurried
@given(payers(), quantities, quantities)
def test_what_is_priced_in_two_calls_comes_to_what_it_costs_in_one(
    who: Payer, some: list[Quantity], others: list[Quantity]
) -> None:
    some, others = (
        [replace(one, share_bp=10_000) for one in each if one.activity == "canteen"]
        for each in (some, others)
    )

    apart = total(price(who, some, ())) + total(price(who, others, ()))

    assert total(price(who, some + others, ())) == apart


@unhurried
@given(payers(), quantities, places)
def test_no_known_quotient_is_dearer_than_an_unknown_one(
    who: Payer, counted: list[Quantity], held: list[Place]
) -> None:
    unknown = replace(who, quotients=())

    assert total(price(unknown, counted, held)) >= total(price(who, counted, held))


@unhurried
@given(st.integers(0, 300_000), st.integers(1, 4))
def test_no_quotient_and_no_rank_is_dearer_than_an_unknown_quotient(cents: int, rank: int) -> None:
    bumpy = [band(0, 50_000, "4", by_rank=["5", "1"]), band(50_000, None, effort("1", "0", "4.50"))]
    odd = tariff(grid(part("Repas", column(bumpy), less=(7,))))
    children = ("ana", "ben", "cleo", "dan")
    who = payer(None, *children)

    known, unknown = (
        simulate_prices_of_household(
            [odd], who, children[rank - 1], RESIDENCES, SEPTEMBER, "", each, children[:rank]
        )
        for each in (cents, None)
    )

    assert unknown[0].total_cents >= known[0].total_cents
    assert unknown[0].parts[0].reason["code"] == "maximum"


@unhurried
@given(payers(), quantities, places, payers(), quantities)
def test_a_price_depends_on_no_other_household(
    who: Payer, counted: list[Quantity], held: list[Place], other: Payer, theirs: list[Quantity]
) -> None:
    alone = price(who, counted, held)

    price(other, theirs, held)

    assert price(who, counted, held) == alone
    assert price(replace(who, household_id="another"), counted, held) == alone
