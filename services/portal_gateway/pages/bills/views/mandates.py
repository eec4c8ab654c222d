"""« Prélèvement »: mandates that a guardian gives to services and withdraws."""

from dataclasses import astuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.bills import labels as bill_labels
from services.portal_gateway.calls import billing
from services.portal_gateway.pages.page_parts import parsing
from services.portal_gateway.pages.page_parts.households import own_households
from services.portal_gateway.session.current_user import signed_in
from services.portal_gateway.session.recent_proof import require_recent_proof
from shared.contracts.billing import debits
from shared.contracts.billing.debits import ONE_OFF, RECURRENT
from shared.contracts.errors import BadRequest, NoAnswer, NotFound, Refusal, Unavailable
from shared.contracts.values import OfHousehold
from shared.runtime.ids import new_id
from shared.web.forms.form_data import Form, flat_errors
from shared.web.session.request_rounds import round_request

blueprint = Blueprint("mandates", __name__, url_prefix="/prelevements")

LONGEST_HOLDER = 70


@blueprint.get("")
@signed_in
def show() -> str:
    """Show the mandates of the guardian's households, and which more may be given."""
    own = own_households()
    answers = billing.ask_all(
        *(round_request(debits.my_mandates, OfHousehold(home)) for home in own)
    )
    return render_template(
        "portal/mandates.html",
        answers=[
            (home, _mandates_if_known(answer)) for home, answer in zip(own, answers, strict=True)
        ],
        labels=bill_labels,
        new_id=new_id,
    )


@blueprint.get("/<household_id>/<provider>")
@require_recent_proof
def show_form(household_id: str, provider: str) -> ResponseReturnValue:
    """Show the form that gives a mandate."""
    return _form_page(household_id, provider, Form({"kind": RECURRENT}))


@blueprint.post("/<household_id>/<provider>")
@require_recent_proof
def give_debit_mandate(household_id: str, provider: str) -> ResponseReturnValue:
    """Give a mandate, signed today; the account is asked for again wherever it was not taken."""
    form = Form({name: request.form.get(name, "").strip() for name in ("holder", "kind")})
    iban, bic = (request.form.get(name, "").strip() for name in ("iban", "bic"))
    form.errors = _mistakes(form, iban)
    if form.errors:
        return _form_page(household_id, provider, form), 422
    mandate = debits.GiveMandateRequest(
        household_id, provider, form.value("kind"), form.value("holder"), iban, bic
    )
    try:
        once = parsing.request_id(parsing.form_key(), *astuple(mandate))
        billing.ask(debits.give_mandate, mandate, request_id=once)
    except BadRequest as refusal:
        form.errors = flat_errors(refusal.detail.get("errors", {}))
        return _form_page(household_id, provider, form), 422
    except (NoAnswer, Unavailable):
        return _form_page(household_id, provider, form, unsaved=True), 503
    except debits.DebitNotOffered as refusal:
        flash(refusal.code, "mandate")
        return redirect(url_for("mandates.show"), 303)
    flash("given", "mandate")
    return redirect(url_for("mandates.show"), 303)


@blueprint.post("/mandats/<uuid:mandate_id>/retirer")
@signed_in
def withdraw(mandate_id: object) -> ResponseReturnValue:
    """Take a mandate back, at once or after one debit more."""
    after_next = request.form.get("when") == "next"
    withdrawal = debits.WithdrawMandateRequest(str(mandate_id), after_next)
    once = parsing.request_id(parsing.form_key(), *astuple(withdrawal))
    billing.ask(debits.withdraw_mandate, withdrawal, request_id=once)
    flash("withdrawn", "mandate")
    return redirect(url_for("mandates.show"), 303)


@blueprint.errorhandler(debits.AccountsUnreadable)
def _show_not_kept(refusal: Refusal) -> ResponseReturnValue:
    flash(refusal.code, "mandate")
    return redirect(url_for("mandates.show"), 303)


def _mistakes(form: Form, iban: str) -> dict[str, str]:
    errors = {}
    if not 0 < len(form.value("holder")) <= LONGEST_HOLDER:
        errors["holder"] = _("Écrivez le nom qui figure sur le compte.")
    if not 0 < len(iban) <= 42:
        errors["iban"] = _("Écrivez l’IBAN du compte : 27 signes pour un compte français.")
    if form.value("kind") not in (RECURRENT, ONE_OFF):
        errors["kind"] = _("Choisissez une réponse.")
    if request.form.get("agreed") != "yes":
        errors["agreed"] = _("Cochez la case pour signer le mandat.")
    return errors


def _form_page(household_id: str, provider: str, form: Form, **more: object) -> str:
    if household_id not in own_households():
        raise NotFound
    offer = None if more else _require_creditor(household_id, provider)
    form.labels = {"holder": _("Titulaire"), "iban": "IBAN", "bic": "BIC", "agreed": _("Signature")}
    return render_template(
        "portal/mandate.html", form=form, offer=offer, provider=provider, form_key=new_id(), **more
    )


def _require_creditor(household_id: str, provider: str) -> debits.Creditor:
    """Return the creditor; raises AccountsUnreadable, NotFound if no mandate is offered."""
    answer = billing.ask(debits.my_mandates, OfHousehold(household_id))
    if answer.withheld:
        raise debits.AccountsUnreadable
    for creditor in answer.offered:
        if creditor["provider"] == provider:
            return creditor
    raise NotFound


def _mandates_if_known(answer: debits.MyMandatesAnswer | Refusal) -> debits.MyMandatesAnswer | None:
    """Return the answer, None without one; raises any other Refusal."""
    if isinstance(answer, NoAnswer | Unavailable):
        return None
    if isinstance(answer, Refusal):
        raise answer
    return answer
