"""Pages that identify a person without an account, by words and a paper."""

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.front_desk.pages.person_requests.views.requests import (
    ONE,
    request_page,
)
from services.portal_gateway.front_desk.pages.safeguarding import (
    seen_paper_forms as safeguarding_forms,
)
from shared.contracts.dossier.data_protection import person_requests
from shared.contracts.dossier.data_protection.person_requests import (
    ADULT,
    AGENT,
    CALLED,
    NAME,
    PERSONS,
    RequestClosed,
)
from shared.contracts.errors import BadRequest
from shared.contracts.identity import agents
from shared.contracts.identity.accompanied_sessions import PAPERS
from shared.register.entitlement import PERSON_REQUESTS
from shared.web.agents import current_agent as agent
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day

blueprint = Blueprint("person_identities", __name__, url_prefix="/droits")

FIELDS = ("person", "paper", "person_name", "child", "born", "phone")
NUMBER = 20


@blueprint.post(f"{ONE}/qui")
@agent.for_agents_who_may(PERSON_REQUESTS)
def identify(person_request_id: UUID) -> ResponseReturnValue:
    """Note who it is and by which paper; of nobody, or several, that it was tried."""
    form = _sent_form()
    if form.errors:
        return request_page(person_request_id, form), 422
    asked = _request_to_identify(person_request_id, form)
    try:
        found = agent.ask(person_requests.identify_person, asked).found
    except RequestClosed:
        flash("closed")
    except BadRequest:
        abort(400)  # who has an account is known by it: the page has no such form
    else:
        if not found:
            form.errors["person_name"] = _(
                "Personne, ou plus d’une personne, n’a ce nom avec le reste. "
                "Relisez la pièce, les noms et la date : cet essai est noté."
            )
            return request_page(person_request_id, form), 422
    return redirect(url_for("person_requests.show", person_request_id=person_request_id), 303)


def _sent_form() -> Form:
    form = safeguarding_forms.form_with_sent_fields(*FIELDS)
    person = form.value("person")
    if person not in PERSONS:
        form.errors["person"] = _("Choisissez une réponse.")
    if form.value("paper") not in PAPERS:
        form.errors["paper"] = _("Choisissez le document que vous avez vu.")
    needed = ["person_name", *_fields_needed_besides_name(person)]
    for name in needed:
        if not form.value(name):
            form.errors[name] = _("À remplir.")
    if person in PERSONS and person != AGENT:
        safeguarding_forms.check_day(form, "born")
    for name, most in (("person_name", NAME), ("child", NAME), ("phone", NUMBER)):
        if len(form.value(name)) > most:
            form.errors[name] = _("Écrivez %(most)s caractères au plus.", most=most)
    return form


def _fields_needed_besides_name(person: str) -> tuple[str, ...]:
    """Return what has to be written besides the person's own name."""
    if person == CALLED:
        return ("child", "phone")
    return ("child",) if person == ADULT else ()


def _request_to_identify(
    person_request_id: UUID, form: Form
) -> person_requests.IdentifyPersonRequest:
    return person_requests.IdentifyPersonRequest(
        person_request_id=str(person_request_id),
        person=form.value("person"),
        paper=form.value("paper"),
        name=form.value("person_name"),
        child=form.value("child"),
        born=read_day(form.value("born")),
        phone=form.value("phone"),
        agent=_agent_called(form.value("person_name")) if form.value("person") == AGENT else None,
    )


def _agent_called(name: str) -> str | None:
    return agent.ask(agents.agent_called, agents.AgentCalledRequest(name)).subject
