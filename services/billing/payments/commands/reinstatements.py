"""Reversals that were noted at a wrong payment, undone by one more entry: nothing is deleted."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from services.billing.ledger.commands import entries as ledger
from services.billing.ledger.commands.locks import lock_card_and_bill, lock_cash_box, lock_payment
from services.billing.ledger.queries.balances import balances_of_bills
from services.billing.ledger.rules.allocation import allocate_to_bill
from services.billing.ledger.rules.new_entry_and_its_id import Move, NewEntry, entry_id
from services.billing.models import Payment, PaymentTitle, Posting, WithdrawnReversal
from services.billing.models.ledger import ADVANCE, RECEIVABLE, RECLAIM, REINSTATED
from services.billing.payments.commands.credits import use_credit_at_once
from services.billing.payments.commands.payment_booking import (
    CAME,
    notify_payer,
    publish_card_of_payer,
)
from services.billing.payments.commands.reversals import (
    reasons_of_undone_reversals,
    source_of_reversal,
)
from services.billing.payments.queries.cash_box import refuse_closed_day, refuse_full_box
from services.billing.payments.queries.taken_cheques import refuse_taken_cheque
from services.billing.payments.queries.vouchers import (
    refuse_above_voucher_limit,
    refuse_taken_titles,
)
from services.billing.payments.rules.ids_of_credit_uses import reason_id_of_event
from shared.contracts.billing.bills import (
    BANK_REJECTED,
    CASH,
    CHEQUE,
    CREDIT,
    DEBIT,
    PAID,
    REVERSED,
    VOUCHERS,
)
from shared.contracts.billing.bills import TREASURY as AT_TREASURY
from shared.contracts.billing.regie.counter import COUNTER_MEANS, DEPOSITED_MEANS
from shared.contracts.errors import NotFound
from shared.database import Write
from shared.dates.clock import PARIS
from shared.register import Provider


def reinstate_payment(
    write: Write, provider: Provider, payment_id: str, by: str, now: datetime
) -> None:
    """
    Undo the reversal of a payment: it pays again what it had paid, as far as that is owed.

    What has been paid otherwise since becomes a credit, which pays what else is owed. For the tax
    the payment counts on its own day; the entry is of today, whose counter must be open. What was
    refunded of it, and asked back by a bill, is a credit that pays that bill. A debit is none of
    these: its reject is of a mandate. Raises NotFound, DayClosed, CashBoxFull, where it was taken
    anew since ChequeTaken, TitleTaken, and AboveVoucherLimit of titles that can be given back.
    """
    payment = _lock_reversed(write, provider, payment_id)
    _refuse_what_the_counter_refuses(write, provider, payment, now)
    reasons = [*reasons_of_undone_reversals(write, payment.id), payment.reversed_because]
    turn = len(reasons)
    moves = _moves_of_reinstatement(write, payment, source_of_reversal(payment.id, turn))
    write.add(_withdraw_reversal(payment, turn, by, now))
    write.flush()
    source = f"{REINSTATED}:{turn}:{payment.id}"
    day = now.astimezone(PARIS).date()
    ledger.post_entries(write, [NewEntry(payment.regie, REINSTATED, source, day, now, moves)])
    if payment.means == CASH:
        refuse_full_box(write, provider.regie(payment.regie))
    if payment.household_id is not None:
        because = reason_id_of_event(source)
        use_credit_at_once(write, payment.regie, [payment.household_id], now, because)
    if reasons[-1] == BANK_REJECTED and payment.means in COUNTER_MEANS:  # the family was told
        notify_payer(write, payment, CAME, now, reasons.count(BANK_REJECTED))
    publish_card_of_payer(write, payment, now)


def _lock_reversed(write: Write, provider: Provider, payment_id: str) -> Payment:
    """Lock a payment that came and was taken back; one that never came is not found."""
    owner = write.execute(
        select(Payment.household_id, Payment.invoice_id).where(
            Payment.id == payment_id,
            Payment.provider == provider.code,
            Payment.means.not_in((CREDIT, AT_TREASURY, DEBIT)),
            Payment.booked_at.is_not(None),
        )
    ).one_or_none()
    if owner is None:
        raise NotFound
    lock_card_and_bill(write, provider.code, *owner)
    payment = lock_payment(write, payment_id)
    if payment.state != REVERSED:
        raise NotFound
    return payment


def _refuse_what_the_counter_refuses(
    write: Write, provider: Provider, payment: Payment, now: datetime
) -> None:
    """
    Refuse a closed day, and paper that was taken anew since the reversal: it would pay twice.

    Titles that wait for a slip still pay no more than at the counter; what has left for its issuer,
    or has no paper, nobody can give back.
    """
    if payment.means not in COUNTER_MEANS:
        return
    lock_cash_box(write, payment.regie)
    refuse_closed_day(write, payment.regie, now.astimezone(PARIS).date())
    if payment.means == CHEQUE and payment.cheque:
        refuse_taken_cheque(
            write,
            payment.regie,
            payment.household_id,
            payment.cheque,
            payment.cents,
            since=payment.reversed_at,
        )
    if payment.means in VOUCHERS and payment.invoice_id is not None:
        regie = provider.regie(payment.regie)
        titles = write.scalars(
            select(PaymentTitle.number).where(PaymentTitle.payment_id == payment.id)
        ).all()
        refuse_taken_titles(write, regie, payment.means, titles)
        if payment.means in DEPOSITED_MEANS and payment.slip_id is None:  # still at hand
            refuse_above_voucher_limit(
                write, regie, payment.means, payment.invoice_id, payment.cents
            )


def _withdraw_reversal(payment: Payment, turn: int, by: str, now: datetime) -> WithdrawnReversal:
    """Let a payment stand again; return what its reversal had been, to be kept."""
    kept = WithdrawnReversal(
        payment_id=payment.id,
        turn=turn,
        because=payment.reversed_because,
        reversed_by=payment.reversed_by,
        reversed_at=payment.reversed_at,
        made_by=by,
        made_at=now,
    )
    _let_stand(payment)
    return kept


def _let_stand(payment: Payment) -> None:
    payment.state, payment.reversed_because = PAID, ""
    payment.reversed_by = payment.reversed_at = None


def _moves_of_reinstatement(write: Write, payment: Payment, reversal: str) -> list[Move]:
    """
    Return the moves that undo a reversal, each by that of the payment that it had moved.

    So the sum of what each payment moved is again what it holds, and one more reversal is right.
    """
    posted = select(Posting).where(Posting.entry_id == entry_id(reversal)).order_by(Posting.seq)
    taken = write.scalars(posted).all()
    owed = dict(
        balances_of_bills(write, [row.invoice_id for row in taken if row.invoice_id is not None])
    )
    moves: list[Move] = []
    for row in taken:
        if row.account == RECEIVABLE and row.invoice_id is not None:
            moves += _moves_of_bill(write, payment, row, owed)
        elif row.account == RECLAIM:
            moves += _moves_of_bill_that_asks_back(row)
        else:
            moves.append(_opposite(row, row.account))
    return [move for move in moves if move.cents]


def _moves_of_bill(
    write: Write, payment: Payment, taken: Posting, owed: dict[str, int]
) -> Sequence[Move]:
    """Return what pays a bill again, and what is a credit since the bill needs it no more."""
    bill = str(taken.invoice_id)
    paying, left = allocate_to_bill(taken.cents, owed[bill])
    if taken.payment_id != payment.id and left:
        return [_opposite(taken, ADVANCE)]  # a credit had paid it: all of it or nothing
    owed[bill] -= paying
    if taken.payment_id != payment.id:
        _let_stand(write.get_one(Payment, taken.payment_id))
    by = taken.payment_id
    return [
        Move(RECEIVABLE, -paying, taken.household_id, bill, by),
        Move(ADVANCE, -left, taken.household_id, None, by),
    ]


def _moves_of_bill_that_asks_back(taken: Posting) -> Sequence[Move]:
    """Return what makes a refund that was asked back by a bill the household's credit."""
    household, cents = taken.household_id, taken.cents
    return [
        _opposite(taken, RECLAIM),
        Move(RECLAIM, cents, household),
        Move(ADVANCE, -cents, household),
    ]


def _opposite(taken: Posting, account: str) -> Move:
    bill = taken.invoice_id if account == taken.account else None
    return Move(account, -taken.cents, taken.household_id, bill, taken.payment_id)
