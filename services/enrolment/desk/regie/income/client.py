"""Income of a period as billing sums it: asked in the agent's own name, kept nowhere (rule R11)."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.enrolment.desk.regie import billing_client
from services.enrolment.figures.rules import periods
from services.enrolment.figures.rules.periods import Period
from services.enrolment.figures.rules.publishable_income import ActivityIncome, income_by_activity
from shared.contracts.billing.figures import income as contracts
from shared.contracts.billing.figures.income import Income
from shared.contracts.errors import NoAnswer, Unavailable
from shared.dates.months import month_of

QUICK_SECONDS = 3.0
"""Seconds that a page waits of which income is a part; its own page waits longer."""
BILLED_BY = (periods.MONTH, periods.QUARTER, periods.YEAR)
"""Periods of which there is income: bills are of months."""


@dataclass(frozen=True)
class Billed:
    """Total of a period's bills, and the sums that explain it."""

    cents: int
    rows: Sequence[Income]

    @property
    def activities(self) -> list[ActivityIncome]:
        return income_by_activity(self.rows)


def income_billed_for_period(period: Period, deadline: float) -> Billed:
    """Return what was billed for a period; raises NoAnswer or Unavailable while billing is away."""
    first, last = month_of(period.first), month_of(period.last)
    answer, rows = billing_client.ask_every_page(
        contracts.income,
        contracts.IncomeRequest(first, last),
        lambda page: page.rows,
        deadline=deadline,
    )
    return Billed(answer.cents, rows)


def income_or_none_if_unavailable(period: Period) -> Billed | None:
    """Return what was billed for a period as a part of a page; None while billing is silent."""
    try:
        return income_billed_for_period(period, QUICK_SECONDS)
    except (NoAnswer, Unavailable):
        return None
