"""A list of the day's sessions begins where an animator stands: at what goes on."""

from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from services.enrolment.attendance.roll_call.rules.session_order import current_sessions_first


class Timed(NamedTuple):
    name: str
    ends_at: datetime


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 12, 1, hour, minute, tzinfo=UTC)


DAY = [
    Timed("care before school", at(8, 30)),
    Timed("canteen", at(13, 20)),
    Timed("study", at(17, 30)),
    Timed("care after school", at(18, 30)),
]


@pytest.mark.parametrize(
    ("moment", "order"),
    [
        (at(7), ["care before school", "canteen", "study", "care after school"]),
        (at(16, 30), ["study", "care after school", "canteen", "care before school"]),
        (at(17, 30), ["care after school", "study", "canteen", "care before school"]),
        (at(19), ["care after school", "study", "canteen", "care before school"]),
    ],
    ids=["in the morning", "after school", "as one ends", "in the evening"],
)
def test_what_goes_on_or_comes_stands_first_and_what_is_over_last(
    moment: datetime, order: list[str]
) -> None:
    assert [session.name for session in current_sessions_first(DAY, moment)] == order
