"""Reminders to a family of what is not booked."""

from datetime import date, datetime, timedelta

import pytest

from services.portal_gateway.alerts.rules.alert_texts import reminder_alert_words
from services.portal_gateway.alerts.rules.reminders import due_reminders
from services.portal_gateway.schedule.rules.family_days import Day
from shared.contracts.enrolment.places import states
from shared.dates.clock import PARIS

TUESDAY = date(2026, 12, 1)
NINE = datetime(2026, 12, 1, 9, tzinfo=PARIS)
EVENING = datetime(2026, 11, 30, 18, 30, tzinfo=PARIS)


def day(state: str = states.FREE, *, until: datetime | None = NINE, child: str = "manon") -> Day:
    starts = datetime(2026, 12, 1, 11, 30, tzinfo=PARIS)
    ends = starts + timedelta(hours=2)
    return Day("ens", child, f"lunch of {child}", TUESDAY, starts, ends, "a", "Cantine", "g", state,
               until, None)  # fmt: skip


def test_before_a_deadline_in_the_morning_one_is_reminded_on_the_evening_before() -> None:
    [reminder] = due_reminders([day(), day(child="lou")], EVENING)

    assert reminder.days == (TUESDAY,)
    assert reminder.until == NINE


@pytest.mark.parametrize("state", [each for each in states.DAY_STATES if each != states.FREE])
def test_nobody_is_reminded_of_what_is_booked_decided_or_somebody_else_s(state: str) -> None:
    assert due_reminders([day(state)], EVENING) == []


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 30, 17, tzinfo=PARIS),  # too early: the deadline is 16 hours away
        datetime(2026, 11, 30, 22, tzinfo=PARIS),  # at night
        datetime(2026, 12, 1, 7, 30, tzinfo=PARIS),
        datetime(2026, 12, 1, 9, 30, tzinfo=PARIS),  # too late
    ],
)
def test_a_reminder_comes_neither_too_early_nor_at_night_nor_too_late(moment: datetime) -> None:
    assert due_reminders([day()], moment) == []


def test_a_day_that_can_be_booked_no_more_is_left_in_peace() -> None:
    assert due_reminders([day(until=None)], EVENING) == []


def test_a_deadline_has_one_name_however_often_it_is_looked_at() -> None:
    [first] = due_reminders([day()], EVENING)
    [again] = due_reminders([day()], EVENING + timedelta(hours=1))

    assert first.key == again.key


def test_a_reminder_says_service_day_and_until_when() -> None:
    words = reminder_alert_words("Service Enseignement", [TUESDAY], NINE, EVENING.date())

    plain = {name: each.text.replace("\u00a0", " ") for name, each in words.items()}
    assert plain["fr"] == (
        "Rien n’est réservé : mardi 1er décembre. À réserver avant mardi 1er décembre, 9 h."
    )
    assert (
        plain["en"]
        == "Nothing is booked: Tuesday 1 December. Book before Tuesday 1 December, 9:00."
    )
