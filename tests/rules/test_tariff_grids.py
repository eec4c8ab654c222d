"""Grids follow each other, and a day already past never changes its price."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.enrolment.offer.tariffs.rules import added_columns, grid_succession
from services.enrolment.offer.tariffs.rules.grid_succession import NoSuchGrid, PastWouldChange
from shared.contracts.enrolment.tariffs import tariff_schema
from tests.factories.tariffs import (
    OUTSIDE,
    TOWN,
    band,
    column,
    effort,
    flat,
    grid,
    part,
    tariff,
)

TODAY = date(2026, 11, 24)
SEPTEMBER, JANUARY = date(2026, 9, 1), date(2027, 1, 1)
DAY = timedelta(days=1)


def fits(content: Any) -> bool:
    return not tariff_schema.validate(tariff_schema.dump(content))


def spans(content: Any) -> list[tuple[date, date | None]]:
    return [
        (each["valid_from"], each["valid_to"])
        for each in grid_succession.grids_in_order(content["grids"])
    ]


def price_on(content: Any, day: date) -> int | None:
    found = grid_succession.running_grid(content, day)
    if found is None:
        return None
    return int(found["parts"][0]["columns"][0]["bands"][0]["price"]["cents"])


def test_a_new_grid_ends_the_one_that_runs_the_day_before() -> None:
    content = grid_succession.content_with_grid(
        tariff([grid(SEPTEMBER)]), grid(JANUARY, cents=310), TODAY
    )

    assert spans(content) == [(SEPTEMBER, JANUARY - DAY), (JANUARY, None)]
    assert fits(content)


def test_a_grid_between_the_running_one_and_the_next_lasts_until_the_next() -> None:
    content = tariff([grid(SEPTEMBER, JANUARY - DAY), grid(JANUARY)])

    changed = grid_succession.content_with_grid(content, grid(date(2026, 12, 1)), TODAY)

    assert spans(changed) == [
        (SEPTEMBER, date(2026, 11, 30)),
        (date(2026, 12, 1), date(2026, 12, 31)),
        (JANUARY, None),
    ]


def test_a_coming_grid_moves_and_the_one_before_it_follows() -> None:
    content = tariff([grid(SEPTEMBER, JANUARY - DAY), grid(JANUARY, date(2027, 8, 31))])
    february = date(2027, 2, 1)

    changed = grid_succession.content_with_grid(content, grid(february), TODAY, instead=JANUARY)

    assert spans(changed) == [(SEPTEMBER, february - DAY), (february, date(2027, 8, 31))]


def test_the_same_coming_grid_sent_twice_is_there_once() -> None:
    once = grid_succession.content_with_grid(tariff([grid(SEPTEMBER)]), grid(JANUARY), TODAY)

    assert grid_succession.content_with_grid(once, grid(JANUARY), TODAY) == once


@pytest.mark.parametrize("first", [SEPTEMBER, date(2026, 10, 1), TODAY])
def test_no_grid_begins_in_the_past_or_today_but_the_first_of_a_tariff(first: date) -> None:
    with pytest.raises(PastWouldChange):
        grid_succession.content_with_grid(tariff([grid(SEPTEMBER)]), grid(first, cents=1), TODAY)

    assert spans(grid_succession.content_with_grid(tariff([]), grid(first), TODAY)) == [
        (first, None)
    ]


def test_a_grid_that_has_begun_is_ended_today_at_the_earliest() -> None:
    content = tariff([grid(SEPTEMBER, JANUARY - DAY), grid(JANUARY)])

    with pytest.raises(PastWouldChange):
        grid_succession.content_with_last_day(content, TODAY - DAY, TODAY)

    assert spans(grid_succession.content_with_last_day(content, TODAY, TODAY)) == [
        (SEPTEMBER, TODAY)
    ]


def test_what_ended_in_the_past_is_not_ended_again_later() -> None:
    with pytest.raises(NoSuchGrid):
        grid_succession.content_with_last_day(
            tariff([grid(SEPTEMBER, TODAY - DAY)]), JANUARY, TODAY
        )


def test_after_a_coming_grid_is_gone_the_one_before_it_goes_on() -> None:
    content = tariff([grid(SEPTEMBER, JANUARY - DAY), grid(JANUARY)])

    assert spans(grid_succession.without_grid(content, JANUARY, TODAY)) == [(SEPTEMBER, None)]
    with pytest.raises(PastWouldChange):
        grid_succession.without_grid(content, SEPTEMBER, TODAY)
    with pytest.raises(NoSuchGrid):
        grid_succession.without_grid(content, TODAY, TODAY)


def test_a_grid_after_a_gap_is_refused_by_the_contract() -> None:
    content = tariff([grid(SEPTEMBER, TODAY - DAY)])

    assert not fits(grid_succession.content_with_grid(content, grid(JANUARY), TODAY))


DAYS = some.integers(-60, 120).map(lambda count: TODAY + timedelta(days=count))
ACTS = some.one_of(
    some.tuples(some.just("grid"), DAYS, some.integers(1, 900)),
    some.tuples(some.just("end"), DAYS, some.just(0)),
    some.tuples(some.just("remove"), DAYS, some.just(0)),
)


@given(first=DAYS, acts=some.lists(ACTS, max_size=12))
def test_whatever_is_done_to_a_tariff_no_past_day_changes_its_price(
    first: date, acts: list[tuple[str, date, int]]
) -> None:
    content: Any = tariff([grid(first)])
    for what, day, cents in acts:
        before = content
        try:
            if what == "grid":
                content = grid_succession.content_with_grid(before, grid(day, cents=cents), TODAY)
            elif what == "end":
                content = grid_succession.content_with_last_day(before, day, TODAY)
            else:
                content = grid_succession.without_grid(before, day, TODAY)
        except (PastWouldChange, NoSuchGrid):
            continue
        if not content["grids"]:
            return  # the only grid had not begun: the tariff is gone
        if not fits(content):  # a gap: refused
            content = before
            continue
        past = [TODAY - timedelta(days=count) for count in range(100)]
        begun = grid_succession.has_any_priced_day(before, TODAY)
        assert not begun or all(price_on(before, day) == price_on(content, day) for day in past)
        assert grid_succession.keeps_past_prices(before, content, TODAY)


def test_another_amount_unit_or_end_in_the_past_is_seen() -> None:
    content = tariff([grid(SEPTEMBER)], unit="term", periods=[])

    for other in (
        tariff([grid(SEPTEMBER, cents=301)], unit="term"),
        tariff([grid(SEPTEMBER)], unit="year"),
        tariff([grid(SEPTEMBER, TODAY - DAY)], unit="term"),
        tariff([], unit="term"),
    ):
        assert not grid_succession.keeps_past_prices(content, other, TODAY)
    assert grid_succession.keeps_past_prices(
        content, tariff([grid(SEPTEMBER, TODAY)], unit="term"), TODAY
    )
    assert grid_succession.keeps_past_prices(content, content | {"label": "Autre nom"}, TODAY)


def test_a_period_that_has_begun_stays_and_others_may_come() -> None:
    autumn = {"label": "Automne", "first": SEPTEMBER, "last": date(2026, 12, 18)}
    winter = {"label": "Hiver", "first": JANUARY, "last": date(2027, 3, 31)}
    before = tariff([grid(SEPTEMBER)], unit="term", periods=[autumn])

    assert grid_succession.keeps_past_prices(before, before | {"periods": [autumn, winter]}, TODAY)
    assert not grid_succession.keeps_past_prices(before, before | {"periods": [winter]}, TODAY)


def test_a_new_residence_class_pays_what_another_pays_in_every_grid() -> None:
    meal = part(column([band(0, None, 300)], TOWN), column([band(0, None, 600)], OUTSIDE))
    before = tariff([grid(SEPTEMBER, parts=[meal])])

    after = added_columns.content_with_residence_class(before, "linked", OUTSIDE)

    assert fits(after) and grid_succession.keeps_past_prices(before, after, TODAY)
    assert after["grids"][0]["parts"][0]["columns"][1]["residences"] == [OUTSIDE, "linked"]
    assert added_columns.content_with_residence_class(after, "linked", TOWN) == after
    assert added_columns.without_residence(after, "linked") == before


def test_who_brings_a_meal_pays_as_usual_until_a_grid_says_otherwise() -> None:
    before = tariff([grid(SEPTEMBER)])

    after = added_columns.content_with_attendance_modes(before, ["", "own_meal"])

    assert after["variants"] == ["", "own_meal"]
    assert fits(after) and grid_succession.keeps_past_prices(before, after, TODAY)


def test_rates_and_prices_by_rank_are_prices_of_the_past_too() -> None:
    rows = [band(0, None, 0)]
    rows[0]["price"], rows[0]["by_rank"] = effort(5500, 80, 319), [flat(200)]
    before = tariff([grid(SEPTEMBER, parts=[part(column(rows, TOWN, OUTSIDE))])])
    changed = tariff(
        [
            grid(
                SEPTEMBER,
                parts=[part(column([{**rows[0], "price": effort(5501, 80, 319)}], TOWN, OUTSIDE))],
            )
        ]
    )

    assert fits(before)
    assert not grid_succession.keeps_past_prices(before, changed, TODAY)
