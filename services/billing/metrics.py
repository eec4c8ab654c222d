"""Payments without a result, runs under way and a refused token, for operations."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select

from services.billing.debits.queries.mandates import are_accounts_readable
from services.billing.models import BillingRun, FundRefusal, Payment
from services.billing.models.sealed_columns import account_sealer
from shared.contracts.billing.bills import INITIATED, ONLINE, PENDING
from shared.contracts.billing.regie.runs import ISSUED, RUN_STATES
from shared.database import Read
from shared.database.watching.metrics import Metric, age_seconds, queue_metrics


def payment_metrics(read: Read, moment: datetime) -> Iterable[Metric]:
    """Measure the online payments without a result."""
    unknown = select(func.count(), func.min(Payment.created_at)).where(
        Payment.means == ONLINE, Payment.state.in_((INITIATED, PENDING))
    )
    count, oldest = read.execute(unknown).one()
    yield from queue_metrics("payment", count, oldest, moment)


def run_metrics(read: Read, moment: datetime) -> Iterable[Metric]:
    """Measure the runs that are not issued, by their state, and how old the oldest is."""
    open_runs = (
        select(BillingRun.state, func.count(), func.min(BillingRun.opened_at))
        .where(BillingRun.state != ISSUED)
        .group_by(BillingRun.state)
    )
    oldest = {state: (count, opened_at) for state, count, opened_at in read.execute(open_runs)}
    for state in RUN_STATES:
        if state != ISSUED:
            count, opened_at = oldest.get(state, (0, None))
            yield Metric("run_open", count, state)
            yield Metric("run_oldest_seconds", age_seconds(opened_at, moment), state)


def account_metrics(read: Read, key: bytes) -> Iterable[Metric]:
    """Measure whether billing has another key than that of families' accounts."""
    readable = are_accounts_readable(read, account_sealer(key))
    yield Metric("accounts_unreadable", int(not readable))


def fund_metrics(read: Read, _moment: datetime) -> Iterable[Metric]:
    """Measure the refusals of the town by API Particulier, by code, or status without one."""
    for status, code in read.execute(select(FundRefusal.status, FundRefusal.code)):
        yield Metric("fund_refused", 1, code or str(status))
