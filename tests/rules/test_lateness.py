"""When a child on its way from one service to another is missed (rule R12)."""

from datetime import date, datetime, timedelta

import pytest

from services.enrolment.relays.lateness import (
    ARRIVED,
    AWAY,
    MISSED,
    ON_THE_WAY,
    WAITING,
    hour_of,
    state_of,
)
from shared.contracts.relays import HANDED, NOT_COMING, RECEIVED

DAY, AT = date(2026, 11, 25), "12:15"


def after(minutes: int) -> datetime:
    return hour_of(DAY, AT) + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("marks", "minutes", "state"),
    [
        ({}, -30, WAITING),
        ({}, 14, WAITING),
        ({}, 15, MISSED),
        ({HANDED: 0}, 14, ON_THE_WAY),
        ({HANDED: 0}, 15, MISSED),
        ({HANDED: 10}, 24, ON_THE_WAY),
        ({HANDED: 10}, 25, MISSED),
        ({HANDED: -20}, 14, ON_THE_WAY),
        ({HANDED: 0, RECEIVED: 5}, 60, ARRIVED),
        ({RECEIVED: 5}, 60, ARRIVED),
        ({NOT_COMING: -60}, 60, AWAY),
        ({NOT_COMING: -60, RECEIVED: 3}, 60, ARRIVED),
    ],
)
def test_a_quarter_of_an_hour_after_the_hour_or_the_hand_over_a_child_is_missed(
    marks: dict[str, int], minutes: int, state: str
) -> None:
    known = {act: after(at) for act, at in marks.items()}

    assert state_of(DAY, AT, known, after(minutes)) == state


def test_the_hour_is_that_of_france_in_winter_and_in_summer() -> None:
    winter, summer = hour_of(date(2027, 1, 6), "12:15"), hour_of(date(2027, 7, 7), "12:15")

    assert (winter.utcoffset(), summer.utcoffset()) == (timedelta(hours=1), timedelta(hours=2))
