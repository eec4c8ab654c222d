"""A bill with all that its page shows: lines, payments, credit notes."""

from sqlalchemy.orm import Session

from services.billing.bills.queries.listed_bills_and_payments import (
    bills_by_id,
    credit_notes_of_bill,
    lines_of_bill,
    numbers_of_bills,
    payments_of_bill,
    readable_number,
)
from services.billing.bills.queries.payment_plans import plan_shown
from services.billing.ledger.queries.payment_plans import plans_of_bills
from services.billing.models import Invoice
from services.billing.payers.queries.deceased_adults import households_without_payer_among, who_died
from services.billing.payers.queries.protected_households import is_protected
from services.billing.payers.queries.record_holds import children_of_lapsed_hold
from services.billing.payers.rules.address_redaction import (
    block_without_address,
    line_without_payers_home,
)
from shared.contracts.billing.bills import Bill, CreditNote, Line, Payment
from shared.contracts.billing.payment_plans import Plan
from shared.contracts.billing.regie.payers import PayerBillAnswer
from shared.contracts.errors import NotFound

MOST_LINES = 150
"""Lines that fit into one message; the document has them all."""


class WholeBill(Bill):
    """A bill with its address block, lines, payments and credit notes."""

    payer: list[str]
    of_number: str
    why: str
    lines: list[Line]
    payments: list[Payment]
    credit_notes: list[CreditNote]
    payment_plan: Plan | None


def require_bill(session: Session, invoice_id: str) -> Invoice:
    """Return a bill; raises NotFound."""
    bill = session.get(Invoice, invoice_id)
    if bill is None:
        raise NotFound
    return bill


def bill_with_details(session: Session, bill: Invoice) -> WholeBill:
    """Return a bill with its lines, payments and credit notes."""
    plan = plans_of_bills(session, [bill.id]).get(bill.id)
    corrected = session.get(Invoice, bill.of_invoice_id) if bill.of_invoice_id else None
    return {
        **bills_by_id(session, [bill.id])[bill.id],
        "payer": bill.payer,
        "of_number": number_of_bill(corrected) if corrected else "",
        "why": bill.reason if corrected else "",
        "lines": lines_of_bill(session, bill.id)[:MOST_LINES],
        "payments": payments_of_bill(session, bill.id),
        "credit_notes": credit_notes_of_bill(session, bill.id),
        "payment_plan": plan_shown(plan, numbers_of_bills(session, plan.owed)) if plan else None,
    }


def bill_for_regie(session: Session, bill: Invoice) -> PayerBillAnswer:
    """Return a bill for a régie: of a protected household nothing says where it lives."""
    page, hidden = bill_with_details(session, bill), is_protected(session, bill.household_id)
    if hidden:
        page["payer"] = block_without_address(page["payer"])
        page["lines"] = [line_without_payers_home(line) for line in page["lines"]]
    home = bill.household_id
    heirs_pay = bool(households_without_payer_among(session, [home]))
    named = [each for each in who_died(session, home) if each["name"] in " ".join(bill.payer)]
    deceased = who_died(session, home) if heirs_pay else named
    return PayerBillAnswer(
        **page,
        household_id=home,
        protected=hidden,
        deceased=deceased,
        heirs_pay=heirs_pay,
        hold_lapsed=page["on_hold"] and bool(children_of_lapsed_hold(session, home)),
    )


def number_of_bill(bill: Invoice) -> str:
    """Return a bill's number as people read it."""
    return readable_number(bill.regie, bill.fiscal_year, bill.sequence)
