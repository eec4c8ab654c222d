"""A sum is divided into parts; what is left of each follows from what is owed, to the cent."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as some

from services.billing.bills.rules.due_days import days_of_parts
from services.billing.ledger.rules.plan_parts import (
    Part,
    Piece,
    divide_into_parts,
    has_missed_part,
    next_part,
    parts_by_now,
    pieces_by_bill,
)

NATIONAL = ""
DAYS = [date(2027, month, 5) for month in range(1, 7)]
CENTS = some.integers(1, 500_000)
COUNT = some.integers(2, 6)


def left(parts: list[Part]) -> list[int]:
    return [part.left_cents for part in parts]


@given(CENTS, COUNT)
def test_parts_are_alike_and_the_first_has_the_odd_cents(cents: int, count: int) -> None:
    parts = [each for _day, each in divide_into_parts(cents, DAYS[:count])]

    assert sum(parts) == cents
    assert len(set(parts[1:])) <= 1
    assert 0 <= parts[0] - parts[-1] < count


@given(CENTS, COUNT, some.integers(0, 500_000), some.integers(0, 900_000))
def test_what_is_left_of_the_parts_is_what_is_owed(
    cents: int, count: int, credited: int, owed: int
) -> None:
    agreed = divide_into_parts(cents, DAYS[:count])

    parts = parts_by_now(agreed, credited, owed)

    assert sum(left(parts)) == owed
    assert all(0 <= part.left_cents <= part.cents for part in parts)
    paid = [part.left_cents < part.cents for part in parts if part.cents]
    assert paid == sorted(paid, reverse=True)


def test_a_payment_pays_the_first_part_and_a_credit_note_takes_from_the_last() -> None:
    agreed = divide_into_parts(10_001, DAYS[:4])
    assert [cents for _day, cents in agreed] == [2_501, 2_500, 2_500, 2_500]

    assert left(parts_by_now(agreed, 0, 10_001 - 2_000)) == [501, 2_500, 2_500, 2_500]
    assert left(parts_by_now(agreed, 0, 10_001 - 3_000)) == [0, 2_001, 2_500, 2_500]
    assert left(parts_by_now(agreed, 3_000, 10_001 - 3_000)) == [2_501, 2_500, 2_000, 0]
    assert left(parts_by_now(agreed, 3_000, 10_001 - 6_000)) == [0, 2_001, 2_000, 0]


def test_what_is_owed_beyond_the_parts_is_asked_for_with_the_last() -> None:
    """A cheque of before the plan came back: nobody has missed a part by it."""
    agreed = divide_into_parts(6_000, DAYS[:3])

    assert left(parts_by_now(agreed, 0, 7_500)) == [2_000, 2_000, 3_500]


def test_a_part_is_missed_once_its_days_of_grace_are_over() -> None:
    parts = parts_by_now(divide_into_parts(6_000, DAYS[:3]), 0, 4_000)

    assert next_part(parts) == Part(date(2027, 2, 5), 2_000, 2_000)
    assert not has_missed_part(parts, 8, date(2027, 2, 13))
    assert has_missed_part(parts, 8, date(2027, 2, 14))
    assert not has_missed_part(parts_by_now(divide_into_parts(6_000, DAYS[:3]), 0, 0), 8, DAYS[5])


@given(some.lists(CENTS, min_size=1, max_size=5), COUNT, some.integers(0, 100))
def test_pieces_pay_each_bill_and_each_part_whole(
    bills: list[int], count: int, percent: int
) -> None:
    owed = [(str(number), cents * percent // 100) for number, cents in enumerate(bills)]
    parts = parts_by_now(
        divide_into_parts(sum(bills), DAYS[:count]), 0, sum(cents for _bill, cents in owed)
    )

    pieces = pieces_by_bill(parts, owed)

    assert {bill: sum(piece.cents for piece in of_bill) for bill, of_bill in pieces.items()} == (
        dict(owed)
    )
    for part in parts:
        of_part = [each for of_bill in pieces.values() for each in of_bill]
        assert part.left_cents == sum(p.cents for p in of_part if p.due_on == part.due_on)


def test_a_part_that_ends_one_bill_and_begins_the_next_is_two_pieces() -> None:
    parts = parts_by_now(divide_into_parts(9_000, DAYS[:3]), 0, 9_000)

    assert pieces_by_bill(parts, [("a", 4_000), ("b", 5_000)]) == {
        "a": [Piece(DAYS[0], 3_000), Piece(DAYS[1], 1_000)],
        "b": [Piece(DAYS[1], 2_000), Piece(DAYS[2], 3_000)],
    }


def test_parts_are_a_month_apart_on_days_on_which_banks_are_open() -> None:
    assert days_of_parts(date(2027, 1, 29), 3, NATIONAL) == [
        date(2027, 1, 29),
        date(2027, 3, 1),  # the 28th of February is a Sunday
        date(2027, 3, 30),  # the 29th is Easter Monday
    ]
