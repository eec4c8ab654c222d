"""Billing's figures of a demonstration's months, beside the sums of its files."""

from collections.abc import Iterator
from dataclasses import dataclass

from deploy.demo.invented.bill_fates import cents_paid_by_fate
from deploy.demo.invented.expected_amounts import Cents
from deploy.demo.life.latest_month import TITRE, sign_regisseur_in
from deploy.demo.life.signed_in_people import Pages
from deploy.demo.plan import Plan
from shared.contracts.billing.bills import ONLINE
from shared.contracts.billing.regie import payers as regie
from shared.contracts.message import Empty


@dataclass(frozen=True)
class Compared:
    """
    One month of one provider; cents. `reckoned` and `planned` come of the town's files and seed.

    `bills_apart` are households whose bill differs, either way.
    """

    provider: str
    month: str
    reckoned: int
    billed: int
    planned: int
    paid: int
    credited: int
    owed: int
    bills: int
    bills_apart: int

    @property
    def agrees_to_the_cent(self) -> bool:
        """Return whether bills, payments and what is still owed agree to the cent."""
        billed = self.billed == self.reckoned and not self.bills_apart
        given_back = self.credited  # of bills that were paid whole: it is the family's credit now
        return billed and self.paid + given_back == self.planned and self._does_owed_of_month_add_up

    @property
    def _does_owed_of_month_add_up(self) -> bool:
        return self.owed == self.billed - self.credited - self.paid


def compare_months(plan: Plan, pages: Pages) -> Iterator[Compared]:
    """Yield each month that is over, provider by provider, as its régisseur sees it."""
    for provider in plan.providers_with_offer:
        treasurer = sign_regisseur_in(plan, pages, provider)
        reckoned, seen = (
            plan.billed_by_month(provider),
            treasurer.person.ask(regie.regie_overview, Empty()),
        )
        shown = {row["month"]: row for row in seen.months}
        for month, run_id in sorted(treasurer.issued_runs().items()):
            bills = {
                plan.require_household_reference(bill.household_id): bill.cents
                for bill in treasurer.bills_of_run(run_id)
            }
            expected = reckoned[month]
            apart = expected.keys() ^ bills.keys()
            apart |= {each for each in bills.keys() & expected if bills[each] != expected[each]}
            row = shown[month]
            yield Compared(
                provider,
                month,
                reckoned=sum(expected.values()),
                billed=row["billed_cents"],
                planned=_planned_income(plan, provider, month, expected),
                paid=row["paid_cents"],
                credited=row["credited_cents"],
                owed=row["owed_cents"],
                bills=row["bills"],
                bills_apart=len(apart),
            )


def _planned_income(plan: Plan, provider: str, month: str, bills: Cents) -> int:
    """Return what comes in for a month's bills, as their households' fates have it."""
    [account] = plan.regies(provider)
    if account["channel"] == TITRE:
        return sum(
            cents
            for household, cents in bills.items()
            if plan.is_paid_at_the_treasury(household, account["code"], month)
        )
    months, planned = plan.months_over(provider), 0
    for household, cents in bills.items():
        how = plan.fate_of_bill(household, account["code"], month, months)
        able = account["numcli"] and plan.login_of_household(household)
        planned += cents_paid_by_fate(how, cents) if how != ONLINE or able else 0
    return planned
