"""
Drafting: what each household's bill would be, chunk by chunk, for people to look at.

Nothing is issued, and nothing of a draft but its totals is kept: its lines are computed anew where
they are shown, and where they are issued.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, not_, select, update
from sqlalchemy.orm import Session

from services.billing.models import BillingRun, Invoice, QuantitySheet, RunHousehold
from services.billing.models.bills import ASKS_BACK
from services.billing.models.runs import DRAFT, FAILED, TO_DRAFT
from services.billing.runs.commands.opening import lock_run_state
from services.billing.runs.queries.drafts import Drafted, Scope, drafts_of_households
from services.billing.runs.queries.progress import next_households
from services.billing.runs.rules.anomalies import LastMonth, anomalies_of_draft, has_address
from shared.contracts.billing.regie.runs import DRAFTED, DRAFTING
from shared.database import Store, Write
from shared.database.bulk_rows import upsert_rows
from shared.dates.months import first_of, last_of, month_before

Row = dict[str, object]


def draft_next_households(store: Store, run_id: str, scope: Scope, size: int) -> None:
    """
    Draft the next households of a run; without any left it is drafted.

    They are priced in a read transaction, so that no write waits. A household that
    changes meanwhile is found to be `changed` when it is issued.
    """
    with store.read() as read:
        waiting = next_households(read, run_id, TO_DRAFT, size)
        rows = _rows_of_drafted_households(read, scope, waiting)
    with store.write() as write:
        if lock_run_state(write, run_id) != DRAFTING:
            return
        if rows:
            write_household_rows(write, [{"run_id": run_id, **row} for row in rows])
        if len(waiting) < size and not next_households(write, run_id, TO_DRAFT, 1):
            write.execute(update(BillingRun).where(BillingRun.id == run_id).values(state=DRAFTED))


def write_household_rows(write: Write, rows: Sequence[Row]) -> None:
    """Write rows of a run's households: totals, state, and how far each is."""
    columns = list(rows[0])
    key = ("run_id", "household_id")
    values = [[row[name] for name in columns] for row in rows]
    change = [name for name in columns if name not in (*key, "position")]
    upsert_rows(write, RunHousehold, columns, values, key=key, change=change)


def _rows_of_drafted_households(
    session: Session, scope: Scope, waiting: Mapping[str, int]
) -> Sequence[Row]:
    drafted = drafts_of_households(session, scope, waiting)
    before = _last_month_cents(session, scope, waiting)
    known = _households_billed_before(session, scope.regie.code, waiting)
    months = (month_before(scope.until), scope.until)
    days = [_count_days_by_activity(session, scope, month) for month in months]
    return [
        {
            "household_id": household_id,
            "position": position,
            "step": DRAFT,
            "last_month_cents": before.get(household_id, 0),
            **_row_of_drafted_household(
                drafted,
                household_id,
                LastMonth(before.get(household_id, 0), *days),
                is_first=household_id not in known,
            ),
        }
        for household_id, position in waiting.items()
    ]


def _row_of_drafted_household(
    drafted: Drafted, household_id: str, last_month: LastMonth, *, is_first: bool
) -> Row:
    if household_id in drafted.errors:
        error = drafted.errors[household_id]
        return {"state": FAILED, "total_cents": 0, "anomalies": [], "digest": "", "error": error}
    draft, household = drafted.drafts[household_id], drafted.contexts[household_id]
    anomalies = anomalies_of_draft(
        draft,
        household.payer,
        last_month,
        is_first=is_first,
        has_address=has_address(household.block),
        disputed=household.disputed,
    )
    return {
        "state": draft.state,
        "total_cents": draft.total_cents,
        "anomalies": anomalies,
        "digest": draft.digest,
        "error": "",
    }


def _last_month_cents(
    session: Session, scope: Scope, household_ids: Mapping[str, int]
) -> Mapping[str, int]:
    """
    Return by household what was billed of the month before, credit notes taken off.

    An advance that is asked back is the price of nothing.
    """
    rows = session.execute(
        select(Invoice.household_id, func.sum(Invoice.total_cents))
        .where(
            Invoice.regie == scope.regie.code,
            Invoice.month == month_before(scope.until),
            Invoice.household_id.in_(household_ids),
            not_(ASKS_BACK),
        )
        .group_by(Invoice.household_id)
    )
    return {household_id: int(cents) for household_id, cents in rows}


def _count_days_by_activity(session: Session, scope: Scope, month: str) -> dict[str, int]:
    """Return by activity of the régie on how many days of a month something was counted."""
    counted = (
        select(QuantitySheet.activity, func.count(QuantitySheet.day.distinct()))
        .where(
            QuantitySheet.provider == scope.provider.code,
            QuantitySheet.day.between(first_of(month), last_of(month)),
            QuantitySheet.activity.in_(scope.regie.activities),
        )
        .group_by(QuantitySheet.activity)
    )
    return dict(session.execute(counted).all())


def _households_billed_before(
    session: Session, regie: str, household_ids: Mapping[str, int]
) -> frozenset[str]:
    rows = select(Invoice.household_id).where(
        Invoice.regie == regie, Invoice.household_id.in_(household_ids)
    )
    return frozenset(session.scalars(rows.distinct()))
