"""A household's quotient as its statement says it, and its part of a child's bills."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal, InvalidOperation
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.desk.access import agent
from services.enrolment.desk.regie import billing_client
from services.enrolment.desk.regie.billing_client import PERMISSION
from services.enrolment.desk.regie.labels import billing as regie_labels
from shared.contracts.billing.regie import payers as contracts
from shared.contracts.errors import NotFound, Refusal
from shared.dates.clock import today
from shared.web.forms.doubtful_amounts import (
    CONFIRMED,
    RARE_QUOTIENT_CENTS,
    ask_again_unless_confirmed,
)
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_cents, read_day

blueprint = billing_client.regie_blueprint("regie_quotients", "/regie/payeurs/<uuid:household_id>")

QUOTIENT_FIELDS = ("cents", "kind", "valid_from", "valid_to", "source", CONFIRMED)
SHARE_FIELDS = ("child_id", "valid_from", "valid_to", "paper", "share", "other", "q")
WHOLE = 10_000


@blueprint.get("/quotient")
@agent.for_agents_who_may(PERMISSION)
def show(household_id: UUID) -> str:
    """Show the form that says what the statement says."""
    first = today().replace(day=1).isoformat()
    form = Form({"kind": "caf", "source": "checked", "valid_from": first})
    return _quotient_page(household_id, form)


@blueprint.post("/quotient")
@agent.for_agents_who_may(PERMISSION)
def correct_quotient(household_id: UUID) -> ResponseReturnValue:
    """Note the quotient, and say which billed months change by it."""
    form = Form({name: request.form.get(name, "").strip() for name in QUOTIENT_FIELDS})
    quotient = _read_quotient(form, str(household_id))
    if quotient is None:
        return _quotient_page(household_id, form), 422
    try:
        answer = billing_client.write_at_billing_once(contracts.correct_quotient, quotient)
    except Refusal as refusal:
        return _quotient_page(
            household_id, billing_client.say_refusal_on_form(form, refusal, "cents")
        ), 422
    return render_template(
        "desk/regie/quotient_noted.html", household_id=household_id, months=answer.months
    )


@blueprint.get("/partage")
@agent.for_agents_who_may(PERMISSION)
def show_shares(household_id: UUID) -> str:
    """Show the form that divides a child's lines; the other payer is looked for first."""
    values = {"share": "50", "valid_from": today().replace(day=1).isoformat()}
    return _shares_page(household_id, Form(values | request.args.to_dict()))


@blueprint.post("/partage")
@agent.for_agents_who_may(PERMISSION)
def divide_lines(household_id: UUID) -> ResponseReturnValue:
    """Divide a child's lines between two payers, from a paper seen; the whole part ends it."""
    form = Form({name: request.form.get(name, "").strip() for name in SHARE_FIELDS})
    if "search" in request.form:
        return _shares_page(household_id, form)
    shares = _read_shares(form, str(household_id))
    if shares is None:
        return _shares_page(household_id, form), 422
    try:
        billing_client.write_at_billing_once(contracts.set_shares, shares)
    except NotFound:
        form.errors["q"] = _("Ce payeur n’est pas un foyer de cet enfant.")
        return _shares_page(household_id, form), 422
    except Refusal as refusal:
        return _shares_page(
            household_id, billing_client.say_refusal_on_form(form, refusal, "share")
        ), 422
    flash("shared")
    return redirect(url_for("regie_payers.show", household_id=household_id), 303)


def _read_quotient(form: Form, household_id: str) -> contracts.CorrectQuotientRequest | None:
    """Read a quotient; None with the form's errors."""
    cents = read_cents(form.value("cents"))
    if cents is None:
        form.errors["cents"] = _("Écrivez le quotient en euros, par exemple 742 ou 742,50.")
    elif cents >= RARE_QUOTIENT_CENTS:
        sentence = _("Un quotient de %(amount)s est rare : vérifiez la virgule.")
        ask_again_unless_confirmed(
            form, "cents", cents, sentence % {"amount": regie_labels.euros(cents)}
        )
    _check_answer_is_a_choice(form, "kind", regie_labels.QUOTIENT_KINDS)
    _check_answer_is_a_choice(form, "source", ("checked", "corrected"))
    first, last = _read_days(form)
    if form.errors or cents is None or first is None:
        return None
    return contracts.CorrectQuotientRequest(
        household_id, cents, form.value("kind"), first, form.value("source"), last
    )


def _read_shares(form: Form, household_id: str) -> contracts.SetSharesRequest | None:
    """Read the shares of a child's lines; None with the form's errors."""
    first, last = _read_days(form)
    if not form.value("child_id"):
        form.errors["child_id"] = _("Choisissez l’enfant.")
    if not form.value("paper"):
        form.errors["paper"] = _("Écrivez quel document vous avez vu, et sa date.")
    own, parts = _read_share(form), [(household_id, WHOLE)]
    if own != WHOLE and not form.value("other"):
        form.errors["q"] = _("Cherchez l’autre payeur, puis choisissez-le.")
    elif own != WHOLE:
        parts = [(household_id, own), (form.value("other"), WHOLE - own)]
    if form.errors or first is None:
        return None
    shares = [contracts.PayerShare(household_id=payer, share_bp=part) for payer, part in parts]
    return contracts.SetSharesRequest(
        form.value("child_id"), first, form.value("paper")[:120], shares, last
    )


def _read_share(form: Form) -> int:
    """Read a part in per cent as parts of 10 000, exactly; says what is wrong on the form."""
    try:
        parts = Decimal(form.value("share").removesuffix("%").strip().replace(",", ".")) * 100
        if parts == int(parts) and 1 <= parts <= WHOLE:
            return int(parts)
    except (InvalidOperation, OverflowError, ValueError):
        pass
    form.errors["share"] = _("Écrivez une part entre 0,01 et 100, par exemple 50.")
    return WHOLE


def _read_days(form: Form) -> tuple[date | None, date | None]:
    first, last = read_day(form.value("valid_from")), read_day(form.value("valid_to"))
    if first is None:
        form.errors["valid_from"] = _("Écrivez une date, par exemple 01/09/2026.")
    if form.value("valid_to") and (last is None or (first and last < first)):
        form.errors["valid_to"] = _("Écrivez une date qui vient après la première.")
    return first, last


def _check_answer_is_a_choice(form: Form, field: str, codes: Collection[str]) -> None:
    if form.value(field) not in codes:
        form.errors[field] = _("Choisissez une réponse.")


def _quotient_page(household_id: UUID, form: Form) -> str:
    form.labels = {
        "cents": _("Quotient"),
        "kind": _("Origine"),
        "valid_from": _("À partir du"),
        "valid_to": _("Jusqu’au"),
        "source": _("Ce que vous avez fait"),
    }
    account = billing_client.payer_account(str(household_id))
    return render_template(
        "desk/regie/quotient.html", form=form, household_id=household_id, account=account
    )


def _shares_page(household_id: UUID, form: Form) -> str:
    form.labels = {
        "child_id": _("Enfant"),
        "share": _("Part de ce foyer"),
        "paper": _("Document vu"),
        "q": _("Autre payeur"),
        "valid_from": _("À partir du"),
        "valid_to": _("Jusqu’au"),
    }
    home = str(household_id)
    account, payers = (
        billing_client.payer_account(home),
        billing_client.find_payers(form.value("q")[:80]),
    )
    return render_template(
        "desk/regie/shares.html",
        form=form,
        household_id=household_id,
        account=account,
        children=[(child["child_id"], child["name"]) for child in account.children],
        others=[
            (payer["household_id"], payer["payer"])
            for payer in payers
            if payer["household_id"] != home
        ],
    )
