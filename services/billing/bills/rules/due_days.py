"""Day until which a bill is to be paid. Pure."""

from datetime import date, timedelta

from shared.dates.public_holidays import public_holidays
from shared.dates.working_days import working_day_from


def due_day(issued_on: date, days: int, territory: str) -> date:
    """
    Return the last day to pay a bill issued then, in so many days at least.

    Nobody is late on a day on which counter and bank are closed: from a Saturday, a Sunday or a
    public holiday of the territory it goes on to the next working day.
    """
    last = issued_on + timedelta(days=days)
    return working_day_from(last, public_holidays((last.year, last.year + 1), territory))
