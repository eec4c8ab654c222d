"""The search for a person at the counter: the form as it was sent, its mistakes, the question."""

import re

from flask import request
from flask_babel import gettext as _

from services.portal_gateway.front_desk.pages.households.service_parts import providers_of_agent
from shared.contracts.billing import front_desk as at_billing
from shared.contracts.dossier import front_desk
from shared.contracts.errors import NotEntitled, NotFound
from shared.contracts.identity import accounts
from shared.contracts.values import EMAIL_SHAPE
from shared.register.entitlement import CORRECT
from shared.web.agents import current_agent as agent
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day

FIELDS = ("name", "born")
EMAIL = re.compile(EMAIL_SHAPE)
LONGEST_NAME, LEAST_NAME = 80, 2
_BILL_NUMBER = re.compile(r"\d{4}-[A-Za-z0-9]{1,10}-\d{1,7}|\d{14}")
"""Number as a bill prints it, or as PayFiP's 14 digits."""


def sent_search() -> Form:
    """Return the search that was sent in the body, so that no address holds a name."""
    form = Form({name: request.form.get(name, "").strip() for name in FIELDS})
    if len(form.value("name")) < LEAST_NAME:
        form.errors["name"] = _("Écrivez au moins deux lettres du nom.")
    if form.value("born") and read_day(form.value("born")) is None:
        form.errors["born"] = _("Écrivez une date, par exemple 03/05/2018.")
    return form


def search_dossiers(form: Form) -> front_desk.FindDossiersAnswer:
    """Return whom a search without mistakes could mean; each child found has a line in its log."""
    query = front_desk.FindDossiersRequest(
        query=form.value("name")[:LONGEST_NAME], born=read_day(form.value("born"))
    )
    return agent.ask(front_desk.find_dossiers, query)


def typed_email_address(form: Form) -> str:
    """Return the e-mail address that was typed where names go, for who may look one up."""
    text = form.value("name")
    return text if may_seek_email() and EMAIL.fullmatch(text) else ""


def may_seek_email() -> bool:
    """Say whether the agent may ask identity whose account has an address."""
    return CORRECT in agent.require_agent().sight.permissions


def find_guardian_by_email(email: str) -> front_desk.FindDossiersAnswer:
    """
    Return whose account has this address, as far as the dossier shows them to a desk.

    The dossier is asked by the account's id: the address is identity's, and stays there.
    """
    asked = accounts.GuardianByEmailRequest(email)
    account = agent.ask(accounts.guardian_by_email, asked).guardian_id
    if account is None:
        return front_desk.FindDossiersAnswer([], more=False)
    query = front_desk.FindDossiersRequest(query=account, account=account)
    return agent.ask(front_desk.find_dossiers, query)


def typed_bill_number(form: Form) -> str:
    """Return the number of a bill that was typed where names go; "" for anything else."""
    text = form.value("name")
    return text if _BILL_NUMBER.fullmatch(text) and providers_of_agent() else ""


def search_hint() -> str:
    """Return what else may be typed where names go, by what the agent may look up."""
    also = [
        *([_("l’adresse e-mail d’un parent")] if may_seek_email() else []),
        *([_("un numéro de facture de vos régies")] if providers_of_agent() else []),
    ]
    return _("Ou %(what)s.", what=_(", ou ").join(also)) if also else ""


def household_of_bill(number: str) -> str | None:
    """Return the household of a bill of one of the agent's régies; None for any other bill."""
    try:
        asked = at_billing.PayerOfBillRequest(number)
        return agent.ask(at_billing.payer_of_bill, asked).household_id
    except (NotEntitled, NotFound):
        return None


def field_labels() -> dict[str, str]:
    """Return how the summary of mistakes names the fields."""
    return {"name": _("Nom et prénom"), "born": _("Date de naissance")}
