"""Bills past their due date with something owed, page by page, with their reminders."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select, tuple_
from sqlalchemy.orm import Session

from services.billing.bills.queries.listed_bills_and_payments import (
    bills_by_id,
    may_be_in_number_condition,
)
from services.billing.ledger.queries.payment_plans import select_bills_of_kept_plans
from services.billing.models import DeceasedPayer, Invoice, Payment, Posting, Reminder
from services.billing.models.ledger import RECEIVABLE
from services.billing.payers.queries.deceased_adults import (
    households_with_living_payer,
    names_of_deceased,
    select_households_without_payer,
)
from services.billing.payers.queries.household_words import may_have_words_condition
from services.billing.payers.queries.payers import payer_names_by_household
from services.billing.payers.queries.record_holds import (
    households_of_lapsed_hold,
    households_of_lapsed_hold_among,
    select_households_on_hold,
)
from shared.contracts.billing.bills import DISCREPANT, INVOICE, PENDING
from shared.contracts.billing.regie.payers import (
    MOST_ARREARS_KINDS,
    MOST_UNDECIDED,
    ArrearsKind,
    BillOfDeceased,
    OverdueBill,
    UndecidedHome,
)
from shared.database.chunks import ordered_chunks
from shared.dates.clock import PARIS
from shared.text import folded

MOST_SHOWN = 60


def _select_past_due(provider: str, on: date) -> Select[str, str, date, int]:
    return _select_owed(provider).where(*_past_due_conditions(provider, on))


def _past_due_conditions(provider: str, on: date) -> tuple[ColumnElement[bool], ...]:
    """Return what is said of bills past their day; of those of a plan that is kept none is."""
    return (
        Invoice.provider == provider,
        Invoice.kind == INVOICE,
        Invoice.due_on < on,
        Invoice.id.not_in(select_bills_of_kept_plans()),
    )


def _has_payer() -> ColumnElement[bool]:
    """Return what is said of bills that are listed: of the others only heirs can be asked."""
    return Invoice.household_id.not_in(select_households_without_payer())


def _is_on_hold() -> ColumnElement[bool]:
    """Return what is said of bills that are listed though never overdue (decision 0207)."""
    return Invoice.household_id.in_(select_households_on_hold())


def _select_owed(provider: str) -> Select[str, str, date, int]:
    owed = func.sum(Posting.cents)
    return (
        select(Invoice.id, Invoice.household_id, Invoice.due_on, owed.label("owed"))
        .join(Posting, Posting.invoice_id == Invoice.id)
        .where(
            Invoice.provider == provider,
            Invoice.kind == INVOICE,
            Posting.account == RECEIVABLE,
        )
        .group_by(Invoice.id, Invoice.household_id, Invoice.due_on)
        .having(owed > 0)
    )


def page_of_overdue_bills(
    session: Session, provider: str, on: date, after: str, most: int, query: str = ""
) -> tuple[list[OverdueBill], str]:
    """
    Return a page of a provider's bills past their day, the oldest first, and where the next begins.

    Whose only payers died is not in it: nobody is there to be reminded (open_bills_of_deceased).
    A household on hold is: of it nothing is asked, and sum_of_waiting says how much that is.
    Of a query it has those bills alone that may have its words, and some others.
    Bills are looked at in their order until the page is full, and not all of them summed for each.
    """
    page = _select_listed(provider, on)
    page = page.order_by(Invoice.due_on, Invoice.id).limit(most + 1)
    if query:
        household_id = Invoice.__table__.c.household_id
        in_number = partial(may_be_in_number_condition, provider)
        words = folded(query).split()
        page = page.where(may_have_words_condition(session, household_id, words, in_number))
    if after:
        day, _, invoice_id = after.partition("|")
        page = page.where(
            tuple_(Invoice.due_on, Invoice.id) > tuple_(date.fromisoformat(day), invoice_id)
        )
    rows = session.execute(page).all()
    shown, more = rows[:most], len(rows) > most
    following = f"{shown[-1].due_on.isoformat()}|{shown[-1].id}" if more else ""
    return _overdue_bills(session, shown), following


def _select_listed(provider: str, on: date) -> Select[str, str, date]:
    owed = select(func.sum(Posting.cents)).where(
        Posting.invoice_id == Invoice.id, Posting.account == RECEIVABLE
    )
    return select(Invoice.id, Invoice.household_id, Invoice.due_on).where(
        *_past_due_conditions(provider, on),
        _has_payer(),
        owed.correlate(Invoice).scalar_subquery() > 0,
    )


def kinds_of_overdue_bills(session: Session, provider: str, on: date) -> list[ArrearsKind]:
    """Return what the listed bills are told apart by, each combination once, the oldest first."""
    columns = (
        Invoice.month,
        (Invoice.reason != "").label("asks_back"),
        _is_on_hold().label("on_hold"),
        Invoice.household_id.in_(households_of_lapsed_hold(session)).label("hold_lapsed"),
        _has_payment(DISCREPANT).label("unclear"),
        _has_payment(PENDING).label("checking"),
    )
    listed = _select_listed(provider, on).with_only_columns(*columns, maintain_column_froms=True)
    rows = session.execute(listed.distinct().order_by(*columns).limit(MOST_ARREARS_KINDS)).all()
    return [
        {
            "month": row.month,
            "asks_back": bool(row.asks_back),
            "on_hold": bool(row.on_hold),
            "hold_lapsed": bool(row.hold_lapsed),
            "unclear": bool(row.unclear),
            "checking": bool(row.checking),
        }
        for row in rows
    ]


def _has_payment(state: str) -> ColumnElement[bool]:
    return exists().where(Payment.invoice_id == Invoice.id, Payment.state == state)


def undecided_homes(session: Session, provider: str, on: date) -> list[UndecidedHome]:
    """Return the homes of a lapsed hold with what their listed bills come to, the oldest first."""
    homes = households_of_lapsed_hold(session)
    rows = session.execute(
        select(Invoice.household_id, func.sum(Posting.cents).label("cents"))
        .join(Posting, Posting.invoice_id == Invoice.id)
        .where(
            *_past_due_conditions(provider, on),
            _has_payer(),
            Posting.account == RECEIVABLE,
            Invoice.household_id.in_(homes),
        )
        .group_by(Invoice.household_id)
        .having(func.sum(Posting.cents) > 0)
        .order_by(func.min(Invoice.due_on), Invoice.household_id)
        .limit(MOST_UNDECIDED)
    ).all()
    payers = payer_names_by_household(session, [row.household_id for row in rows])
    return [
        {
            "household_id": row.household_id,
            "payer": payers.get(row.household_id, "–"),
            "cents": int(row.cents),
        }
        for row in rows
    ]


def open_bills_of_deceased(session: Session, provider: str) -> list[BillOfDeceased]:
    """
    Return a provider's open bills that name somebody who died, the oldest MOST_SHOWN.

    Where no other payer is left every open bill of the household is one.
    """
    owed = (
        _select_owed(provider)
        .add_columns(Invoice.payer)
        .where(Invoice.household_id.in_(select(DeceasedPayer.household_id)))
    )
    rows = session.execute(owed.order_by(Invoice.due_on, Invoice.id)).all()
    homes = [row.household_id for row in rows]
    deceased, left = names_of_deceased(session, homes), households_with_living_payer(session, homes)
    named = [
        (row, each)
        for row in rows
        for each in deceased[row.household_id]
        if row.household_id not in left or each["name"] in " ".join(row.payer)
    ]
    shown = {row.id: (row, each) for row, each in named[:MOST_SHOWN]}
    bills, payers = bills_by_id(session, list(shown)), payer_names_by_household(session, homes)
    return [
        {
            **bills[invoice_id],
            "household_id": row.household_id,
            "payer": payers.get(row.household_id, "–"),
            "deceased": each["name"],
            "died_on": each["died_on"],
            "heirs_pay": row.household_id not in left,
        }
        for invoice_id, (row, each) in shown.items()
    ]


@dataclass(frozen=True)
class Overdue:
    """Cents that are owed of some bills, and how many these are."""

    cents: int
    bills: int


def sum_of_overdue(session: Session, provider: str, on: date) -> Overdue:
    """Return the sum of the bills that a provider may remind of: listed, and not on hold."""
    return _sum_of_bills(
        session, _select_past_due(provider, on).where(_has_payer(), ~_is_on_hold())
    )


def sum_of_waiting(session: Session, provider: str, on: date) -> Overdue:
    """Return the sum of the listed bills of which nothing is asked, their households on hold."""
    return _sum_of_bills(session, _select_past_due(provider, on).where(_has_payer(), _is_on_hold()))


def sum_of_owed(session: Session, provider: str) -> Overdue:
    """Return the sum of all that is owed to a provider, due or not yet."""
    return _sum_of_bills(session, _select_owed(provider))


def sum_of_heirs(session: Session, provider: str, on: date) -> Overdue:
    """Return the sum of a provider's bills past their day that no list has: no payer is left."""
    return _sum_of_bills(session, _select_past_due(provider, on).where(~_has_payer()))


def _sum_of_bills(session: Session, bills: Select[str, str, date, int]) -> Overdue:
    owed = bills.subquery()
    sums = select(func.coalesce(func.sum(owed.c.owed), 0), func.count()).select_from(owed)
    cents, count = session.execute(sums).one()
    return Overdue(int(cents), count)


def _overdue_bills(session: Session, rows: Sequence[Any]) -> list[OverdueBill]:
    ids = [row.id for row in rows]
    bills, reminded = bills_by_id(session, ids), reminders_by_bill(session, ids)
    homes = [row.household_id for row in rows]
    payers = payer_names_by_household(session, homes)
    undecided = households_of_lapsed_hold_among(
        session, {row.household_id for row in rows if bills[row.id]["on_hold"]}
    )
    return [
        {
            **bills[row.id],
            "household_id": row.household_id,
            "hold_lapsed": row.household_id in undecided,
            "payer": payers.get(row.household_id, "–"),
            "reminders": reminded[row.id][0] if row.id in reminded else 0,
            "reminded_on": reminded[row.id][1] if row.id in reminded else None,
        }
        for row in rows
    ]


def reminders_by_bill(
    session: Session, invoice_ids: Collection[str]
) -> Mapping[str, tuple[int, date]]:
    """Return by bill how often its household was reminded, and on which day last."""
    return {
        invoice_id: (level, at.astimezone(PARIS).date())
        for chunk in ordered_chunks(invoice_ids)
        for invoice_id, level, at in session.execute(
            select(Reminder.invoice_id, Reminder.level, Reminder.reminded_at)
            .where(Reminder.invoice_id.in_(chunk))
            .order_by(Reminder.level)
        )
    }
