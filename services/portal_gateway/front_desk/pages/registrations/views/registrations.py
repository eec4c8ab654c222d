"""Drafts at the central desk: read with who began them, checked, accepted or refused."""

import base64
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from services.portal_gateway.front_desk.pages.registrations import forms as checking
from services.portal_gateway.front_desk.pages.safeguarding import forms as papers
from services.portal_gateway.front_desk.store import store
from services.portal_gateway.pages.registration import labels as words
from shared.contracts.dossier import registrations as drafts
from shared.contracts.errors import BadRequest, Failed, NotFound, Outdated, Refusal
from shared.contracts.identity import invitations
from shared.contracts.message import Empty
from shared.database import Unreadable
from shared.files.photographs import NoPicture, picture
from shared.files.types import joined, safe_name
from shared.register import Provider
from shared.register.entitlement import CHECK_DOSSIERS, SCHOOL
from shared.web.agents import current_agent as agent
from shared.web.base import downloads
from shared.web.base.app import shell_here
from shared.web.forms.forms import Form

blueprint = Blueprint("drafts", __name__, url_prefix="/demandes")

OF_ACCESS = "access_by_email"

REASONS = (
    ("not_reached", "Personne n’a pu être joint"),
    ("papers", "Les documents montrés ne suffisent pas"),
    ("not_guardian", "Le lien avec l’enfant n’est pas établi"),
    ("known_already", "La demande en double une autre"),
    ("withdrawn", "La famille l’a retirée"),
)


@blueprint.get("")
@agent.may(CHECK_DOSSIERS)
def waiting() -> str:
    """List the drafts that wait, the oldest first."""
    found = agent.ask(drafts.waiting_registrations, Empty()).drafts
    return render_template("front_desk/drafts.html", drafts=found, words=words)


@blueprint.get("/<uuid:draft_id>")
@agent.may(CHECK_DOSSIERS)
def show(draft_id: UUID) -> Any:
    """Show a draft beside the known children whom its own could be."""
    draft = _looked_at(draft_id)
    if draft.state != drafts.SENT:
        return redirect(url_for("drafts.waiting"))
    return _page(draft_id, draft, checking.fresh(draft))


@blueprint.get("/<uuid:draft_id>/papiers/<uuid:paper_id>")
@agent.may(CHECK_DOSSIERS)
def paper(draft_id: UUID, paper_id: UUID) -> Response:
    """Give a photographed paper as the file that it is, checked once more; never a page."""
    first = _part(draft_id, paper_id, 0)
    rest = (_part(draft_id, paper_id, part).content for part in range(1, first.parts))
    try:
        whole = picture(joined([first.content, *rest]))
    except NoPicture:
        raise Failed from None
    name = safe_name("", whole.media_type)
    return downloads.to_keep(whole.content, name, whole.media_type)


@blueprint.post("/<uuid:draft_id>/accepter")
@agent.may(CHECK_DOSSIERS)
def accept(draft_id: UUID) -> Any:
    """Note what was seen, make or join the dossier, and give the guardian their own access."""
    draft = _looked_at(draft_id)
    form = checking.typed(request.form.to_dict(flat=False), draft)
    if form.errors:
        return _page(draft_id, draft, form), 422
    if request.form.get("version") != str(draft.version):
        return _page(draft_id, draft, form, outdated=True), 409
    asked = checking.accepted(form, str(draft_id), draft, [each.code for each in _schools()])
    try:
        accepted = agent.ask(drafts.accept_registration, asked)
    except Outdated:
        return _page(draft_id, _looked_at(draft_id), form, outdated=True), 409
    except BadRequest as refusal:
        form.errors = {"second": " ".join(refusal.detail["errors"].get("second", [])) or _said()}
        return _page(draft_id, draft, form), 422
    except drafts.EmailNotProven:
        form.errors = {"access": checking.UNPROVEN}
        return _page(draft_id, _looked_at(draft_id), form), 422
    except drafts.RegistrationClosed:
        return redirect(url_for("drafts.waiting"), 303)
    said = draft.content["guardian"]
    email = said["email"] if asked.by_email else ""  # the dossier has found it proven
    return _give_access(accepted.guardian_id, f"{said['first_name']} {said['last_name']}", email)


@blueprint.post("/<uuid:draft_id>/adresse")
@agent.may(CHECK_DOSSIERS)
def confirm_email(draft_id: UUID) -> Any:
    """Confirm the e-mail that somebody said who showed an identity; the rest stays as ticked."""
    draft = _looked_at(draft_id)
    form = checking.typed(request.form.to_dict(flat=False), draft)
    form.errors = {} if papers.is_sure() else {"sure": _("Cochez cette case pour confirmer.")}
    email = form.value("said_email")[:254] or "-"
    if request.form.get("version") != str(draft.version):
        return _page(draft_id, draft, form, outdated=True), 409
    try:
        if not form.errors:
            seen = drafts.ConfirmEmailRequest(str(draft_id), draft.version, email)
            agent.ask(drafts.confirm_email, seen)
    except Outdated:
        return _page(draft_id, _looked_at(draft_id), form, outdated=True), 409
    except BadRequest as refusal:
        form.errors = {"said_email": " ".join(refusal.detail["errors"].get("email", []))}
    except drafts.RegistrationClosed:
        return redirect(url_for("drafts.waiting"), 303)
    if form.errors:
        return _page(draft_id, draft, form), 422
    form.values["access"] = "email"
    return _page(draft_id, _looked_at(draft_id), form)


@blueprint.post("/acces")
@agent.may(CHECK_DOSSIERS)
def give_access() -> Any:
    """
    Invite a guardian who has shown who it is: a letter got lost, or identity did not answer.

    An address comes from the page before alone, where the dossier had found it proven.
    """
    if not papers.is_sure():
        abort(400)
    guardian_id, name = request.form.get("guardian_id", ""), request.form.get("name", "")
    return _give_access(guardian_id, name, _opened(guardian_id, request.form.get("email", "")))


@blueprint.post("/<uuid:draft_id>/refuser")
@agent.may(CHECK_DOSSIERS)
def refuse(draft_id: UUID) -> Any:
    """Refuse a draft with a reason that its holder reads."""
    reason = request.form.get("reason", "")
    if reason not in dict(REASONS):
        draft = _looked_at(draft_id)
        form = checking.fresh(draft)
        form.errors = {"reason": _("Choisissez une des réponses proposées.")}
        return _page(draft_id, draft, form), 422
    try:
        agent.ask(
            drafts.refuse_registration, drafts.RefuseRegistrationRequest(str(draft_id), reason)
        )
    except drafts.RegistrationClosed:
        pass
    flash("refused")
    return redirect(url_for("drafts.waiting"), 303)


def _give_access(guardian_id: str, name: str, email: str) -> Any:
    """Show what to hand over, once; where it cannot be made now the page asks again."""
    try:
        given = agent.ask(
            invitations.invite_guardian,
            invitations.InviteGuardianRequest(guardian_id, name, email),
        )
    except NotFound:
        raise
    except Refusal as refusal:
        taken = isinstance(refusal, invitations.LoginTaken)
        return render_template(
            "front_desk/access.html",
            guardian_id=guardian_id,
            name=name,
            email="" if taken else _sealed(guardian_id, email),
            taken=taken,
        )
    return render_template("front_desk/access.html", name=name, email=email, given=given)


def _sealed(guardian_id: str, email: str) -> str:
    """Return a proven address as a page may carry it: nobody writes one, nor for somebody else."""
    place = f"{OF_ACCESS}|{guardian_id}"
    return base64.urlsafe_b64encode(store.seal(place, email)).decode() if email else ""


def _opened(guardian_id: str, carried: str) -> str:
    """Return the proven address that a page brought back, or "" where it brought none."""
    try:
        place = f"{OF_ACCESS}|{guardian_id}"
        return str(store.opened(place, base64.urlsafe_b64decode(carried))) if carried else ""
    except (ValueError, Unreadable):
        abort(400)


def _part(draft_id: UUID, paper_id: UUID, part: int) -> drafts.RegistrationPaperAnswer:
    request = drafts.RegistrationPaperRequest(str(draft_id), str(paper_id), part)
    return agent.ask(drafts.registration_paper, request)


def _looked_at(draft_id: UUID) -> drafts.LookAtRegistrationAnswer:
    return agent.ask(drafts.look_at_registration, drafts.LookAtRegistrationRequest(str(draft_id)))


def _schools() -> list[Provider]:
    """Return the running providers with an activity of the regime school."""
    running = shell_here().register.running_providers
    return [each for each in running if any(a.regime == SCHOOL for a in each.activities)]


def _said() -> str:
    return _("Choisissez une des réponses proposées.")


def _page(
    draft_id: UUID, draft: drafts.LookAtRegistrationAnswer, form: Form, outdated: bool = False
) -> str:
    form.labels = {
        "identity_paper": _("Identité du responsable"),
        "identity_date": _("Date du document"),
        "reason": _("Motif"),
        "said_email": _("Adresse e-mail"),
        "sure": _("Pièce d’identité vue"),
        "access": _("Remettre l’accès"),
        "second": _("L’autre parent"),
    }
    children = [
        each | {"born": date.fromisoformat(each["birth_date"]) if each["birth_date"] else None}
        for each in draft.content.get("children", {}).get("children", [])
    ]
    form.labels |= {f"paper-{at}": each["first_name"] for at, each in enumerate(children)}
    return render_template(
        "front_desk/draft.html",
        draft_id=draft_id,
        draft=draft,
        form=form,
        children=children,
        guardians={each["id"]: each["name"] for near in draft.alike for each in near["guardians"]},
        households={
            each["id"]: each["guardians"] for near in draft.alike for each in near["households"]
        },
        checking=checking,
        schools=[(each.code, each.label) for each in _schools()],
        reasons=REASONS,
        outdated=outdated,
        words=words,
    )
