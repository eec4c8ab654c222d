"""Rules of closures: which sessions fall into some hours."""

from datetime import date, datetime

import pytest

from services.enrolment.offer.rules.hours_of_closure import Span
from shared.dates.clock import PARIS

DAY = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("starts", "ends", "closed"),
    [
        ("", "", True),
        ("13:00", "", True),  # it is not over yet
        ("13:20", "", False),
        ("", "11:30", False),
        ("", "11:31", True),
        ("12:00", "12:30", True),
    ],
)
def test_a_lunch_falls_into_hours_that_it_meets_even_in_part(
    starts: str, ends: str, closed: bool
) -> None:
    begins, over = (datetime(2026, 12, 1, *clock, tzinfo=PARIS) for clock in ((11, 30), (13, 20)))

    assert Span(DAY, DAY, starts, ends).has(begins, over) is closed
