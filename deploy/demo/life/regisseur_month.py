"""A month of one régie, done by its régisseur: closing page, draft, issue, and what comes in."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar
from uuid import UUID, uuid5

from deploy.demo.invented.bill_fates import IN_PART, cents_paid_by_fate
from deploy.demo.life.signed_in_people import Person
from deploy.instance.user_error import UserError
from shared.contracts.billing import debits
from shared.contracts.billing.bills import CASH, CHEQUE, TRANSFER, OfBill
from shared.contracts.billing.regie import (
    counter as regie_counter,
)
from shared.contracts.billing.regie import (
    payers as regie,
)
from shared.contracts.billing.regie import (
    runs as regie_runs,
)
from shared.contracts.billing.regie import (
    treasury,
)
from shared.contracts.billing.regie.payers import PayerBillAnswer
from shared.contracts.message import Empty, Method
from shared.dates.clock import today

Q = TypeVar("Q")
A = TypeVar("A")

RUN_SECONDS = 300.0
REMINDED_AT_ONCE = 200
_ACTS = UUID("b7f4c9a1-9d63-4a8e-8f3a-5a5b0c2d7e41")
FIRST_DUE = 2
"""The day of the month on which the last month's bills leave."""
BANKS = ("Banque des Écoles", "Crédit des Tilleuls", "Caisse du Moulin")


class HouseholdsFailed(UserError):
    """Households of a run got no bill, by a fault."""

    def __init__(self, regie: str, month: str, failed: int) -> None:
        super().__init__(
            f"{regie} {month}: {failed} households got no bill; billing's log says why"
        )


class RunLate(TimeoutError):
    """A run was not drafted or issued in time; the message says which and how far it is."""


@dataclass(frozen=True)
class Bill:
    """A bill of a run; cents."""

    invoice_id: str
    household_id: str
    number: str
    cents: int


@dataclass(frozen=True)
class Treasurer:
    """A régisseur at work for one régie."""

    person: Person
    regie: str

    def draft_month(self, month: str) -> tuple[str, int]:
        """Look at the closing page, draft the month; return the run and its total, cents."""
        seen = self.person.ask(regie_runs.closing, regie_runs.ClosingRequest(self.regie, month))
        reason = "Vu avec les services" if seen.disputes or seen.without_price else ""
        order = regie_runs.OpenRunRequest(self.regie, month, reason)
        run_id = self.person.ask(regie_runs.open_run, order).run_id
        return run_id, self._wait_for_run(run_id, regie_runs.DRAFTED).total_cents

    def issue_month(self, run_id: str, total_cents: int) -> None:
        """Issue what was drafted, at the total that was on the screen."""
        self.person.ask(regie_runs.issue_run, regie_runs.IssueRunRequest(run_id, total_cents))
        run = self._wait_for_run(run_id, regie_runs.ISSUED)
        if failed := run.states.get("failed"):
            raise HouseholdsFailed(self.regie, run.month, failed)

    def issued_runs(self) -> dict[str, str]:
        """Return the run of each month that is issued."""
        seen = self.person.ask(regie.regie_overview, Empty())
        mine = [run for run in seen.runs if run["regie"] == self.regie]
        return {run["month"]: run["run_id"] for run in mine if run["state"] == regie_runs.ISSUED}

    def bills_of_run(self, run_id: str) -> Iterator[Bill]:
        """Yield the bills of a run."""
        after = ""
        while True:
            asked = regie_runs.ReadRunRequest(run_id, "issued", after=after)
            page = self.person.ask(regie_runs.read_run, asked)
            for row in page.rows:
                if row["invoice_id"] is not None:
                    yield Bill(
                        row["invoice_id"], row["household_id"], row["number"], row["total_cents"]
                    )
            if not (after := page.next):
                return

    def take_payment(self, bill: Bill, how: str) -> None:
        """Take a payment at the counter; cash goes to the bank where the box would be too full."""
        payment, key = self._payment_request(bill, how), f"take {bill.invoice_id}"
        try:
            self._ask_once(regie_counter.take_payment, key, payment)
        except regie_counter.CashBoxFull:
            self.deposit_at_bank(CASH)
            self._ask_once(regie_counter.take_payment, f"{key} again", payment)

    def deposit_at_bank(self, kind: str) -> None:
        """Bring the cheques, or the cash, to the bank."""
        order = regie_counter.DepositRequest(self.regie, kind, today(), self._cash_in_box(kind))
        self.person.ask(regie_counter.deposit, order)

    def _cash_in_box(self, kind: str) -> int:
        if kind != CASH:
            return 0
        day = regie_counter.CashBoxRequest(regie=self.regie, day=today())
        return self.person.ask(regie_counter.cash_box, day).cash_cents

    def credit_first_line(self, bill: Bill, reason: str) -> None:
        """Take one unit of a bill's first line back."""
        first, *_ = self._payer_bill(bill.invoice_id).lines
        lines = [regie.CreditedLine(line=first["line"], quantity=1)]
        self._ask_once(
            regie.credit_lines,
            f"credit {bill.invoice_id}",
            regie.CreditLinesRequest(bill.invoice_id, lines, reason),
        )

    def _payer_bill(self, invoice_id: str) -> PayerBillAnswer:
        return self.person.ask(regie.payer_bill, OfBill(invoice_id))

    def order_first_debits(self, rejected: str) -> None:
        """
        Order the first debits that leave families their notice; the bank rejects one, of this
        household.
        """
        day = self._preview_debits(today()).earliest
        seen = self._preview_debits(day)
        if not seen.debits:
            return
        order = debits.OrderDebitsRequest(self.regie, day, seen.debits, seen.total_cents)
        run_id = self.person.ask(debits.order_debits, order).run_id
        run = self.person.ask(debits.read_debits, debits.ReadDebitsRequest(run_id))
        for debit in run.debits:
            if self._payer_bill(debit["invoice_id"]).household_id == rejected:
                reject = debits.RejectDebitRequest(debit["payment_id"], "AM04")
                self.person.ask(debits.reject_debit, reject)
                return

    def _preview_debits(self, day: date) -> debits.PreviewDebitsAnswer:
        return self.person.ask(debits.preview_debits, debits.PreviewDebitsRequest(self.regie, day))

    def remind_of_bills(self, bills: Sequence[Bill]) -> None:
        """Remind of these late bills."""
        late = [bill.invoice_id for bill in bills]
        for start in range(0, len(late), REMINDED_AT_ONCE):
            chunk = late[start : start + REMINDED_AT_ONCE]
            self.person.ask(regie.remind, regie.RemindRequest(chunk))

    def hand_over_to_treasury(self, reminders: int) -> None:
        """Hand over to the Treasury what may leave, and wait until it has left."""
        choice = treasury.PreviewLotRequest(self.regie, 0, reminders)
        seen = self.person.ask(treasury.preview_lot, choice)
        if seen.bills:
            order = treasury.OrderLotRequest(self.regie, 0, reminders, seen.bills, seen.total_cents)
            self._wait_for_lot(self.person.ask(treasury.order_lot, order).lot_id)

    def read_accountant_return(self, content: str) -> None:
        """Read the file that the accountant sends back."""
        self.person.ask(treasury.read_return, treasury.ReadReturnRequest(self.regie, content))

    def _payment_request(self, bill: Bill, how: str) -> regie_counter.TakePaymentRequest:
        means = CHEQUE if how == IN_PART else how
        drawn = uuid5(_ACTS, bill.number).int
        by_cheque = means == CHEQUE
        return regie_counter.TakePaymentRequest(
            regie=self.regie,
            means=means,
            cents=cents_paid_by_fate(how, bill.cents),
            invoice_id=bill.invoice_id,
            household_id=bill.household_id,
            cheque=f"{drawn % 10_000_000:07}" if by_cheque else "",
            bank=BANKS[drawn % len(BANKS)] if by_cheque else "",
            received_on=_day_of_payment(drawn, how),
        )

    def _ask_once(self, method: Method[Q, A], key: str, request: Q) -> A:
        """Send a request with an id derived from `key`, so that a repeated load is idempotent."""
        request_id = str(uuid5(_ACTS, f"{self.regie} {key}"))
        return self.person.ask(method, request, request_id=request_id)

    def _wait_for_lot(self, lot_id: str) -> None:
        end, lot = time.monotonic() + RUN_SECONDS, treasury.ReadLotRequest(lot_id)
        while self.person.ask(treasury.read_lot, lot).state != treasury.HANDED_OVER:
            if time.monotonic() > end:
                raise RunLate(f"{self.regie}: a lot is still leaving")
            time.sleep(0.3)

    def _wait_for_run(self, run_id: str, state: str) -> regie_runs.ReadRunAnswer:
        end = time.monotonic() + RUN_SECONDS
        while True:
            run = self.person.ask(regie_runs.read_run, regie_runs.ReadRunRequest(run_id))
            if run.state == state:
                return run
            if time.monotonic() > end:
                raise RunLate(f"{self.regie} {run.month}: {run.state}, {run.done} households")
            time.sleep(0.3)


def _day_of_payment(drawn: int, how: str) -> date:
    """Return the day of a payment: cash today, others a drawn day since the bills left."""
    day = today()
    since = max(1, day.day - FIRST_DUE) if how in (TRANSFER, CHEQUE, IN_PART) else 1
    return day - timedelta(days=drawn % since)
