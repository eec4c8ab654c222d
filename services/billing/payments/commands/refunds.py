"""Refunds of a household's credit by transfer, and their reversal; nothing is deleted."""

from datetime import datetime

from sqlalchemy import select

from services.billing.bills.commands import bill_cards
from services.billing.ledger.commands import entries as ledger
from services.billing.ledger.commands.locks import lock_cards, lock_cash_box
from services.billing.ledger.queries.balances import credits_of_households
from services.billing.ledger.rules.allocation import allocate_to_bill
from services.billing.ledger.rules.new_entry_and_its_id import Move, NewEntry
from services.billing.models import Refund, RefundReversal
from services.billing.models.ledger import ADVANCE, REVERSAL
from services.billing.payments.commands.credits import use_credit_at_once
from services.billing.payments.commands.reversals import Reversal
from services.billing.payments.queries.cash_box import refuse_closed_day
from services.billing.payments.rules.ids_of_credit_uses import reason_id_of_event
from shared.contracts.billing.bills import TRANSFER
from shared.contracts.billing.regie.payers import TooMuch
from shared.contracts.errors import NotFound
from shared.database import Write
from shared.dates.clock import PARIS
from shared.register import Provider
from shared.runtime.ids import new_id


def refund_credit(
    write: Write,
    provider: Provider,
    household_id: str,
    cents: int,
    paper: str,
    by: str,
    now: datetime,
) -> None:
    """
    Pay a credit back by transfer, régie by régie, on a day of the counter that is open.

    Raises TooMuch, DayClosed.
    """
    lock_cards(write, provider.code, [household_id])
    left, day = cents, now.astimezone(PARIS).date()
    for regie in provider.regies:
        credit = credits_of_households(write, regie.code, [household_id])[household_id]
        part, left = allocate_to_bill(left, credit)
        if part:
            lock_cash_box(write, regie.code)
            refuse_closed_day(write, regie.code, day)
            kept = Refund(
                id=new_id(),
                provider=provider.code,
                regie=regie.code,
                household_id=household_id,
                cents=part,
                paper=paper,
                made_by=by,
                made_at=now,
            )
            write.add(kept)
            _post_refund_entry(write, kept, "refund", kept.cents, now)
    if left:
        raise TooMuch(most=cents - left)
    bill_cards.publish_changed_cards(write, provider.code, [household_id], now)


def reverse_refund(write: Write, provider: Provider, refund_id: str, reversal: Reversal) -> None:
    """
    Take a refund back while the counter's day on which it was noted is open: it is a credit again.

    A credit pays at once what the household owes. Later, what comes back is taken as a transfer.
    Raises NotFound, for one that was taken back too, and DayClosed.
    """
    kept, now = _lock_refund(write, provider, refund_id), reversal.at
    day = kept.made_at.astimezone(PARIS).date()
    lock_cash_box(write, kept.regie)
    refuse_closed_day(write, kept.regie, day)
    write.add(
        RefundReversal(
            refund_id=kept.id, because=reversal.because, made_by=reversal.by, made_at=now
        )
    )
    _post_refund_entry(write, kept, REVERSAL, -kept.cents, now)
    because = reason_id_of_event(f"refund_reversal:{kept.id}")
    use_credit_at_once(write, kept.regie, [kept.household_id], now, because)
    bill_cards.publish_changed_cards(write, provider.code, [kept.household_id], now)


def _lock_refund(write: Write, provider: Provider, refund_id: str) -> Refund:
    kept = write.get(Refund, refund_id)
    if kept is None or kept.provider != provider.code:
        raise NotFound
    lock_cards(write, provider.code, [kept.household_id])
    taken_back = select(RefundReversal.refund_id).where(RefundReversal.refund_id == refund_id)
    if write.scalar(taken_back) is not None:
        raise NotFound
    return kept


def _post_refund_entry(write: Write, kept: Refund, kind: str, cents: int, now: datetime) -> None:
    """Post a refund, or with the opposite sign its reversal."""
    day = now.astimezone(PARIS).date()
    moves = [Move(ADVANCE, cents, kept.household_id), Move(f"cash:{TRANSFER}", -cents)]
    ledger.post_entries(write, [NewEntry(kept.regie, kind, f"{kind}:{kept.id}", day, now, moves)])
