"""
Opens a run, drafts it again while nothing of it is issued, and orders its issue.

One run per régie and month; opening is idempotent.
"""

import secrets
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import JSON, ColumnElement, func, insert, literal, select, update

from services.billing.models import BillingRun, RunHousehold, ToBill
from services.billing.models.runs import TO_DRAFT
from services.billing.runs.queries.progress import total_of_run
from shared.contracts.billing.regie.runs import DRAFTED, DRAFTING, ISSUED, ISSUING, MonthIssued
from shared.contracts.errors import NotFound, Outdated
from shared.database import Write

_RUNS = UUID("0c5c7b8e-4a53-4a3f-9d5d-7a2f0a6f5e11")

WAITING = "waiting"


def run_id_of(regie: str, month: str) -> str:
    """Return the id of a régie's month: there is one run of it."""
    return str(uuid5(_RUNS, f"{regie}|{month}"))


def begin_run(
    write: Write, provider: str, regie: str, month: str, *, reason: str, by: str, at: datetime
) -> str:
    """
    Begin the draft of a month, or draft it again; return the run's id.

    One that is being drafted goes on, with the households that came to it. Raises MonthIssued.
    """
    run = {"id": run_id_of(regie, month), "provider": provider, "regie": regie, "month": month}
    fresh = write.upsert_into(BillingRun).values(
        **run,
        state=DRAFTING,
        reason=reason,
        seed=secrets.token_hex(32),
        opened_at=at,
        opened_by=by,
    )
    write.execute(fresh.on_conflict_do_nothing())
    state = lock_run_state(write, run["id"])
    if state in (ISSUING, ISSUED):
        raise MonthIssued
    if state == DRAFTED:
        _draft_again(write, run["id"], reason)
    _append_households(write, run["id"], regie, month)
    return run["id"]


def order_issue_of_run(
    write: Write, provider: str, run_id: str, *, total_cents: int, by: str, at: datetime
) -> str:
    """
    Order what was drafted to be issued; return the run's state.

    The moment given here dates all its bills. Raises NotFound, and Outdated where the draft is not
    whole or comes to another total than was shown.
    """
    if write.scalar(select(BillingRun.provider).where(BillingRun.id == run_id)) != provider:
        raise NotFound
    state = lock_run_state(write, run_id)
    if state in (ISSUING, ISSUED):
        return state
    if state != DRAFTED or total_of_run(write, run_id) != total_cents:
        raise Outdated
    order = {"state": ISSUING, "issued_at": at, "issued_by": by}
    write.execute(update(BillingRun).where(BillingRun.id == run_id).values(order))
    return ISSUING


def lock_run_state(write: Write, run_id: str) -> str:
    """Return a run's state, and lock the run until the end of the transaction."""
    row = select(BillingRun.state).where(BillingRun.id == run_id).with_for_update()
    return write.scalars(row).one()


def _draft_again(write: Write, run_id: str, reason: str) -> None:
    write.execute(
        update(RunHousehold)
        .where(RunHousehold.run_id == run_id)
        .values(step=TO_DRAFT, state=WAITING)
        .execution_options(synchronize_session=False)
    )
    row = update(BillingRun).where(BillingRun.id == run_id)
    write.execute(row.values(state=DRAFTING, **({"reason": reason} if reason else {})))


def _append_households(write: Write, run_id: str, regie: str, month: str) -> None:
    """
    Give each household with something to be billed its place, in the order of their ids.

    Stored positions stay; new households come at the end.
    """
    query = select(RunHousehold.household_id).where(RunHousehold.run_id == run_id)
    last = select(func.coalesce(func.max(RunHousehold.position), 0))
    households = (
        select(ToBill.household_id)
        .where(ToBill.regie == regie, ToBill.month <= month, ToBill.household_id.not_in(query))
        .distinct()
        .subquery()
    )
    place: ColumnElement[int] = func.row_number().over(order_by=households.c.household_id)
    before = write.scalar(last.where(RunHousehold.run_id == run_id)) or 0
    values = {
        "run_id": literal(run_id),
        "household_id": households.c.household_id,
        "position": place + before,
        "step": literal(TO_DRAFT),
        "state": literal(WAITING),
        "total_cents": literal(0),
        "last_month_cents": literal(0),
        "anomalies": literal([], JSON),
        "digest": literal(""),
        "error": literal(""),
    }
    rows = insert(RunHousehold).from_select(list(values), select(*values.values()), False)
    write.execute(rows)
