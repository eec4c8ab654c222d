"""« Prélèvement »: a family lets a service debit its account, and takes that back."""

from types import SimpleNamespace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from services.portal_gateway.bills import labels as bill_words
from services.portal_gateway.calls import billing as till
from services.portal_gateway.pages import parsing as typed
from services.portal_gateway.pages.bills.views.quotient import households
from services.portal_gateway.session.current_user import signed_in
from shared.contracts.billing import debits as contracts
from shared.contracts.billing.debits import ONE_OFF, RECURRENT
from shared.contracts.errors import BadRequest, NoAnswer, NotFound, Refusal, Unavailable
from shared.runtime.ids import new_id
from shared.web.forms.forms import Form, sentences

blueprint = Blueprint("mandates", __name__, url_prefix="/prelevements")

LONGEST_HOLDER = 70


@blueprint.get("")
@signed_in
def show() -> Any:
    """Show the mandates of the guardian's households, and which more may be given."""
    own = households()
    answers = till.ask_all(*((contracts.my_mandates, {"household_id": each}) for each in own))
    return render_template(
        "portal/mandates.html",
        known=[(each, _known(answer)) for each, answer in zip(own, answers, strict=True)],
        words=bill_words,
        new_id=new_id,
    )


@blueprint.get("/<household_id>/<provider>")
@signed_in
def ask(household_id: str, provider: str) -> Any:
    """Show the form that gives a mandate."""
    return _form_page(household_id, provider, Form({"kind": RECURRENT}))


@blueprint.post("/<household_id>/<provider>")
@signed_in
def give(household_id: str, provider: str) -> Any:
    """Give a mandate, signed today; the account is asked for again wherever it was not taken."""
    form = Form({name: request.form.get(name, "").strip() for name in ("holder", "kind")})
    iban, bic = (request.form.get(name, "").strip() for name in ("iban", "bic"))
    form.errors = _mistakes(form, iban)
    if form.errors:
        return _form_page(household_id, provider, form), 422
    told: dict[str, Any] = {
        "household_id": household_id,
        "provider": provider,
        "kind": form.value("kind"),
        "holder": form.value("holder"),
        "iban": iban,
        "bic": bic,
    }
    try:
        once = typed.named(typed.act(), *told.values())
        till.ask(contracts.give_mandate, request_id=once, **told)
    except BadRequest as refusal:
        form.errors = sentences(refusal.detail.get("errors", {}))
        return _form_page(household_id, provider, form), 422
    except (NoAnswer, Unavailable):
        return _form_page(household_id, provider, form, unsaved=True), 503
    flash("given", "mandate")
    return redirect(url_for("mandates.show"), 303)


@blueprint.post("/mandats/<uuid:mandate_id>/retirer")
@signed_in
def withdraw(mandate_id: Any) -> Any:
    """Take a mandate back, at once or after one debit more."""
    told: dict[str, Any] = {
        "mandate_id": str(mandate_id),
        "after_next": request.form.get("when") == "next",
    }
    once = typed.named(typed.act(), *told.values())
    till.ask(contracts.withdraw_mandate, request_id=once, **told)
    flash("withdrawn", "mandate")
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


def _form_page(household_id: str, provider: str, form: Form, **more: Any) -> str:
    if household_id not in households():
        raise NotFound
    offer = {} if more else _offer(household_id, provider)
    form.labels = {"holder": _("Titulaire"), "iban": "IBAN", "bic": "BIC", "agreed": _("Signature")}
    return render_template(
        "portal/mandate.html", form=form, offer=offer, provider=provider, act=new_id(), **more
    )


def _offer(household_id: str, provider: str) -> dict[str, str]:
    """Return who debits; raises NotFound where no mandate is offered."""
    told = till.ask(contracts.my_mandates, household_id=household_id)
    for each in told.offered:
        if each["provider"] == provider:
            return dict(each)
    raise NotFound


def _known(answer: SimpleNamespace | Refusal) -> SimpleNamespace | None:
    if isinstance(answer, SimpleNamespace):
        return answer
    if isinstance(answer, NoAnswer | Unavailable):
        return None
    raise answer
