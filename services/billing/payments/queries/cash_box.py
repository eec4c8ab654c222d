"""
A counter's days and its cash box; read, never changed.

What is in the box is what the ledger says came and went in cash, less what was deposited. A day is
closed when it, or a later one, was closed; it is never opened again.
"""

from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.billing.models import ClosedDay, DepositSlip, Entry, Posting
from shared.contracts.billing.bills import CASH
from shared.contracts.billing.regie.counter import COUNTER_MEANS, CashBoxFull, DayClosed
from shared.register import Regie


def closing_of_day(session: Session, regie: str, day: date) -> ClosedDay | None:
    """Return the closing that seals a day: its own, or the first of a later one."""
    sealing = (ClosedDay.regie == regie, ClosedDay.day >= day)
    return session.scalar(select(ClosedDay).where(*sealing).order_by(ClosedDay.day).limit(1))


def last_closed_days(session: Session, regies: Collection[str]) -> Mapping[str, date]:
    """Return by régie the last day that is sealed, with all before; régies without one aside."""
    sealed = select(ClosedDay.regie, func.max(ClosedDay.day)).where(ClosedDay.regie.in_(regies))
    return {regie: day for regie, day in session.execute(sealed.group_by(ClosedDay.regie))}


def refuse_closed_day(session: Session, regie: str, day: date) -> None:
    """Raise DayClosed for a day that is sealed."""
    if closing_of_day(session, regie, day) is not None:
        raise DayClosed


def refuse_full_box(session: Session, regie: Regie) -> None:
    """Raise CashBoxFull where there is more cash than the régie may keep; 0 is no ceiling."""
    if 0 < regie.till_ceiling_cents < cash_in_box(session, regie.code):
        raise CashBoxFull(ceiling_cents=regie.till_ceiling_cents)


def cash_in_box(session: Session, regie: str, until: date = date.max) -> int:
    """Return the cents in the box at the end of a day, or now."""
    came = (
        select(func.coalesce(func.sum(Posting.cents), 0))
        .join(Entry, Entry.id == Posting.entry_id)
        .where(
            Posting.regie == regie,  # asked of the entries, SQLite walks through the whole ledger
            Entry.day <= until,
            Posting.account == f"cash:{CASH}",
            Posting.household_id.is_(None),  # as of all cash: the index knows it
        )
    )
    left = cash_deposited_between(session, regie, since=date.min, until=until)
    return int(session.scalars(came).one()) - left


def cash_deposited_between(session: Session, regie: str, *, since: date, until: date) -> int:
    """Return the cents that were brought away in cash from one day to another."""
    brought = select(func.coalesce(func.sum(DepositSlip.cents), 0)).where(
        DepositSlip.regie == regie,
        DepositSlip.day.between(since, until),
        DepositSlip.kind == CASH,
    )
    return int(session.scalars(brought).one())


def totals_of_day(session: Session, regie: str, day: date) -> Mapping[str, int]:
    """
    Return by means of the counter what came on a day less what was taken back; cents.

    Of a closed day, as it was closed: what is taken back later under its date changes no seal.
    """
    sealed = select(ClosedDay.totals).where(ClosedDay.regie == regie, ClosedDay.day == day)
    if (kept := session.scalar(sealed)) is not None:
        return kept
    accounts = {f"cash:{means}": means for means in COUNTER_MEANS}
    rows = session.execute(
        select(Posting.account, func.sum(Posting.cents))
        .join(Entry, Entry.id == Posting.entry_id)
        .where(
            Entry.regie == regie,
            Entry.day == day,
            Posting.account.in_(accounts),
        )
        .group_by(Posting.account)
    )
    return {accounts[account]: int(cents) for account, cents in rows}
