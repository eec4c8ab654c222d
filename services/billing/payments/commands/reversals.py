"""Reversals of payments: the opposite entry, and nothing deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from services.billing.ledger.commands import entries as ledger
from services.billing.ledger.commands.locks import lock_card_and_bill, lock_cash_box, lock_payment
from services.billing.ledger.queries.balances import credits_of_households
from services.billing.ledger.rules.allocation import sources_of_credit_taken_back
from services.billing.ledger.rules.new_entry_and_its_id import Move, NewEntry
from services.billing.models import Debit, Payment, Posting, WithdrawnReversal
from services.billing.models.ledger import ADVANCE, RECEIVABLE, RECLAIM, REVERSAL
from services.billing.payments.commands.bills_for_excess_refunds import (
    bill_what_was_refunded_too_much,
)
from services.billing.payments.commands.credits import use_credit_at_once
from services.billing.payments.commands.payment_booking import (
    CAME_BACK,
    notify_payer,
    publish_card_of_payer,
)
from services.billing.payments.queries.cash_box import refuse_closed_day
from services.billing.payments.rules.ids_of_credit_uses import (
    id_of_payment_by_credit,
    reason_id_of_event,
    source_of_credit_use,
)
from shared.contracts.billing.bills import (
    BANK_REJECTED,
    CREDIT,
    DEBIT,
    DISCREPANT,
    PAID,
    REVERSED,
)
from shared.contracts.billing.bills import TREASURY as AT_TREASURY
from shared.contracts.billing.regie.counter import COUNTER_MEANS
from shared.contracts.errors import NotFound
from shared.database import Write
from shared.dates.clock import PARIS
from shared.register import Provider


@dataclass(frozen=True, slots=True)
class Reversal:
    """Why a payment is taken back, by which agent, and when."""

    because: str
    by: str
    at: datetime

    def mark_payment_as_reversed(self, payment: Payment) -> None:
        """Mark a payment as taken back, or what a credit had paid of a bill."""
        payment.state, payment.reversed_because = REVERSED, self.because
        payment.reversed_by, payment.reversed_at = self.by, self.at


def reverse_payment(write: Write, provider: Provider, payment_id: str, reversal: Reversal) -> None:
    """
    Take a payment back: what it paid is owed again. One that the bank rejects is notified.

    Where its credit has paid other bills these are owed again, the latest first: those that it paid
    at once before any that other money has paid. What is discrepant at PayFiP was never booked, and
    is only seen to. Where its credit was refunded the household owes that back, by a bill of its
    own: no other is owed beyond its sum. A debit is taken back where its reject is noted, with the
    bank's code. Raises NotFound, DayClosed for what the counter takes: no seal would have it.
    """
    payment = _lock_reversible(write, provider, payment_id)
    now = reversal.at
    if payment.state == PAID:
        _post_reversal(write, payment, reversal)
    reversal.mark_payment_as_reversed(payment)
    write.flush()
    undone = reasons_of_undone_reversals(write, payment.id)
    if payment.household_id is not None:
        bill_what_was_refunded_too_much(write, provider, payment.regie, payment.household_id, now)
        because = reason_id_of_event(source_of_reversal(payment.id, len(undone) + 1))
        use_credit_at_once(write, payment.regie, [payment.household_id], now, because)
    if reversal.because == BANK_REJECTED and payment.means in COUNTER_MEANS:
        notify_payer(write, payment, CAME_BACK, now, undone.count(BANK_REJECTED) + 1)
    publish_card_of_payer(write, payment, now)


def reasons_of_undone_reversals(session: Session, payment_id: str) -> Sequence[str]:
    """Return why a payment was said to be taken back, of each reversal that was undone."""
    undone = select(WithdrawnReversal.because).where(WithdrawnReversal.payment_id == payment_id)
    return session.scalars(undone.order_by(WithdrawnReversal.turn)).all()


def source_of_reversal(payment_id: str, turn: int) -> str:
    """Return the source of the ledger's entry of a payment's first, or later, reversal."""
    return f"{REVERSAL}:{turn}:{payment_id}"


def _lock_reversible(write: Write, provider: Provider, payment_id: str) -> Payment:
    rejected = select(Debit.payment_id).where(Debit.reason != "")
    owner = write.execute(
        select(Payment.household_id, Payment.invoice_id).where(
            Payment.id == payment_id,
            Payment.provider == provider.code,
            Payment.means.not_in((CREDIT, AT_TREASURY)),
            or_(Payment.means != DEBIT, Payment.id.in_(rejected)),
        )
    ).one_or_none()
    if owner is None:
        raise NotFound
    lock_card_and_bill(write, provider.code, *owner)
    payment = lock_payment(write, payment_id)
    if payment.state not in (PAID, DISCREPANT):
        raise NotFound
    return payment


def _post_reversal(write: Write, payment: Payment, reversal: Reversal) -> None:
    now = reversal.at
    day = now.astimezone(PARIS).date()
    if payment.means in COUNTER_MEANS:
        lock_cash_box(write, payment.regie)
        refuse_closed_day(write, payment.regie, day)
    moves = [
        move
        for holding in _where_money_is_booked(write, payment.id)
        for move in _opposite_moves(write, payment, holding, reversal)
    ]
    source = source_of_reversal(payment.id, len(reasons_of_undone_reversals(write, payment.id)) + 1)
    ledger.post_entries(write, [NewEntry(payment.regie, REVERSAL, source, day, now, moves)])


def _where_money_is_booked(write: Write, payment_id: str) -> Sequence[Move]:
    """Return where a payment's money is booked now, by all entries that moved it."""
    key = (Posting.account, Posting.household_id, Posting.invoice_id)
    rows = write.execute(
        select(*key, func.sum(Posting.cents))
        .where(Posting.payment_id == payment_id)
        .group_by(*key)
        .having(func.sum(Posting.cents) != 0)
        .order_by(*key)
    )
    return [Move(account, int(cents), household, bill) for account, household, bill, cents in rows]


def _opposite_moves(
    write: Write, payment: Payment, holding: Move, reversal: Reversal
) -> Sequence[Move]:
    """Return the moves that reverse one place; a credit may have been used meanwhile."""
    household = holding.household_id
    if holding.account != ADVANCE or household is None:
        return [Move(holding.account, -holding.cents, household, holding.invoice_id, payment.id)]
    credit = credits_of_households(write, payment.regie, [household])[household]
    every = _payments_by_credit_of_household(write, payment.regie, household)
    uses = sorted(every, key=lambda one: not _was_brought_by(payment, one[0]))  # its own first
    taken = sources_of_credit_taken_back(
        -holding.cents, credit, [(use.id, cents) for use, cents in uses]
    )
    moves = [
        Move(ADVANCE, taken.from_credit, household, None, payment.id),
        Move(RECLAIM, taken.missing, household, None, payment.id),
    ]
    for use, cents in uses:
        back = taken.from_bills.get(use.id, 0)
        moves.append(Move(RECEIVABLE, back, household, use.invoice_id, use.id))
        if back == cents:
            reversal.mark_payment_as_reversed(use)
    return [move for move in moves if move.cents]


def _was_brought_by(payment: Payment, use: Payment) -> bool:
    """Say whether a credit paid a bill in the moment in which this payment had brought it."""
    return use.id == id_of_payment_by_credit(source_of_credit_use(str(use.invoice_id), payment.id))


def _payments_by_credit_of_household(
    write: Write, regie: str, household_id: str
) -> list[tuple[Payment, int]]:
    """Return the bills' payments that a credit made, the latest first, with the net amount."""
    uses = write.scalars(
        select(Payment)
        .where(
            Payment.household_id == household_id,
            Payment.regie == regie,
            Payment.means == CREDIT,
            Payment.state == PAID,
        )
        .order_by(Payment.booked_at.desc(), Payment.id)
    ).all()
    query = (
        select(Posting.payment_id, -func.sum(Posting.cents))
        .where(Posting.account == RECEIVABLE, Posting.payment_id.in_([use.id for use in uses]))
        .group_by(Posting.payment_id)
    )
    cents = {str(key): int(sums) for key, sums in write.execute(query)}
    return [(use, cents.get(use.id, 0)) for use in uses]
