"""The erasure that an agent grants: parts of a child's file that no service must have."""

from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.front_desk.pages.person_requests.views.requests import (
    ONE,
    request_page,
)
from shared.contracts.dossier.data_protection import request_erasures
from shared.contracts.dossier.data_protection.person_requests import NOT_PROVEN, RequestClosed
from shared.contracts.dossier.data_protection.request_erasures import PARTS, ErasePartsRequest
from shared.contracts.errors import BadRequest
from shared.register.entitlement import PERSON_REQUESTS
from shared.web.agents import current_agent as agent
from shared.web.forms.form_data import Form

blueprint = Blueprint("person_erasures", __name__, url_prefix="/droits")


@blueprint.post(f"{ONE}/effacer/<uuid:child_id>")
@agent.for_agents_who_may(PERSON_REQUESTS)
def erase(person_request_id: UUID, child_id: UUID) -> ResponseReturnValue:
    """
    Erase the chosen parts, all or none; what was chosen twice is gone once.

    An answer that the agent has begun to write comes back as it was; a draft that nobody has
    touched is drawn up anew.
    """
    field = f"parts-{child_id}"
    chosen = [part for part in PARTS if part in request.form.getlist(field)]
    form = Form({field: chosen, **_answer_begun()})
    if not chosen:
        form.errors[field] = _("Choisissez ce qui est effacé.")
        return request_page(person_request_id, form), 422
    asked = ErasePartsRequest(str(person_request_id), child_id=str(child_id), parts=chosen)
    try:
        agent.ask(request_erasures.erase_parts, asked)
    except RequestClosed:
        flash("closed")
    except BadRequest as refusal:
        form.errors[field] = (
            _("La preuve d’identité demandée n’est pas encore notée.")
            if NOT_PROVEN in refusal.detail["errors"]
            else _("Rien n’est effacé : une partie ne le peut plus. Relisez la liste.")
        )
        return request_page(person_request_id, form), 422
    else:
        flash("erased")
        if "answer" in form.values:
            return request_page(person_request_id, form)
    return redirect(url_for("person_requests.show", person_request_id=person_request_id), 303)


def _answer_begun() -> dict[str, str]:
    """Return the answer as it stands on the page, nothing where it is the draft of the page."""
    written, draft = (
        request.form.get(name, "").replace("\r\n", "\n").strip() for name in ("answer", "draft")
    )
    return {} if written == draft else {"answer": written}
