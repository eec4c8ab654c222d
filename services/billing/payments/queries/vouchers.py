"""Vouchers: titles taken before, those that wait for a slip, and what they may pay of a bill."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from services.billing.bills.rules.voucher_limits import (
    SAME_LIMIT,
    VoucherLine,
    cents_payable_by_voucher,
)
from services.billing.ledger.queries.balances import balances_of_bills
from services.billing.models import (
    DepositSlip,
    HouseholdChild,
    Invoice,
    InvoiceLine,
    Payment,
    PaymentTitle,
)
from services.billing.models.collecting.payments import WAITING
from shared.contracts.billing.bills import PAID, VOUCHERS
from shared.contracts.billing.regie.counter import (
    DEPOSITED_MEANS,
    AboveVoucherLimit,
    TitleTaken,
    Waiting,
)
from shared.database.chunks import ordered_chunks
from shared.dates.months import first_of
from shared.register import Regie


def refuse_taken_titles(
    session: Session, regie: Regie, means: str, numbers: Collection[str]
) -> None:
    """Raise TitleTaken for the first title whose number a payment that stands has already."""
    taken = (
        select(PaymentTitle.number, Payment.receipt, Payment.received_on)
        .join(Payment, Payment.id == PaymentTitle.payment_id)
        .where(
            Payment.regie == regie.code,
            Payment.means == means,
            Payment.state == PAID,
            PaymentTitle.number.in_(numbers),
        )
        .order_by(PaymentTitle.number)
    )
    found = session.execute(taken.limit(1)).first()
    if found is not None:
        number, receipt, day = found
        raise TitleTaken(number=number, receipt=receipt, on=str(day))


def refuse_above_voucher_limit(
    session: Session, regie: Regie, means: str, invoice_id: str, cents: int
) -> None:
    """Raise AboveVoucherLimit for more than is owed of what such a voucher may pay of a bill."""
    paid = select(func.coalesce(func.sum(Payment.cents), 0)).where(
        Payment.invoice_id == invoice_id,
        Payment.means.in_(SAME_LIMIT[means]),
        Payment.state == PAID,
    )
    payable = cents_payable_by_voucher(means, regie, _lines_of_bill(session, invoice_id))
    owed = balances_of_bills(session, [invoice_id])[invoice_id]
    most = max(0, min(owed, payable - int(session.scalars(paid).one())))
    if cents > most:
        raise AboveVoucherLimit(most_cents=most)


def titles_waiting_for_slip(session: Session, regie: str) -> list[Waiting]:
    """Return by kind how many titles on paper no slip names yet, and their value."""
    rows = session.execute(
        select(Payment.means, func.count(), func.sum(PaymentTitle.cents))
        .join(PaymentTitle, PaymentTitle.payment_id == Payment.id)
        .where(Payment.regie == regie, Payment.means.in_(DEPOSITED_MEANS), *WAITING)
        .group_by(Payment.means)
        .order_by(Payment.means)
    )
    return [{"kind": means, "count": count, "cents": int(cents)} for means, count, cents in rows]


def count_titles_of_payments(session: Session, payment_ids: Collection[str]) -> int:
    """Return how many titles payments came by."""
    return sum(
        session.scalars(
            select(func.count()).select_from(PaymentTitle).where(PaymentTitle.payment_id.in_(chunk))
        ).one()
        for chunk in ordered_chunks(payment_ids)
    )


def titles_of_payment(session: Session, payment: Payment) -> Sequence[PaymentTitle]:
    """Return the titles of a payment in their order; none of what is no voucher."""
    if payment.means not in VOUCHERS:
        return []
    titles = select(PaymentTitle).where(PaymentTitle.payment_id == payment.id)
    return session.scalars(titles.order_by(PaymentTitle.seq)).all()


def titles_on_slip(session: Session, slip: DepositSlip) -> Sequence[Any]:
    """Return number, receipt and cents of each title on a slip, by their receipts."""
    return session.execute(
        select(PaymentTitle.number, Payment.receipt, PaymentTitle.cents)
        .join(Payment, Payment.id == PaymentTitle.payment_id)
        .where(Payment.slip_id == slip.id)
        .order_by(Payment.receipt, Payment.id, PaymentTitle.seq)
    ).all()


def _lines_of_bill(session: Session, invoice_id: str) -> list[VoucherLine]:
    """Return the lines of a bill, each with what credit notes left of it."""
    bill = session.get_one(Invoice, invoice_id)
    rows = session.scalars(
        select(InvoiceLine).where(
            or_(InvoiceLine.invoice_id == invoice_id, InvoiceLine.of_invoice_id == invoice_id)
        )
    ).all()
    back: dict[int, int] = {}
    for row in rows:
        if row.of_seq is not None:
            back[row.of_seq] = back.get(row.of_seq, 0) + row.cents
    born = _birth_dates(session, bill.household_id)
    return [
        VoucherLine(
            row.activity,
            row.tax,
            first_of(row.month).replace(day=max(row.days, default=1)),
            born.get(row.child_id or ""),
            row.cents + back.get(row.seq, 0),
        )
        for row in rows
        if row.of_invoice_id is None
    ]


def _birth_dates(session: Session, household_id: str) -> Mapping[str, Any]:
    children = select(HouseholdChild.child_id, HouseholdChild.birth_date).where(
        HouseholdChild.household_id == household_id
    )
    return {child_id: birth_date for child_id, birth_date in session.execute(children)}
