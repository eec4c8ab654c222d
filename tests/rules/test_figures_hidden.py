"""
Numbers that a provider publishes: none under five, and none that the others give away.

The solver here knows nothing of how numbers are hidden: it tries every table of whole numbers that
fits what is shown.
"""

from collections.abc import Iterator, Sequence
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.enrolment.figures.rules.suppression import (
    LEAST_SHOWN,
    hidden_cells,
    table_with_hidden_as_none,
    table_with_totals,
)

Shown = Sequence[Sequence[int | None]]
Rows = Sequence[Sequence[int]]
Cell = tuple[int, int]
LARGEST = 13
"""Up to what the solver tries an inner number that is hidden."""
LIKELY_FIRST = (5, 0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12)

SHAPES = ((1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (3, 1))
TABLES = st.sampled_from(SHAPES).flatmap(
    lambda shape: st.lists(
        st.lists(st.one_of(st.integers(0, 7), st.just(0)), min_size=shape[1], max_size=shape[1]),
        min_size=shape[0],
        max_size=shape[0],
    )
)


def some_table_fits(shown: Shown, cell: Cell, wanted: range) -> bool:
    """Try every table, row by row, for one that fits what is shown and has `wanted` at a cell."""
    *rows, totals = shown
    asked = [list(row) for row in shown]

    def fits(number: int, at: int, nth: int) -> bool:
        told = asked[at][nth]
        return (told is None or told == number) and ((at, nth) != cell or number in wanted)

    def grow(at: int, sums: tuple[int, ...]) -> bool:
        if at == len(rows):
            return all(fits(s, at, n) for n, s in enumerate((*sums, sum(sums))))
        return any(
            grow(at + 1, tuple(a + b for a, b in zip(sums, row, strict=True)))
            for row in _rows_that_fit(asked[at][:-1])
            if all(fits(number, at, nth) for nth, number in enumerate((*row, sum(row))))
            and all(t is None or a + b <= t for t, a, b in zip(totals, sums, row, strict=False))
        )

    return grow(0, (0,) * (len(totals) - 1))


def _rows_that_fit(inner: Sequence[int | None]) -> Iterator[tuple[int, ...]]:
    return product(*(LIKELY_FIRST if number is None else (number,) for number in inner))


def given_away(shown: Shown, rows: Sequence[Sequence[int]]) -> set[Cell]:
    """Return the hidden numbers that are known, or known to be under five, to who tries all."""
    grid, known = table_with_totals(rows), set()
    for at, row in enumerate(shown):
        for nth, told in enumerate(row):
            number = grid[at][nth]
            others = (
                [range(LEAST_SHOWN, 9 * LARGEST)]
                if number < LEAST_SHOWN
                else [range(number), range(number + 1, 9 * LARGEST)]
            )
            if told is None and not any(some_table_fits(shown, (at, nth), o) for o in others):
                known.add((at, nth))
    return known


@settings(max_examples=60, deadline=None)
@given(TABLES)
def test_no_number_under_five_is_shown_nor_given_away_by_the_others(rows: list[list[int]]) -> None:
    shown = table_with_hidden_as_none(rows)

    assert all(cell is None or cell >= LEAST_SHOWN for row in shown for cell in row)
    assert given_away(shown, rows) == set()


def kept_beside(former: Shown, rows: Rows, shown: Shown, later: Rows) -> list[list[int | None]]:
    """Return what is known to who kept the former table: of what is the same now, both tables."""
    return [
        [
            told if told is not None or was != now else known
            for told, known, was, now in zip(*each, strict=True)
        ]
        for each in zip(
            shown, former, table_with_totals(rows), table_with_totals(later), strict=True
        )
    ]


def told_by(shown: Shown) -> dict[Cell, int | None]:
    return {(at, nth): told for at, row in enumerate(shown) for nth, told in enumerate(row)}


@settings(max_examples=60, deadline=None)
@given(TABLES, st.data())
def test_a_table_published_again_gives_nothing_away_to_who_kept_the_former(
    rows: list[list[int]], data: st.DataObject
) -> None:
    later = [[min(number, 6) for number in row] for row in rows]
    rows = [list(row) for row in later]
    at = data.draw(st.integers(0, len(rows) - 1))
    nth = data.draw(st.integers(0, len(rows[at]) - 1))
    later[at][nth] = max(0, later[at][nth] + data.draw(st.sampled_from([-1, 1])))
    former = table_with_hidden_as_none(rows)

    shown = table_with_hidden_as_none(later, told_by(former))

    assert given_away(kept_beside(former, rows, shown, later), later) == set()
    assert all(told is None or former[i][j] is not None for (i, j), told in told_by(shown).items())


def test_a_mark_that_comes_late_does_not_give_away_the_others_of_the_quarter() -> None:
    rows, later = [[5, 5, 0]], [[4, 5, 0]]
    former = table_with_hidden_as_none(rows)
    assert former == [[None, 5, None, 10]] * 2

    alone = kept_beside(former, rows, table_with_hidden_as_none(later), later)
    assert given_away(alone, later) >= {(0, 0), (0, 2)}
    beside = kept_beside(former, rows, table_with_hidden_as_none(later, told_by(former)), later)
    assert given_away(beside, later) == set()


@settings(max_examples=100, deadline=None)
@given(TABLES)
def test_what_is_shown_is_what_was_counted(rows: list[list[int]]) -> None:
    for row, whole in zip(table_with_hidden_as_none(rows), table_with_totals(rows), strict=True):
        assert all(cell is None or cell == number for cell, number in zip(row, whole, strict=True))


def test_hiding_small_numbers_alone_would_give_them_away() -> None:
    rows = [[20, 3], [30, 40]]
    naive = [[None if n < LEAST_SHOWN else n for n in row] for row in table_with_totals(rows)]
    assert given_away(naive, rows) == {(0, 1)}

    assert hidden_cells(table_with_totals(rows), {}) == {(0, 0), (0, 1), (1, 0), (1, 1)}


def test_two_small_neighbours_that_their_total_gives_away_are_not_enough() -> None:
    """Both are under five for whoever subtracts: a third one is hidden."""
    shown = table_with_hidden_as_none([[1, 2, 8], [6, 7, 6]])
    assert given_away(shown, [[1, 2, 8], [6, 7, 6]]) == set()
    assert shown[0].count(None) > 2


@pytest.mark.parametrize("rows", [[], [[0]], [[7]], [[0, 0], [0, 0]], [[100, 200], [300, 400]]])
def test_tables_of_one_of_nothing_and_of_many(rows: list[list[int]]) -> None:
    shown = table_with_hidden_as_none(rows)
    assert given_away(shown, rows) == set() if rows else shown == []
    if rows == [[100, 200], [300, 400]]:
        assert shown == table_with_totals(rows)


def test_a_table_of_two_hundred_rows_keeps_most_of_its_numbers() -> None:
    rows = [[at * 7 % 90, at * 13 % 11, at * 5 % 40] for at in range(200)]
    shown = table_with_hidden_as_none(rows)
    assert sum(cell is None for row in shown for cell in row) < 300
