"""Runs with their progress, and the states of their households."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, cast, func, or_, select
from sqlalchemy.orm import Session

from services.billing.bills.queries.listed_bills_and_payments import readable_number
from services.billing.models import BillingRun, Household, Invoice, RunHousehold
from services.billing.models.runs import COUNTED, DECIDED, DRAFT, FAILED
from shared.contracts.billing.regie.payers import PAGE
from shared.contracts.billing.regie.runs import (
    ANOMALIES,
    DRAFTED,
    DRAFTING,
    FILE_HELD,
    HouseholdOfRun,
    Run,
)

_AT_LEAST = {DRAFTING: DRAFT, DRAFTED: DRAFT}
"""The step at which a household is done, while a run is drafted; else it is decided."""

_ANOMALIES = cast(RunHousehold.anomalies, Text)


def run_with_progress(session: Session, run: BillingRun) -> Run:
    """Return a run with counts of its households, by state and by anomaly."""
    groups = _groups_of_households(session, run.id)
    states: Counter[str] = Counter()
    anomalies: Counter[str] = Counter()
    for group in groups:
        states[group.state] += group.households
        for code in json.loads(group.anomalies):
            anomalies[code] += group.households
    done = _AT_LEAST.get(run.state, DECIDED)
    return Run(
        run_id=run.id,
        regie=run.regie,
        month=run.month,
        state=run.state,
        opened_at=run.opened_at,
        issued_at=run.issued_at,
        households=states.total(),
        done=sum(group.households for group in groups if group.step >= done),
        total_cents=sum(int(group.cents) for group in groups if group.state in COUNTED),
        last_month_cents=sum(int(group.before) for group in groups),
        states=dict(states),
        anomalies=dict(anomalies),
    )


def _groups_of_households(session: Session, run_id: str) -> Sequence[Any]:
    """Return households, alike in step, state and anomalies, with counts and sums."""
    alike = (RunHousehold.step, RunHousehold.state, _ANOMALIES)
    return session.execute(
        select(
            RunHousehold.step,
            RunHousehold.state,
            _ANOMALIES.label("anomalies"),
            func.count().label("households"),
            func.sum(RunHousehold.total_cents).label("cents"),
            func.sum(RunHousehold.last_month_cents).label("before"),
        )
        .where(RunHousehold.run_id == run_id)
        .group_by(*alike)
    ).all()


def page_of_households(
    session: Session, run: BillingRun, only: str, after: str
) -> tuple[list[HouseholdOfRun], str]:
    """
    Return a page of a run's households, the greatest amounts first, and where the next begins.

    `only` is a household state or an anomaly, "" for all.
    """
    rows = session.execute(
        select(RunHousehold, Household.payer, Invoice)
        .outerjoin(Household, Household.id == RunHousehold.household_id)
        .outerjoin(Invoice, Invoice.id == RunHousehold.invoice_id)
        .where(RunHousehold.run_id == run.id, *_state_conditions(only), *_page_conditions(after))
        .order_by(RunHousehold.total_cents.desc(), RunHousehold.household_id)
        .limit(PAGE + 1)
    ).all()
    shown = [_household_shown(*row) for row in rows[:PAGE]]
    last = rows[PAGE - 1][0] if len(rows) > PAGE else None
    return shown, f"{last.total_cents}|{last.household_id}" if last else ""


def _household_shown(row: RunHousehold, payer: str | None, bill: Invoice | None) -> HouseholdOfRun:
    number = readable_number(bill.regie, bill.fiscal_year, bill.sequence) if bill else ""
    return HouseholdOfRun(
        household_id=row.household_id,
        payer=payer or "–",
        state=row.state,
        total_cents=row.total_cents,
        last_month_cents=row.last_month_cents,
        anomalies=row.anomalies,
        error=row.error,
        number=number,
        invoice_id=row.invoice_id,
    )


def _state_conditions(only: str) -> Sequence[ColumnElement[bool]]:
    if not only:
        return ()
    if only in ANOMALIES:
        return (_ANOMALIES.contains(f'"{only}"'),)
    return (RunHousehold.state == only,)


def _page_conditions(after: str) -> Sequence[ColumnElement[bool]]:
    cents, _, household_id = after.partition("|")
    if not cents.lstrip("-").isdigit():
        return ()
    amount = int(cents)
    same = and_(RunHousehold.total_cents == amount, RunHousehold.household_id > household_id)
    return (or_(RunHousehold.total_cents < amount, same),)


def run_exists(session: Session, run_id: str) -> bool:
    """Say whether there is a run of that id."""
    return session.scalar(select(BillingRun.id).where(BillingRun.id == run_id)) is not None


def count_failed_households(session: Session, run_id: str) -> int:
    """Return how many households of a run failed; those on hold have no bill by right."""
    failed = (RunHousehold.state == FAILED, RunHousehold.error != FILE_HELD)
    rows = select(func.count()).select_from(RunHousehold)
    return session.scalar(rows.where(RunHousehold.run_id == run_id, *failed)) or 0


def total_of_run(session: Session, run_id: str) -> int:
    """Return what a run issues, in cents."""
    rows = select(func.coalesce(func.sum(RunHousehold.total_cents), 0))
    conditions = (RunHousehold.run_id == run_id, RunHousehold.state.in_(COUNTED))
    return int(session.scalar(rows.where(*conditions)) or 0)


def next_households(session: Session, run_id: str, step: int, size: int) -> Mapping[str, int]:
    """Return the first households of a run that are at a step, with their positions, in order."""
    rows = session.execute(
        select(RunHousehold.household_id, RunHousehold.position)
        .where(RunHousehold.run_id == run_id, RunHousehold.step == step)
        .order_by(RunHousehold.position)
        .limit(size)
    )
    return {household_id: position for household_id, position in rows}
