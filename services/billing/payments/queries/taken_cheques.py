"""Cheques by their number: one that a payer gave before is not taken twice without a word."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.billing.models import Payment
from shared.contracts.billing.bills import CHEQUE, PAID
from shared.contracts.billing.regie.counter import ChequeTaken


def refuse_taken_cheque(
    session: Session,
    regie: str,
    household_id: str | None,
    cheque: str,
    cents: int,
    since: datetime | None = None,
) -> None:
    """
    Raise ChequeTaken where a payer's cheque of this number was taken and is not taken back.

    Where either has no debtor the other's payer is not known: the same sum makes it the same. One
    that was taken before `since` is another bank's, as an agent said then.
    """
    same_sum = Payment.cents == cents
    nobodys = Payment.household_id.is_(None)
    payer = Payment.household_id == household_id
    same = select(Payment).where(
        or_(nobodys, same_sum) if household_id is None else or_(payer, nobodys & same_sum),
        Payment.regie == regie,
        Payment.means == CHEQUE,
        Payment.cheque == cheque,
        Payment.state == PAID,
    )
    if since is not None:
        same = same.where(Payment.created_at >= since)
    taken = session.scalars(same.order_by(Payment.created_at.desc()).limit(1)).first()
    if taken is not None:
        waits = taken.household_id is None
        raise ChequeTaken(
            receipt=taken.receipt, cents=taken.cents, on=str(taken.received_on), waits=waits
        )
