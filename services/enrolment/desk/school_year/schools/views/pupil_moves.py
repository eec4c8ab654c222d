"""
Moving up, and files of ONDE: a preview by class, corrections before the act, the act, its undoing.
"""

from collections.abc import Sequence
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from services.enrolment.children.rules.distinct_names import Named, display_names
from services.enrolment.desk.access import agent
from services.enrolment.desk.page_parts.blueprints import desk_blueprint
from services.enrolment.desk.school_year.schools import labels
from services.enrolment.desk.school_year.schools.reach_of_agent import (
    Reach,
    require_reach,
    requires_part_in_schools,
    requires_reading_all_schools,
    school_reach_of_agent,
)
from services.enrolment.models import PupilMoves
from services.enrolment.models.school_year.schools import DRAFT, MOVING_UP, ONDE, SENDING, UNDOING
from services.enrolment.offer.rules.calendar import next_school_year, school_year_of
from services.enrolment.school_year.schools.commands import moving_up, onde
from services.enrolment.school_year.schools.commands import sending_pupil_moves as commands
from services.enrolment.school_year.schools.commands.moving_up import DraftExists, NotADraft
from services.enrolment.school_year.schools.commands.onde import ClassesMissing
from services.enrolment.school_year.schools.commands.pupil_list_reads import publish_pupils_read
from services.enrolment.school_year.schools.commands.sending_pupil_moves import TooLate
from services.enrolment.school_year.schools.queries import pupil_moves as queries
from services.enrolment.school_year.schools.queries.pupil_moves import Group, MovedPupil
from services.enrolment.school_year.schools.queries.pupils import pupil_cards_by_child
from services.enrolment.school_year.schools.queries.schools import (
    all_schools,
    classes_by_school,
    schools_by_id,
)
from services.enrolment.school_year.schools.rules.levels import LEVELS, SIXTH
from services.enrolment.school_year.schools.rules.moving_up import LEFT_OUT, Move
from services.enrolment.store import store, vault
from shared.database import Write
from shared.dates.clock import now, today

blueprint = desk_blueprint("pupil_moves", "/ecoles/passages", labels=labels, levels=LEVELS)

MOST_SHOWN = 30
BETWEEN = "|"
"""Between the parts of a group in a form; the last one, a class, may hold it."""


@blueprint.get("")
@requires_part_in_schools
def show_batches() -> str:
    """Show the batches, and what can be begun."""
    with store.read() as read:
        reach = school_reach_of_agent(read)
        if not reach.role:
            abort(404)
        batches = queries.latest_batches_of_moves(read, MOST_SHOWN, reach.schools)
        schools = schools_by_id(read)
    return render_template(
        "desk/schools/moves.html",
        batches=batches,
        schools=schools,
        reads_all=reach.has(None),
        next_year=next_school_year(school_year_of(today())),
    )


@blueprint.post("/preparer")
@requires_reading_all_schools
def draft_next_september() -> ResponseReturnValue:
    """Draft where every pupil goes next September; nothing of it leaves yet."""
    year = next_school_year(school_year_of(today()))
    by = agent.require_agent().session.subject
    try:
        with store.write() as write:
            batch = moving_up.draft_batch_of_moving_up(write, vault, year, by=by, now=now())
    except DraftExists:
        flash("draft_exists", "moves")
        return redirect(url_for("pupil_moves.show_batches"), 303)
    return _redirect_to_batch(batch.id)


@blueprint.get("/<uuid:moves_id>")
@requires_part_in_schools
def show_one(moves_id: UUID) -> str:
    """Show a batch: who goes where, in numbers, and what a person has to look at."""
    with store.write() as write:
        batch, reach = _require_batch(write, moves_id)
        pupils = _moved_pupils(write, batch)
        unsettled = onde.unresolved_lines_of_batch(vault, batch)
        candidates = {each for row in unsettled.doubtful for each in row["candidates"]}
        known = pupil_cards_by_child(write, vault, candidates)
        _publish_read(write, reach, sorted(candidates))
        left_out = [each for each in pupils if each.move.why == LEFT_OUT]
        _publish_read(write, reach, [each.pupil.child_id for each in left_out])
        return render_template(
            "desk/schools/batch.html",
            batch=batch,
            schools=schools_by_id(write),
            lines=queries.preview_lines(
                [each for each in pupils if each not in left_out], batch.school_year
            ),
            pupils=len(pupils),
            unsettled=unsettled,
            known=known,
            left_out=left_out,
            missing=onde.classes_still_missing(write, batch, unsettled),
            outcomes=queries.count_moves_by_outcome(write, batch.id),
            undoable=_is_undoable(batch),
            busy=batch.state in (SENDING, UNDOING),
            group_of=_group_text,
        )


@blueprint.get("/<uuid:moves_id>/eleves")
@requires_part_in_schools
def show_pupils(moves_id: UUID) -> str:
    """Show the pupils of one line by name, to be corrected before the act."""
    group = _parse_group(request.args.get("de", ""))
    with store.write() as write:
        batch, reach = _require_batch(write, moves_id)
        pupils = [each for each in _moved_pupils(write, batch) if each.from_group == group]
        if not pupils:
            abort(404)
        _publish_read(write, reach, [each.pupil.child_id for each in pupils])
        return render_template(
            "desk/schools/batch_pupils.html",
            batch=batch,
            group=group,
            pupils=pupils,
            names=_display_names_of_pupils(pupils),
            schools=schools_by_id(write),
            classes=classes_by_school(write, batch.school_year),
            shift=lambda each: labels.age_note(
                queries.levels_pupil_is_ahead(each, batch.school_year)
            ),
            draft=batch.state == DRAFT,
            group_text=_group_text(group),
        )


@blueprint.post("/<uuid:moves_id>/eleves")
@requires_part_in_schools
def correct(moves_id: UUID) -> ResponseReturnValue:
    """Let the ticked pupils go where a person says, or stay."""
    group = _parse_group(request.form.get("de", ""))
    back = url_for("pupil_moves.show_pupils", moves_id=moves_id, de=_group_text(group))
    with store.write() as write:
        batch, _reach = _require_batch(write, moves_id)
        chosen = {str(child_id) for child_id in request.form.getlist("child")}
        move = _move_chosen_in_form(write)
        if not chosen or move is None:
            flash("nothing_chosen", "moves")
            return redirect(back, 303)
        skipped = request.form.get("way") == "stay"
        try:
            changed = moving_up.correct_moves(write, batch.id, chosen, move, skipped=skipped)
        except NotADraft:
            flash("not_a_draft", "moves")
            return redirect(back, 303)
    flash(f"corrected {changed}", "moves")
    return redirect(back, 303)


@blueprint.post("/<uuid:moves_id>/decider")
@requires_part_in_schools
def decide(moves_id: UUID) -> ResponseReturnValue:
    """Decide the batch: every provider entitled learns it, from its day on."""
    by = agent.require_agent().session.subject
    try:
        with store.write() as write:
            batch, _reach = _require_batch(write, moves_id)
            if request.form.get("sure") != "yes":
                flash("not_sure", "moves")
                return _redirect_to_batch(batch.id)
            if batch.kind == ONDE and request.form.get("create") == "yes":
                onde.create_missing_classes(write, vault, batch.id)
            if batch.kind == ONDE:
                onde.refuse_missing_classes(write, vault, batch.id)
            commands.mark_draft_of_moves_for_sending(write, vault, batch.id, by=by, now=now())
    except ClassesMissing:
        flash("classes_missing", "moves")
    except NotADraft:
        flash("not_a_draft", "moves")
    return _redirect_to_batch(str(moves_id))


@blueprint.post("/<uuid:moves_id>/annuler")
@requires_part_in_schools
def undo(moves_id: UUID) -> ResponseReturnValue:
    """Take the whole batch back."""
    by = agent.require_agent().session.subject
    try:
        with store.write() as write:
            batch, _reach = _require_batch(write, moves_id)
            commands.undo_batch_of_moves(write, batch.id, by=by, today=today())
    except TooLate:
        flash("too_late", "moves")
    return _redirect_to_batch(str(moves_id))


@blueprint.post("/<uuid:moves_id>/supprimer")
@requires_part_in_schools
def drop_draft(moves_id: UUID) -> ResponseReturnValue:
    """Drop a draft, and what was kept of its file."""
    try:
        with store.write() as write:
            batch, _reach = _require_batch(write, moves_id)
            moving_up.discard_draft(write, vault, batch.id)
    except NotADraft:
        flash("not_a_draft", "moves")
        return _redirect_to_batch(str(moves_id))
    return redirect(url_for("pupil_moves.show_batches"), 303)


def _require_batch(read: Session, moves_id: UUID) -> tuple[PupilMoves, Reach]:
    batch = queries.require_batch_of_moves(read, str(moves_id))
    return batch, require_reach(read, batch.school_id)


def _moved_pupils(read: Session, batch: PupilMoves) -> list[MovedPupil]:
    moves = {move.child_id: move for move in queries.moves_of_batch(read, batch.id)}
    cards = pupil_cards_by_child(read, vault, moves.keys())
    return sorted(
        (MovedPupil(card, moves[child_id]) for child_id, card in cards.items()),
        key=lambda each: (
            each.pupil.school,
            _position_of_level(each.pupil.level),
            each.pupil.class_name,
        ),
    )


def _position_of_level(level: str) -> int:
    return LEVELS.index(level) if level in LEVELS else len(LEVELS)


def _move_chosen_in_form(read: Session) -> Move | None:
    """Return where the form lets pupils go; None where it says nothing that can be."""
    way, school_id = request.form.get("way"), request.form.get("school", "")
    if way == "stay":
        return Move(None, "", "", "", decided=False)
    if way == "leave":
        return moving_up.make_corrected_move(None, request.form.get("level") or SIXTH, "")
    school = next((each for each in all_schools(read) if each.id == school_id), None)
    level = request.form.get("level", "")
    if school is None or level not in school.levels.split():
        return None
    class_name = request.form.get("class_name", "").strip()[:60]
    return moving_up.make_corrected_move(school.id, level, class_name)


def _publish_read(write: Write, reach: Reach, child_ids: Sequence[str]) -> None:
    subject = agent.require_agent().session.subject
    publish_pupils_read(write, reach.role, subject, child_ids, now())


def _display_names_of_pupils(pupils: Sequence[MovedPupil]) -> dict[str, str]:
    cards = [each.pupil for each in pupils]
    return display_names(
        Named(card.child_id, card.first_name, card.last_name, card.birth_date) for card in cards
    )


def _is_undoable(batch: PupilMoves) -> bool:
    if batch.state in (DRAFT, UNDOING) or batch.undone_by is not None:
        return False
    return batch.kind == ONDE or (batch.kind == MOVING_UP and today() < batch.holds_from)


def _group_text(group: Group) -> str:
    return BETWEEN.join((group[0] or "", group[1], group[2]))


def _parse_group(text: str) -> Group:
    school_id, _first, rest = text.partition(BETWEEN)
    level, _second, class_name = rest.partition(BETWEEN)
    return school_id or None, level, class_name


def _redirect_to_batch(moves_id: str) -> ResponseReturnValue:
    return redirect(url_for("pupil_moves.show_one", moves_id=moves_id), 303)
