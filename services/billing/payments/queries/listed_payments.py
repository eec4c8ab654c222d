"""Payments as a régie's lists show them, page by page; read, never changed."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session

from services.billing.bills.queries.listed_bills_and_payments import (
    PAYMENT_COLUMNS,
    UNSEEN,
    may_be_in_number_condition,
    payments_as_listed,
)
from services.billing.models import DepositSlip, Household, Invoice, Payment
from services.billing.models.collecting.payments import WAITING
from services.billing.payers.queries.household_words import may_have_words_condition
from shared.contracts.billing.bills import CHEQUE, CREDIT, PAID, REVERSED
from shared.contracts.billing.regie.counter import (
    COUNTER_MEANS,
    DEPOSITED_MEANS,
    REVERSED_SHOWN,
    SLIPS_SHOWN,
    CounterPayment,
    SuspenseAnswer,
)
from shared.contracts.billing.regie.payers import PAGE, PaymentsOfAnswer
from shared.text import JOINTS, folded

NOBODY = "-"
"""Label of an unknown payer."""

Page = tuple[list[CounterPayment], str]
"""Some payments, and where the next ones begin: "" on the last page."""


def payments_between(
    session: Session, provider: str, first: date, last: date, after: str, query: str = ""
) -> PaymentsOfAnswer:
    """
    Return one page of the money that came between two days, on the first with the sums of all.

    Of a query those payments alone that may have its words, and some others.
    Summed for each of a hundred pages, a month of a large régie took four seconds.
    """
    conditions = (
        Payment.provider == provider,
        Payment.received_on.between(first, last),
        Payment.means != CREDIT,
        Payment.state.not_in(UNSEEN),
    )
    place = (Payment.received_on, Payment.id)
    listed = _select_payments().where(*conditions).order_by(*(part.desc() for part in place))
    if query:
        listed = listed.where(_may_have_words_condition(session, provider, folded(query).split()))
    if after:
        day, _, payment_id = after.partition("_")
        listed = listed.where(tuple_(*place) < (date.fromisoformat(day), payment_id))
    rows = session.execute(listed.limit(PAGE + 1)).all()
    page = rows[:PAGE]
    payments = zip(_counter_payments(session, page), page, strict=True)
    kinds = [] if after else _kinds_of_payments(session, conditions)
    return PaymentsOfAnswer(
        payments=[{**payment, "slip": row.slip} for payment, row in payments],
        next=_page_position_of_payment(rows[PAGE - 1]) if len(rows) > PAGE else "",
        totals=_sums_by_means(kinds),
        kinds=[
            {
                "means": kind.means,
                "state": kind.state,
                "reversed_because": kind.reversed_because,
                "payments": kind.payments,
            }
            for kind in kinds
        ],
    )


def _may_have_words_condition(
    session: Session, provider: str, words: Sequence[str]
) -> ColumnElement[bool]:
    """Return the condition of a payment by its payer, its bill or its cheque."""

    def otherwise(word: str) -> ColumnElement[bool]:
        bill = may_be_in_number_condition(provider, word)
        bills = select(Invoice.id).where(Invoice.provider == provider, bill)
        return or_(
            Payment.payer != "", _may_be_in_cheque_condition(word), Payment.invoice_id.in_(bills)
        )

    return may_have_words_condition(session, Payment.__table__.c.household_id, words, otherwise)


def _may_be_in_cheque_condition(word: str) -> ColumnElement[bool]:
    """Return the condition of a cheque whose number may hold a folded word, by its figures."""
    figures = re.findall(r"[0-9]+", word)
    if not figures:  # then letters are in it, as they are in few
        return func.lower(Payment.cheque) != func.upper(Payment.cheque)
    is_joined = or_(*(Payment.cheque.contains(sign) for sign in JOINTS))
    return or_(and_(*(Payment.cheque.contains(each) for each in figures)), is_joined)


def _kinds_of_payments(session: Session, conditions: Sequence[Any]) -> Sequence[Any]:
    kind = (Payment.means, Payment.state, Payment.reversed_because)
    sums = func.count().label("payments"), func.sum(Payment.cents).label("cents")
    return session.execute(
        select(*kind, *sums).where(*conditions).group_by(*kind).order_by(*kind)
    ).all()


def _sums_by_means(kinds: Sequence[Any]) -> dict[str, int]:
    came = (kind for kind in kinds if kind.state == PAID)
    return {kind.means: int(kind.cents) for kind in came}


def payments_in_suspense(session: Session, provider: str, after: str) -> SuspenseAnswer:
    """Return one page of the money whose debtor is not known, the oldest first, and its sum."""
    rows, following = _page_of_payments(session, _in_suspense_conditions(provider), after)
    total = 0 if after else suspense_cents(session, provider)
    taken_back = [] if after else _last_reversed_without_debtor(session, provider)
    return SuspenseAnswer(payments=rows, next=following, total_cents=total, taken_back=taken_back)


def _last_reversed_without_debtor(session: Session, provider: str) -> list[CounterPayment]:
    """Return the money taken back last whose debtor was not known, the latest first."""
    rows = session.execute(
        _select_payments()
        .where(
            Payment.provider == provider,
            Payment.state == REVERSED,
            Payment.household_id.is_(None),
        )
        .order_by(Payment.reversed_at.desc(), Payment.id)
        .limit(REVERSED_SHOWN)
    ).all()
    return _counter_payments(session, rows)


def suspense_cents(session: Session, provider: str) -> int:
    """Return the sum of a provider's money whose debtor is not known."""
    total = select(func.coalesce(func.sum(Payment.cents), 0)).where(
        *_in_suspense_conditions(provider)
    )
    return int(session.scalar(total) or 0)


def _in_suspense_conditions(provider: str) -> tuple[ColumnElement[bool], ...]:
    return (
        Payment.provider == provider,
        Payment.state == PAID,
        Payment.household_id.is_(None),
    )


def payments_taken_on(session: Session, regie: str, day: date, after: str) -> Page:
    """Return one page of what was taken at the counter for a day, as it came."""
    taken = (Payment.regie == regie, Payment.received_on == day, Payment.means.in_(COUNTER_MEANS))
    return _page_of_payments(session, taken, after)


def waiting_cheques(session: Session, regie: str, after: str) -> Page:
    """Return one page of the cheques that no slip names yet, as they came."""
    return _page_of_payments(session, _waiting_cheques_conditions(regie), after)


def count_waiting_cheques(session: Session, regie: str) -> tuple[int, int]:
    """Return how many cheques no slip names yet, and their sum in cents."""
    waiting = _waiting_cheques_conditions(regie)
    count, cents = session.execute(
        select(func.count(), func.coalesce(func.sum(Payment.cents), 0)).where(*waiting)
    ).one()
    return count, int(cents)


def cents_of_paper_in_drawer(session: Session, regie: str) -> int:
    """Return the sum of the cheques and of the titles on paper that no slip names yet."""
    paper = (Payment.regie == regie, Payment.means.in_(DEPOSITED_MEANS), *WAITING)
    return int(session.scalar(select(func.coalesce(func.sum(Payment.cents), 0)).where(*paper)) or 0)


def _waiting_cheques_conditions(regie: str) -> tuple[ColumnElement[bool], ...]:
    return Payment.regie == regie, Payment.means == CHEQUE, *WAITING


def latest_deposit_slips(session: Session, regie: str) -> Sequence[DepositSlip]:
    """Return the last deposit slips of a régie, the latest first."""
    made = select(DepositSlip).where(DepositSlip.regie == regie)
    latest = made.order_by(DepositSlip.made_at.desc(), DepositSlip.id.desc())
    return session.scalars(latest.limit(SLIPS_SHOWN)).all()


def _page_of_payments(session: Session, conditions: Sequence[Any], after: str) -> Page:
    """Return some payments in the order in which they came, and where the next ones begin."""
    listed = _select_payments().where(*conditions, Payment.id > after).order_by(Payment.id)
    rows = session.execute(listed.limit(PAGE + 1)).all()
    return _counter_payments(session, rows[:PAGE]), rows[PAGE - 1].id if len(rows) > PAGE else ""


def _select_payments() -> Select[object]:
    return (
        select(
            *PAYMENT_COLUMNS,
            Payment.received_on,
            Payment.household_id,
            func.coalesce(func.nullif(Payment.payer, ""), Household.payer, NOBODY).label("payer"),
            func.coalesce(DepositSlip.number, "").label("slip"),
        )
        .outerjoin(Household, Household.id == Payment.household_id)
        .outerjoin(DepositSlip, DepositSlip.id == Payment.slip_id)
    )


def _counter_payments(session: Session, rows: Sequence[Any]) -> list[CounterPayment]:
    """Return the payments of these rows, in the order in which they are given."""
    shown = {payment["payment_id"]: payment for payment in payments_as_listed(session, rows)}
    return [{**shown[row.id], "payer": row.payer, "household_id": row.household_id} for row in rows]


def _page_position_of_payment(row: Any) -> str:
    return f"{row.received_on.isoformat()}_{row.id}"
