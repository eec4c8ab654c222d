"""Runs of debits as a régie's pages show them; read, never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from services.billing.bills.queries.listed_bills_and_payments import readable_number
from services.billing.debits.rules.regies_collecting_by_debit import does_regie_collect_by_debit
from services.billing.ledger.queries.balances import balances_of_bills
from services.billing.ledger.queries.payment_plans import kept_plans_of_bills
from services.billing.ledger.rules import bill_number_forms
from services.billing.models import Debit, DebitRun, Invoice, Mandate, Payment, Posting
from services.billing.models.ledger import RECEIVABLE
from services.billing.payers.queries.record_holds import households_on_hold_among
from services.billing.store import store
from services.billing.treasury.queries.transferable_bills import bills_with_payment_under_way
from shared.contracts.billing.bills import INVOICE
from shared.contracts.billing.debits import (
    ACTIVE,
    ENDING,
    ONE_OFF,
    PAGE,
    SUSPENDED,
    CollectingRegie,
    DebitedBill,
    DebitsAnswer,
    ReadDebitsAnswer,
    RunOfDebits,
)
from shared.contracts.errors import NotFound
from shared.register import Provider, Regie

RUNS_SHOWN = 24


def direct_debit_overview(session: Session, provider: Provider) -> DebitsAnswer:
    """Return direct debit at a glance: régies, mandates, the last runs."""
    query = select(func.count()).where(Mandate.provider == provider.code)
    runs = session.scalars(
        select(DebitRun)
        .where(DebitRun.provider == provider.code)
        .order_by(DebitRun.ordered_at.desc(), DebitRun.id.desc())
        .limit(RUNS_SHOWN)
    )
    return DebitsAnswer(
        regies=[
            CollectingRegie(
                code=regie.code, label=regie.label, notice_days=regie.finance.notice_days
            )
            for regie in provider.regies
            if regie.finance and does_regie_collect_by_debit(regie)
        ],
        mandates=session.scalar(query.where(Mandate.state.in_((ACTIVE, ENDING)))) or 0,
        suspended=session.scalar(query.where(Mandate.state == SUSPENDED)) or 0,
        runs=[_run_summary(session, run) for run in runs],
    )


def run_with_debits(session: Session, run: DebitRun, after: str) -> ReadDebitsAnswer:
    """Return a run with a page of its debits, in the order of their bills."""
    place = int(after) if after.isdecimal() else 0
    rows = session.execute(
        select(Debit, Payment.state, Mandate, Invoice)
        .join(Payment, Payment.id == Debit.payment_id)
        .join(Mandate, Mandate.id == Debit.mandate_id)
        .join(Invoice, Invoice.id == Debit.invoice_id)
        .where(Debit.run_id == run.id)
        .order_by(Invoice.fiscal_year, Invoice.sequence)
        .offset(place)
        .limit(PAGE + 1)
    ).all()
    return ReadDebitsAnswer(
        number=number_of_run(run),
        state=run.state,
        collect_on=run.collect_on,
        ordered_at=run.ordered_at,
        total_cents=_run_summary(session, run)["total_cents"],
        debits=[_debited_bill(*row) for row in rows[:PAGE]],
        next=str(place + PAGE) if len(rows) > PAGE else "",
    )


def number_of_run(run: DebitRun) -> str:
    """Return a run's number as people read it: 2026-ENS-P000002."""
    prefix = store.register.provider_and_regie(run.regie)[1].prefix
    return bill_number_forms.format_number(f"{prefix}-P", run.fiscal_year, run.sequence)


def _run_summary(session: Session, run: DebitRun) -> RunOfDebits:
    count, rejected, cents = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(case((Debit.reason == "", 0), else_=1)), 0),
            func.coalesce(func.sum(Debit.cents), 0),
        ).where(Debit.run_id == run.id)
    ).one()
    return RunOfDebits(
        run_id=run.id,
        number=number_of_run(run),
        state=run.state,
        collect_on=run.collect_on,
        debits=int(count),
        rejected=int(rejected),
        total_cents=int(cents),
    )


def _debited_bill(debit: Debit, state: str, mandate: Mandate, bill: Invoice) -> DebitedBill:
    return DebitedBill(
        payment_id=debit.payment_id,
        invoice_id=bill.id,
        number=readable_number(bill.regie, bill.fiscal_year, bill.sequence),
        payer=(bill.payer or ["–"])[0],
        rum=mandate.rum,
        last4=mandate.last4,
        sequence=debit.sequence,
        cents=debit.cents,
        state=state,
        reason=debit.reason,
        household_id=bill.household_id,
    )


@dataclass(frozen=True, slots=True)
class Due:
    """A bill that a mandate may pay on a day; cents."""

    bill: Invoice
    mandate: Mandate
    cents: int


def bills_to_debit(
    session: Session, regie: Regie, mandates: Mapping[str, Mandate], on: date
) -> Sequence[Due]:
    """
    Return the bills that mandates, by household, can pay on a day, in the order of their numbers.

    Of a one-off mandate, or one that ends, the first bill alone. Of a bill that is paid by a plan
    the parts that are due by then.
    """
    bills = session.scalars(
        select(Invoice)
        .where(Invoice.regie == regie.code, Invoice.kind == INVOICE)
        .where(Invoice.household_id.in_(mandates), Invoice.id.in_(_select_owed_bills(regie.code)))
        .order_by(Invoice.fiscal_year, Invoice.sequence)
    ).all()
    owed = _cents_to_debit(session, [bill.id for bill in bills], on)
    paying = bills_with_payment_under_way(session, [bill.id for bill in bills])
    on_hold = households_on_hold_among(session, {bill.household_id for bill in bills})
    rows: list[Due] = []
    used: set[str] = set()
    for bill in bills:
        mandate = mandates[bill.household_id]
        is_single = mandate.kind == ONE_OFF or mandate.state == ENDING
        is_kept = bill.id in paying or bill.household_id in on_hold
        if owed[bill.id] <= 0 or is_kept or (is_single and mandate.id in used):
            continue
        used.add(mandate.id)
        rows.append(Due(bill, mandate, owed[bill.id]))
    return rows


def _cents_to_debit(session: Session, invoice_ids: Sequence[str], on: date) -> Mapping[str, int]:
    plans = kept_plans_of_bills(session, invoice_ids)
    due = {
        invoice_id: sum(
            piece.cents for piece in plan.pieces_of_bill(invoice_id) if piece.due_on <= on
        )
        for invoice_id, plan in plans.items()
    }
    return {**balances_of_bills(session, invoice_ids), **due}


def require_run(session: Session, provider: Provider, run_id: str) -> DebitRun:
    """Return a run of the provider's; raises NotFound."""
    run = session.get(DebitRun, run_id)
    if run is None or run.provider != provider.code:
        raise NotFound
    return run


def _select_owed_bills(regie: str) -> Select[str | None]:
    owed = select(Posting.invoice_id).where(Posting.regie == regie, Posting.account == RECEIVABLE)
    return owed.group_by(Posting.invoice_id).having(func.sum(Posting.cents) > 0)
