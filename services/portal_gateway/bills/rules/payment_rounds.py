"""Rounds of payments: one bill after another, as far as its payments have come. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from services.portal_gateway.bills.rules.bills import Accounts, Bill

KEPT = timedelta(days=14)
"""Time after which a round that was left is begun anew."""
DONE, CHECKED, TO_PAY = "done", "checked", "to_pay"


@dataclass(frozen=True)
class Step:
    """One bill of a round, and its state."""

    bill: Bill
    state: str


@dataclass(frozen=True)
class Round:
    """The bills that a guardian set out to pay, in their order."""

    steps: Sequence[Step] = ()

    def __bool__(self) -> bool:
        return bool(self.steps)

    @property
    def next_step(self) -> Step | None:
        """Return the first step that still asks for a payment."""
        return next((step for step in self.steps if step.state == TO_PAY), None)

    @property
    def count_done_steps(self) -> int:
        """Return how many steps ask for nothing any more."""
        return sum(step.state != TO_PAY for step in self.steps)

    @property
    def is_under_way(self) -> bool:
        """Say whether it was begun and is still to be gone on with."""
        return bool(self.count_done_steps) and self.next_step is not None

    @property
    def left_cents(self) -> int:
        return sum(step.bill.balance_cents for step in self.steps if step.state == TO_PAY)

    def number_of_step(self, step: Step) -> int:
        """Return the place of a step, the first being 1."""
        return list(self.steps).index(step) + 1

    def with_state_of_bill(self, invoice_id: str, state: str) -> "Round":
        """Return this round with one bill in a state that its card does not say yet."""
        return Round(
            [
                Step(step.bill, state) if step.bill.invoice_id == invoice_id else step
                for step in self.steps
            ]
        )


def make_payment_round(
    invoice_ids: Sequence[str], accounts: Accounts, payable: Callable[[Bill], bool]
) -> Round:
    """
    Return a round as the cards have its bills; one that they no longer have is no part of it.

    Nor is a bill that meanwhile went to the Treasury, is debited, is looked at by its service, or
    cannot be paid by card any more: a round would stop there for good.
    """
    bills = (accounts.bill_by_id(invoice_id) for invoice_id in invoice_ids)
    steps = [
        Step(bill, _state_of_step(bill))
        for bill in bills
        if bill and not _is_transferred_or_debited(bill)
    ]
    waiting = {bill.invoice_id for bill in bills_payable_in_round(accounts, payable)}
    return Round(
        [step for step in steps if step.state != TO_PAY or step.bill.invoice_id in waiting]
    )


def bills_payable_in_round(accounts: Accounts, payable: Callable[[Bill], bool]) -> list[Bill]:
    """
    Return what a round may hold: what waits and can be paid by card, what is due first first.

    A bill that is paid by a plan is paid by itself: each part has its own day.
    """
    return [bill for bill in accounts.bills_to_pay if payable(bill) and not bill.part_cents]


def _state_of_step(bill: Bill) -> str:
    if not bill.is_open:
        return DONE
    return CHECKED if bill.checking else TO_PAY


def _is_transferred_or_debited(bill: Bill) -> bool:
    return bill.is_transferred or (bill.is_open and bill.debit_on is not None)
