"""All amounts of a grid changed by a percentage; bands that meet; classes of communes by day."""

import json
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.billing.pricing.rules.residence_classes import parse_residences
from services.enrolment.offer.tariffs.rules import band_gaps, commune_class_table, percent_changes
from services.enrolment.offer.tariffs.rules.band_gaps import Band, Mistake
from shared.contracts.enrolment.tariffs import Column, check_column
from shared.contracts.schema_from_type import schema_of
from tests.factories.tariffs import (
    OUTSIDE,
    TOWN,
    band,
    column,
    commune,
    effort,
    grid,
    part,
)
from tests.factories.tariffs import residences as classes

COLUMN = schema_of(Column, "raise", [check_column])

TODAY = date(2026, 11, 24)
LONG_AGO, JANUARY = date(2012, 1, 1), date(2027, 1, 1)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("cents", "hundredths", "step", "expected"),
    [
        (300, 250, 1, 308),  # 307,5: half up
        (235, 200, 1, 240),  # 239,7
        (235, 200, 5, 240),
        (232, 0, 5, 230),
        (233, 0, 5, 235),
        (225, 0, 10, 230),
        (50, -1000, 1, 45),
        (0, 900, 10, 0),
        (99, -10000, 1, 0),
    ],
)
def test_an_amount_is_rounded_half_up(
    cents: int, hundredths: int, step: int, expected: int
) -> None:
    assert percent_changes.round_to_step(cents * (10_000 + hundredths), 10_000, step) == expected


@given(some.integers(0, 10_000_000), some.integers(-10_000, 10_000), some.sampled_from((1, 5, 10)))
def test_rounding_is_never_further_off_than_half_a_step(
    cents: int, hundredths: int, step: int
) -> None:
    exact = Fraction(cents * (10_000 + hundredths), 10_000)

    found = percent_changes.round_to_step(cents * (10_000 + hundredths), 10_000, step)

    assert found % step == 0
    assert -Fraction(step, 2) < found - exact <= Fraction(step, 2)


def test_every_amount_of_a_grid_changes_ranks_rates_limits_and_surcharges_too() -> None:
    row = {**band(0, None, 100, 90), "by_rank": [effort(10_000, 100, 300)]}
    late: dict[str, Any] = {"label": "Retard", "when": "late_pickup", "effect": "add", "cents": 250}
    before = grid(TODAY, parts=[part(column([row], TOWN, OUTSIDE))], surcharges=[late])

    after = percent_changes.change_grid_amounts(before, 1000)

    changed = after["parts"][0]["columns"][0]["bands"][0]
    assert changed["price"]["cents"] == 110
    assert changed["by_rank"] == [effort(11_000, 110, 330)]
    assert after["surcharges"][0]["cents"] == 275
    assert (changed["from_cents"], changed["to_cents"]) == (0, None)
    assert before["parts"][0]["columns"][0]["bands"][0]["price"]["cents"] == 100


# Bands


def as_published(*limits: tuple[int, int | None]) -> list[Band]:
    return [Band(start * 100, None if end is None else end * 100) for start, end in limits]


RONCQ_OUTSIDE = as_published((0, 800), (860, 1500), (1500, None))
"""Bands as the town printed them for those from outside: from 800 to 860 nobody has a price."""


def test_the_published_bands_for_those_from_outside_leave_a_gap() -> None:
    assert band_gaps.band_mistakes(RONCQ_OUTSIDE) == [
        Mistake(1, band_gaps.FROM, band_gaps.GAP, 80_000)
    ]


def test_the_contract_refuses_the_published_gap_too() -> None:
    rows = [band(0, 800, 435), band(860, 1500, 550), band(1500, None, 650)]

    errors = COLUMN.validate(column(rows, OUTSIDE))

    assert errors == {"bands": ["Il y a un trou entre deux tranches."]}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (((0, 400), (400, None)), []),
        (((0, None),), []),
        (((0, 400), (390, None)), [Mistake(1, band_gaps.FROM, band_gaps.OVERLAP, 40_000)]),
        (((100, None),), [Mistake(0, band_gaps.FROM, band_gaps.NOT_FROM_ZERO, 0)]),
        (((0, 400), (400, 900)), [Mistake(1, band_gaps.TO, band_gaps.ENDS)]),
        (((0, None), (400, None)), [Mistake(0, band_gaps.TO, band_gaps.GOES_ON, 40_000)]),
        (((0, 400), (400, 400), (400, None)), [Mistake(1, band_gaps.TO, band_gaps.EMPTY, 40_000)]),
    ],
)
def test_each_row_says_what_is_wrong_with_it(rows: Any, expected: list[Mistake]) -> None:
    assert band_gaps.band_mistakes(as_published(*rows)) == expected


LIMITS = some.one_of(some.none(), some.integers(0, 6))


@given(some.lists(some.tuples(some.integers(0, 6), LIMITS), min_size=1, max_size=5))
def test_the_rows_and_the_contract_agree(rows: list[tuple[int, int | None]]) -> None:
    written = column([band(start, end, 100) for start, end in rows], TOWN)

    assert bool(band_gaps.band_mistakes(as_published(*rows))) == bool(COLUMN.validate(written))


# Residence classes


def test_a_commune_that_joins_is_one_line_more_and_its_past_stays() -> None:
    before = classes(commune("28901", LONG_AGO))

    after = commune_class_table.table_with_communes_in_class(before, ["28902"], TOWN, JANUARY)

    assert len(after["communes"]) == 2 and commune_class_table.keeps_past_classes(
        before, after, TODAY
    )
    at_billing = parse_residences(json.loads(json.dumps(after, default=str)))
    assert at_billing.residence_class_on("28902", JANUARY - DAY)[0] == OUTSIDE
    assert at_billing.residence_class_on("28902", JANUARY)[0] == TOWN
    assert at_billing.residence_class_on("28901", JANUARY)[0] == TOWN


def test_a_commune_that_leaves_is_from_elsewhere_from_that_day_on() -> None:
    before = classes(commune("28901", LONG_AGO))

    after = commune_class_table.table_with_communes_in_class(before, ["28901"], OUTSIDE, JANUARY)

    assert after["communes"] == [commune("28901", LONG_AGO, JANUARY - DAY)]
    assert commune_class_table.keeps_past_classes(before, after, TODAY)


def test_what_was_said_of_later_days_gives_way() -> None:
    before = classes(commune("28901", LONG_AGO, date(2026, 12, 31)), commune("28901", JANUARY))

    after = commune_class_table.table_with_communes_in_class(
        before, ["28901"], TOWN, date(2026, 12, 1)
    )

    assert after["communes"] == [commune("28901", LONG_AGO)]


def test_a_line_in_the_past_or_another_elsewhere_changes_the_past() -> None:
    before = classes(commune("28901", LONG_AGO))

    assert not commune_class_table.keeps_past_classes(
        before,
        commune_class_table.table_with_communes_in_class(before, ["28902"], TOWN, TODAY),
        TODAY,
    )
    assert not commune_class_table.keeps_past_classes(before, {**before, "elsewhere": TOWN}, TODAY)
    assert commune_class_table.keeps_past_classes(
        before,
        commune_class_table.table_with_communes_in_class(before, ["28902"], TOWN, JANUARY),
        TODAY,
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (classes(), []),
        ({**classes(), "elsewhere": "nowhere"}, [commune_class_table.UNKNOWN]),
        (classes(commune("28901", LONG_AGO, residence="rich")), [commune_class_table.UNKNOWN]),
        (classes(commune("28901", JANUARY, LONG_AGO)), [commune_class_table.BACKWARDS]),
        (
            classes(commune("28901", LONG_AGO), commune("28901", JANUARY)),
            [commune_class_table.OVERLAP],
        ),
    ],
)
def test_a_table_from_which_no_class_could_be_read_is_refused(
    content: Any, expected: list[str]
) -> None:
    assert commune_class_table.table_mistakes(content) == expected
