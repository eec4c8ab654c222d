"""Amounts paid of bills' childcare lines by the end of a day, by household and child."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.billing.bills.queries.net_lines import net_lines
from services.billing.ledger.rules.line_allocation import allocate_to_lines
from services.billing.models import Entry, Invoice, Posting
from services.billing.models.ledger import CHARGES, CLAIMS
from shared.contracts.enrolment.tariffs import CHILDCARE
from shared.database.chunks import ordered_chunks

Paid = Mapping[tuple[str, str], int]


def care_paid(session: Session, provider: str, household_ids: Collection[str], until: date) -> Paid:
    """
    Return by household and child what was paid up to a day of what counts as childcare; cents.

    What came for a bill is shared out among its lines, as they stood at the end of that day.
    """
    paid_for: dict[tuple[str, str], int] = defaultdict(int)
    for chunk in ordered_chunks(household_ids):
        lines = net_lines(
            session,
            Invoice.provider == provider,
            Invoice.household_id.in_(chunk),
            Invoice.issued_on <= until,
        )
        paid = _paid_by_bill(session, chunk, until)
        for invoice_id, net in lines.items():
            parts = allocate_to_lines([cents for _, cents in net], paid.get(invoice_id, 0))
            for (line, _), part in zip(net, parts, strict=True):
                if line.tax == CHILDCARE and line.child_id:
                    paid_for[line.household_id, line.child_id] += part
    return paid_for


def _paid_by_bill(
    session: Session, household_ids: Collection[str], until: date
) -> Mapping[str | None, int]:
    rows = session.execute(
        select(Posting.invoice_id, -func.sum(Posting.cents))
        .join(Entry, Entry.id == Posting.entry_id)
        .where(
            Posting.household_id.in_(household_ids),
            Posting.account.in_(CLAIMS),
            Entry.kind.not_in(CHARGES),
            Entry.day <= until,
        )
        .group_by(Posting.invoice_id)
    )
    return {invoice_id: int(cents) for invoice_id, cents in rows}
