"""Money at the counter: cash, cheques, vouchers…; and money whose debtor is found later."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.billing.ledger.commands import entries as ledger
from services.billing.ledger.commands.locks import lock_card_and_bill, lock_cash_box, lock_payment
from services.billing.ledger.queries.balances import balances_of_bills
from services.billing.ledger.rules.new_entry_and_its_id import Move, NewEntry
from services.billing.models import Household, Invoice, Payment, PaymentTitle
from services.billing.models.ledger import SUSPENSE, TREASURY
from services.billing.payers.queries.households_known_to_provider import knows_household
from services.billing.payments.commands.credits import pay_open_bills
from services.billing.payments.commands.payment_booking import (
    CAME,
    Booked,
    allocate_payment,
    book_payment,
    credit_side_of_payment,
    notify_payer,
    publish_card_of_payer,
)
from services.billing.payments.queries.cash_box import refuse_closed_day, refuse_full_box
from services.billing.payments.queries.taken_cheques import refuse_taken_cheque
from services.billing.payments.queries.vouchers import (
    refuse_above_voucher_limit,
    refuse_taken_titles,
)
from shared.contracts.billing.bills import CASH, CHEQUE, INITIATED, INVOICE, PAID, VOUCHERS
from shared.contracts.billing.regie.counter import Title
from shared.contracts.billing.regie.treasury import AtTreasury
from shared.contracts.errors import BadRequest, NotFound
from shared.database import Write
from shared.dates.clock import PARIS
from shared.register import Provider, Regie
from shared.runtime.ids import new_id


@dataclass(frozen=True, slots=True)
class Taking:
    """
    A payment at the counter: for a bill, for a household, or neither while the debtor is unknown.
    """

    means: str
    cents: int
    invoice_id: str | None
    household_id: str | None
    payer: str
    cheque: str
    bank: str
    received_on: date
    taken_by: str
    another: bool = False
    titles: Sequence[Title] = ()


def take_payment(
    write: Write, provider: Provider, regie: Regie, taking: Taking, now: datetime
) -> tuple[Payment, Booked]:
    """
    Book money at once, with its receipt: the bill, then the household's credit, or suspense.

    Without a bill it pays what the household owes to this régie, the first due first, and no bill
    of which a payment is under way. A voucher pays of its bill what its kind may pay. Raises
    NotFound, DayClosed, CashBoxFull, ChequeTaken, TitleTaken, AboveVoucherLimit.
    """
    _refuse_means_not_taken(regie, taking)
    household_id = _debtor_of_taking(write, provider, regie, taking)
    lock_card_and_bill(write, provider.code, household_id, taking.invoice_id)
    if taking.invoice_id is not None:
        refuse_bill_owed_at_treasury(write, taking.invoice_id)
    lock_cash_box(write, regie.code)
    refuse_closed_day(write, regie.code, taking.received_on)
    if taking.means == CHEQUE and taking.cheque and not taking.another:
        refuse_taken_cheque(write, regie.code, household_id, taking.cheque, taking.cents)
    if taking.means in VOUCHERS and taking.invoice_id is not None:
        numbers = [title["number"] for title in taking.titles]
        refuse_taken_titles(write, regie, taking.means, numbers)
        refuse_above_voucher_limit(write, regie, taking.means, taking.invoice_id, taking.cents)
    payment = Payment(
        id=new_id(),
        provider=provider.code,
        regie=regie.code,
        household_id=household_id,
        invoice_id=taking.invoice_id,
        means=taking.means,
        cents=taking.cents,
        state=INITIATED,
        created_at=now,
        received_on=taking.received_on,
        payer=taking.payer,
        cheque=taking.cheque,
        bank=taking.bank,
        taken_by=taking.taken_by,
    )
    write.add(payment)
    write.add_all(
        PaymentTitle(payment_id=payment.id, seq=seq, **title)
        for seq, title in enumerate(taking.titles, start=1)
    )
    booked = book_payment(write, payment, regie, taking.received_on, now)
    if taking.means == CASH:
        refuse_full_box(write, regie)
    return payment, _use_credit_and_notify(write, payment, booked, now)


def assign_suspense(
    write: Write,
    provider: Provider,
    payment_id: str,
    household_id: str,
    invoice_id: str | None,
    now: datetime,
) -> Booked:
    """Assign money in suspense to a household or bill; raises NotFound."""
    lock_card_and_bill(write, provider.code, household_id, invoice_id)
    payment = _lock_suspense_payment(write, provider, payment_id)
    if invoice_id is not None:
        bill = _require_bill(write, provider.code, payment.regie, invoice_id)
        if bill.household_id != household_id:
            raise NotFound
        refuse_bill_owed_at_treasury(write, bill.id)
    elif not _may_provider_know(write, provider, household_id):
        raise NotFound
    payment.household_id, payment.invoice_id = household_id, invoice_id
    write.flush()
    booked = allocate_payment(write, payment)
    moves = [
        Move(SUSPENSE, payment.cents, payment_id=payment.id),
        *credit_side_of_payment(payment, booked),
    ]
    source, day = f"suspense_assigned:{payment.id}", now.astimezone(PARIS).date()
    ledger.post_entries(
        write, [NewEntry(payment.regie, "suspense_assigned", source, day, now, moves)]
    )
    return _use_credit_and_notify(write, payment, booked, now)


def refuse_bill_owed_at_treasury(session: Session, invoice_id: str) -> None:
    """Raise AtTreasury for a bill of which something is owed there: it is paid there alone."""
    if balances_of_bills(session, [invoice_id], TREASURY)[invoice_id] > 0:
        raise AtTreasury


def _refuse_means_not_taken(regie: Regie, taking: Taking) -> None:
    """Raise BadRequest for means that the régie does not take, and for titles that do not fit."""
    if taking.means not in regie.means:
        raise BadRequest(errors={"means": ["not taken by this régie"]})
    titles = taking.titles if taking.means in VOUCHERS else ()
    numbers = {title["number"] for title in titles}
    fits = sum(title["cents"] for title in titles) == (taking.cents if titles else 0)
    if len(numbers) != len(taking.titles) or not fits:
        raise BadRequest(errors={"titles": ["must differ, and add up to the amount"]})
    if taking.means in VOUCHERS and not (titles and taking.invoice_id):
        raise BadRequest(errors={"invoice_id": ["a voucher pays a bill, by its titles"]})


def _use_credit_and_notify(write: Write, payment: Payment, booked: Booked, now: datetime) -> Booked:
    """Let a household's new credit pay its bills; notify it and publish its card."""
    if booked.credited:
        used = pay_open_bills(write, payment, now)
        left = booked.credited - used
        if payment.invoice_id is None:
            booked = replace(booked, allocated=used, credited=left)
        else:
            booked = replace(booked, credited=left, others=used)
    notify_payer(write, payment, CAME, now)
    publish_card_of_payer(write, payment, now)
    return booked


def _debtor_of_taking(write: Write, provider: Provider, regie: Regie, taking: Taking) -> str | None:
    if taking.invoice_id is not None:
        bill = _require_bill(write, provider.code, regie.code, taking.invoice_id)
        if taking.household_id not in (None, bill.household_id):
            raise NotFound
        return bill.household_id
    if taking.household_id is not None and not _may_provider_know(
        write, provider, taking.household_id
    ):
        raise NotFound
    return taking.household_id


def _require_bill(write: Write, provider: str, regie: str, invoice_id: str) -> Invoice:
    bill = write.get(Invoice, invoice_id)
    if bill is None or (bill.provider, bill.regie, bill.kind) != (provider, regie, INVOICE):
        raise NotFound
    return bill


def _lock_suspense_payment(write: Write, provider: Provider, payment_id: str) -> Payment:
    of_provider = (Payment.id == payment_id, Payment.provider == provider.code)
    if write.scalar(select(Payment.id).where(*of_provider)) is None:
        raise NotFound
    payment = lock_payment(write, payment_id)
    if payment.state != PAID or payment.household_id is not None:
        raise NotFound
    return payment


def _may_provider_know(session: Session, provider: Provider, household_id: str) -> bool:
    """Say whether a provider may know a household: no protected one without a bill here (R9)."""
    home = session.get(Household, household_id)
    return home is not None and (
        not home.protected or knows_household(session, provider, household_id)
    )
