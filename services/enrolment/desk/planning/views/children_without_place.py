"""Children who came to a session without a place: named whole, and noted present by an agent."""

from datetime import date
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.bookings.commands.agent_acts import (
    Cell,
    CellsRefused,
    Order,
    do_act_on_cells,
)
from services.enrolment.bookings.rules.agent_decisions import CAME
from services.enrolment.children.commands.whole_name_lookup import find_by_whole_name_and_birth
from services.enrolment.desk.access import agent
from services.enrolment.desk.planning import labels
from services.enrolment.desk.planning.reach_of_agent import (
    PlannedGroup,
    powers_in_group,
    requires_planning_days,
    session_within_reach,
)
from services.enrolment.models import Session
from services.enrolment.store import store
from shared.contracts.enrolment.places.states import DOOR
from shared.dates.clock import now, today
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day

blueprint = Blueprint(
    "newcomers", __name__, url_prefix="/planning/seances/<uuid:session_id>/enfant-venu"
)

FIELDS = ("last_name", "first_name", "birth_date")


@blueprint.get("")
@requires_planning_days
def show(session_id: UUID) -> str:
    """Show the form that names a child of this provider, of whatever site."""
    return _page(str(session_id), Form())


@blueprint.post("")
@requires_planning_days
def note_child_present(session_id: UUID) -> ResponseReturnValue:
    """
    Note present the one child of this provider who is named so and born on that day.

    A child of another site is none that this agent can look for: it is named whole, as one does who
    has it before one, and from the mark on it is within reach. Names that nobody here has are
    counted, so that no birth date is found by trying.
    """
    session, group = _require_begun_session(str(session_id))
    form = Form({name: request.form.get(name, "").strip() for name in FIELDS})
    born = read_day(form.value("birth_date"))
    form.errors = _missing_answers_of_form(form, born)
    child_id = _only_child_of_name_and_birth(form, born) if born and not form.errors else ""
    if not child_id:
        return _page(session.id, form), 422
    try:
        with store.write() as write:
            order = Order(
                CAME, DOOR, "other", _subject_of_agent(), powers_in_group(write, group.id)
            )
            done = do_act_on_cells(write, [Cell(child_id, session.id)], order, now())
    except CellsRefused as refusal:
        return _page(session.id, form, next(iter(refusal.why.values()))), 422
    flash(str(done), f"done_{CAME}")
    return redirect(url_for("planning.show", groupe=group.id, semaine=session.day.isoformat()), 303)


def _missing_answers_of_form(form: Form, born: date | None) -> dict[str, str]:
    errors = {}
    if not form.value("last_name"):
        errors["last_name"] = _("Écrivez le nom de l’enfant.")
    if not form.value("first_name"):
        errors["first_name"] = _("Écrivez son prénom.")
    if born is None:
        errors["birth_date"] = _("Écrivez une date, par exemple 01/09/2019.")
    return errors


def _only_child_of_name_and_birth(form: Form, born: date) -> str:
    """Return the one child of this name and day; "" with a sentence in the form."""
    called, subject = (form.value("last_name"), form.value("first_name")), _subject_of_agent()
    with store.write() as write:
        found = find_by_whole_name_and_birth(write, *called, born, by=subject, day=today())
        children = [card.child_id for card in found or ()]
    if len(children) == 1:
        return children[0]
    form.errors["last_name"] = _sentence_of_nobody_found(children, too_many=found is None)
    return ""


def _sentence_of_nobody_found(children: list[str], *, too_many: bool) -> str:
    if too_many:
        return _(
            "Trop de noms inconnus aujourd’hui. Notez l’enfant au pointage comme enfant non prévu, "
            "ou demandez à qui voit tout le service."
        )
    if children:
        return _("Deux dossiers ont ce nom et cette date : demandez à qui voit tout le service.")
    return _(
        "Aucun enfant du service n’a ce nom et cette date de naissance. S’il est là, notez-le au "
        "pointage comme enfant non prévu."
    )


def _subject_of_agent() -> str:
    return agent.require_agent().session.subject


def _require_begun_session(session_id: str) -> tuple[Session, PlannedGroup]:
    with store.read() as read:
        found = session_within_reach(read, session_id)
    if found is None or found[0].starts_at > now():
        abort(404)
    return found


def _page(session_id: str, form: Form, why: str = "") -> str:
    session, group = _require_begun_session(session_id)
    form.labels = {
        "last_name": _("Nom"),
        "first_name": _("Prénom"),
        "birth_date": _("Date de naissance"),
    }
    return render_template(
        "desk/planning/newcomer.html",
        session=session,
        group=group,
        form=form,
        why=why,
        labels=labels,
    )
