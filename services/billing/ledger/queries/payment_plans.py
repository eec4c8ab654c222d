"""
Payment plans as the ledger has them now: what of which part is still to pay, and of which bill.

Nothing of that is stored: it follows from what was agreed and from the bills' postings.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from services.billing.ledger.queries.balances import balances_of_bills, charges_of_bills
from services.billing.ledger.rules.plan_parts import (
    Part,
    Piece,
    next_part,
    parts_by_now,
    piece_to_ask_for,
    pieces_by_bill,
)
from services.billing.models import Invoice, PaymentPlan, PaymentPlanBill
from shared.contracts.billing.payment_plans import ASKED, GRANTED, REPLACED
from shared.database.chunks import ordered_chunks


@dataclass(frozen=True, slots=True)
class PlanByNow:
    """A plan with its parts as they are, and what is owed of each of its bills, in their order."""

    plan: PaymentPlan
    parts: Sequence[Part]
    owed: Mapping[str, int]

    @property
    def is_kept(self) -> bool:
        return self.plan.state == GRANTED

    @property
    def owed_cents(self) -> int:
        return sum(self.owed.values())

    @property
    def next_part(self) -> Part | None:
        return next_part(self.parts) if self.is_kept else None

    def pieces_of_bill(self, invoice_id: str) -> list[Piece]:
        """Return the pieces by which a bill is to be paid; none where the plan is not kept."""
        if not self.is_kept:
            return []
        return pieces_by_bill(self.parts, list(self.owed.items()))[invoice_id]

    def next_piece_of_bill(self, invoice_id: str) -> Piece | None:
        """Return what is asked for next of a bill, at the counter as online."""
        return piece_to_ask_for(self.pieces_of_bill(invoice_id))


def select_bills_of_kept_plans() -> Select[str]:
    """Return the statement of the bills that a plan lets be paid in parts."""
    kept = PaymentPlan.id == PaymentPlanBill.plan_id
    return (
        select(PaymentPlanBill.invoice_id)
        .join(PaymentPlan, kept)
        .where(PaymentPlan.state == GRANTED)
    )


def plans_of_bills(session: Session, invoice_ids: Collection[str]) -> Mapping[str, PlanByNow]:
    """
    Return by bill the plan that stands, or else its last one; nothing if it never had one.

    By state first: clocks of two machines may say otherwise which came last.
    """
    stands = case((PaymentPlan.state.in_((ASKED, GRANTED)), 1), else_=0)
    last: dict[str, PaymentPlan] = {}
    for chunk in ordered_chunks(invoice_ids):
        rows = session.execute(
            select(PaymentPlanBill.invoice_id, PaymentPlan)
            .join(PaymentPlan, PaymentPlan.id == PaymentPlanBill.plan_id)
            .where(PaymentPlanBill.invoice_id.in_(chunk), PaymentPlan.state != REPLACED)
            .order_by(
                stands,
                func.coalesce(PaymentPlan.decided_at, PaymentPlan.asked_at),
                PaymentPlan.id,
            )
        )
        last.update({invoice_id: plan for invoice_id, plan in rows})
    by_now = plans_by_now(session, list({plan.id: plan for plan in last.values()}.values()))
    return {invoice_id: by_now[plan.id] for invoice_id, plan in last.items()}


def kept_plans_of_bills(session: Session, invoice_ids: Collection[str]) -> Mapping[str, PlanByNow]:
    """Return by bill the plan by which it is paid in parts."""
    plans = plans_of_bills(session, invoice_ids)
    return {invoice_id: plan for invoice_id, plan in plans.items() if plan.is_kept}


def standing_plans_of_bills(
    session: Session, invoice_ids: Collection[str]
) -> Sequence[PaymentPlan]:
    """Return the plans of any of these bills that were asked for or granted, and stand."""
    plans = (plan.plan for plan in plans_of_bills(session, invoice_ids).values())
    return list({plan.id: plan for plan in plans if plan.state in (ASKED, GRANTED)}.values())


def plans_by_now(session: Session, plans: Sequence[PaymentPlan]) -> Mapping[str, PlanByNow]:
    """Return plans by id as they are now."""
    bills = _bills_of_plans(session, [plan.id for plan in plans])
    ids = {invoice_id for of_plan in bills.values() for invoice_id, _charged in of_plan}
    owed, charged = balances_of_bills(session, ids), charges_of_bills(session, ids)
    found = {}
    for plan in plans:
        of_plan = bills[plan.id]
        balances = {invoice_id: owed[invoice_id] for invoice_id, _then in of_plan}
        credited = sum(then - charged[invoice_id] for invoice_id, then in of_plan)
        agreed = [(date.fromisoformat(day), cents) for day, cents in plan.parts]
        parts = parts_by_now(agreed, credited, sum(balances.values())) if agreed else []
        found[plan.id] = PlanByNow(plan, parts, balances)
    return found


def _bills_of_plans(
    session: Session, plan_ids: Collection[str]
) -> Mapping[str, list[tuple[str, int]]]:
    """Return by plan its bills, the first due first, and what each came to when it was granted."""
    bills: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for chunk in ordered_chunks(plan_ids):
        rows = session.execute(
            select(
                PaymentPlanBill.plan_id, PaymentPlanBill.invoice_id, PaymentPlanBill.charged_cents
            )
            .join(Invoice, Invoice.id == PaymentPlanBill.invoice_id)
            .where(PaymentPlanBill.plan_id.in_(chunk))
            .order_by(Invoice.due_on, Invoice.fiscal_year, Invoice.sequence)
        )
        for plan_id, invoice_id, charged in rows:
            bills[plan_id].append((invoice_id, charged))
    return bills
