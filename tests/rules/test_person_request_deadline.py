"""
Deadline of the answer to a person's request (GDPR, art. 12(3); regulation 1182/71, art. 3).

The first two cases are the European Data Protection Board's own (guidelines 01/2022).
"""

from datetime import date

import pytest

from services.dossier.data_protection.person_requests.rules.answer_deadline import (
    due_day_of_request,
    is_request_late,
)
from shared.dates.public_holidays import public_holidays

HOLIDAYS = public_holidays(range(2024, 2029))


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (date(2027, 3, 5), date(2027, 4, 5)),
        (date(2026, 8, 31), date(2026, 9, 30)),  # September has no 31
        (date(2027, 2, 28), date(2027, 3, 30)),  # Easter Sunday, then Easter Monday
        (date(2026, 11, 27), date(2026, 12, 28)),  # a Sunday goes on to the Monday
        (date(2027, 1, 31), date(2027, 3, 1)),  # the last of February is a Sunday
        (date(2028, 1, 31), date(2028, 2, 29)),  # a leap year has its own last day
        (date(2026, 12, 31), date(2027, 2, 1)),  # over the turn of a year, from a Sunday on
        (date(2026, 10, 11), date(2026, 11, 12)),  # 11 November is a public holiday
        (date(2026, 4, 14), date(2026, 5, 15)),  # Ascension Day, then a working Friday
        (date(2026, 11, 25), date(2026, 12, 28)),  # Christmas on a Friday, then the weekend
        (date(2026, 6, 30), date(2026, 7, 30)),  # the same number, not the last day of the month
    ],
)
def test_a_month_ends_on_the_same_number_or_on_the_next_working_day(
    received: date, due: date
) -> None:
    assert due_day_of_request(received, 0, HOLIDAYS) == due


def test_two_months_more_are_three_from_receipt_and_not_from_the_first_last_day() -> None:
    received = date(2026, 11, 27)

    assert due_day_of_request(received, 1, HOLIDAYS) == date(2027, 1, 27)
    assert due_day_of_request(received, 2, HOLIDAYS) == date(
        2027, 3, 1
    )  # 27 February 2027 is a Saturday


def test_every_last_day_is_a_working_day_and_within_a_few_days_of_the_month() -> None:
    for ordinal in range(date(2026, 1, 1).toordinal(), date(2027, 12, 31).toordinal()):
        received = date.fromordinal(ordinal)
        due = due_day_of_request(received, 0, HOLIDAYS)

        assert due.isoweekday() < 6 and due not in HOLIDAYS
        assert 28 <= (due - received).days <= 35


def test_the_last_day_itself_is_in_time() -> None:
    due = date(2026, 12, 28)

    assert not is_request_late(due, due)
    assert is_request_late(due, date(2026, 12, 29))


def test_the_public_holidays_are_the_eleven_of_the_code_du_travail() -> None:
    year = public_holidays([2026])

    assert len(year) == 11
    assert {date(2026, 5, 1), date(2026, 7, 14), date(2026, 5, 25)} <= set(year)
    assert date(2026, 4, 3) not in year  # Good Friday is one in Alsace and Moselle alone
