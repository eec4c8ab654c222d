"""« Verser une avance »: money put aside at a service, which pays what is owed and later bills."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.bills import labels as bill_labels
from services.portal_gateway.bills import payfip_redirect
from services.portal_gateway.bills.rules.regies import LEAST_ONLINE, AdvanceOffer
from services.portal_gateway.calls import billing
from services.portal_gateway.pages.bills.payable_bills import advances_on_offer, ticket_email
from services.portal_gateway.session import current_user, saved_forms, sessions
from shared.contracts.billing import bills, payments
from shared.contracts.errors import NoAnswer, NotFound, Refusal, Unavailable
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_cents

blueprint = Blueprint("advances", __name__, url_prefix="/avances")

ADDRESS = "/<regie>/<household_id>"


@blueprint.get(ADDRESS)
@current_user.signed_in
def show_form(regie: str, household_id: str) -> str:
    """Show the form that pays in advance: to whom, what it is for, and how much at most."""
    kept = saved_forms.saved_form_of_page() or {}
    email = (kept.get("email") or [""])[0] or ticket_email()
    amount = (kept.get("amount") or [""])[0]
    return _page(_find_offer(regie, household_id), Form({"amount": amount, "email": email}))


@blueprint.post(ADDRESS)
@current_user.signed_in
def start(regie: str, household_id: str) -> ResponseReturnValue:
    """Begin the payment; each reason not to comes back with what was typed."""
    offer = _find_offer(regie, household_id)
    form = Form({name: request.form.get(name, "").strip() for name in ("amount", "email")})
    cents = read_cents(form.value("amount")) or 0
    advance = payments.StartAdvanceRequest(regie, household_id, cents, form.value("email"))
    form.errors = _mistakes(offer, advance)
    if form.errors:
        return _page(offer, form), 422
    try:
        answer = billing.ask(payments.start_advance, advance, deadline=payments.PAYFIP_SECONDS)
    except (NoAnswer, Unavailable):
        return _page(offer, form, silence=bill_labels.advance_silence_sentence(None)), 503
    except bills.PayFipSilent as silent:
        sentence = bill_labels.advance_silence_sentence(silent.detail["under_way"])
        return _page(offer, form, silence=sentence), 503
    except Refusal as refusal:
        return _page(offer, form, refusal=bill_labels.advance_refusal_sentence(refusal)), 422
    sessions.keep_ticket_email(current_user.session_with_token(), form.value("email"))
    saved_forms.drop_saved_form()
    return payfip_redirect.payfip_redirect_page(answer.url)


def _find_offer(regie: str, household_id: str) -> AdvanceOffer:
    for offer in advances_on_offer():
        if (offer.regie, offer.household_id) == (regie, household_id):
            return offer
    raise NotFound


def _mistakes(offer: AdvanceOffer, advance: payments.StartAdvanceRequest) -> dict[str, str]:
    errors = {}
    if not LEAST_ONLINE <= advance.cents <= offer.room_cents:
        errors["amount"] = bill_labels.advance_amount_sentence(offer.room_cents)
    if wrong := payfip_redirect.email_mistake(payments.start_advance, advance):
        errors["email"] = wrong
    return errors


def _page(offer: AdvanceOffer, form: Form, **more: object) -> str:
    form.labels = {"amount": _("Montant, en euros"), "email": _("Adresse e-mail")}
    return render_template(
        "portal/advance.html", offer=offer, form=form, labels=bill_labels, **more
    )
