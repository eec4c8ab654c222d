"""Years for whose tax credit the lines of one bill count, by the certificates' rule of age."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from services.billing.bills.certificates.queries.days_of_payment import WHAT_CAME, paid_on
from services.billing.bills.certificates.rules.age_limit import is_under_six
from services.billing.bills.queries.net_lines import net_lines
from services.billing.models import Entry, HouseholdChild, Invoice, InvoiceLine, Posting
from shared.contracts.billing.bills import CREDIT_NOTE
from shared.contracts.enrolment.tariffs import CHILDCARE


def tax_years_by_line(
    session: Session, bill: Invoice, balance_cents: int, on: date
) -> Mapping[int, Sequence[int]]:
    """
    Return, by number of the line, the years in which it counts; nothing of a line that never does.

    A year counts in which the bill was paid, and that of the day `on` while something is owed; of
    a credit note the year of its issue. The child must be under six on 1 January of that year.
    """
    years = _tax_years_of_bill(session, bill, balance_cents, on)
    net_cents = _net_cents_by_line(session, bill)
    children = session.execute(
        select(InvoiceLine.seq, HouseholdChild.birth_date)
        .join(
            HouseholdChild,
            and_(
                HouseholdChild.household_id == InvoiceLine.household_id,
                HouseholdChild.child_id == InvoiceLine.child_id,
            ),
        )
        .where(InvoiceLine.invoice_id == bill.id, InvoiceLine.tax == CHILDCARE)
    )
    years_of = {
        seq: [year for year in years if is_under_six(born, year)]
        for seq, born in children
        if net_cents.get(seq)
    }
    return {seq: counted for seq, counted in years_of.items() if counted}


def _tax_years_of_bill(
    session: Session, bill: Invoice, balance_cents: int, on: date
) -> Sequence[int]:
    if bill.kind == CREDIT_NOTE:
        return [bill.issued_on.year]
    paid: dict[int, int] = defaultdict(int)
    for day, cents in session.execute(
        select(paid_on(), Posting.cents)
        .join(Entry, Entry.id == Posting.entry_id)
        .where(Posting.invoice_id == bill.id, *WHAT_CAME)
    ):
        paid[day.year] -= cents
    open_year = {on.year} if balance_cents > 0 else set()
    return sorted({year for year, cents in paid.items() if cents > 0} | open_year)


def _net_cents_by_line(session: Session, bill: Invoice) -> Mapping[int, int]:
    """Return what each line still holds, in cents; of a credit note what it takes back."""
    if bill.kind == CREDIT_NOTE:
        lines = select(InvoiceLine.seq, InvoiceLine.cents).where(InvoiceLine.invoice_id == bill.id)
        return dict(session.execute(lines).all())
    query = (Invoice.id == bill.id) | (Invoice.of_invoice_id == bill.id)
    return {line.seq: cents for line, cents in net_lines(session, query)[bill.id]}
