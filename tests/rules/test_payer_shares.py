"""Shares of several payers in one line, and in one period: together its price, to the cent."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as some

from services.billing.payers.rules.payers_of_child_on_day import Division, Divisions
from services.billing.pricing.rules.inputs_and_lines import (
    Line,
    PayerShare,
    Place,
    Quantity,
    Quotient,
)
from services.billing.pricing.rules.month_lines import lines_of_month
from services.billing.pricing.rules.tariff import Tariff
from tests.factories.prices import (
    RESIDENCES,
    SEPTEMBER,
    bands,
    came,
    column,
    grid,
    part,
    payer,
    tariff,
    total,
)

HOMES = ("home 1", "home 2", "home 3")
TERM = (date(2026, 9, 14), date(2026, 12, 18))
PERIODS = [{"label": "1er trimestre", "first": "2026-09-14", "last": "2026-12-18"}]
MONTHS = ("2026-09", "2026-10", "2026-11", "2026-12")

parts_of_all = some.lists(some.integers(1, 9_999), min_size=2, max_size=2, unique=True).map(
    lambda cuts: (min(cuts), max(cuts) - min(cuts), 10_000 - max(cuts))
)
unhurried = settings(deadline=None, max_examples=120)


def test_two_halves_of_101_cents_are_101_cents() -> None:
    halves = PayerShare(5_000), PayerShare(5_000, 5_000)

    assert [half.cents_of(101) for half in halves] == [51, 50]


@given(cents=some.integers(0, 10**9), parts=parts_of_all)
def test_parts_of_an_amount_add_up_to_it_and_each_is_exact_but_for_a_cent(
    cents: int, parts: Sequence[int]
) -> None:
    shares = [PayerShare(bp, sum(parts[:at])) for at, bp in enumerate(parts)]

    assert sum(share.cents_of(cents) for share in shares) == cents
    assert all(abs(share.cents_of(cents) * 10_000 - cents * share.bp) < 10_000 for share in shares)


@unhurried
@given(
    parts=parts_of_all,
    days=some.sets(some.integers(1, 30), min_size=1),
    told=some.integers(1, 30),
    order=some.permutations(HOMES),
)
def test_what_each_home_owes_of_meals_adds_up_though_one_tells_a_quotient_of_the_same_price(
    parts: Sequence[int], days: set[int], told: int, order: Sequence[str]
) -> None:
    """Its reason changes on that day, and the others' does not."""
    meals = tariff(grid(part("Repas", column(bands((600,), ["1.01", "3.33"])))))
    divisions = _divided(dict(zip(order, parts, strict=True)), SEPTEMBER)
    counted = [came(day) for day in days]
    quotients = (
        Quotient(30_000, "caf", SEPTEMBER, None),
        Quotient(31_000, "caf", date(2026, 11, told), None, 1),
    )

    owed = [
        lines_of_month(
            "2026-11",
            payer(quotients=quotients if home == order[0] else quotients[:1]),
            [_part_of(each, divisions, home) for each in counted],
            (),
            [meals],
            RESIDENCES,
        )
        for home in HOMES
    ]

    assert sum(map(total, owed)) == 101 * len(days)


@unhurried
@given(
    cents=some.integers(1, 200_000),
    proration=some.sampled_from(["whole", "months", "half_months", "weeks", "days"]),
    starts=some.lists(some.integers(-20, 95), min_size=1, max_size=3, unique=True),
    spans=some.lists(
        some.tuples(some.sampled_from(HOMES), some.integers(0, 95), some.integers(0, 95)),
        min_size=1,
        max_size=4,
    ),
    parts=parts_of_all,
)
def test_what_all_homes_owe_of_a_term_is_what_one_home_would(
    cents: int,
    proration: str,
    starts: list[int],
    spans: list[tuple[str, int, int]],
    parts: Sequence[int],
) -> None:
    """Whoever has which place, from whatever days on payers share the child out."""
    fee = grid(part("Trimestre", column(f"{cents // 100}.{cents % 100:02}")), first=SEPTEMBER)
    of = tariff(fee | {"proration": proration}, activity="music", unit="term", periods=PERIODS)
    divisions = Divisions(
        Division("lea", TERM[0] + timedelta(start), None, str(at), _turned(parts, at))
        for at, start in enumerate(starts)
    )
    places = [
        (home, f"place {at}", TERM[0] + timedelta(min(days)), TERM[0] + timedelta(max(days)))
        for at, (home, *days) in enumerate(spans)
    ]

    together = _lines_of_term(of, [Place(name, "lea", "music", *run) for _, name, *run in places])
    owed = [
        _lines_of_term(
            of,
            [
                Place(name, "lea", "music", *run, divisions.shares_of_payer("lea", owner, home))
                for owner, name, *run in places
            ],
        )
        for home in HOMES
    ]

    assert sum(map(total, owed)) == total(together)


def test_what_three_homes_owe_adds_up_where_one_pays_half_before_and_after_a_new_division() -> None:
    """The first half was rounded over six meals, and the others' over three."""
    meals = tariff(grid(part("Repas", column("1.01"))))
    divisions = Divisions(
        Division("lea", first, None, str(at), {HOMES[0]: 5_000, other: 5_000})
        for at, (first, other) in enumerate([(SEPTEMBER, HOMES[1]), (date(2026, 11, 10), HOMES[2])])
    )

    owed = [
        lines_of_month(
            "2026-11",
            payer(),
            [_part_of(came(day), divisions, home) for day in (3, 4, 5, 12, 13, 17)],
            (),
            [meals],
            RESIDENCES,
        )
        for home in HOMES
    ]

    assert sum(map(total, owed)) == 606


def test_who_owes_two_parts_of_a_term_is_billed_both_in_the_month_of_the_first() -> None:
    half_from_november = _divided({HOMES[0]: 5_000, HOMES[1]: 5_000}, date(2026, 11, 1))
    fee = grid(part("Trimestre", column("140")), first=SEPTEMBER) | {"proration": "months"}
    of = tariff(fee, activity="music", unit="term", periods=PERIODS)

    first, second = (_by_month(of, half_from_november, home) for home in HOMES[:2])

    assert first == {"2026-09": [(7_000, 3_500), (7_000, 7_000)]}
    assert second == {"2026-11": [(7_000, 3_500)]}


def _by_month(of: Tariff, divisions: Divisions, home: str) -> dict[str, list[tuple[int, int]]]:
    shares = divisions.shares_of_payer("lea", HOMES[0], home)
    lines = _lines_of_term(of, [Place("place", "lea", "music", TERM[0], None, shares)])
    found: dict[str, list[tuple[int, int]]] = {}
    for line in lines:
        found.setdefault(line.month, []).append((line.unit_cents, line.cents))
    return found


def _lines_of_term(of: Tariff, places: Sequence[Place]) -> list[Line]:
    return [
        line
        for month in MONTHS
        for line in lines_of_month(month, payer(742, "lea"), [], places, [of], RESIDENCES)
    ]


def _divided(parts: dict[str, int], first: date) -> Divisions:
    return Divisions([Division("lea", first, None, "", parts)])


def _turned(parts: Sequence[int], by: int) -> dict[str, int]:
    return dict(zip(HOMES, (*parts[by % 3 :], *parts[: by % 3]), strict=True))


def _part_of(quantity: Quantity, divisions: Divisions, home: str) -> Quantity:
    share = divisions.share_on_day(quantity.child_id, quantity.day, HOMES[0], home)
    since = divisions.divided_since(quantity.child_id, quantity.day)
    return replace(quantity, share_bp=share.bp, share_after_bp=share.after_bp, divided_since=since)
