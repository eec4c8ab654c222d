"""One bill with its lines, documents as they were issued, credit notes for some of the lines."""

from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.enrolment.desk.access import agent
from services.enrolment.desk.page_parts.parsing import read_number
from services.enrolment.desk.regie import billing_client
from services.enrolment.desk.regie.billing_client import PERMISSION
from shared.contracts.billing.bills import BillPdfRequest, OfBill, ReceiptPdfRequest
from shared.contracts.billing.regie import counter as regie_counter
from shared.contracts.billing.regie import payers as contracts
from shared.contracts.errors import Refusal
from shared.web.forms.form_data import Form

blueprint = billing_client.regie_blueprint("regie_bills", "/regie/factures")

LONGEST_REASON = 200
PREFIX = "quantity-"


@blueprint.get("/<uuid:invoice_id>")
@agent.for_agents_who_may(PERMISSION)
def show(invoice_id: UUID) -> str:
    """Show a bill with its lines, payments and credit notes."""
    return render_template("desk/regie/bill.html", bill=_ask_bill(invoice_id))


@blueprint.get("/<uuid:invoice_id>.pdf")
@agent.for_agents_who_may(PERMISSION)
def show_document(invoice_id: UUID) -> Response:
    """Show the document of a bill or a credit note."""
    return billing_client.document_response(
        contracts.payer_bill_pdf, BillPdfRequest(invoice_id=str(invoice_id))
    )


@blueprint.get("/recus/<uuid:payment_id>.pdf")
@agent.for_agents_who_may(PERMISSION)
def show_receipt(payment_id: UUID) -> Response:
    """Show the receipt of a payment."""
    return billing_client.document_response(
        regie_counter.payer_receipt_pdf,
        ReceiptPdfRequest(payment_id=str(payment_id)),
    )


@blueprint.get("/<uuid:invoice_id>/avoir")
@agent.for_agents_who_may(PERMISSION)
def show_credit_note_form(invoice_id: UUID) -> str:
    """Show the form that takes lines of a bill back."""
    return _credit_page(_ask_bill(invoice_id), Form())


@blueprint.post("/<uuid:invoice_id>/avoir")
@agent.for_agents_who_may(PERMISSION)
def issue_credit_note(invoice_id: UUID) -> ResponseReturnValue:
    """Issue a credit note for the chosen quantities; the bill itself is never edited."""
    bill, form = _ask_bill(invoice_id), Form(request.form.to_dict())
    lines, reason = _chosen_lines(form, bill), form.value("reason").strip()
    if not reason or len(reason) > LONGEST_REASON:
        form.errors["reason"] = _("Écrivez pourquoi, en 200 caractères au plus.")
    if form.errors:
        return _credit_page(bill, form), 422
    order = contracts.CreditLinesRequest(str(invoice_id), lines, reason)
    try:
        note = billing_client.write_at_billing_once(contracts.credit_lines, order)
    except Refusal as refusal:
        return _credit_page(bill, billing_client.say_refusal_on_form(form, refusal, "lines")), 422
    return render_template("desk/regie/credited.html", bill=bill, note=note)


def _ask_bill(invoice_id: UUID) -> contracts.PayerBillAnswer:
    return billing_client.ask_billing(contracts.payer_bill, OfBill(str(invoice_id)))


def _chosen_lines(form: Form, bill: contracts.PayerBillAnswer) -> list[contracts.CreditedLine]:
    """Return the lines with how much of each is taken back; empty ones stay as they are."""
    chosen: list[contracts.CreditedLine] = []
    for line in bill.lines:
        name = f"{PREFIX}{line['line']}"
        written = form.value(name).strip()
        quantity = read_number(written, most=line["quantity"]) if written else 0
        if quantity is None:
            most = line["quantity"]
            form.errors[name] = _("Écrivez un nombre entre 0 et %(most)s.", most=most)
        elif quantity:
            chosen.append({"line": line["line"], "quantity": quantity})
    if not chosen and not form.errors:
        form.errors["lines"] = _("Écrivez pour une ligne au moins le nombre à retirer.")
    return chosen


def _credit_page(bill: contracts.PayerBillAnswer, form: Form) -> str:
    labels = {f"{PREFIX}{line['line']}": line["label"] for line in bill.lines}
    form.labels = labels | {"reason": _("Raison"), "lines": _("Lignes")}
    return render_template("desk/regie/credit.html", bill=bill, form=form)
