"""Reads of a child's file, as a family sees them, and the chain that shows tampering: rule R13."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dossier.read_log.rules.chain import (
    Broken,
    ChainLine,
    Head,
    make_signed_line,
    verify_chain,
)
from services.dossier.read_log.rules.summary_for_family import (
    MOST_UNUSUAL,
    Read,
    first_day_kept,
    group_reads,
)

KEY = b"a key that stands in no database"
NOON = datetime(2026, 11, 24, 11, tzinfo=UTC)


def read(at: datetime = NOON, **more: Any) -> Read:
    usual: dict[str, Any] = {
        "provider": "ens",
        "role": "kitchen",
        "projection": "allergies",
        "purpose": "service",
        "unusual": False,
    }
    return Read(**usual | more, at=at)


def test_ordinary_reads_of_a_month_are_one_line_with_their_number() -> None:
    reads = [read(NOON - timedelta(days=days)) for days in range(5)]

    (line,) = group_reads(reads)

    assert line.times == 5
    assert (line.first_at, line.last_at) == (NOON - timedelta(days=4), NOON)


def test_another_role_another_projection_or_another_purpose_is_another_line() -> None:
    reads = [read(), read(role="lead"), read(projection="diet"), read(purpose="search")]

    assert len(group_reads(reads)) == 4


def test_unusual_reads_stand_first_and_those_of_one_kind_in_one_hour_are_one_line() -> None:
    old = NOON - timedelta(days=40)
    later = old + timedelta(minutes=59)
    reads = [read(), *(read(at, unusual=True) for at in (old, later, old - timedelta(minutes=1)))]

    lines = group_reads(reads)

    assert [line.unusual for line in lines] == [True, True, False]
    assert [line.times for line in lines] == [2, 1, 1]
    assert (lines[0].first_at, lines[0].last_at) == (old, later)


def test_an_unusual_read_is_never_counted_among_ordinary_ones() -> None:
    assert [line.times for line in group_reads([read(), read(unusual=True)])] == [1, 1]


def test_a_month_is_that_of_the_families_calendar() -> None:
    first_minute_of_december_in_france = datetime(2026, 11, 30, 23, 1, tzinfo=UTC)

    assert len(group_reads([read(), read(first_minute_of_december_in_france)])) == 2


def test_the_latest_come_first() -> None:
    reads = [read(NOON - timedelta(days=days * 31)) for days in (2, 0, 1)]

    assert [line.last_at for line in group_reads(reads)] == sorted(
        (each.at for each in reads), reverse=True
    )


def test_an_answer_stays_within_a_message_and_keeps_the_latest() -> None:
    reads = [read(NOON - timedelta(hours=hours), unusual=True) for hours in range(900)]

    lines = group_reads(reads)

    assert len(lines) == MOST_UNUSUAL
    assert lines[0].last_at == NOON


def test_lines_are_kept_for_twelve_months_and_the_rest_of_a_month() -> None:
    assert first_day_kept(date(2026, 11, 24)) == date(2025, 11, 1)
    assert first_day_kept(date(2028, 2, 29)) == date(2027, 2, 1)


def chain(length: int, after: Head | None = None) -> list[ChainLine]:
    lines: list[ChainLine] = []
    head = after or Head()
    for number in range(length):
        lines.append(
            make_signed_line(KEY, head, {"child": f"child {number % 3}", "at": str(number)})
        )
        head = lines[-1].head
    return lines


def head_of(lines: list[ChainLine]) -> Head:
    return lines[-1].head


def test_an_untouched_log_is_whole() -> None:
    lines = chain(12)

    assert verify_chain(KEY, lines, head_of(lines), [lines[4].head]) is None
    assert verify_chain(KEY, [], Head()) is None


@given(st.integers(0, 11))
def test_a_flipped_line_is_found(place: int) -> None:
    lines = chain(12)
    lines[place] = replace(lines[place], body={**lines[place].body, "child": "somebody else"})

    assert verify_chain(KEY, lines, head_of(lines)) == Broken(place + 1, "changed")


@given(st.integers(0, 11))
def test_a_deleted_line_is_found(place: int) -> None:
    lines = chain(12)
    head = head_of(lines)
    del lines[place]

    assert verify_chain(KEY, lines, head) is not None


@given(st.integers(0, 12), st.integers(0, 11))
def test_an_inserted_line_is_found(place: int, copied: int) -> None:
    lines = chain(12)
    head = head_of(lines)
    lines.insert(place, lines[copied])

    assert verify_chain(KEY, lines, head) is not None


@given(st.permutations(range(8)).filter(lambda order: order != list(range(8))))
def test_a_moved_line_is_found(order: list[int]) -> None:
    lines = chain(8)
    moved = [lines[place] for place in order]
    renumbered = [replace(line, sequence=place + 1) for place, line in enumerate(moved)]

    assert verify_chain(KEY, moved, head_of(lines)) is not None
    assert verify_chain(KEY, renumbered, head_of(renumbered)) is not None


@given(st.integers(0, 11))
def test_a_log_cut_short_no_longer_reaches_its_head(kept: int) -> None:
    lines = chain(12)

    broken = verify_chain(KEY, lines[:kept], head_of(lines))

    assert broken == Broken(kept, "end")


@given(st.integers(1, 11))
def test_a_log_cut_short_with_its_head_is_found_by_a_head_that_was_noted_outside(kept: int) -> None:
    lines = chain(12)
    short = lines[:kept]

    assert verify_chain(KEY, short, head_of(short)) is None
    assert verify_chain(KEY, short, head_of(short), [lines[-1].head]) == Broken(kept, "end")


def test_a_log_rewritten_with_the_key_is_found_by_a_head_that_was_noted_outside() -> None:
    anchor = chain(12)[5].head
    first = make_signed_line(KEY, Head(), {"child": "somebody else"})
    rewritten = [first, *chain(11, after=first.head)]

    assert verify_chain(KEY, rewritten, head_of(rewritten)) is None
    assert verify_chain(KEY, rewritten, head_of(rewritten), [anchor]) == Broken(6, "changed")


def test_nobody_without_the_key_can_write_a_line() -> None:
    lines = chain(3)
    lines.append(make_signed_line(b"another key", head_of(lines), {"child": "child 0"}))

    assert verify_chain(KEY, lines, head_of(lines)) == Broken(4, "changed")


def purged(lines: list[ChainLine], through: int) -> list[ChainLine]:
    """Return the log after a purge of the first lines, behind its signed line."""
    taken = lines[through - 1].head
    purge = make_signed_line(KEY, head_of(lines), {"kind": "purge"}, through=taken)
    return [*lines[through:], purge]


def test_a_purge_is_told_from_a_truncation() -> None:
    lines = chain(12)
    left = purged(lines, through=5)

    assert verify_chain(KEY, left, head_of(left), [lines[2].head, lines[8].head]) is None
    assert verify_chain(KEY, lines[5:], head_of(lines)) == Broken(6, "beginning")


def test_a_purge_covers_no_line_more_than_it_says() -> None:
    left = purged(chain(12), through=5)

    assert verify_chain(KEY, left[1:], head_of(left)) == Broken(7, "beginning")


def test_a_purge_of_everything_leaves_its_own_line() -> None:
    left = purged(chain(12), through=12)

    assert len(left) == 1
    assert verify_chain(KEY, left, head_of(left)) is None


def test_a_second_purge_takes_the_first_ones_line() -> None:
    left = purged(chain(12), through=5)
    left += chain(4, after=head_of(left))
    left = purged(left, through=9)

    assert verify_chain(KEY, left, head_of(left)) is None


@pytest.mark.parametrize("through", [3, 7])
def test_a_purge_line_that_says_otherwise_is_found(through: int) -> None:
    left = purged(chain(12), through=5)
    left[-1] = replace(left[-1], through=Head(through, left[-1].mac))

    assert verify_chain(KEY, left, head_of(left)) is not None
