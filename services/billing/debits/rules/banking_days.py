"""Days on which banks collect: those of the European payment system (TARGET). Pure."""

from datetime import date, timedelta

# By its module: `holidays.EuropeanCentralBank` would read all countries in each process.
from holidays.financial.european_central_bank import EuropeanCentralBank

from shared.dates.working_days import working_day_from


def banking_day_from(day: date) -> date:
    """
    Return the day itself, or the next on which banks collect.

    These are not the public holidays: banks collect on 14 July, and not on Good Friday.
    """
    return working_day_from(day, EuropeanCentralBank(years=[day.year, day.year + 1]))


def first_day_after_notice(on: date, notice_days: int) -> date:
    """Return the first banking day on which families notified on `on` may be debited."""
    return banking_day_from(on + timedelta(days=notice_days))
