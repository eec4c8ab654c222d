"""Runs of debits as a régie's pages show them; read, never changed."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from services.billing.bills.queries.lists import readable_number
from services.billing.debits.rules.creditors import debits
from services.billing.ledger.rules import numbers
from services.billing.models import Debit, DebitRun, Invoice, Mandate, Payment
from services.billing.store import store
from shared.contracts.billing.debits import ACTIVE, ENDING, PAGE, SUSPENDED
from shared.register import Provider

RUNS_SHOWN = 24


def overview(session: Session, provider: Provider) -> Mapping[str, Any]:
    """Return what contracts/debits.py's `debits` answers."""
    mine = select(func.count()).where(Mandate.provider == provider.code)
    runs = session.scalars(
        select(DebitRun)
        .where(DebitRun.provider == provider.code)
        .order_by(DebitRun.ordered_at.desc(), DebitRun.id.desc())
        .limit(RUNS_SHOWN)
    )
    return {
        "regies": [
            {"code": each.code, "label": each.label, "notice_days": each.finance.notice_days}
            for each in provider.regies
            if each.finance and debits(each)
        ],
        "mandates": session.scalar(mine.where(Mandate.state.in_((ACTIVE, ENDING)))) or 0,
        "suspended": session.scalar(mine.where(Mandate.state == SUSPENDED)) or 0,
        "runs": [_run(session, run) for run in runs],
    }


def run_page(session: Session, run: DebitRun, after: str) -> Mapping[str, Any]:
    """Return a run with a page of its debits, in the order of their bills."""
    place = int(after) if after.isdigit() else 0
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
    said = _run(session, run)
    return {
        **{name: said[name] for name in ("number", "state", "collect_on", "total_cents")},
        "ordered_at": run.ordered_at,
        "debits": [_debit(*row) for row in rows[:PAGE]],
        "next": str(place + PAGE) if len(rows) > PAGE else "",
    }


def number_of(run: DebitRun) -> str:
    """Return a run's number as people read it: 2026-ENS-P000002."""
    prefix = store.register.regie(run.regie)[1].prefix
    return numbers.readable(f"{prefix}-P", run.fiscal_year, run.sequence)


def _run(session: Session, run: DebitRun) -> Mapping[str, Any]:
    count, rejected, cents = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(case((Debit.reason == "", 0), else_=1)), 0),
            func.coalesce(func.sum(Debit.cents), 0),
        ).where(Debit.run_id == run.id)
    ).one()
    return {
        "run_id": run.id,
        "number": number_of(run),
        "state": run.state,
        "collect_on": run.collect_on,
        "debits": int(count),
        "rejected": int(rejected),
        "total_cents": int(cents),
    }


def _debit(debit: Debit, state: str, mandate: Mandate, bill: Invoice) -> Mapping[str, Any]:
    return {
        "payment_id": debit.payment_id,
        "invoice_id": bill.id,
        "number": readable_number(bill.regie, bill.fiscal_year, bill.sequence),
        "payer": (bill.payer or ["–"])[0],
        "rum": mandate.rum,
        "last4": mandate.last4,
        "sequence": debit.sequence,
        "cents": debit.cents,
        "state": state,
        "reason": debit.reason,
    }
