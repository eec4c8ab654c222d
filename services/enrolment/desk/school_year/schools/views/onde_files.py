"""A file of ONDE is sent and read; what is doubtful of it is decided line by line."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.desk.access import agent
from services.enrolment.desk.page_parts.blueprints import desk_blueprint
from services.enrolment.desk.school_year.schools import labels
from services.enrolment.desk.school_year.schools.reach_of_agent import (
    require_reach,
    requires_part_in_schools,
    school_reach_of_agent,
)
from services.enrolment.offer.rules.calendar import next_school_year, school_year_of
from services.enrolment.school_year.schools.commands import onde
from services.enrolment.school_year.schools.commands.moving_up import NotADraft
from services.enrolment.school_year.schools.queries.pupil_moves import require_batch_of_moves
from services.enrolment.school_year.schools.queries.schools import all_schools
from services.enrolment.school_year.schools.rules.onde_file import (
    MOST_BYTES,
    OTHER_YEAR,
    OndeRefused,
)
from services.enrolment.store import store, vault
from shared.contracts.errors import NotFound
from shared.dates.clock import now, today
from shared.web.forms.form_data import Form

blueprint = desk_blueprint("onde_files", "/ecoles/onde", labels=labels)

LARGEST_FORM = MOST_BYTES + 64 * 1024


@blueprint.get("")
@requires_part_in_schools
def show() -> str:
    """Show the form that takes a file."""
    return _form_page(Form({"school": request.args.get("ecole", "")}))


@blueprint.post("")
@requires_part_in_schools
def read_file() -> ResponseReturnValue:
    """Read a file: nothing of it is decided, and the file itself is kept nowhere."""
    form = Form({name: request.form.get(name, "") for name in ("school", "year")})
    sent = request.files.get("file")
    content = sent.stream.read(MOST_BYTES + 1) if sent else b""
    if form.value("year") not in _this_and_next_school_year():
        form.errors["year"] = _("Choisissez l’année scolaire du fichier.")
    if not content:
        form.errors["file"] = _("Choisissez le fichier CSV exporté d’ONDE.")
    with store.read() as read:
        if not school_reach_of_agent(read).has(form.value("school")):
            form.errors["school"] = _("Choisissez l’école du fichier.")
    if form.errors:
        return _form_page(form), 422
    by = agent.require_agent().session.subject
    try:
        with store.write() as write:
            batch = onde.draft_from_file(
                write,
                vault,
                form.value("school"),
                form.value("year"),
                content,
                by=by,
                now=now(),
                today=today(),
            )
    except OndeRefused as refused:
        form.errors["file"] = _refusal_sentence(refused)
        return _form_page(form), 422
    return redirect(url_for("pupil_moves.show_one", moves_id=batch.id), 303)


@blueprint.post("/<uuid:moves_id>/lignes/<int:line>")
@requires_part_in_schools
def settle_doubtful_line(moves_id: UUID, line: int) -> ResponseReturnValue:
    """Say which child a doubtful line is, or that it is none of them."""
    chosen = request.form.get("child", "")
    with store.read() as read:
        batch = require_batch_of_moves(read, str(moves_id))
        require_reach(read, batch.school_id)
    if not chosen:
        abort(400)
    try:
        with store.write() as write:
            child_id = None if chosen == "none" else chosen
            onde.decide_doubtful_line(write, vault, batch.id, line, child_id)
    except NotADraft:
        flash("not_a_draft", "moves")
    except NotFound:
        flash("settled_already", "moves")
    return redirect(url_for("pupil_moves.show_one", moves_id=moves_id, _anchor="a-regarder"), 303)


def _refusal_sentence(refused: OndeRefused) -> str:
    sentence = str(labels.FILE_REFUSED[refused.code])
    if not refused.detail:
        return sentence
    if refused.code == OTHER_YEAR:
        return _(
            "%(sentence)s : %(detail)s. Rien n’a été lu.", sentence=sentence, detail=refused.detail
        )
    return _("%(sentence)s : %(detail)s.", sentence=sentence, detail=refused.detail)


def _form_page(form: Form) -> str:
    form.labels = {"school": _("École"), "year": _("Année scolaire"), "file": _("Fichier")}
    with store.read() as read:
        reach = school_reach_of_agent(read)
        if not reach.role:
            abort(404)
        schools = [school for school in all_schools(read) if reach.has(school.id)]
    return render_template(
        "desk/schools/onde.html", form=form, schools=schools, years=_this_and_next_school_year()
    )


def _this_and_next_school_year() -> list[str]:
    year = school_year_of(today())
    return [year, next_school_year(year)]
