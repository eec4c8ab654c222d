"""Work on runs: a chunk of households at a time, drafted or issued."""

from collections.abc import Collection

from sqlalchemy import select

from services.billing.models import BillingRun
from services.billing.runs.commands.draft_step import draft_next_households
from services.billing.runs.commands.issue_step import issue_next_households
from services.billing.runs.queries.drafts import Scope
from services.billing.runs.queries.issue_preparation import Order
from shared.contracts.billing.regie.runs import DRAFTING, ISSUING
from shared.database import Store
from shared.dates.clock import PARIS, today
from shared.register import Register

CHUNK = 500
"""Households of one transaction: some tenths of a second in which no other write runs on SQLite."""


def work_on_next_run(store: Store, size: int = CHUNK) -> bool:
    """Draft or issue a chunk of the run that comes next; return whether there was one."""
    run = next_run(store)
    if run is not None:
        work_on_run(store, run, size)
    return run is not None


def next_run(store: Store, resting: Collection[str] = ()) -> BillingRun | None:
    """
    Return the run that was opened first of those at work; issuing goes before drafting.

    Those that rest are left out: what holds up one provider's run holds up no other's. The run of a
    régie that the town file no longer has waits until it has it again.
    """
    at_work = (BillingRun.state.in_((DRAFTING, ISSUING)), BillingRun.id.not_in(resting))
    rows = select(BillingRun).where(*at_work)
    in_order = rows.order_by(BillingRun.state.desc(), BillingRun.opened_at, BillingRun.id)
    with store.read() as read:
        runs = read.scalars(in_order).all()
    return next((run for run in runs if store.register.has_regie(run.regie)), None)


def work_on_run(store: Store, run: BillingRun, size: int = CHUNK) -> None:
    """Draft or issue a run's next households."""
    scope = billing_scope_of_run(store.register, run)
    if run.state == DRAFTING:
        draft_next_households(store, run.id, scope, size)
    elif run.issued_at is not None:
        issue_next_households(store, Order(run.id, run.seed, run.issued_at, scope), size)


def billing_scope_of_run(register: Register, run: BillingRun) -> Scope:
    """Return what a run bills; once it is issued, on the day of that."""
    provider, regie = register.provider_and_regie(run.regie)
    on = run.issued_at.astimezone(PARIS).date() if run.issued_at else today()
    return Scope(provider, regie, run.month, on)
