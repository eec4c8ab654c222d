"""The moments at which `make test-moments` runs the suite: to come, and what their names say."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.dates.clock import PARIS
from tests.moments import MOMENTS, next_one

EVENING = datetime(2026, 11, 27, 20, 5, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("name", "comes"),
    [
        ("friday-evening", "2026-12-04 18:05"),
        ("sunday-night", "2026-11-29 23:58"),
        ("clock-change", "2027-03-28 01:58"),
        ("christmas-eve", "2026-12-24 17:58"),
        ("end-of-school-year", "2027-08-31 14:00"),
        ("leap-day", "2028-02-29 11:00"),
        ("new-year", "2027-01-01 00:01"),
    ],
)
def test_each_moment_is_the_next_of_its_kind_in_paris(name: str, comes: str) -> None:
    assert f"{next_one(name, EVENING).astimezone(PARIS):%Y-%m-%d %H:%M}" == comes


def test_a_moment_that_is_just_past_comes_again_later() -> None:
    for name in MOMENTS:
        comes = next_one(name, EVENING)

        assert next_one(name, comes - timedelta(seconds=1)) == comes
        assert next_one(name, comes) > comes + timedelta(days=6)


@pytest.mark.parametrize("month", [1, 7])
def test_the_clock_changes_two_minutes_later_in_spring_and_in_autumn(month: int) -> None:
    comes = next_one("clock-change", datetime(2027, month, 1, tzinfo=UTC))

    before, after = (comes + timedelta(seconds=seconds) for seconds in (119, 120))

    assert before.astimezone(PARIS).utcoffset() != after.astimezone(PARIS).utcoffset()
