"""The drawing of a régie's months."""

from hypothesis import given
from hypothesis import strategies as st

from services.enrolment.desk.regie.charts import HEIGHT, LEFT, WIDTH, plot_of


def months(*billed: int) -> list[dict[str, object]]:
    return [
        {"month": f"2026-{at + 1:02}", "billed_cents": cents, "credited_cents": 0, "paid_cents": 0}
        for at, cents in enumerate(billed)
    ]


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=12).filter(any))
def test_every_bar_stays_inside_the_drawing_and_grows_with_its_amount(billed: list[int]) -> None:
    plot = plot_of(months(*billed))

    assert plot is not None
    bars = [bar for bar in plot.bars if bar.series == "billed"]
    assert all(bar.x >= LEFT and bar.x + bar.width <= WIDTH for bar in bars)
    assert all(bar.y >= 0 and bar.y + bar.height <= HEIGHT for bar in bars)
    heights = [bar.height for _cents, bar in sorted(zip(billed, bars, strict=True), key=_first)]
    assert heights == sorted(heights)
    assert plot.lines[0].cents == 0 and plot.lines[-1].cents >= max(billed)
    assert 2 <= len(plot.lines) <= 7


def test_months_stand_in_their_order_whatever_the_answers() -> None:
    plot = plot_of(list(reversed(months(1, 2, 3))))

    assert plot is not None
    assert [mark.month for mark in plot.months] == ["2026-01", "2026-02", "2026-03"]


def test_a_year_without_an_amount_is_not_drawn() -> None:
    assert plot_of(months(0, 0)) is None
    assert plot_of([]) is None


def _first(pair: tuple[int, object]) -> int:
    return pair[0]
