"""Closing the counter's day, and bringing cheques and cash to the bank."""

from datetime import date, datetime

from sqlalchemy import select, update

from services.billing.ledger.commands import gapless_numbers
from services.billing.ledger.commands.locks import lock_cash_box
from services.billing.ledger.rules.bill_number_forms import format_number
from services.billing.models import ClosedDay, DepositSlip, Payment
from services.billing.models.collecting.payments import WAITING_CHEQUES
from services.billing.models.ledger import SLIPS
from services.billing.payments.queries.cash_box import cash_in_box, refuse_closed_day, totals_of_day
from shared.contracts.billing.bills import CASH, CHEQUE, NothingOwed
from shared.contracts.billing.regie.payers import TooMuch
from shared.database import Write
from shared.database.chunks import ordered_chunks
from shared.register import Regie
from shared.runtime.ids import new_id


def close_cash_day(
    write: Write, regie: str, day: date, counted_cents: int, by: str, now: datetime
) -> int:
    """
    Seal a day with the cash as counted; return by how many cents it differs from what is booked.

    A difference is kept beside the day and moves nothing: what becomes of it is decided elsewhere.
    """
    lock_cash_box(write, regie)
    refuse_closed_day(write, regie, day)
    booked = cash_in_box(write, regie, day)
    write.add(
        ClosedDay(
            id=new_id(),
            regie=regie,
            day=day,
            totals=dict(totals_of_day(write, regie, day)),
            cash_cents=booked,
            counted_cents=counted_cents,
            closed_by=by,
            closed_at=now,
        )
    )
    return counted_cents - booked


def make_deposit_slip(
    write: Write, regie: Regie, kind: str, cents: int, day: date, by: str, now: datetime
) -> DepositSlip:
    """
    Make a deposit slip: of all cheques that wait, or of so much cash.

    Raises DayClosed, NothingOwed where there is nothing to bring, TooMuch for more than is there.
    """
    cheques = _lock_waiting_cheques(write, regie.code) if kind == CHEQUE else {}
    lock_cash_box(write, regie.code)
    refuse_closed_day(write, regie.code, day)
    brought = sum(cheques.values()) if kind == CHEQUE else cents
    if brought <= 0:
        raise NothingOwed
    if kind == CASH and brought > (most := cash_in_box(write, regie.code)):
        raise TooMuch(most=most)
    sequence = gapless_numbers.take_numbers(write, regie.code, day.year, SLIPS)
    slip = DepositSlip(
        id=new_id(),
        regie=regie.code,
        kind=kind,
        number=format_number(f"{regie.prefix}-B", day.year, sequence),
        day=day,
        count=len(cheques),
        cents=brought,
        made_by=by,
        made_at=now,
    )
    write.add(slip)
    write.flush()
    for chunk in ordered_chunks(cheques):
        write.execute(update(Payment).where(Payment.id.in_(chunk)).values(slip_id=slip.id))
    return slip


def _lock_waiting_cheques(write: Write, regie: str) -> dict[str, int]:
    """Return the cheques that wait, with their cents; locked against reversal and deposit."""
    waiting = select(Payment.id, Payment.cents).where(Payment.regie == regie, *WAITING_CHEQUES)
    rows = write.execute(waiting.order_by(Payment.id).with_for_update())
    return {payment_id: cents for payment_id, cents in rows}
