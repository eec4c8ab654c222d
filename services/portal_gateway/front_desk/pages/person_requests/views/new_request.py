"""A request of a person without an account, as an agent notes it: by letter, at the counter."""

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.front_desk.pages.person_requests import labels as request_labels
from services.portal_gateway.front_desk.pages.safeguarding import (
    seen_paper_forms as safeguarding_forms,
)
from services.portal_gateway.pages.page_parts import parsing
from shared.contracts.dossier.data_protection import person_requests
from shared.contracts.dossier.data_protection.person_requests import (
    CONTACT,
    KINDS,
    NAME,
    SEEN_AT_DESK,
    TEXT,
    TOWN,
    WAYS,
    NobodyAnswers,
)
from shared.contracts.errors import BadRequest
from shared.dates.clock import today
from shared.register.entitlement import CHECK_DOSSIERS, PERSON_REQUESTS
from shared.runtime.ids import new_id
from shared.web.agents import current_agent as agent
from shared.web.base.app import shell_here
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day
from shared.web.language.provider_badges import badge_by_code

blueprint = Blueprint("requests_noted", __name__, url_prefix="/droits/nouvelle")

THE_TOWN = "ville"
"""Stands in the form for the town itself."""
FIELDS = ("kind", "provider", "way", "received_on", "name", "contact", "about", "proof", "text")
CHOSEN = {"kind": KINDS, "way": WAYS, "proof": SEEN_AT_DESK}
WRITTEN = {"name": NAME, "contact": CONTACT, "text": TEXT}


@blueprint.get("")
@agent.for_agents_who_may(CHECK_DOSSIERS, PERSON_REQUESTS)
def show_form() -> str:
    """Show the form: who, what, when it was received and how one knows who it is."""
    return _page(Form({"received_on": today().isoformat(), "provider": THE_TOWN}), new_id())


@blueprint.post("")
@agent.for_agents_who_may(CHECK_DOSSIERS, PERSON_REQUESTS)
def record_request() -> ResponseReturnValue:
    """Record the request; its month is counted from its receipt."""
    form_key, form = parsing.form_key(), safeguarding_forms.form_with_sent_fields(*FIELDS)
    fields = _request_fields(form)
    if form.errors:
        return _page(form, form_key), 422
    once = parsing.request_id(form_key, *fields.values())
    try:
        recording = person_requests.RecordPersonRequestRequest(**fields)
        noted = agent.ask(person_requests.record_person_request, recording, request_id=once)
    except BadRequest:
        form.errors["received_on"] = _("Écrivez un jour passé, d’un an au plus.")
    except NobodyAnswers:
        form.errors["kind"] = _("Personne ici n’a le droit de répondre : voyez l’administrateur.")
    if form.errors:
        return _page(form, form_key), 422
    day = noted.due_on.isoformat()
    return redirect(
        url_for(
            "requests_noted.show_due_date", person_request_id=noted.person_request_id, jour=day
        ),
        303,
    )


@blueprint.get("/<uuid:person_request_id>")
@agent.for_agents_who_may(CHECK_DOSSIERS, PERSON_REQUESTS)
def show_due_date(person_request_id: UUID) -> str:
    """Say until when the answer is due, for the person at the counter; no name is shown."""
    return render_template(
        "front_desk/request_noted.html",
        person_request_id=person_request_id,
        due_on=read_day(request.args.get("jour", "")),
        today=today(),
        answers=PERSON_REQUESTS in agent.require_agent().sight.permissions,
    )


def _request_fields(form: Form) -> dict[str, Any]:
    """Return the fields of the request to the dossier; mistakes stand in the form."""
    providers = [provider.code for provider in shell_here().register.now.providers]
    for name, choices in CHOSEN.items():
        if form.value(name) not in choices:
            form.errors[name] = _("Choisissez une réponse.")
    if form.value("provider") not in (THE_TOWN, *providers):
        form.errors["provider"] = _("Choisissez une réponse.")
    safeguarding_forms.check_day(form, "received_on")
    for name, most in WRITTEN.items():
        form.values[name] = form.value(name).replace("\r\n", "\n")
        if not form.value(name):
            form.errors[name] = _("À remplir.")
        elif len(form.value(name)) > most:
            form.errors[name] = _("Écrivez %(most)s caractères au plus.", most=most)
    form.values["about"] = form.value("about")[:NAME]
    provider = form.value("provider")
    return {name: form.value(name) for name in FIELDS} | {
        "provider": TOWN if provider == THE_TOWN else provider,
        "received_on": read_day(form.value("received_on")),
    }


def _page(form: Form, form_key: str) -> str:
    register = shell_here().register
    form.labels = {
        "kind": _("Ce qui est demandé"),
        "provider": _("À qui"),
        "way": _("Comment c’est arrivé"),
        "received_on": _("Reçue le"),
        "name": _("Qui demande"),
        "contact": _("Où répondre"),
        "about": _("Qui cela concerne"),
        "proof": _("Identité"),
        "text": _("La demande"),
    }
    offices = [badge_by_code(register, code) for code in (TOWN, *_provider_codes())]
    return render_template(
        "front_desk/note_request.html",
        form=form,
        form_key=form_key,
        labels=request_labels,
        to=[(office.code or THE_TOWN, office.label) for office in offices],
        kinds=list(request_labels.KINDS.items()),
        ways=[(way, request_labels.WAYS[way]) for way in WAYS],
        proofs=[(proof, request_labels.PROOFS[proof]) for proof in SEEN_AT_DESK],
        most=TEXT,
    )


def _provider_codes() -> list[str]:
    return [provider.code for provider in shell_here().register.now.providers]
