"""« Passages »: a child goes from one of its services to another, on weekdays, at an hour."""

from datetime import time

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.pages.page_parts import parsing
from services.portal_gateway.session import current_user
from services.portal_gateway.session.queries.children import fetch_ward_and_answer
from shared.contracts.dossier.sharing import handovers_between_services
from shared.contracts.errors import BadRequest, NoAnswer, NotFound, Unavailable
from shared.contracts.values import OfChild
from shared.dates.clock import today
from shared.runtime.ids import new_id
from shared.web.base.app import shell_here
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day
from shared.web.language.provider_badges import badge_by_code, badges_of_providers
from shared.web.language.weekdays import WEEKDAYS
from shared.web.session.request_rounds import round_request

blueprint = Blueprint("handovers", __name__)

DAYS = ("1", "2", "3", "4", "5", "6", "7")


@blueprint.get("/enfants/<child_id>/passages")
@current_user.signed_in
def show(child_id: str) -> str:
    """Show the hand-overs of a child, and the form of a new one."""
    return _page(child_id, _initial_form(), new_id())


@blueprint.post("/enfants/<child_id>/passages")
@current_user.signed_in
def declare(child_id: str) -> ResponseReturnValue:
    """Declare a handover: both services receive it, each its own side."""
    names = ("from_provider", "to_provider", "at", "valid_from", "valid_to")
    form = Form({name: request.form.get(name, "").strip() for name in names})
    form.values["weekdays"] = [day for day in request.form.getlist("weekdays") if day in DAYS]
    form_key, handover = parsing.form_key(), _handover_request(form, child_id)
    if handover is not None:
        try:
            current_user.ask(
                handovers_between_services.declare_handover, handover, request_id=form_key
            )
        except (NoAnswer, Unavailable):
            return _page(child_id, form, form_key, unavailable=True), 503
        except (BadRequest, NotFound):
            form.errors["from_provider"] = _("Ce transfert ne peut pas être noté.")
    if form.errors:
        return _page(child_id, form, form_key), 422
    return _redirect_to_handovers(child_id, "declared")


@blueprint.post("/enfants/<child_id>/passages/<uuid:handover_id>/fin")
@current_user.signed_in
def end(child_id: str, handover_id: object) -> ResponseReturnValue:
    """End a handover: both services receive the end."""
    ending = handovers_between_services.EndHandoverRequest(child_id, str(handover_id))
    try:
        current_user.ask(
            handovers_between_services.end_handover, ending, request_id=parsing.form_key()
        )
    except (NoAnswer, Unavailable):
        return _page(child_id, _initial_form(), new_id(), unavailable=True), 503
    return _redirect_to_handovers(child_id, "ended")


def _initial_form() -> Form:
    return Form({"valid_from": today().isoformat(), "at": "12:00", "weekdays": ["3"]})


def _handover_request(
    form: Form, child_id: str
) -> handovers_between_services.DeclareHandoverRequest | None:
    """Return what was typed as the dossier takes it; None where mistakes stand in the form."""
    first, last = read_day(form.value("valid_from")), read_day(form.value("valid_to"))
    if not form.values["weekdays"]:
        form.errors["weekdays"] = _("Choisissez au moins un jour.")
    if _parse_hour(form.value("at")) is None:
        form.errors["at"] = _("Écrivez une heure, par exemple 12:15.")
    if first is None:
        form.errors["valid_from"] = _("Écrivez le premier jour.")
    if form.value("valid_to") and (last is None or (first and last < first)):
        form.errors["valid_to"] = _("Écrivez le dernier jour : le premier, ou plus tard.")
    if not form.value("from_provider"):
        form.errors["from_provider"] = _("Choisissez le service d’où l’enfant part.")
    if form.value("to_provider") in ("", form.value("from_provider")):
        form.errors["to_provider"] = _("Choisissez un autre service.")
    if form.errors or first is None:
        return None
    return handovers_between_services.DeclareHandoverRequest(
        child_id,
        from_provider=form.value("from_provider"),
        to_provider=form.value("to_provider"),
        weekdays=[int(day) for day in form.values["weekdays"]],
        at=form.value("at"),
        valid_from=first,
        valid_to=last,
    )


def _parse_hour(written: str) -> time | None:
    try:
        return time.fromisoformat(written) if len(written) == 5 else None
    except ValueError:
        return None


def _redirect_to_handovers(child_id: str, message: str) -> ResponseReturnValue:
    flash(message, "handovers")
    return redirect(url_for("handovers.show", child_id=child_id), 303)


def _page(child_id: str, form: Form, form_key: str, unavailable: bool = False) -> str:
    child, answer = fetch_ward_and_answer(
        child_id,
        round_request(
            handovers_between_services.handovers_of,
            OfChild(child_id),
        ),
    )
    register = shell_here().register
    form.labels = {
        "from_provider": _("De"),
        "to_provider": _("Vers"),
        "weekdays": _("Jours"),
        "at": _("À quelle heure"),
        "valid_from": _("À partir du"),
        "valid_to": _("Jusqu’au"),
    }
    return render_template(
        "portal/handovers.html",
        child=child,
        handovers=answer.relays,
        mark=lambda code: badge_by_code(register, code),
        days=[(str(day), name) for day, name in WEEKDAYS.items()],
        services=[
            (mark.code, mark.label) for mark in badges_of_providers(register, child.providers)
        ],
        form=form,
        form_key=form_key,
        ends=new_id,
        unavailable=unavailable,
    )
