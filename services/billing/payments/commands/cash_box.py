"""Closing the counter's day, and bringing cheques and cash to the bank."""

from datetime import date, datetime

from sqlalchemy import select, update

from services.billing.ledger.commands import gapless_numbers
from services.billing.ledger.commands.locks import lock_cash_box
from services.billing.ledger.rules.bill_number_forms import format_number
from services.billing.models import ClosedDay, DepositSlip, Payment
from services.billing.models.collecting.payments import WAITING
from services.billing.models.ledger import SLIPS
from services.billing.payments.queries.cash_box import cash_in_box, refuse_closed_day, totals_of_day
from services.billing.payments.queries.vouchers import count_titles_of_payments
from shared.contracts.billing.bills import CASH, VOUCHERS, NothingOwed
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
    Make a deposit slip: of all cheques or titles of a kind that wait, or of so much cash.

    Raises DayClosed, NothingOwed where there is nothing to bring, TooMuch for more than is there.
    """
    paper = {} if kind == CASH else _lock_waiting_paper(write, regie.code, kind)
    lock_cash_box(write, regie.code)
    refuse_closed_day(write, regie.code, day)
    brought = cents if kind == CASH else sum(paper.values())
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
        count=count_titles_of_payments(write, paper) if kind in VOUCHERS else len(paper),
        cents=brought,
        made_by=by,
        made_at=now,
    )
    write.add(slip)
    write.flush()
    for chunk in ordered_chunks(paper):
        write.execute(update(Payment).where(Payment.id.in_(chunk)).values(slip_id=slip.id))
    return slip


def _lock_waiting_paper(write: Write, regie: str, kind: str) -> dict[str, int]:
    """Return what waits of a kind, with its cents; locked against reversal and deposit."""
    waiting = (Payment.regie == regie, Payment.means == kind, *WAITING)
    rows = write.execute(
        select(Payment.id, Payment.cents).where(*waiting).order_by(Payment.id).with_for_update()
    )
    return {payment_id: cents for payment_id, cents in rows}
