"""Search for a household at the counter, and the page of one household."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.front_desk.pages.households import found_people, search_form
from services.portal_gateway.front_desk.pages.households.household_agent_may_open import (
    require_household,
)
from services.portal_gateway.front_desk.pages.households.page import household_page
from shared.contracts.errors import NoAnswer, Unavailable
from shared.register.entitlement import CHECK_DOSSIERS, FINDS_DOSSIERS
from shared.web.agents import current_agent as agent
from shared.web.base.app import shell_here
from shared.web.forms.form_data import Form

blueprint = Blueprint("dossiers", __name__)


@blueprint.post("/chercher")
@agent.for_agents_who_may(*FINDS_DOSSIERS)
def search() -> ResponseReturnValue:
    """Show whom a name could be; it is sent in the body, so that no address holds it."""
    form = search_form.sent_search()
    if form.errors:
        return search_page(form), 422
    number = search_form.typed_bill_number(form)
    try:
        if number:
            return _open_household_of_bill(form, number)
        email = search_form.typed_email_address(form)
        answer = (
            search_form.find_guardian_by_email(email)
            if email
            else search_form.search_dossiers(form)
        )
    except (NoAnswer, Unavailable):
        return search_page(form, unavailable=True), 503
    people = found_people.found_lines(shell_here().register, answer.found)
    return search_page(form, people=people, more=answer.more)


@blueprint.get("/dossiers/<uuid:household_id>")
@agent.for_agents_who_may(*FINDS_DOSSIERS)
def show(household_id: UUID) -> str:
    """Show one household: who lives there, and what each service shows this agent of it."""
    return household_page(require_household(household_id))


def _open_household_of_bill(form: Form, number: str) -> ResponseReturnValue:
    household_id = search_form.household_of_bill(number)
    if household_id is None:
        form.errors["name"] = _("Aucune facture de vos régies ne porte ce numéro.")
        return search_page(form), 422
    return redirect(url_for("dossiers.show", household_id=household_id), 303)


def search_page(form: Form, **more: object) -> str:
    """Return the page of the search, with what it found where something was sought."""
    form.labels = search_form.field_labels()
    notes = CHECK_DOSSIERS in agent.require_agent().sight.permissions
    return render_template(
        "front_desk/search.html",
        form=form,
        notes=notes,
        hint=search_form.search_hint(),
        **more,
    )
