"""Income as it leaves a provider: no band of few households is read in a file, nor found again."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.enrolment.figures.rules.publishable_income import (
    income_by_activity,
    rows_hidden_where_few,
)
from services.enrolment.figures.rules.suppression import LEAST_SHOWN
from tests.factories.regie_answers import earned

ROWS = st.lists(
    st.builds(
        lambda activity, band, households, cents: earned(
            activity, band * 100, band * 100 + 100, households=households, cents=cents
        ),
        st.sampled_from(["canteen", "evening_care", ""]),
        st.integers(0, 9),
        st.integers(1, 12),
        st.integers(-500, 90_000),
    ),
    max_size=14,
)


def test_a_small_band_is_hidden_with_the_smallest_of_the_others() -> None:
    rows = [
        earned("canteen", 0, 400, households=4, cents=1_000),
        earned("canteen", 400, 800, households=30, cents=9_000),
        earned("canteen", 800, None, households=6, cents=4_000),
    ]

    assert [(line.households, line.cents) for line in rows_hidden_where_few(rows)] == [
        (None, None),
        (30, 9_000),
        (None, None),
    ]


def test_where_no_band_is_small_everything_is_shown() -> None:
    rows = [earned("canteen", 0, None, households=LEAST_SHOWN, cents=700)]

    assert [line.is_hidden for line in rows_hidden_where_few(rows)] == [False]


def test_a_band_that_costs_nothing_covers_nothing() -> None:
    rows = [
        earned("canteen", 0, 400, households=5, cents=0),
        earned("canteen", 400, 800, households=2, cents=3_000),
        earned("canteen", 800, None, households=30, cents=90_000),
    ]

    assert [line.cents for line in rows_hidden_where_few(rows)] == [0, None, None]


def test_activities_are_apart_and_what_has_none_comes_last() -> None:
    rows = [
        earned("", None, None, basis="other_software", households=9, cents=40),
        earned("evening_care", None, None, basis="flat", households=9, cents=300),
        earned("canteen", 0, None, households=9, cents=500),
    ]

    assert [each.activity for each in income_by_activity(rows)] == ["canteen", "evening_care", ""]
    assert [line.is_hidden for line in rows_hidden_where_few(rows)] == [False, False, False]


def test_an_activity_of_few_alone_is_covered_by_another_one() -> None:
    rows = [
        earned("canteen", 0, 400, households=40, cents=50_000),
        earned("canteen", 400, None, households=8, cents=9_000),
        earned("evening_care", None, None, basis="flat", households=2, cents=300),
    ]

    assert [line.cents for line in rows_hidden_where_few(rows)] == [50_000, None, None]


@given(ROWS)
def test_who_knows_an_activity_s_income_finds_no_small_band(rows: list[dict[str, Any]]) -> None:
    for activity in income_by_activity(rows):
        lines = list(zip(activity.rows, rows_hidden_where_few(activity.rows), strict=True))
        hidden = [row["households"] for row, line in lines if line.is_hidden]
        shown = [line.households or 0 for _row, line in lines if not line.is_hidden]

        assert all(households >= LEAST_SHOWN for households in shown)
        assert not (shown and hidden) or max(hidden) >= LEAST_SHOWN


@given(ROWS)
def test_who_knows_the_provider_s_income_finds_no_small_band(rows: list[dict[str, Any]]) -> None:
    every = [row for activity in income_by_activity(rows) for row in activity.rows]
    lines = list(zip(every, rows_hidden_where_few(rows), strict=True))
    hidden = [row for row, line in lines if line.is_hidden]
    could_cover = [row for row, line in lines if not line.is_hidden and line.cents]

    assert not (could_cover and hidden) or any(
        row["households"] >= LEAST_SHOWN and row["cents"] for row in hidden
    )
