"""« Factures »: what is owed to whom, why, what was paid; the list is read from cards alone."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for

from services.portal_gateway.bills import labels as bill_words
from services.portal_gateway.bills.rules import lines as bill_lines
from services.portal_gateway.bills.rules import regies as collecting
from services.portal_gateway.bills.rules.bills import Bill, Payment, due_first, last_failure
from services.portal_gateway.calls import billing as till
from services.portal_gateway.overview.queries import family as mine
from services.portal_gateway.pages import downloads as documents
from services.portal_gateway.pages import parsing as typed
from services.portal_gateway.session import current_user as person
from shared.contracts.billing import bills, past_bills
from shared.contracts.errors import NoAnswer, NotFound, Unavailable
from shared.dates.clock import today
from shared.runtime.ids import new_id
from shared.web.base.app import shell_here

blueprint = Blueprint("bills", __name__)

SHOWN_AT_ONCE = 6
"""Settled bills that the list shows before the older ones are asked for."""


@blueprint.get("/factures")
@person.signed_in
def show() -> str:
    """Show what is owed, then what was paid: from one local read, asking nobody."""
    accounts, day = mine.here().accounts, today()
    return render_template(
        "portal/bills.html",
        accounts=accounts,
        due_on=due_first(accounts.to_pay, day),
        late=[bill for bill in accounts.to_pay if bill.is_late(day)],
        bar=_bar(accounts.by_provider),
        settled=accounts.settled[:SHOWN_AT_ONCE],
        older=accounts.settled[SHOWN_AT_ONCE:],
        payable=payable,
        households=mine.here().family.households,
        silent=till.is_silent(),
        words=bill_words,
    )


@blueprint.get("/factures/<invoice_id>")
@person.signed_in
def explain(invoice_id: str) -> Any:
    """Explain a bill line by line; while billing is silent, say what its card said."""
    return _bill_page(typed.known_id(invoice_id))


@blueprint.get("/factures/reprises/<invoice_id>")
@person.signed_in
def explain_past(invoice_id: str) -> str:
    """Show a bill of another software as that printed it: no document, nothing to pay."""
    told = till.ask(
        past_bills.read_past_bill, past_bills.ReadPastBillRequest(typed.known_id(invoice_id))
    )
    return render_template(
        "portal/past_bill.html",
        bill=Bill.of(told.provider, "", vars(told)),
        lines=told.lines,
        paid=[Payment.of(told.provider, row) for row in told.payments],
        words=bill_words,
    )


@blueprint.get("/factures/<invoice_id>/document")
@person.signed_in
def document(invoice_id: str) -> Response:
    """Hand over the bill or the credit note as issued."""
    return documents.file_of(
        bills.bill_pdf, bills.BillPdfRequest(invoice_id=typed.known_id(invoice_id))
    )


@blueprint.get("/paiements/<payment_id>/recu")
@person.signed_in
def receipt(payment_id: str) -> Response:
    """Hand over the receipt of a payment that came."""
    return documents.file_of(
        bills.receipt_pdf, bills.ReceiptPdfRequest(payment_id=typed.known_id(payment_id))
    )


@blueprint.get("/factures/<invoice_id>/erreur/<int:line>")
@person.signed_in
def ask_dispute(invoice_id: str, line: int) -> Any:
    """Ask what is wrong with a line: a choice, and no text."""
    return _dispute_page(typed.known_id(invoice_id), line)


@blueprint.post("/factures/<invoice_id>/erreur/<int:line>")
@person.signed_in
def dispute(invoice_id: str, line: int) -> Any:
    """Tell the régie that a line is wrong; it finds it before its next run."""
    chosen, act = request.form.get("reason", ""), typed.act()
    if not chosen:
        return _dispute_page(typed.known_id(invoice_id), line, missing=True), 422
    if chosen not in bill_words.DISPUTES:
        abort(400)
    try:
        till.ask(
            bills.dispute_line,
            bills.DisputeLineRequest(typed.known_id(invoice_id), line, chosen),
            request_id=typed.named(act, invoice_id, line, chosen),
        )
    except (NoAnswer, Unavailable):
        return _unsent_dispute(invoice_id, line, chosen, act), 503
    flash("disputed", "bill")
    return redirect(url_for("bills.explain", invoice_id=invoice_id), 303)


def payable(bill: Bill) -> bool:
    """Say whether « Payer » may be offered for a bill."""
    return collecting.is_payable_online(shell_here().register, bill)


def _bill_page(invoice_id: str) -> Any:
    try:
        told = till.ask(bills.read_bill, bills.ReadBillRequest(invoice_id))
    except (NoAnswer, Unavailable):
        return _from_the_card(invoice_id), 503
    bill = Bill.answered(told.provider, told)
    paid = [Payment.of(told.provider, row) for row in told.payments]
    return render_template(
        "portal/bill.html",
        bill=bill,
        told=told,
        by_child=bill_lines.by_child(told.lines, told.month),
        paid=paid,
        came=[each for each in paid if each.state == bills.PAID],
        failed=last_failure(paid),
        may_pay=bill.is_open and told.payable_online,
        words=bill_words,
    )


def _from_the_card(invoice_id: str) -> str:
    """Show what the card says of a bill that cannot be explained now."""
    accounts = mine.here().accounts
    bill = accounts.bill(invoice_id)
    if bill is None:
        raise NoAnswer(callee=till.BILLING)
    return render_template(
        "portal/bill.html",
        bill=bill,
        told=None,
        by_child=[],
        paid=[],
        came=accounts.paid(invoice_id),
        failed=accounts.failed(invoice_id),
        may_pay=payable(bill),
        as_of=accounts.as_of,
        words=bill_words,
    )


def _dispute_page(invoice_id: str, number: int, missing: bool = False) -> Any:
    told = till.ask(bills.read_bill, bills.ReadBillRequest(invoice_id))
    line = bill_lines.numbered(told.lines, number)
    if line is None:
        raise NotFound
    return _dispute(invoice_id, number, new_id(), told=told, line=line, missing=missing)


def _unsent_dispute(invoice_id: str, number: int, chosen: str, act: str) -> str:
    return _dispute(invoice_id, number, act, chosen=chosen, silent=True)


def _dispute(invoice_id: str, number: int, act: str, **more: Any) -> str:
    return render_template(
        "portal/dispute.html",
        invoice_id=invoice_id,
        number=number,
        act=act,
        words=bill_words,
        **more,
    )


@dataclass(frozen=True)
class _Part:
    """A provider's part of the bar: where it starts and how wide it is, of 1000."""

    provider: str
    start: int
    width: int
    cents: int


def _bar(owed: list[tuple[str, int]]) -> list[_Part]:
    total, start, parts = sum(cents for _, cents in owed), 0, []
    for provider, cents in owed:
        width = max(cents * 1000 // total, 12)
        parts.append(_Part(provider, start, width, cents))
        start += width
    return parts
