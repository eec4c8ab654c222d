"""
Bills and payments of a family at each provider, as billing's cards have them. Pure.

A guardian sees the cards of its own households alone: each of a child's two households has its own
accounts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta

from services.portal_gateway.cards.rules.json_values import to_day, to_moment
from shared.contracts.billing import bills
from shared.json_values import JsonMapping

OPEN = (bills.DUE, bills.PARTLY_PAID, bills.OVERDUE)
FAILED = (bills.REFUSED, bills.CANCELLED, bills.EXPIRED, bills.REVERSED)
"""States of a payment after which the bill is owed as before."""
FRESH = timedelta(days=15)
"""Time for which the first page shows a failed payment."""


@dataclass(frozen=True, slots=True)
class Bill:
    """
    One bill or credit note of one household at one provider; amounts are cents.

    `taken_over`: another software issued it. `asks_back`: it asks for an advance that was refunded.
    Of a bill that is paid by a plan, `due_on` is the day of the next part, and `part_cents` its
    amount. `on_hold`: an agent speaks with the family, and until then nothing is asked of it.
    """

    provider: str
    household_id: str
    invoice_id: str
    number: str
    kind: str
    month: str
    issued_on: date
    due_on: date
    total_cents: int
    balance_cents: int
    state: str
    checking: bool
    debit_on: date | None = None
    taken_over: bool = False
    asks_back: bool = False
    plan: str = ""
    part_cents: int = 0
    on_hold: bool = False

    @staticmethod
    def from_card_row(provider: str, household_id: str, row: JsonMapping) -> "Bill":
        """Return the bill of a row of a card, as JSON too."""
        return Bill(
            provider,
            household_id,
            row["invoice_id"],
            row["number"],
            row["kind"],
            row["month"],
            to_day(row["issued_on"]),
            to_day(row.get("part_on") or row["due_on"]),
            row["total_cents"],
            row["balance_cents"],
            row["state"],
            row["checking"],
            to_day(row["debit_on"]) if row.get("debit_on") else None,
            row.get("taken_over", False),
            row.get("asks_back", False),
            row.get("plan", ""),
            row.get("part_cents", 0),
            row.get("on_hold", False),
        )

    @staticmethod
    def from_answer(provider: str, answer: bills.BillAnswer) -> "Bill":
        """Return the bill of an answer about one; it does not say of which household it is."""
        return Bill.from_card_row(provider, "", asdict(answer))

    @property
    def is_credit_note(self) -> bool:
        return self.kind == bills.CREDIT_NOTE

    @property
    def is_open(self) -> bool:
        """Say whether something of it is owed here, and not at the Treasury."""
        return not self.is_credit_note and self.balance_cents > 0 and self.state in OPEN

    @property
    def is_to_pay(self) -> bool:
        """Say whether it waits for the family: owed, and no payment of it is being checked."""
        return self.is_open and not self.checking

    @property
    def asked_cents(self) -> int:
        """Return what is to be paid by `due_on`: the next part of its plan, or what is owed."""
        return self.part_cents or self.balance_cents

    @property
    def is_transferred(self) -> bool:
        return self.state == bills.TRANSFERRED and self.balance_cents > 0

    def is_late(self, day: date) -> bool:
        """Say whether its day has passed; no bill on hold is late."""
        past = self.state == bills.OVERDUE or self.due_on < day
        return self.is_open and not self.on_hold and past


@dataclass(frozen=True, slots=True)
class Payment:
    """
    One payment, or one try of it, at one provider.

    `means` is the family's own act: a cheque that paid several bills, not the credit made of it.
    """

    provider: str
    payment_id: str
    invoice_id: str | None
    number: str
    at: datetime
    means: str
    cents: int
    state: str
    receipt: str
    reversed_because: str = ""

    @property
    def is_discrepant(self) -> bool:
        """Say whether the service looks at it: nobody pays again meanwhile."""
        return self.state == bills.DISCREPANT

    @staticmethod
    def from_card_row(provider: str, row: JsonMapping) -> "Payment":
        return Payment(
            provider,
            row["payment_id"],
            row["invoice_id"],
            row["number"],
            to_moment(row["at"]),
            row.get("came_by") or row["means"],
            row["cents"],
            row["state"],
            row["receipt"],
            row.get("reversed_because", ""),
        )


@dataclass(frozen=True)
class Account:
    """Debts and payments of one household at one provider, from billing's last card."""

    provider: str
    household_id: str
    at: datetime
    credit_cents: int
    bills: Sequence[Bill]
    payments: Sequence[Payment]

    @staticmethod
    def from_card(household_id: str, provider: str, content: JsonMapping) -> "Account":
        return Account(
            provider,
            household_id,
            to_moment(content["at"]),
            content["credit_cents"],
            [Bill.from_card_row(provider, household_id, row) for row in content["bills"]],
            [Payment.from_card_row(provider, row) for row in content["payments"]],
        )


@dataclass(frozen=True)
class Accounts:
    """All accounts of a guardian's own households."""

    all: Sequence[Account] = ()

    def __bool__(self) -> bool:
        return bool(self.all)

    @property
    def bills(self) -> list[Bill]:
        return [bill for account in self.all for bill in account.bills]

    @property
    def payments(self) -> list[Payment]:
        return [payment for account in self.all for payment in account.payments]

    @property
    def bills_to_pay(self) -> list[Bill]:
        """Return what waits to be paid, what is due first first."""
        return sorted(
            (bill for bill in self.bills if bill.is_to_pay and not self.is_unclear(bill)),
            key=lambda bill: (bill.due_on, bill.provider, bill.number),
        )

    @property
    def bills_asked_for(self) -> list[Bill]:
        """Return what the family is asked and reminded to pay: none on hold, that it may pay."""
        return [bill for bill in self.bills_to_pay if not bill.on_hold]

    @property
    def unclear_bills(self) -> list[Bill]:
        """Return the owed bills of which a payment may have come: they are not to be paid again."""
        return [bill for bill in self.bills if bill.is_to_pay and self.is_unclear(bill)]

    @property
    def bills_with_pending_payment(self) -> list[Bill]:
        """Return the bills of which a payment is being checked."""
        return [bill for bill in self.bills if bill.is_open and bill.checking and not bill.debit_on]

    @property
    def bills_with_announced_debit(self) -> list[Bill]:
        """Return the bills with an announced debit: they are not offered for payment."""
        return [bill for bill in self.bills if bill.is_open and bill.debit_on]

    @property
    def transferred_bills(self) -> list[Bill]:
        return [bill for bill in self.bills if bill.is_transferred]

    @property
    def closed_bills(self) -> list[Bill]:
        """Return what is paid or given back, credit notes too, the latest first."""
        over = [
            bill
            for bill in self.bills
            if not (bill.is_open or bill.is_transferred) or bill.is_credit_note
        ]
        return sorted(over, key=lambda bill: (bill.issued_on, bill.number), reverse=True)

    def of_household(self, household_id: str) -> "Accounts":
        """Return the accounts of one of the guardian's households alone."""
        return Accounts([each for each in self.all if each.household_id == household_id])

    def leaving_out_bill(self, invoice_id: str) -> "Accounts":
        """Return these accounts as if one bill were none of them."""
        return Accounts(
            [
                replace(
                    account, bills=[bill for bill in account.bills if bill.invoice_id != invoice_id]
                )
                for account in self.all
            ]
        )

    @property
    def nothing_owed(self) -> bool:
        """Say whether nothing is owed anywhere, nothing is being checked and nothing is unclear."""
        owed = any(bill.is_open or bill.is_transferred for bill in self.bills)
        return not owed and not self.unclear_payments

    @property
    def owed_cents(self) -> int:
        """Return what is to be paid next of all bills."""
        return sum(bill.asked_cents for bill in self.bills_to_pay)

    @property
    def credits_by_provider(self) -> list[tuple[str, int]]:
        """Return what households have too much, by provider."""
        sums: dict[str, int] = {}
        for account in self.all:
            if account.credit_cents > 0:
                sums[account.provider] = sums.get(account.provider, 0) + account.credit_cents
        return sorted(sums.items())

    def credit_at(self, provider: str) -> int:
        """Return what households have too much at a provider, in cents."""
        return dict(self.credits_by_provider).get(provider, 0)

    def is_at(self, provider: str) -> bool:
        """Say whether there is an account at a provider."""
        return any(account.provider == provider for account in self.all)

    @property
    def time_of_latest_card(self) -> datetime | None:
        """Return the time of billing's latest card."""
        return max((account.at for account in self.all), default=None)

    def bill_by_id(self, invoice_id: str) -> Bill | None:
        return next((bill for bill in self.bills if bill.invoice_id == invoice_id), None)

    def payments_of(self, invoice_id: str) -> list[Payment]:
        """Return what was paid of a bill, the latest first."""
        rows = (payment for payment in self.payments if payment.invoice_id == invoice_id)
        return sorted(
            (p for p in rows if p.state == bills.PAID), key=_moment_of_payment, reverse=True
        )

    def failed_payment_of(self, invoice_id: str) -> Payment | None:
        """Return the last try to pay a bill, where it failed or is for the service to look at."""
        return last_failed_payment(
            payment for payment in self.payments if payment.invoice_id == invoice_id
        )

    def is_unclear(self, bill: Bill) -> bool:
        """Say whether the service looks at a payment of a bill: nobody pays it again meanwhile."""
        return is_unclear(bill, self.payments)

    def recent_failed_payments(self, moment: datetime) -> list[Payment]:
        """Return the failures of late that were not the family's own choice, of what is owed."""
        tries = (self.failed_payment_of(bill.invoice_id) for bill in self.bills_to_pay)
        refusals = (bills.REFUSED, bills.REVERSED)
        return [p for p in tries if p and p.state in refusals and moment - p.at < FRESH]

    @property
    def unclear_payments(self) -> list[Payment]:
        """Return payments for the service to look at whose bill is not owed any more."""
        owed = {bill.invoice_id for bill in self.bills if bill.is_open}
        return [
            payment
            for payment in self.payments
            if payment.state == bills.DISCREPANT and payment.invoice_id not in owed
        ]


def is_unclear(bill: Bill, payments: Iterable[Payment]) -> bool:
    """Say whether the service looks at a payment of a bill, which may have come."""
    failed = last_failed_payment(each for each in payments if each.invoice_id == bill.invoice_id)
    return failed is not None and failed.is_discrepant


def last_failed_payment(tries: Iterable[Payment]) -> Payment | None:
    """Return the last try to pay a bill, where it failed or is for the service to look at."""
    last = max(tries, key=_moment_of_payment, default=None)
    return last if last and last.state in (*FAILED, bills.DISCREPANT) else None


def payments_needed(payments: Iterable[Payment], total_cents: int) -> list[Payment]:
    """Return those of a bill's payments that paid it, the first first: what came after is over."""
    needed: list[Payment] = []
    for payment in sorted(payments, key=_moment_of_payment):
        if sum(each.cents for each in needed) < total_cents:
            needed.append(payment)
    return needed


def rest_after_payment(
    bill: Bill, paid_cents: int, payments: Iterable[Payment], payment_id: str
) -> int:
    """Return the rest of a bill after a payment, whether its card has the payment yet or not."""
    if not bill.is_open:
        return 0
    is_on_card = any(
        payment.payment_id == payment_id and payment.state == bills.PAID for payment in payments
    )
    return max(0, bill.balance_cents - (0 if is_on_card else paid_cents))


def first_due_date(unpaid: Iterable[Bill], day: date) -> date | None:
    """Return the first due date that is still to come."""
    return min((bill.due_on for bill in unpaid if not bill.is_late(day)), default=None)


def _moment_of_payment(payment: Payment) -> datetime:
    return payment.at
