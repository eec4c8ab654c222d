"""Day until which a bill is to be paid: never one on which counter and bank are closed."""

from datetime import date

import pytest

from services.billing.bills.rules.due_days import due_day
from shared.register.calendar import ALSACE_MOSELLE

NATIONAL = ""


@pytest.mark.parametrize(
    ("issued", "due"),
    [
        (date(2026, 11, 2), date(2026, 12, 2)),  # a working Wednesday
        (date(2026, 11, 5), date(2026, 12, 7)),  # from a Saturday on to the Monday
        (date(2026, 11, 6), date(2026, 12, 7)),  # from a Sunday, too
        (date(2026, 11, 25), date(2026, 12, 28)),  # Christmas on a Friday, then the weekend
        (date(2026, 12, 2), date(2027, 1, 4)),  # over the turn of a year
        (date(2027, 2, 26), date(2027, 3, 30)),  # Easter Sunday, then Easter Monday
    ],
)
def test_a_bill_is_due_after_thirty_days_or_on_the_next_working_day(
    issued: date, due: date
) -> None:
    assert due_day(issued, 30, NATIONAL) == due


def test_on_good_friday_a_bill_is_due_except_in_alsace_and_moselle() -> None:
    issued, good_friday = date(2027, 2, 24), date(2027, 3, 26)

    assert due_day(issued, 30, NATIONAL) == good_friday
    assert due_day(issued, 30, ALSACE_MOSELLE) == date(2027, 3, 30)
