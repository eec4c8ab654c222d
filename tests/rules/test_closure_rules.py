"""Rules of closures: which sessions fall into some hours."""

from datetime import date, datetime, timedelta

import pytest

from services.enrolment.offer.rules.hours_of_closure import Span, deadline_after_lifting
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


@pytest.mark.parametrize(
    ("lifted_before", "open_until"),
    [
        (timedelta(hours=20), timedelta(0)),
        (timedelta(days=3), timedelta(days=2)),
        (timedelta(days=9), timedelta(days=5)),
        (-timedelta(hours=1), timedelta(days=5)),
    ],
    ids=["the eve: its start", "a day from then", "its own deadline is later", "begun: no more"],
)
def test_who_made_other_plans_has_a_day_to_say_no_once_a_closure_is_lifted(
    lifted_before: timedelta, open_until: timedelta
) -> None:
    starts = datetime(2026, 12, 1, 11, 30, tzinfo=PARIS)
    own = starts - timedelta(days=5)

    assert deadline_after_lifting(starts, own, starts - lifted_before) == starts - open_until
