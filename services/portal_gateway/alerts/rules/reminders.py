"""Days of which a family is reminded before it is too late to book them. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.portal_gateway.bills.rules.bills import Bill
from services.portal_gateway.schedule.rules.family_days import Day
from shared.contracts.billing.payment_plans import GRANTED
from shared.contracts.enrolment.places import states
from shared.dates.clock import PARIS

AHEAD = timedelta(hours=15)
"""Before a deadline at nine in the morning, on the evening before."""
BEFORE_DUE = timedelta(days=2)
"""The reminder of a bill leaves so long before its due date: a transfer takes a day."""
FROM_HOUR, UNTIL_HOUR = 8, 21
"""Nobody's telephone rings at night for a lunch."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """Days of one provider on which nothing is booked, and until when they may be."""

    provider: str
    until: datetime
    days: tuple[date, ...]

    @property
    def key(self) -> str:
        """Return its key: the same deadline of a provider is announced once."""
        return f"reminder|{self.provider}|{self.until.isoformat()}"


@dataclass(frozen=True, slots=True)
class DueBills:
    """Bills due at one provider on one day, without the amount and the children concerned."""

    provider: str
    due_on: date

    @property
    def key(self) -> str:
        """Return its key: bills of one provider and day are announced once."""
        return f"bill|{self.provider}|{self.due_on.isoformat()}"


def bills_to_remind_of(
    owed: Iterable[Bill], today: date, announced: Collection[str]
) -> list[DueBills]:
    """
    Return what is due in the next days; what is debited by itself asks for nothing.

    Of bills that are paid in parts, those whose next part billing has `announced`: it alone knows
    whether a mandate pays it. What is late is the régie's to write about.
    """
    due = {
        DueBills(bill.provider, bill.due_on)
        for bill in owed
        if bill.debit_on is None and today <= bill.due_on <= today + BEFORE_DUE
        if bill.plan != GRANTED or bill.invoice_id in announced
    }
    return sorted(due, key=lambda each: (each.due_on, each.provider))


def may_ring_at(moment: datetime) -> bool:
    """Say whether a telephone may ring at this hour for what is no emergency."""
    return FROM_HOUR <= moment.astimezone(PARIS).hour < UNTIL_HOUR


def due_reminders(days: Iterable[Day], moment: datetime) -> list[Reminder]:
    """
    Return the reminders that are due now, by provider and deadline.

    A day that the family cancelled was decided upon, and one on which the child comes is booked:
    only what is still free is announced.
    """
    if not may_ring_at(moment):
        return []
    found: dict[tuple[str, datetime], set[date]] = defaultdict(set)
    for day in days:
        if day.state == states.FREE and day.until and moment <= day.until <= moment + AHEAD:
            found[day.provider, day.until].add(day.day)
    return [
        Reminder(provider, until, tuple(sorted(days)))
        for (provider, until), days in sorted(found.items())
    ]
