"""The copy that answers a request: gathered from all services at once, or not made at all."""

from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.front_desk.pages.person_requests.copies import documents
from services.portal_gateway.front_desk.pages.person_requests.copies.gathering import (
    ServiceSilent,
    gather_copy,
)
from services.portal_gateway.front_desk.pages.person_requests.views.requests import (
    ONE,
    request_page,
)
from shared.contracts.dossier.data_protection import person_requests
from shared.contracts.dossier.data_protection.person_requests import (
    HIDDEN,
    NO_AUTHORITY,
    NOT_PROVEN,
    UNKNOWN,
    RequestClosed,
)
from shared.contracts.errors import BadRequest
from shared.dates.clock import now, today
from shared.register.entitlement import PERSON_REQUESTS
from shared.web.agents import current_agent as agent
from shared.web.base import downloads
from shared.web.base.app import shell_here
from shared.web.forms.form_data import Form

blueprint = Blueprint("person_copies", __name__, url_prefix="/droits")

FIELD = "copy"
JSON = "json"


@blueprint.post(f"{ONE}/copie")
@agent.for_agents_who_may(PERSON_REQUESTS)
def return_gathered_copy(person_request_id: UUID) -> ResponseReturnValue:
    """Return the copy as a document, or as a file for another software; nothing of it is kept."""
    form = Form({})
    try:
        parts = gather_copy(str(person_request_id))
    except RequestClosed:
        flash("closed")
        return redirect(url_for("person_requests.show", person_request_id=person_request_id), 303)
    except BadRequest as refusal:
        form.errors[FIELD] = _reason_for_no_copy(refusal)
        return request_page(person_request_id, form), 422
    except ServiceSilent as silent:
        name = documents.service_label(silent.principal, shell_here().register)
        form.errors[FIELD] = _(
            "%(service)s ne répond pas : la copie n’est pas faite. Essayez plus tard.", service=name
        )
        return request_page(person_request_id, form), 503
    title = _("copie-%(day)s", day=today().isoformat())
    if request.form.get("form") == JSON:
        return downloads.file_to_save(
            documents.copy_json(parts), f"{title}.json", "application/json"
        )
    asked = agent.ask(
        person_requests.open_person_request, person_requests.RequestOfPerson(str(person_request_id))
    )
    content = documents.copy_pdf(parts, asked.name, shell_here().register, now())
    return downloads.file_to_save(content, f"{title}.pdf", "application/pdf")


def _reason_for_no_copy(refusal: BadRequest) -> str:
    reasons = {
        NOT_PROVEN: _("La preuve d’identité demandée n’est pas encore notée : rien n’est envoyé."),
        UNKNOWN: _("Notez d’abord qui c’est, et par quelle pièce : rien n’est rassemblé."),
        HIDDEN: _(
            "Ce dossier demande une réponse à la main : voyez le responsable du guichet. "
            "Rien n’est rassemblé."
        ),
        NO_AUTHORITY: _("Cette personne n’a plus l’autorité parentale sur cet enfant."),
    }
    found = next((why for why in refusal.detail.get("errors", {}) if why in reasons), "")
    return reasons.get(found, _("Cette demande n’appelle pas de copie."))
