"""Books of a régie with three families: whatever happened, they agree."""

from collections import defaultdict

from hypothesis.stateful import invariant
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deploy.demo.payfip_stub.operations import Operations
from services.billing.ledger.queries.balances import (
    balances_of_bills,
    cents_to_reclaim_by_household,
    credits_of_households,
)
from services.billing.ledger.queries.payment_plans import plans_by_now
from services.billing.models import (
    Counted,
    Entry,
    Invoice,
    InvoiceLine,
    NumberSeries,
    OnlinePayment,
    Payment,
    PaymentPlan,
    PaymentPlanBill,
    Posting,
    Refund,
    RefundReversal,
    ToBill,
)
from services.billing.models.bills import ASKS_BACK
from services.billing.models.ledger import ADVANCE, BILLS, CLAIMS, RECLAIM, SUSPENSE, TREASURY
from services.billing.store import store
from tests.factories import runs as make

FAMILIES, MONTHS = 3, ("2026-11", "2026-12", "2027-01", "2027-02")
LIMIT, BELOW, ABOVE = 60_000, 200, 350
"""Cents: the tests' own grid has two bands; without a quotient the price is the higher one."""


class AgreeingBooks:
    """Invariants of a régie’s books after each step, beside what the steps said."""

    stub: Operations
    issued: int
    said: dict[int, list[tuple[str, int]]]
    by_hand: set[tuple[str, str]]

    @invariant()
    def the_books_agree(self) -> None:
        with store.read() as read:
            self.every_entry_adds_up_to_zero(read)
            self.every_bill_is_the_sum_of_its_lines(read)
            self.numbers_have_no_gap(read)
            self.what_was_paid_is_what_was_allocated(read)
            self.nobody_owes_less_than_nothing(read)
            self.no_bill_is_owed_beyond_its_sum(read)
            self.what_is_asked_back_was_refunded(read)
            self.no_credit_waits_beside_a_bill_that_is_owed(read)
            self.what_households_owe_is_what_their_bills_owe(read)
            self.parts_ask_for_what_is_owed(read)
            self.nothing_is_paid_that_the_bank_has_not_taken(read)
            self.what_is_billed_of_a_settled_month_is_what_it_costs(read)

    def every_entry_adds_up_to_zero(self, read: Session) -> None:
        sums = select(Posting.entry_id, func.sum(Posting.cents)).group_by(Posting.entry_id)
        by_account = dict(read.execute(sums).all())
        entries = set(read.scalars(select(Entry.id)))
        assert by_account.keys() == entries
        assert set(by_account.values()) <= {0}

    def every_bill_is_the_sum_of_its_lines(self, read: Session) -> None:
        """A bill that asks back what was refunded is left out: it has none."""
        sums = (
            select(Invoice.id, Invoice.total_cents, func.sum(InvoiceLine.cents), ASKS_BACK)
            .outerjoin(InvoiceLine, InvoiceLine.invoice_id == Invoice.id)
            .group_by(Invoice.id)
        )
        for bill_id, total, lines, asks_back in read.execute(sums):
            assert lines == (None if asks_back else total), bill_id

    def numbers_have_no_gap(self, read: Session) -> None:
        taken = sorted(read.scalars(select(Invoice.sequence)))
        last = read.scalar(select(NumberSeries.last).where(NumberSeries.series == BILLS)) or 0
        receipts = sorted(
            int(receipt.rsplit("-", 1)[1])
            for receipt in read.scalars(select(Payment.receipt).where(Payment.receipt != ""))
        )
        assert taken == list(range(1, last + 1))
        assert receipts == list(range(1, len(receipts) + 1))

    def what_was_paid_is_what_was_allocated(self, read: Session) -> None:
        """
        Payments go to bills, to the household's credit, or to suspense; those taken back, nowhere.

        By the entries that name a payment: a credit may have gone on to other bills meanwhile.
        """
        moved: dict[tuple[str, str], int] = defaultdict(int)
        rows = read.execute(
            select(Entry.source, Posting.account, func.sum(Posting.cents))
            .join(Entry, Entry.id == Posting.entry_id)
            .where(Entry.kind.in_(("payment", "reversal", "reinstated", "suspense_assigned")))
            .group_by(Entry.source, Posting.account)
        )
        for source, account, cents in rows:
            payment_id = source.rpartition(":")[2]
            moved[payment_id, "cash" if account.startswith("cash") else "owed"] += cents
        for payment in read.scalars(select(Payment).where(Payment.means != "credit")):
            came = payment.cents if payment.state == "paid" else 0
            assert moved[payment.id, "cash"] == came, payment.state
            assert moved[payment.id, "owed"] == -came, payment.state

    def nobody_owes_less_than_nothing(self, read: Session) -> None:
        bills = read.scalars(select(Invoice.id)).all()
        owed = balances_of_bills(read, bills)
        at_treasury = balances_of_bills(read, bills, TREASURY)
        homes = [make.home(number) for number in range(1, FAMILIES + 1)]
        credit = credits_of_households(read, "ens", homes)
        suspense = -(
            read.scalar(select(func.sum(Posting.cents)).where(Posting.account == SUSPENSE)) or 0
        )
        assert min([0, *owed.values()]) == 0
        assert min([0, *at_treasury.values()]) == 0
        assert min(credit.values()) >= 0
        assert suspense >= 0

    def no_bill_is_owed_beyond_its_sum(self, read: Session) -> None:
        """Here and at the Treasury together, less what a credit note took back of it."""
        billed: dict[str, int] = defaultdict(int)
        rows = read.execute(select(Invoice.id, Invoice.of_invoice_id, Invoice.total_cents))
        for bill, credited, cents in rows:
            billed[credited or bill] += cents
        owed, at_treasury = (
            balances_of_bills(read, billed),
            balances_of_bills(read, billed, TREASURY),
        )
        for bill, cents in billed.items():
            assert owed[bill] + at_treasury[bill] <= max(cents, 0), bill

    def what_is_asked_back_was_refunded(self, read: Session) -> None:
        """And a bill asks for it: nothing is owed by none."""
        homes = [make.home(number) for number in range(1, FAMILIES + 1)]
        refunds_made = select(Refund.household_id, func.sum(Refund.cents))
        refunded = dict(read.execute(refunds_made.group_by(Refund.household_id)).all())
        asked_back = select(Invoice.household_id, func.sum(Invoice.total_cents)).where(ASKS_BACK)
        for home, cents in read.execute(asked_back.group_by(Invoice.household_id)):
            assert 0 < cents <= refunded[home]
        assert not any(cents_to_reclaim_by_household(read, "ens", homes).values())

    def no_credit_waits_beside_a_bill_that_is_owed(self, read: Session) -> None:
        """A bill of which a payment is under way is left out: it would be paid twice."""
        credit = credits_of_households(
            read, "ens", [make.home(number) for number in range(1, FAMILIES + 1)]
        )
        checked = set(read.scalars(select(Payment.invoice_id).where(Payment.state == "pending")))
        owner = dict(read.execute(select(Invoice.id, Invoice.household_id)).all())
        for bill, owed in balances_of_bills(read, owner).items():
            assert not (owed and credit[owner[bill]]) or bill in checked

    def what_households_owe_is_what_their_bills_owe(self, read: Session) -> None:
        rows = read.execute(
            select(Posting.household_id, func.sum(Posting.cents))
            .where(Posting.account.in_((*CLAIMS, ADVANCE, RECLAIM)))
            .group_by(Posting.household_id)
        )
        ours = dict(rows.all())
        billed = defaultdict(int)
        for home, total in read.execute(select(Invoice.household_id, Invoice.total_cents)):
            billed[home] += total
        for payment in read.scalars(select(Payment).where(Payment.state == "paid")):
            if payment.means != "credit" and payment.household_id:
                billed[payment.household_id] -= payment.cents
        for home, cents in refunded_by_home(read).items():
            billed[home] += cents
        given_up = select(Posting.household_id, Posting.cents).join(Entry)
        for home, cents in read.execute(given_up.where(Entry.kind == "given_up")):
            if home:
                billed[home] += cents
        assert {home: cents for home, cents in billed.items() if cents} == {
            home: cents for home, cents in ours.items() if cents
        }

    def parts_ask_for_what_is_owed(self, read: Session) -> None:
        """Parts agree to the cent, of each bill and in all; no bill is in two plans that stand."""
        plans = read.scalars(select(PaymentPlan)).all()
        for plan in plans_by_now(read, plans).values():
            assert all(0 <= part.left_cents <= part.cents for part in plan.parts)
            if plan.is_kept:
                assert sum(part.left_cents for part in plan.parts) == plan.owed_cents
            for bill, owed in plan.owed.items():
                pieces = sum(piece.cents for piece in plan.pieces_of_bill(bill))
                assert pieces == (owed if plan.is_kept else 0)
        rows = select(PaymentPlanBill.invoice_id).join(
            PaymentPlan, PaymentPlan.id == PaymentPlanBill.plan_id
        )
        standing = read.scalars(rows.where(PaymentPlan.state.in_(("asked", "granted")))).all()
        assert len(standing) == len(set(standing))

    def nothing_is_paid_that_the_bank_has_not_taken(self, read: Session) -> None:
        rows = read.execute(
            select(OnlinePayment.idop, Payment.state).join(
                Payment, Payment.id == OnlinePayment.payment_id
            )
        )
        for idop, state in rows:
            if state == "paid":
                assert self.stub.find_operation(idop).outcome in ("P", "V")

    def what_is_billed_of_a_settled_month_is_what_it_costs(self, read: Session) -> None:
        """The price is worked out here anew, from the days that count and what was said."""
        waiting = set(read.execute(select(ToBill.household_id, ToBill.month)))
        days = read.execute(
            select(Counted.household_id, Counted.month, func.sum(Counted.quantity)).group_by(
                Counted.household_id, Counted.month
            )
        ).all()
        billed = dict(
            ((home, month), cents)
            for home, month, cents in read.execute(
                select(
                    InvoiceLine.household_id, InvoiceLine.month, func.sum(InvoiceLine.cents)
                ).group_by(InvoiceLine.household_id, InvoiceLine.month)
            )
        )
        for home, month, quantity in days:
            settled = MONTHS.index(month) < self.issued and (home, month) not in waiting
            if settled and (home, month) not in self.by_hand:
                assert billed.get((home, month), 0) == quantity * self.price(home, month)

    def price(self, home: str, month: str) -> int:
        number = next(n for n in range(1, FAMILIES + 1) if make.home(n) == home)
        holding = [(first, at) for at, (first, _) in enumerate(self.said[number]) if first <= month]
        if not holding:
            return ABOVE
        return BELOW if self.said[number][max(holding)[1]][1] < LIMIT else ABOVE


def refunded_by_home(read: Session) -> defaultdict[str, int]:
    """Give what was refunded to each household and not taken back."""
    active = (
        select(Refund.household_id, func.sum(Refund.cents))
        .outerjoin(RefundReversal)
        .where(RefundReversal.refund_id.is_(None))
        .group_by(Refund.household_id)
    )
    return defaultdict(int, read.execute(active).all())
