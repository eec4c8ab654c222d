"""Lines that a payment has paid: exact to the cent, whatever comes in whatever parts."""

from hypothesis import given
from hypothesis import strategies as st

from services.billing.ledger.rules.line_allocation import allocate_to_lines

LINES = st.lists(st.integers(0, 5_000), min_size=1, max_size=12)


@given(LINES, st.integers(0, 70_000))
def test_what_is_paid_is_shared_out_to_the_cent(cents: list[int], paid: int) -> None:
    parts = list(allocate_to_lines(cents, paid))

    assert sum(parts) == min(paid, sum(cents))
    assert all(0 <= part <= line for part, line in zip(parts, cents, strict=True))


@given(LINES)
def test_a_bill_that_is_paid_whole_has_each_line_paid_whole(cents: list[int]) -> None:
    assert list(allocate_to_lines(cents, sum(cents))) == cents


@given(LINES, st.integers(0, 10_000), st.integers(0, 10_000))
def test_who_pays_more_never_has_paid_less_up_to_a_line(
    cents: list[int], paid: int, more: int
) -> None:
    before, after = (
        list(allocate_to_lines(cents, paid)),
        list(allocate_to_lines(cents, paid + more)),
    )

    assert all(sum(after[: place + 1]) >= sum(before[: place + 1]) for place in range(len(cents)))


def test_half_a_bill_pays_half_of_each_line_and_the_rest_completes_it() -> None:
    assert list(allocate_to_lines([250, 100], 175)) == [125, 50]
    assert list(allocate_to_lines([333, 333, 334], 1)) == [0, 1, 0]
    assert list(allocate_to_lines([], 100)) == []
