"""Paying a bill without an account, by the reference and the key that are printed on it."""

import base64
import re

from flask import Blueprint, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.bills import labels as bill_labels
from services.portal_gateway.bills import payfip_redirect
from services.portal_gateway.models.sealed_value_bindings import payment_binding
from services.portal_gateway.pages.page_parts import parsing
from services.portal_gateway.session import current_user
from services.portal_gateway.store import open_sealed, seal_for_row
from shared.contracts.billing import bills, payments
from shared.contracts.errors import NoAnswer, NotFound, Outdated, Refusal, Unavailable
from shared.contracts.message import ContractBroken
from shared.database import Unreadable
from shared.dates.clock import today
from shared.web.base import sign_in_limits
from shared.web.forms.form_data import Form

blueprint = Blueprint("by_reference", __name__)

REMEMBERED = "payment"
"""Key of the browser's own cookie for the sealed payment to which the payer comes back."""


@blueprint.get("/payer")
def show_form() -> str:
    """Show the form that asks for the reference and the key."""
    return _page(Form({"reference": request.args.get("reference", "")[:30]}))


@blueprint.post("/payer")
@sign_in_limits.by_reference
def find_bill() -> ResponseReturnValue:
    """Show of the bill how much is owed to whom and until when, and nothing else."""
    form = _read_form()
    if form.errors:
        return _page(form), 422
    try:
        bill = current_user.bus().ask(
            payments.find_bill, payments.FindBillRequest(**_reference_and_key(form))
        )
    except (NoAnswer, Unavailable):
        return _page(form, silence=bill_labels.payment_silence_sentence()), 503
    except Refusal as refusal:
        form.errors = {"reference": _refusal_sentence(refusal)}
        return _page(form), 422
    return _page(form, bill=bill)


@blueprint.post("/payer/paiement")
@sign_in_limits.by_reference
def start_payment() -> ResponseReturnValue:
    """Begin the payment of the bill that was found."""
    form = _read_form()
    form.values["email"] = request.form.get("email", "").strip()
    if form.errors:
        return _page(form), 422
    payment = payments.StartPaymentByReferenceRequest(
        **_reference_and_key(form),
        email=form.value("email"),
        part_cents=parsing.whole_number(request.form.get("part", "")),
    )
    if wrong := payfip_redirect.email_mistake(payments.start_payment_by_reference, payment):
        form.errors = {"email": wrong}
        return _bill_page_again(form)
    try:
        answer = current_user.bus().ask(
            payments.start_payment_by_reference, payment, deadline=payments.PAYFIP_SECONDS
        )
    except (NoAnswer, Unavailable):
        return _page(form, silence=bill_labels.payment_silence_sentence()), 503
    except bills.PayFipSilent as silent:
        silence = bill_labels.payment_silence_sentence(silent.detail["under_way"])
        return _page(form, silence=silence), 503
    except Outdated as refusal:
        form.errors = {"email": _refusal_sentence(refusal)}
        return _bill_page_again(form)
    except Refusal as refusal:
        form.errors = {"reference": _refusal_sentence(refusal)}
        return _page(form), 422
    _remember_payment(answer.payment_id, form)
    return payfip_redirect.payfip_redirect_page(answer.url)


def state_of_guest_payment(payment_id: str) -> payments.PaymentStateByReferenceAnswer | None:
    """Return what became of a payment that this browser began without an account; None else."""
    named = _remembered_payment(payment_id)
    if named is None:
        return None
    try:
        return current_user.bus().ask(
            payments.payment_state_by_reference,
            payments.PaymentStateByReferenceRequest(payment_id=payment_id, **named),
            deadline=payments.PAYFIP_SECONDS,
        )
    except (NoAnswer, Unavailable):
        return payments.PaymentStateByReferenceAnswer(bills.PENDING, cents=0)
    except Refusal:
        return None


def _bill_page_again(form: Form) -> ResponseReturnValue:
    try:
        bill = current_user.bus().ask(
            payments.find_bill, payments.FindBillRequest(**_reference_and_key(form))
        )
    except Refusal:
        return _page(form, silence=bill_labels.payment_silence_sentence()), 503
    return _page(form, bill=bill), 422


def _read_form() -> Form:
    """Return what was typed: figures with or without spaces, the key in any case."""
    form = Form(
        {
            "reference": re.sub(r"\D", "", request.form.get("reference", ""))[:30],
            "key": re.sub(r"\W", "", request.form.get("key", ""))[:20].upper(),
        }
    )
    form.errors = _mistakes(form)
    return form


def _mistakes(form: Form) -> dict[str, str]:
    try:
        payments.find_bill.load_request(_reference_and_key(form))
    except ContractBroken as broken:
        sentences = {
            "reference": _("La référence a 14 chiffres : elle est sur la facture."),
            "key": _("La clé a 8 lettres et chiffres : elle est à côté de la référence."),
        }
        return {name: sentences[name] for name in sentences if name in broken.errors}
    return {}


def _reference_and_key(form: Form) -> dict[str, str]:
    return {"reference": form.value("reference"), "key": form.value("key")}


def _refusal_sentence(refusal: Refusal) -> str:
    if isinstance(refusal, NotFound):
        return _("Cette référence et cette clé ne vont pas ensemble. Vérifiez les deux.")
    return bill_labels.payment_refusal_sentence(refusal)


def _page(form: Form, **more: object) -> str:
    form.labels = {
        "reference": _("Référence"),
        "key": _("Clé"),
        "email": _("Adresse e-mail"),
    }
    return render_template(
        "portal/by_reference.html", form=form, labels=bill_labels, today=today(), **more
    )


def _remember_payment(payment_id: str, form: Form) -> None:
    sealed = base64.b64encode(
        seal_for_row(payment_binding(payment_id), _reference_and_key(form))
    ).decode()
    session[REMEMBERED] = {"id": payment_id, "sealed": sealed}


def _remembered_payment(payment_id: str) -> dict[str, str] | None:
    kept = session.get(REMEMBERED)
    if not isinstance(kept, dict) or kept.get("id") != payment_id:
        return None
    try:
        return dict(open_sealed(payment_binding(payment_id), base64.b64decode(kept["sealed"])))
    except (KeyError, ValueError, Unreadable):
        return None
