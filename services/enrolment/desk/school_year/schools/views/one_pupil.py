"""One pupil's school and class, chosen among those of the town, or written where it is another."""

from datetime import date
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from services.enrolment.desk.access import agent
from services.enrolment.desk.page_parts.blueprints import desk_blueprint
from services.enrolment.desk.school_year.schools import labels
from services.enrolment.desk.school_year.schools.reach_of_agent import (
    Reach,
    requires_part_in_schools,
    school_reach_of_agent,
)
from services.enrolment.models import PupilMove, PupilMoves, School
from services.enrolment.offer.rules.calendar import school_year_of
from services.enrolment.school_year.schools.commands.moving_up import (
    decide_move_of_one_child,
    make_corrected_move,
)
from services.enrolment.school_year.schools.commands.pupil_list_reads import publish_pupils_read
from services.enrolment.school_year.schools.queries.pupil_moves import latest_move_of_child
from services.enrolment.school_year.schools.queries.pupils import PupilCard, pupil_cards_by_child
from services.enrolment.school_year.schools.queries.schools import (
    all_schools,
    classes_by_school,
    schools_by_id,
)
from services.enrolment.school_year.schools.rules.levels import LEVELS, SIXTH
from services.enrolment.school_year.schools.rules.moving_up import Move
from services.enrolment.store import store, vault
from shared.contracts.dossier.school_decisions import WAITS
from shared.dates.clock import now, today
from shared.text import folded
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day

blueprint = desk_blueprint("one_pupil", "/ecoles/eleves", labels=labels, levels=(*LEVELS, SIXTH))

ELSEWHERE, NONE = "elsewhere", "none"
"""Choices of a school that is none of the town's."""
NOT_YET = ("", WAITS)
"""Outcomes of a decision that the child's dossier does not show yet."""


@blueprint.get("/<uuid:child_id>")
@requires_part_in_schools
def show(child_id: UUID) -> str:
    """Show a pupil's school and class, and what was decided last, to be changed."""
    with store.write() as write:
        card, reach = _require_card(write, child_id)
        subject = agent.require_agent().session.subject
        publish_pupils_read(write, reach.role, subject, [card.child_id], now())
        latest = latest_move_of_child(write, card.child_id)
    pending = latest is not None and latest[1].outcome in NOT_YET
    values = (
        _form_values_of_last_decision(*latest)
        if latest and pending
        else _form_values_of_schooling(card)
    )
    return _page(card, reach, Form(values))


@blueprint.post("/<uuid:child_id>")
@requires_part_in_schools
def change(child_id: UUID) -> ResponseReturnValue:
    """Decide the pupil's school and class from a day on."""
    names = ("school", "elsewhere", "level", "class_name", "holds_from")
    form = Form({name: " ".join(request.form.get(name, "").split()) for name in names})
    with store.read() as read:
        card, reach = _require_card(read, child_id)
        move, holds_from = _read_move(read, form, reach)
    if form.errors or move is None or holds_from is None:
        return _page(card, reach, form), 422
    by = agent.require_agent().session.subject
    with store.write() as write:
        decide_move_of_one_child(write, card.child_id, move, holds_from, by=by, now=now())
    flash("pupil_decided", "moves")
    if not reach.has(move.to_school_id or card.school_id):
        return redirect(url_for("schools.show"), 303)
    return redirect(url_for("one_pupil.show", child_id=child_id), 303)


def _form_values_of_schooling(card: PupilCard) -> dict[str, str]:
    return {
        "school": card.school_id or (ELSEWHERE if card.school else ""),
        "elsewhere": "" if card.school_id else card.school,
        "level": card.level,
        "class_name": card.class_name,
        "holds_from": today().isoformat(),
    }


def _form_values_of_last_decision(batch: PupilMoves, move: PupilMove) -> dict[str, str]:
    """Return what was decided and does not hold yet: pressed again, it decides the same."""
    return {
        "school": move.to_school_id or (ELSEWHERE if move.elsewhere else NONE),
        "elsewhere": move.elsewhere,
        "level": move.to_level,
        "class_name": move.to_class,
        "holds_from": batch.holds_from.isoformat(),
    }


def _require_card(read: Session, child_id: UUID) -> tuple[PupilCard, Reach]:
    reach = school_reach_of_agent(read)
    card = pupil_cards_by_child(read, vault, [str(child_id)]).get(str(child_id))
    if card is None or not reach.has(card.school_id):
        abort(404)
    return card, reach


def _read_move(read: Session, form: Form, reach: Reach) -> tuple[Move | None, date | None]:
    """Return where the form lets the pupil go, and from when; its mistakes are in the form."""
    holds_from = read_day(form.value("holds_from"))
    if holds_from is None:
        form.errors["holds_from"] = _("Écrivez une date, par exemple 05/01/2027.")
        return None, None
    chosen, level = form.value("school"), form.value("level")
    if chosen == NONE:
        return make_corrected_move(None, level or SIXTH, ""), holds_from
    if chosen == ELSEWHERE:
        if not form.value("elsewhere") or len(form.value("elsewhere")) > 120:
            form.errors["elsewhere"] = _("Écrivez le nom de l’école.")
        if level not in (*LEVELS, SIXTH):
            form.errors["level"] = _("Choisissez le niveau.")
        name = form.value("elsewhere")
        return make_corrected_move(None, level, form.value("class_name")[:60], name), holds_from
    school = next((s for s in all_schools(read) if s.id == chosen and reach.has(s.id)), None)
    if school is None:
        form.errors["school"] = _("Choisissez une école.")
        return None, None
    _check_class(read, form, school, holds_from)
    return make_corrected_move(school.id, level, form.value("class_name")), holds_from


def _check_class(read: Session, form: Form, school: School, holds_from: date) -> None:
    """Put into the form what is wrong with a level or a class of a school of the town."""
    if form.value("level") not in school.levels.split():
        form.errors["level"] = _("Cette école n’a pas ce niveau.")
    classes = classes_by_school(read, school_year_of(holds_from)).get(school.id, ())
    named = next((c for c in classes if c.folded == folded(form.value("class_name"))), None)
    if form.value("class_name") and named is None:
        form.errors["class_name"] = _("Cette école n’a pas cette classe cette année-là.")
    elif named is not None and form.value("level") not in named.levels.split():
        form.errors["class_name"] = _("Cette classe n’a pas ce niveau.")
    elif named is not None:
        form.values["class_name"] = named.name


def _page(card: PupilCard, reach: Reach, form: Form) -> str:
    form.labels = {
        "school": _("École"),
        "elsewhere": _("Nom de l’autre école"),
        "level": _("Niveau"),
        "class_name": _("Classe"),
        "holds_from": _("À partir du"),
    }
    with store.read() as read:
        schools = [school for school in all_schools(read) if reach.has(school.id)]
        return render_template(
            "desk/schools/one_pupil.html",
            card=card,
            form=form,
            schools=schools,
            enrols=reach.has(None),
            classes=classes_by_school(read, school_year_of(today())),
            latest=latest_move_of_child(read, card.child_id),
            elsewhere=ELSEWHERE,
            none=NONE,
            by_id=schools_by_id(read),
        )
