"""Overview of a provider's régies: bills and payments of each month, arrears."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.billing.accounts.queries.arrears import sum_of_overdue
from services.billing.models import BillingRun, Entry, Invoice, Posting
from services.billing.models.ledger import CHARGES, CLAIMS
from services.billing.payments.queries.cash_box import cash_in_box
from services.billing.payments.queries.listed_payments import suspense_cents
from services.billing.runs.queries.progress import run_with_progress
from shared.contracts.billing.bills import INVOICE
from shared.contracts.billing.regie.payers import BilledMonth, OwnRegie, RegieOverviewAnswer
from shared.dates.months import month_before, month_of
from shared.register import Provider

MONTHS, RUNS = 12, 24


def overview_of_regies(session: Session, provider: Provider, on: date) -> RegieOverviewAnswer:
    """Return the régies of a provider at a glance."""
    codes = [regie.code for regie in provider.regies]
    overdue = sum_of_overdue(session, provider.code, on)
    return RegieOverviewAnswer(
        regies=[
            OwnRegie(
                code=regie.code,
                label=regie.label,
                channel=regie.channel,
                payable_online=bool(regie.numcli),
            )
            for regie in provider.regies
        ],
        months=_last_months(session, codes, on),
        runs=[run_with_progress(session, run) for run in _runs_of_regies(session, codes)],
        overdue_cents=overdue.cents,
        overdue_bills=overdue.bills,
        suspense_cents=suspense_cents(session, provider.code),
        till_cents=sum(cash_in_box(session, code) for code in codes),
        till_ceiling_cents=sum(regie.till_ceiling_cents for regie in provider.regies),
    )


def _runs_of_regies(session: Session, regies: Sequence[str]) -> Sequence[BillingRun]:
    rows = select(BillingRun).where(BillingRun.regie.in_(regies))
    return session.scalars(
        rows.order_by(BillingRun.month.desc(), BillingRun.regie).limit(RUNS)
    ).all()


def _last_months(session: Session, regies: Sequence[str], on: date) -> list[BilledMonth]:
    """Return the last months, the oldest first."""
    months = [month_of(on)]
    while len(months) < MONTHS:
        months.insert(0, month_before(months[0]))
    counts = _bill_counts_by_month(session, regies, months[0])
    moved = _cents_moved_by_month_and_kind(session, regies, months[0])
    return [
        BilledMonth(
            month=month,
            bills=counts.get(month, 0),
            billed_cents=moved[month]["invoice"],
            credited_cents=-moved[month]["credit_note"] - moved[month]["given_up"],
            paid_cents=-sum(cents for kind, cents in moved[month].items() if kind not in CHARGES),
            owed_cents=sum(moved[month].values()),
        )
        for month in months
    ]


def _bill_counts_by_month(session: Session, regies: Sequence[str], first: str) -> Mapping[str, int]:
    rows = session.execute(
        select(Invoice.month, func.count())
        .where(Invoice.regie.in_(regies), Invoice.month >= first, Invoice.kind == INVOICE)
        .group_by(Invoice.month)
    )
    return {month: count for month, count in rows}


def _cents_moved_by_month_and_kind(
    session: Session, regies: Sequence[str], first: str
) -> Mapping[str, Mapping[str, int]]:
    """Return by month of the bill and kind of entry what moved on the bills' receivables."""
    moved: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    rows = session.execute(
        select(Invoice.month, Entry.kind, func.sum(Posting.cents))
        .join(Posting, Posting.invoice_id == Invoice.id)
        .join(Entry, Entry.id == Posting.entry_id)
        .where(Invoice.regie.in_(regies), Invoice.month >= first, Posting.account.in_(CLAIMS))
        .group_by(Invoice.month, Entry.kind)
    )
    for month, kind, cents in rows:
        moved[month][kind] += int(cents)
    return moved
