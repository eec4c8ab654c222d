"""Registrations at the central desk: read with who began them, checked, accepted or refused."""

import base64
from datetime import date
from functools import partial
from uuid import UUID

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.front_desk.pages.households.household_agent_may_open import (
    guardian_names_shown,
)
from services.portal_gateway.front_desk.pages.registrations import check_form as registration_forms
from services.portal_gateway.front_desk.pages.safeguarding import (
    seen_paper_forms as safeguarding_forms,
)
from services.portal_gateway.front_desk.store import store
from services.portal_gateway.pages.registration import labels
from shared.contracts.dossier import registration_decisions, registrations
from shared.contracts.errors import BadRequest, NotFound, Outdated, Refusal
from shared.contracts.identity import invitations
from shared.contracts.message import Empty
from shared.database import Unreadable
from shared.files.file_parts import fetch_parts
from shared.files.types import safe_name
from shared.register import Provider
from shared.register.entitlement import CHECK_DOSSIERS, SCHOOL
from shared.web.agents import current_agent as agent
from shared.web.base import downloads
from shared.web.base.app import shell_here
from shared.web.forms.form_data import Form

blueprint = Blueprint("registrations", __name__, url_prefix="/demandes")

OF_ACCESS = "access_by_email"

REASONS = (
    ("not_reached", "Personne n’a pu être joint"),
    ("papers", "Les documents montrés ne suffisent pas"),
    ("not_guardian", "Le lien avec l’enfant n’est pas établi"),
    ("known_already", "La demande en double une autre"),
    ("withdrawn", "La famille l’a retirée"),
)


@blueprint.get("")
@agent.for_agents_who_may(CHECK_DOSSIERS)
def list_waiting() -> str:
    """List the waiting registrations, the oldest first."""
    waiting_registrations = agent.ask(registration_decisions.waiting_registrations, Empty()).drafts
    return render_template(
        "front_desk/registrations.html", registrations=waiting_registrations, labels=labels
    )


@blueprint.get("/<uuid:registration_id>")
@agent.for_agents_who_may(CHECK_DOSSIERS)
def show(registration_id: UUID) -> ResponseReturnValue:
    """Show a registration with the candidate children among those already known."""
    registration = _look_at_registration(registration_id)
    if registration.state != registrations.SENT:
        return redirect(url_for("registrations.list_waiting"))
    return _page(registration_id, registration, registration_forms.initial_form(registration))


@blueprint.get("/<uuid:registration_id>/papiers/<uuid:paper_id>")
@agent.for_agents_who_may(CHECK_DOSSIERS)
def show_paper(registration_id: UUID, paper_id: UUID) -> Response:
    """Give a paper as the file that it is, made anew once more; never a page."""
    first = _read_paper_part(registration_id, paper_id, 0)
    content = fetch_parts(first, partial(_read_paper_part, registration_id, paper_id))
    return downloads.sent_file_to_save(content, safe_name("", first.media_type))


@blueprint.post("/<uuid:registration_id>/accepter")
@agent.for_agents_who_may(CHECK_DOSSIERS)
def accept(registration_id: UUID) -> ResponseReturnValue:
    """Note what was seen, make or join the dossier, and give the guardian their own access."""
    registration = _look_at_registration(registration_id)
    form = registration_forms.parse_form(request.form.to_dict(flat=False), registration)
    if form.errors:
        return _page(registration_id, registration, form), 422
    if request.form.get("version") != str(registration.version):
        return _page(registration_id, registration, form, outdated=True), 409
    acceptance = registration_forms.acceptance_request(
        form, str(registration_id), registration, [school.code for school in _school_providers()]
    )
    try:
        accepted = agent.ask(registration_decisions.accept_registration, acceptance)
    except Outdated:
        return _page(
            registration_id, _look_at_registration(registration_id), form, outdated=True
        ), 409
    except BadRequest as refusal:
        form.errors = {
            "second": " ".join(refusal.detail["errors"].get("second", []))
            or _("Choisissez une des réponses proposées.")
        }
        return _page(registration_id, registration, form), 422
    except registration_decisions.EmailNotProven:
        form.errors = {"access": registration_forms.UNPROVEN}
        return _page(registration_id, _look_at_registration(registration_id), form), 422
    except registrations.RegistrationClosed:
        return redirect(url_for("registrations.list_waiting"), 303)
    if registration.household:
        flash("added")
        return redirect(url_for("registrations.list_waiting"), 303)
    guardian = registration.content["guardian"]
    name = f"{guardian['first_name']} {guardian['last_name']}"
    email = guardian["email"] if acceptance.by_email else ""  # the dossier has found it proven
    return _access_page(accepted.household_id, accepted.guardian_id, name, email)


@blueprint.post("/<uuid:registration_id>/adresse")
@agent.for_agents_who_may(CHECK_DOSSIERS)
def confirm_email(registration_id: UUID) -> ResponseReturnValue:
    """Confirm the e-mail of a person who showed an identity document; the form stays as ticked."""
    registration = _look_at_registration(registration_id)
    form = registration_forms.parse_form(request.form.to_dict(flat=False), registration)
    form.errors = (
        {}
        if safeguarding_forms.is_confirmation_ticked()
        else {"sure": _("Cochez cette case pour confirmer.")}
    )
    email = form.value("said_email")[:254] or "-"
    if request.form.get("version") != str(registration.version):
        return _page(registration_id, registration, form, outdated=True), 409
    try:
        if not form.errors:
            seen = registration_decisions.ConfirmEmailRequest(
                str(registration_id), registration.version, email
            )
            agent.ask(registration_decisions.confirm_email, seen)
    except Outdated:
        return _page(
            registration_id, _look_at_registration(registration_id), form, outdated=True
        ), 409
    except BadRequest as refusal:
        form.errors = {"said_email": " ".join(refusal.detail["errors"].get("email", []))}
    except registrations.RegistrationClosed:
        return redirect(url_for("registrations.list_waiting"), 303)
    if form.errors:
        return _page(registration_id, registration, form), 422
    form.values["access"] = "email"
    return _page(registration_id, _look_at_registration(registration_id), form)


@blueprint.post("/acces")
@agent.for_agents_who_may(CHECK_DOSSIERS)
def give_access() -> ResponseReturnValue:
    """
    Invite a guardian who has shown who it is: a letter got lost, or identity did not answer.

    Of a household that this agent may open: a code opens the account, hence what it sees. An
    address comes from the page before alone, where the dossier had found it proven; one that the
    person says is not theirs serves no more.
    """
    if not safeguarding_forms.is_confirmation_ticked():
        abort(400)
    household_id, guardian_id = _uuid_sent("household_id"), str(_uuid_sent("guardian_id"))
    email = _unseal_email(guardian_id, request.form.get("email", ""))
    names = guardian_names_shown(household_id)
    if guardian_id not in names:
        abort(404)
    wrong = request.form.get("wrong") == "yes"
    return _access_page(str(household_id), guardian_id, names[guardian_id], email, wrong)


def _uuid_sent(name: str) -> UUID:
    try:
        return UUID(request.form.get(name, ""))
    except ValueError:
        abort(400)


@blueprint.post("/<uuid:registration_id>/refuser")
@agent.for_agents_who_may(CHECK_DOSSIERS)
def refuse(registration_id: UUID) -> ResponseReturnValue:
    """Refuse a registration with a reason that its holder reads."""
    reason = request.form.get("reason", "")
    if reason not in dict(REASONS):
        registration = _look_at_registration(registration_id)
        form = registration_forms.initial_form(registration)
        form.errors = {"reason": _("Choisissez une des réponses proposées.")}
        return _page(registration_id, registration, form), 422
    try:
        agent.ask(
            registration_decisions.refuse_registration,
            registration_decisions.RefuseRegistrationRequest(str(registration_id), reason),
        )
    except registrations.RegistrationClosed:
        pass
    flash("refused")
    return redirect(url_for("registrations.list_waiting"), 303)


def _access_page(
    household_id: str, guardian_id: str, name: str, email: str, wrong: bool = False
) -> str:
    """Show what to hand over, once; where it cannot be made now the page asks again."""
    try:
        given = agent.ask(
            invitations.invite_guardian,
            invitations.InviteGuardianRequest(guardian_id, name, email, login_is_wrong=wrong),
        )
    except NotFound:
        raise
    except Refusal as refusal:
        taken = isinstance(refusal, invitations.LoginTaken)
        return render_template(
            "front_desk/access.html",
            household_id=household_id,
            guardian_id=guardian_id,
            name=name,
            email="" if taken else _seal_email(guardian_id, email),
            taken=taken,
            wrong=wrong,
        )
    return render_template(
        "front_desk/access.html",
        household_id=household_id,
        guardian_id=guardian_id,
        name=name,
        email=email,
        given=given,
        wrong=wrong,
    )


def _seal_email(guardian_id: str, email: str) -> str:
    """
    Return a proven address sealed for one guardian: the browser can neither write nor move it.
    """
    place = f"{OF_ACCESS}|{guardian_id}"
    return base64.urlsafe_b64encode(store.seal(place, email)).decode() if email else ""


def _unseal_email(guardian_id: str, carried: str) -> str:
    """Return the proven address that a page brought back, or "" where it brought none."""
    try:
        place = f"{OF_ACCESS}|{guardian_id}"
        return str(store.unseal(place, base64.urlsafe_b64decode(carried))) if carried else ""
    except (ValueError, Unreadable):
        abort(400)


def _read_paper_part(
    registration_id: UUID, paper_id: UUID, part: int
) -> registration_decisions.RegistrationPaperAnswer:
    request = registration_decisions.RegistrationPaperRequest(
        str(registration_id), str(paper_id), part
    )
    return agent.ask(registration_decisions.registration_paper, request)


def _look_at_registration(registration_id: UUID) -> registration_decisions.LookAtRegistrationAnswer:
    return agent.ask(
        registration_decisions.look_at_registration,
        registration_decisions.LookAtRegistrationRequest(str(registration_id)),
    )


def _school_providers() -> list[Provider]:
    """Return the running providers with an activity of the regime school."""
    running = shell_here().register.running_providers
    return [
        provider for provider in running if any(a.regime == SCHOOL for a in provider.activities)
    ]


def _page(
    registration_id: UUID,
    registration: registration_decisions.LookAtRegistrationAnswer,
    form: Form,
    outdated: bool = False,
) -> str:
    form.labels = {
        "identity_paper": _("Identité du responsable"),
        "identity_date": _("Date du document"),
        "reason": _("Motif"),
        "said_email": _("Adresse e-mail"),
        "sure": _("Pièce d’identité vue"),
        "access": _("Remettre l’accès"),
        "second": _("L’autre parent"),
        "parents": _("Autorité parentale"),
    }
    children = [
        child | {"born": date.fromisoformat(child["birth_date"]) if child["birth_date"] else None}
        for child in registration.content.get("children", {}).get("children", [])
    ]
    for at, child in enumerate(children):
        form.labels |= {f"paper-{at}": child["first_name"], f"child-{at}": child["first_name"]}
    return render_template(
        "front_desk/registration.html",
        registration_id=registration_id,
        registration=registration,
        form=form,
        children=children,
        guardians={
            guardian["id"]: guardian["name"]
            for near in registration.alike
            for guardian in near["guardians"]
        },
        households={
            household["id"]: household["guardians"]
            for near in registration.alike
            for household in near["households"]
        },
        registration_forms=registration_forms,
        schools=[(school.code, school.label) for school in _school_providers()],
        reasons=REASONS,
        outdated=outdated,
        labels=labels,
    )
