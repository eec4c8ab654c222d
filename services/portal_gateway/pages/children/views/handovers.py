"""« Passages »: a child goes from one of its services to another, on weekdays, at an hour."""

from datetime import time
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from services.portal_gateway.pages import parsing as typed
from services.portal_gateway.session import current_user as person
from services.portal_gateway.session.queries import children as family
from shared.contracts.dossier import dossier
from shared.contracts.dossier import handovers as relays
from shared.contracts.errors import BadRequest, NoAnswer, NotFound, Refusal, Unavailable
from shared.contracts.message import Empty
from shared.dates.clock import today
from shared.runtime.ids import new_id
from shared.web.base.app import shell_here
from shared.web.forms.forms import Form
from shared.web.forms.parsing import read_day
from shared.web.language.providers import mark_by_code, marks_of

blueprint = Blueprint("relays", __name__)

DAYS = ("1", "2", "3", "4", "5", "6", "7")


@blueprint.get("/enfants/<child_id>/passages")
@person.signed_in
def show(child_id: str) -> str:
    """Show the hand-overs of a child, and the form of a new one."""
    return _page(child_id, _fresh(), new_id())


@blueprint.post("/enfants/<child_id>/passages")
@person.signed_in
def declare(child_id: str) -> Any:
    """Declare one: both services are told, each its own side."""
    names = ("from_provider", "to_provider", "at", "valid_from", "valid_to")
    form = Form({name: request.form.get(name, "").strip() for name in names})
    form.values["weekdays"] = [day for day in request.form.getlist("weekdays") if day in DAYS]
    act, asked = typed.act(), _read(form, child_id)
    if asked is not None:
        try:
            person.ask(relays.declare_handover, asked, request_id=act)
        except (NoAnswer, Unavailable):
            return _page(child_id, form, act, silent=True), 503
        except (BadRequest, NotFound):
            form.errors["from_provider"] = _("Ce passage ne peut pas être noté.")
    if form.errors:
        return _page(child_id, form, act), 422
    return _back(child_id, "declared")


@blueprint.post("/enfants/<child_id>/passages/<uuid:relay_id>/fin")
@person.signed_in
def end(child_id: str, relay_id: Any) -> Any:
    """End one: both services are told."""
    asked = relays.EndHandoverRequest(child_id, str(relay_id))
    try:
        person.ask(relays.end_handover, asked, request_id=typed.act())
    except (NoAnswer, Unavailable):
        return _page(child_id, _fresh(), new_id(), silent=True), 503
    return _back(child_id, "ended")


def _fresh() -> Form:
    return Form({"valid_from": today().isoformat(), "at": "12:00", "weekdays": ["3"]})


def _read(form: Form, child_id: str) -> relays.DeclareHandoverRequest | None:
    """Return what was typed as the dossier takes it; None where mistakes stand in the form."""
    first, last = read_day(form.value("valid_from")), read_day(form.value("valid_to"))
    if not form.values["weekdays"]:
        form.errors["weekdays"] = _("Choisissez au moins un jour.")
    if _hour(form.value("at")) is None:
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
    return relays.DeclareHandoverRequest(
        child_id,
        from_provider=form.value("from_provider"),
        to_provider=form.value("to_provider"),
        weekdays=[int(day) for day in form.values["weekdays"]],
        at=form.value("at"),
        valid_from=first,
        valid_to=last,
    )


def _hour(written: str) -> time | None:
    try:
        return time.fromisoformat(written) if len(written) == 5 else None
    except ValueError:
        return None


def _back(child_id: str, said: str) -> Any:
    flash(said, "relays")
    return redirect(url_for("relays.show", child_id=child_id), 303)


def _page(child_id: str, form: Form, act: str, silent: bool = False) -> str:
    children, found = person.ask_all(
        (dossier.my_children, Empty()), (relays.handovers_of, relays.HandoversOfRequest(child_id))
    )
    child = family.family_from(children).child(child_id)
    if isinstance(found, Refusal):
        raise found
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
        "portal/relays.html",
        child=child,
        relays=found.relays,
        mark=lambda code: mark_by_code(register, code),
        services=[(each.code, each.label) for each in marks_of(register, child.providers)],
        form=form,
        act=act,
        ends=new_id,
        silent=silent,
    )
