"""Opening a family's own session for a guardian who is present: identity shown, slip signed."""

from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, abort, current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.front_desk.pages.households.household_agent_may_open import (
    require_household,
)
from services.portal_gateway.front_desk.pages.households.labels import PAPERS
from shared.contracts.dossier import guardians
from shared.contracts.errors import BadRequest, NoAnswer, Unavailable
from shared.contracts.identity import accompanied_sessions, sign_ins
from shared.dates.clock import today
from shared.register.entitlement import ACCOMPANY
from shared.web.agents import current_agent as agent
from shared.web.base import headers, sign_in_limits
from shared.web.forms.form_data import Form, flat_errors
from shared.web.forms.parsing import read_day

blueprint = Blueprint("accompany", __name__)

ADDRESS = "/dossiers/<uuid:household_id>/parents/<uuid:guardian_id>"
FIELDS = ("paper", "slip_signed_on")
LONGEST_CODE = 10


@blueprint.get(f"{ADDRESS}/session")
@agent.for_agents_who_may(ACCOMPANY)
def show(household_id: UUID, guardian_id: UUID) -> str:
    """Ask how the guardian who is present is known."""
    guardian = require_guardian(household_id, guardian_id)
    return _page(household_id, guardian, Form({"slip_signed_on": today().isoformat()}))


@blueprint.post(f"{ADDRESS}/session")
@agent.for_agents_who_may(ACCOMPANY)
def open_accompanied_session(household_id: UUID, guardian_id: UUID) -> ResponseReturnValue:
    """Open the session and go on to the portal, on the screen that both see."""
    guardian = require_guardian(household_id, guardian_id)
    form = Form({name: request.form.get(name, "").strip() for name in FIELDS})
    form.errors = _mistakes(form)
    if form.errors:
        return _page(household_id, guardian, form), 422
    opening = accompanied_sessions.OpenAccompaniedRequest(
        guardian=guardian["id"],
        name=guardian["name"],
        proof=accompanied_sessions.BY_PAPER,
        paper=form.value("paper"),
        slip_signed_on=read_day(form.value("slip_signed_on")),
    )
    return _open_session(household_id, guardian, form, opening)


@blueprint.post(f"{ADDRESS}/code")
@agent.for_agents_who_may(ACCOMPANY)
@sign_in_limits.by_address
def send_code(household_id: UUID, guardian_id: UUID) -> ResponseReturnValue:
    """Send six digits to the guardian's own address, and ask for them."""
    guardian = require_guardian(household_id, guardian_id)
    form = Form({"slip_signed_on": today().isoformat()})
    try:
        to = accompanied_sessions.SendCounterCodeRequest(guardian["id"])
        sent = agent.ask(accompanied_sessions.send_counter_code, to).sent
    except (NoAnswer, Unavailable):
        return _page(household_id, guardian, form, unavailable=True), 503
    return _page(household_id, guardian, form, code="sent" if sent else "no_address")


@blueprint.post(f"{ADDRESS}/session-par-code")
@agent.for_agents_who_may(ACCOMPANY)
@sign_in_limits.by_address
def start_by_code(household_id: UUID, guardian_id: UUID) -> ResponseReturnValue:
    """Open the session with the digits that the guardian has read out."""
    guardian = require_guardian(household_id, guardian_id)
    digits = request.form.get("six_digits", "").strip()[:LONGEST_CODE]
    form = Form({"slip_signed_on": today().isoformat()})
    opening = accompanied_sessions.OpenAccompaniedRequest(
        guardian=guardian["id"],
        name=guardian["name"],
        proof=accompanied_sessions.BY_CODE,
        six_digits=digits,
    )
    return _open_session(household_id, guardian, form, opening)


def _open_session(
    household_id: UUID,
    guardian: guardians.NamedGuardian,
    form: Form,
    opening: accompanied_sessions.OpenAccompaniedRequest,
) -> ResponseReturnValue:
    """Open the session and go on to the portal; a refusal is shown at its field."""
    try:
        answer = agent.ask(accompanied_sessions.open_accompanied, opening)
    except (NoAnswer, Unavailable):
        return _page(household_id, guardian, form, unavailable=True), 503
    except sign_ins.WrongCredentials:
        form.errors = {"six_digits": _("Ce code ne convient pas, ou n’est plus valable.")}
        return _page(household_id, guardian, form, code="sent"), 422
    except BadRequest as refusal:
        form.errors = flat_errors(refusal.detail.get("errors", {}))
        return _page(household_id, guardian, form), 422
    return redirect(f"{_portal_url()}/guichet/entree?{urlencode({'code': answer.code})}", 303)


def require_guardian(household_id: UUID, guardian_id: UUID) -> guardians.NamedGuardian:
    """Return a guardian of a household that this agent may open; to others there is none."""
    opened = require_household(household_id)
    matches = (guardian for guardian in opened.guardians if guardian["id"] == str(guardian_id))
    return next(matches, None) or abort(404)


def _mistakes(form: Form) -> dict[str, str]:
    errors = {}
    if form.value("paper") not in PAPERS:
        errors["paper"] = _("Choisissez la pièce qui a été montrée.")
    if read_day(form.value("slip_signed_on")) is None:
        errors["slip_signed_on"] = _("Écrivez le jour où la fiche a été signée.")
    return errors


def _page(
    household_id: UUID,
    guardian: guardians.NamedGuardian,
    form: Form,
    unavailable: bool = False,
    code: str = "",
) -> str:
    """Return the page, the only one whose form may lead elsewhere: to the portal alone."""
    headers.let_forms_go_to([_portal_url()])
    form.labels = {
        "paper": _("Pièce d’identité"),
        "slip_signed_on": _("Fiche signée le"),
        "six_digits": _("Code reçu"),
    }
    return render_template(
        "front_desk/accompany.html",
        form=form,
        guardian=guardian,
        household_id=household_id,
        papers=list(PAPERS.items()),
        unavailable=unavailable,
        code=code,
    )


def _portal_url() -> str:
    return str(current_app.extensions["preau_portal"])
