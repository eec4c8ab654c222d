"""Counts and sums of what a provider's régies would leave open, were their desk gone today."""

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from services.billing.accounts.queries.advances import sum_of_advances
from services.billing.accounts.queries.arrears import sum_of_owed
from services.billing.models import BillingRun, Dispute, Invoice, Payment, PaymentPlan, ToBill
from services.billing.payments.queries.cash_box import cash_in_box
from services.billing.payments.queries.listed_payments import (
    cents_of_paper_in_drawer,
    suspense_cents,
)
from shared.contracts.billing.bills import INITIATED, PENDING
from shared.contracts.billing.payment_plans import ASKED, GRANTED
from shared.contracts.billing.regie.runs import ISSUED
from shared.contracts.billing.unsettled import UnsettledAnswer
from shared.register import Provider


def count_unsettled_at_provider(session: Session, provider: Provider) -> UnsettledAnswer:
    """Return what is open at all régies of a provider."""
    codes = [regie.code for regie in provider.regies]
    owed = sum_of_owed(session, provider.code)
    disputed = select(func.count()).select_from(Dispute).join(Invoice)
    runs = select(func.count()).select_from(BillingRun)
    plans = select(func.count()).select_from(PaymentPlan)
    payments = select(func.count()).select_from(Payment)
    months = select(func.count(ToBill.month.distinct())).where(ToBill.regie.in_(codes))
    return UnsettledAnswer(
        months_to_bill=_number(session, months),
        runs=_number(
            session, runs.where(BillingRun.provider == provider.code, BillingRun.state != ISSUED)
        ),
        owed_bills=owed.bills,
        owed_cents=owed.cents,
        plans=_number(
            session,
            plans.where(
                PaymentPlan.provider == provider.code, PaymentPlan.state.in_((ASKED, GRANTED))
            ),
        ),
        disputes=_number(
            session,
            disputed.where(Invoice.provider == provider.code, Dispute.resolved_at.is_(None)),
        ),
        payments=_number(
            session,
            payments.where(
                Payment.provider == provider.code, Payment.state.in_((INITIATED, PENDING))
            ),
        ),
        cash_cents=sum(cash_in_box(session, code) for code in codes),
        paper_cents=sum(cents_of_paper_in_drawer(session, code) for code in codes),
        suspense_cents=suspense_cents(session, provider.code),
        advance_cents=sum_of_advances(session, provider),
    )


def _number(session: Session, query: Select[int]) -> int:
    return session.scalar(query) or 0
