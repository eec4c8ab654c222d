"""The bar charts of the desk: amounts become rectangles that stay inside the drawing."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.enrolment.desk.page_parts.bar_charts import Layout, make_plot_of_columns
from services.enrolment.desk.school_year.renewal.answers_chart import (
    CONFIRMED,
    DECLINED,
    plot_of_days,
)

BESIDE = Layout(("billed", "paid"), left=84, height=300)
STACKED = Layout(("yes", "no"), left=56, stacked=True, most_names=8)
MONDAY = date(2027, 5, 10)

amounts = st.lists(
    st.tuples(st.integers(-(10**6), 10**9), st.integers(0, 10**9)), min_size=1, max_size=90
)


@given(amounts, st.sampled_from([BESIDE, STACKED]))
def test_every_bar_stays_inside_the_drawing_and_the_scale_covers_all(
    columns: list[tuple[int, int]], layout: Layout
) -> None:
    plot = make_plot_of_columns(dict(enumerate(columns)), layout, str, str)

    if plot is None:
        assert max(amount for column in columns for amount in column) <= 0
        return
    for bar in plot.bars:
        assert bar.x >= layout.left and bar.x + bar.width <= plot.width
        assert bar.y >= 0 and bar.y + bar.height <= layout.height
    assert 2 <= len(plot.lines) <= 7
    assert int(plot.lines[-1].text) >= max(max(column) for column in columns)
    assert len(plot.names) <= layout.most_names


def test_of_two_amounts_the_greater_has_the_higher_bar() -> None:
    plot = make_plot_of_columns({"may": (100, 300), "june": (0, 200)}, BESIDE, str, str)

    assert plot is not None
    heights = [(bar.series, round(bar.height)) for bar in plot.bars]
    assert heights == [("billed", 85), ("paid", 254), ("paid", 169)]
    assert [name.text for name in plot.names] == ["may", "june"]


def test_where_there_is_no_amount_nothing_is_drawn() -> None:
    assert make_plot_of_columns({"may": (0, 0)}, BESIDE, str, str) is None
    assert make_plot_of_columns({}, BESIDE, str, str) is None
    assert plot_of_days({}, MONDAY, MONDAY + timedelta(days=7)) is None


def test_yes_and_no_of_a_day_stand_on_each_other() -> None:
    plot = plot_of_days({MONDAY: (3, 1)}, MONDAY, MONDAY + timedelta(days=3))

    assert plot is not None
    yes, no = plot.bars
    assert (yes.series, no.series) == (CONFIRMED, DECLINED)
    assert yes.y == no.y + no.height
    assert abs(yes.height - 3 * no.height) < 0.5
    assert [line.text for line in plot.lines] == ["0", "1", "2", "3", "4"]
    assert [name.text for name in plot.names] == ["10/05", "11/05", "12/05", "13/05"]
