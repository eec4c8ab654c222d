"""Anomalies of a month that billing knows, to be looked at before its run."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import Session

from services.billing.bills.queries.listed_bills_and_payments import readable_number
from services.billing.models import (
    Address,
    Counted,
    Dispute,
    Household,
    Invoice,
    InvoiceLine,
    QuantitySheet,
    Quotient,
    ToBill,
)
from services.billing.quantities.queries.tariffs import current_tariffs_of_provider
from shared.contracts.billing.regie.runs import ClosingAnswer, OpenDispute
from shared.database.tables.validity import valid_on_condition
from shared.dates.months import first_of, last_of
from shared.register import Provider, Regie

MOST_DISPUTES = 200


def anomalies_of_month(
    session: Session, provider: Provider, regie: Regie, month: str
) -> ClosingAnswer:
    """Return what to look at before a régie's month is billed."""
    waiting = (ToBill.regie == regie.code, ToBill.month <= month)
    return ClosingAnswer(
        households=_count_households(session, waiting),
        quantities=_count_marked_quantities(session, waiting),
        disputes=_open_disputes(session, regie.code),
        unknown_quotients=_count_households(session, waiting, ~_household_quotient_condition()),
        expired_quotients=_count_households(
            session, waiting, _household_quotient_condition(), ~_quotient_in_month_condition(month)
        ),
        without_address=_count_households(session, waiting, ~_household_address_condition()),
        without_price=_activities_without_price(session, provider, regie, month),
        earlier_months=_earlier_months_to_bill(session, regie.code, month),
    )


def _count_households(
    session: Session, waiting: Sequence[ColumnElement[bool]], *conditions: ColumnElement[bool]
) -> int:
    households = func.count(ToBill.household_id.distinct())
    return session.scalar(select(households).where(*waiting, *conditions)) or 0


def _count_marked_quantities(session: Session, waiting: Sequence[ColumnElement[bool]]) -> int:
    same = and_(
        Counted.regie == ToBill.regie,
        Counted.household_id == ToBill.household_id,
        Counted.month == ToBill.month,
    )
    rows = select(func.count()).select_from(ToBill).join(Counted, same)
    return session.scalar(rows.where(*waiting, Counted.quantity > 0)) or 0


def _household_quotient_condition() -> ColumnElement[bool]:
    return exists().where(Quotient.household_id == ToBill.household_id)


def _quotient_in_month_condition(month: str) -> ColumnElement[bool]:
    last = last_of(month)
    return exists().where(
        Quotient.household_id == ToBill.household_id,
        valid_on_condition(Quotient, last),
    )


def _household_address_condition() -> ColumnElement[bool]:
    return exists().where(Address.household_id == ToBill.household_id)


def _activities_without_price(
    session: Session, provider: Provider, regie: Regie, month: str
) -> list[str]:
    """Return what was counted in the month and has no grid on its last day."""
    last = last_of(month)
    counted = session.scalars(
        select(QuantitySheet.activity)
        .where(
            QuantitySheet.provider == provider.code,
            QuantitySheet.day.between(first_of(month), last),
            QuantitySheet.activity.in_(regie.activities),
        )
        .distinct()
    )
    priced = {
        tariff.activity
        for tariff in current_tariffs_of_provider(session, provider.code)
        if tariff.grid_on(last)
    }
    return sorted(set(counted) - priced)


def _earlier_months_to_bill(session: Session, regie: str, month: str) -> list[str]:
    rows = select(ToBill.month).where(ToBill.regie == regie, ToBill.month < month)
    return list(session.scalars(rows.distinct().order_by(ToBill.month)))


def _open_disputes(session: Session, regie: str) -> list[OpenDispute]:
    line = and_(InvoiceLine.invoice_id == Dispute.invoice_id, InvoiceLine.seq == Dispute.seq)
    rows = session.execute(
        select(Dispute, Invoice, InvoiceLine.label, Household.payer)
        .join(Invoice, Invoice.id == Dispute.invoice_id)
        .join(InvoiceLine, line)
        .outerjoin(Household, Household.id == Invoice.household_id)
        .where(Dispute.resolved_at.is_(None), Invoice.regie == regie)
        .order_by(Dispute.reported_at, Dispute.id)
        .limit(MOST_DISPUTES)
    )
    return [
        OpenDispute(
            dispute_id=dispute.id,
            invoice_id=bill.id,
            number=readable_number(bill.regie, bill.fiscal_year, bill.sequence),
            line=dispute.seq,
            label=label,
            payer=payer or "–",
            reason=dispute.reason,
            at=dispute.reported_at,
        )
        for dispute, bill, label, payer in rows
    ]
