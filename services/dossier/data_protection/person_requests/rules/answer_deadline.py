"""
Deadline of a request of a person. Pure.

GDPR, article 12(3): one month from receipt, which may be extended by two further months, the person
being informed why within the first. How months end: regulation 1182/71, article 3.
"""

from collections.abc import Container
from datetime import date

from shared.dates.public_holidays import public_holidays
from shared.dates.retention_periods import day_after
from shared.dates.working_days import working_day_from

MONTHS, MOST_MORE = 1, 2
"""The time to answer, in months from receipt, and how many may be added to it, once."""


def due_day_of_request(received_on: date, more: int, public_holidays: Container[date]) -> date:
    """
    Return the last day on which an answer is in time; `more` are the months added, 0 to 2.

    The same number in the last month, or its last day where it is shorter (art. 3(2)c); from a
    Saturday, a Sunday or a public holiday on to the next working day (art. 3(4)).
    """
    return working_day_from(day_after(received_on, f"{MONTHS + more} months"), public_holidays)


def is_request_late(due: date, day: date) -> bool:
    """Say whether the last day is over."""
    return day > due


def last_day_to_answer(received_on: date, more: int = 0) -> date:
    """Return the last day to answer a request received then, with so many months more."""
    return due_day_of_request(
        received_on, more, public_holidays((received_on.year, received_on.year + 1))
    )
