"""Payment plans as families and régisseurs are shown them."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.billing.bills.queries.listed_bills_and_payments import numbers_of_bills
from services.billing.ledger.queries.payment_plans import PlanByNow, plans_by_now
from services.billing.models import PaymentPlan
from services.billing.payers.queries.deceased_adults import households_without_payer_among
from services.billing.payers.queries.payers import payer_names_by_household
from services.billing.payers.queries.record_holds import households_on_hold_among
from shared.contracts.billing.payment_plans import PAGE, REPLACED, ListedPlan, Plan
from shared.dates.clock import PARIS


def plan_shown(by_now: PlanByNow, numbers: Mapping[str, str]) -> Plan:
    """Return a plan with its parts and bills as they are now, with the bills' numbers."""
    plan = by_now.plan
    return {
        "plan_id": plan.id,
        "state": plan.state,
        "asked_parts": plan.asked_parts,
        "asked_on": _day_in_france(plan.asked_at),
        "decided_on": _day_in_france(plan.decided_at),
        "answer": plan.answer,
        "parts": [
            {"due_on": part.due_on, "cents": part.cents, "left_cents": part.left_cents}
            for part in by_now.parts
        ],
        "bills": [
            {"invoice_id": invoice_id, "number": numbers[invoice_id], "owed_cents": cents}
            for invoice_id, cents in by_now.owed.items()
        ],
    }


def page_of_plans(
    session: Session, provider: str, household_id: str | None, after: str
) -> tuple[list[ListedPlan], str]:
    """Return a page of the plans of a provider, or of one household there, the latest first."""
    plans = select(PaymentPlan).where(
        PaymentPlan.provider == provider, PaymentPlan.state != REPLACED
    )
    if household_id is not None:
        plans = plans.where(PaymentPlan.household_id == household_id)
    if after:
        plans = plans.where(PaymentPlan.id < after)
    rows = session.scalars(plans.order_by(PaymentPlan.id.desc()).limit(PAGE + 1)).all()
    shown, more = rows[:PAGE], len(rows) > PAGE
    by_now = plans_by_now(session, shown)
    homes = {plan.household_id for plan in shown}
    payers = payer_names_by_household(session, homes)
    held = households_on_hold_among(session, homes) | households_without_payer_among(session, homes)
    numbers = numbers_of_bills(session, {bill for each in by_now.values() for bill in each.owed})
    listed = [
        _plan_listed(
            by_now[plan.id],
            numbers,
            payers.get(plan.household_id, "–"),
            on_hold=plan.household_id in held,
        )
        for plan in shown
    ]
    return listed, shown[-1].id if more else ""


def _plan_listed(
    by_now: PlanByNow, numbers: Mapping[str, str], payer: str, *, on_hold: bool
) -> ListedPlan:
    part = by_now.next_part
    return {
        **plan_shown(by_now, numbers),
        "regie": by_now.plan.regie,
        "household_id": by_now.plan.household_id,
        "payer": payer,
        "owed_cents": by_now.owed_cents,
        "part_cents": part.left_cents if part else 0,
        "part_on": part.due_on if part else None,
        "on_hold": on_hold,
    }


def _day_in_france(moment: datetime | None) -> date | None:
    return moment.astimezone(PARIS).date() if moment else None
