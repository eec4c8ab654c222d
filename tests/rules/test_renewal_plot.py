"""The drawing of a campaign's days: counts become rectangles that stay inside."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.enrolment.desk.school_year.renewal.charts import (
    BOTTOM,
    CONFIRMED,
    DECLINED,
    HEIGHT,
    LEFT,
    WIDTH,
    plot_of,
)

MONDAY = date(2027, 5, 10)


def test_where_nobody_answered_nothing_is_drawn() -> None:
    assert plot_of({}, MONDAY, MONDAY + timedelta(days=7)) is None


def test_yes_and_no_of_a_day_stand_on_each_other() -> None:
    plot = plot_of({MONDAY: (3, 1)}, MONDAY, MONDAY + timedelta(days=3))

    yes, no = plot.bars
    assert (yes.series, no.series) == (CONFIRMED, DECLINED)
    assert yes.y == no.y + no.height
    assert yes.height == 3 * no.height or abs(yes.height - 3 * no.height) < 0.5
    assert [line.count for line in plot.lines] == [0, 1, 2, 3, 4]


@given(
    st.dictionaries(
        st.integers(0, 120), st.tuples(st.integers(0, 900), st.integers(0, 900)), max_size=40
    ),
    st.integers(0, 120),
)
def test_every_bar_lies_inside_and_few_days_are_named(
    said: dict[int, tuple[int, int]], length: int
) -> None:
    by_day = {MONDAY + timedelta(days=at): both for at, both in said.items()}

    plot = plot_of(by_day, MONDAY, MONDAY + timedelta(days=length))

    if plot is None:
        assert all(sum(both) == 0 for at, both in said.items() if at <= length)
        return
    assert len(plot.names) <= 8
    for bar in plot.bars:
        assert bar.x >= LEFT and bar.x + bar.width <= WIDTH
        assert bar.y >= 0 and bar.y + bar.height <= HEIGHT - BOTTOM + 0.2
