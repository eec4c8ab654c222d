"""« Argent »: what is owed to whom, why, what was paid; the list is read from cards alone."""

from collections.abc import Iterable
from datetime import date

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.portal_gateway.bills import labels as bill_labels
from services.portal_gateway.bills.rules import lines as bill_lines
from services.portal_gateway.bills.rules.bills import (
    Bill,
    Payment,
    first_due_date,
    last_failed_payment,
)
from services.portal_gateway.bills.rules.payment_rounds import bills_payable_in_round
from services.portal_gateway.calls import billing
from services.portal_gateway.overview.queries.family import current_overview
from services.portal_gateway.pages.bills.payable_bills import (
    advances_on_offer,
    bills_for_plan,
    may_offer_payment,
    payment_round_of_guardian,
)
from services.portal_gateway.pages.page_parts import downloads, parsing
from services.portal_gateway.session import current_user, saved_forms
from shared.contracts.billing import bills, past_bills
from shared.contracts.errors import NoAnswer, NotFound, Unavailable
from shared.dates.clock import today
from shared.dates.months import month_of
from shared.dates.school_years import school_year_of_month
from shared.runtime.ids import new_id

blueprint = Blueprint("bills", __name__)

SHOWN_AT_ONCE = 4
"""Settled bills that the first page shows; « Factures passées » has them all."""


@blueprint.get("/factures")
@current_user.signed_in
def show() -> str:
    """Show what is owed, then what was paid: from one local read, without a request."""
    accounts, day = current_overview().accounts, today()
    asked = accounts.bills_asked_for
    due_on = first_due_date(asked, day)
    return render_template(
        "portal/bills.html",
        accounts=accounts,
        due_on=due_on,
        due_first=[bill for bill in asked if bill.due_on == due_on],
        due_later=[bill for bill in asked if due_on and bill.due_on > due_on],
        late=[bill for bill in asked if bill.is_late(day)],
        on_hold=any(bill.on_hold for bill in accounts.bills_to_pay),
        in_turn=bills_payable_in_round(accounts, may_offer_payment),
        round=payment_round_of_guardian(),
        closed=accounts.closed_bills[:SHOWN_AT_ONCE],
        school_years=_school_years_on_cards(accounts.bills, day),
        payable=may_offer_payment,
        advances=advances_on_offer(),
        households=current_overview().family.households,
        unavailable=billing.is_unavailable(),
        labels=bill_labels,
    )


@blueprint.get("/factures/<invoice_id>")
@current_user.signed_in
def explain(invoice_id: str) -> ResponseReturnValue:
    """Explain a bill line by line; fall back to its card while billing is unavailable."""
    return _bill_page(parsing.require_id(invoice_id))


@blueprint.get("/factures/reprises/<invoice_id>")
@current_user.signed_in
def explain_past(invoice_id: str) -> str:
    """Show a bill of another software as that printed it: no document, nothing to pay."""
    answer = billing.ask(past_bills.read_past_bill, bills.OfBill(parsing.require_id(invoice_id)))
    return render_template(
        "portal/past_bill.html",
        bill=Bill.from_card_row(answer.provider, "", vars(answer)),
        lines=answer.lines,
        paid=[Payment.from_card_row(answer.provider, row) for row in answer.payments],
        labels=bill_labels,
    )


@blueprint.get("/factures/<invoice_id>/document")
@current_user.signed_in
def download_bill(invoice_id: str) -> Response:
    """Hand over the bill or the credit note as issued."""
    return downloads.download_from_billing(
        bills.bill_pdf, bills.BillPdfRequest(invoice_id=parsing.require_id(invoice_id))
    )


@blueprint.get("/paiements/<payment_id>/recu")
@current_user.signed_in
def download_receipt(payment_id: str) -> Response:
    """Hand over the receipt of a payment that came."""
    return downloads.download_from_billing(
        bills.receipt_pdf, bills.ReceiptPdfRequest(payment_id=parsing.require_id(payment_id))
    )


@blueprint.get("/factures/<invoice_id>/erreur/<int:line>")
@current_user.signed_in
def show_dispute_form(invoice_id: str, line: int) -> ResponseReturnValue:
    """Ask what is wrong with a line: a choice, and no text."""
    kept = saved_forms.saved_form_of_page()
    if kept is not None:
        chosen = (kept.get("reason") or [""])[0]
        return _dispute_page(parsing.require_id(invoice_id), line, chosen=chosen, restored=True)
    return _dispute_page(parsing.require_id(invoice_id), line)


@blueprint.post("/factures/<invoice_id>/erreur/<int:line>")
@current_user.signed_in
def dispute(invoice_id: str, line: int) -> ResponseReturnValue:
    """Report a wrong line to the régie, before its next run."""
    chosen, form_key = request.form.get("reason", ""), parsing.form_key()
    if not chosen:
        return _dispute_page(parsing.require_id(invoice_id), line, missing=True), 422
    if chosen not in bill_labels.DISPUTES:
        abort(400)
    try:
        billing.ask(
            bills.dispute_line,
            bills.DisputeLineRequest(parsing.require_id(invoice_id), line, chosen),
            request_id=parsing.request_id(form_key, invoice_id, line, chosen),
        )
    except (NoAnswer, Unavailable):
        page = _render_dispute(invoice_id, line, form_key, chosen=chosen, unavailable=True)
        return page, 503
    saved_forms.drop_saved_form()
    flash("disputed", "bill")
    return redirect(url_for("bills.explain", invoice_id=invoice_id), 303)


def _bill_page(invoice_id: str) -> ResponseReturnValue:
    try:
        answer = billing.ask(bills.read_bill, bills.OfBill(invoice_id))
    except (NoAnswer, Unavailable):
        return _bill_page_from_card(invoice_id), 503
    bill = Bill.from_answer(answer.provider, answer)
    paid = [Payment.from_card_row(answer.provider, row) for row in answer.payments]
    failed = last_failed_payment(paid)
    return render_template(
        "portal/bill.html",
        bill=bill,
        answer=answer,
        by_child=bill_lines.parts_by_child(answer.lines, answer.month),
        at_highest_price=bill_lines.do_lines_lack_quotient(answer.lines)
        and not bill.is_credit_note,
        paid=paid,
        came=[payment for payment in paid if payment.state == bills.PAID],
        failed=failed,
        may_pay=bill.is_open and answer.payable_online and not (failed and failed.is_discrepant),
        may_be_planned=bool(bills_for_plan(invoice_id)),
        labels=bill_labels,
    )


def _bill_page_from_card(invoice_id: str) -> str:
    """Show what the card says of a bill that cannot be explained now."""
    accounts = current_overview().accounts
    bill = accounts.bill_by_id(invoice_id)
    if bill is None:
        raise NoAnswer(callee=billing.BILLING)
    return render_template(
        "portal/bill.html",
        bill=bill,
        answer=None,
        by_child=[],
        at_highest_price=False,
        paid=[],
        came=accounts.payments_of(invoice_id),
        failed=accounts.failed_payment_of(invoice_id),
        may_pay=may_offer_payment(bill) and not accounts.is_unclear(bill),
        as_of=accounts.time_of_latest_card,
        labels=bill_labels,
    )


def _dispute_page(invoice_id: str, number: int, **more: object) -> str:
    answer = billing.ask(bills.read_bill, bills.OfBill(invoice_id))
    line = bill_lines.line_by_number(answer.lines, number)
    if line is None:
        raise NotFound
    return _render_dispute(invoice_id, number, new_id(), answer=answer, line=line, **more)


def _render_dispute(invoice_id: str, number: int, form_key: str, **more: object) -> str:
    return render_template(
        "portal/dispute.html",
        invoice_id=invoice_id,
        number=number,
        form_key=form_key,
        labels=bill_labels,
        **more,
    )


def _school_years_on_cards(known: Iterable[Bill], day: date) -> list[int]:
    """Return the school years that the cards know of, this one too, the latest first."""
    return sorted(
        {
            school_year_of_month(month_of(day)),
            *(school_year_of_month(bill.month) for bill in known),
        },
        reverse=True,
    )
