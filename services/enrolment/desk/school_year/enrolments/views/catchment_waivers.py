"""Waivers of the area: the commission's list in its order, the decision, the letter."""

from collections.abc import Sequence
from uuid import UUID

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from services.enrolment.desk.access import agent
from services.enrolment.desk.access.list_export_log import note_children_in_export
from services.enrolment.desk.page_parts.blueprints import desk_blueprint
from services.enrolment.desk.school_year.enrolments import forms, labels
from services.enrolment.desk.school_year.enrolments.enrolment_lists import WaiverLine, waivers_list
from services.enrolment.desk.school_year.enrolments.views.requests import (
    data_controller_of_provider,
)
from services.enrolment.desk.school_year.schools.reach_of_agent import (
    requires_reading_all_schools,
    school_reach_of_agent,
)
from services.enrolment.models import SchoolWaiver
from services.enrolment.models.school_year.enrolments import REFUSED_FOR
from services.enrolment.offer.rules.calendar import school_year_of
from services.enrolment.school_year.enrolments.commands import catchment_waivers as commands
from services.enrolment.school_year.enrolments.commands import requests as requests_commands
from services.enrolment.school_year.enrolments.commands.enrolling import NoSignature
from services.enrolment.school_year.enrolments.queries import catchment_waivers as queries
from services.enrolment.school_year.enrolments.queries import requests
from services.enrolment.school_year.enrolments.refusal_letter import LETTER_NAME, refusal_letter
from services.enrolment.school_year.enrolments.rules.catchment_waivers import binding_motives
from services.enrolment.school_year.schools.commands.pupil_list_reads import publish_pupils_read
from services.enrolment.school_year.schools.queries.pupils import PupilCard, pupil_cards_by_child
from services.enrolment.school_year.schools.queries.schools import all_schools
from services.enrolment.store import store, vault
from shared.contracts.enrolment.school_year import enrolments as contracts
from shared.database import Write
from shared.dates.clock import now, today
from shared.documents import compiler_lock
from shared.register.entitlement import CARE_CORE, SCHOOLING
from shared.web.agents.lists.filtering_and_sorting import Listing
from shared.web.agents.lists.list_request import show_list
from shared.web.base.downloads import file_to_view
from shared.web.forms.form_data import Form

blueprint = desk_blueprint(
    "school_waivers", "/ecoles/derogations", labels=labels, paper_ways=contracts.PAPER_WAYS
)

ELSEWHERE = "elsewhere"
"""The choice of a school of another commune."""
LONGEST_SEED = 40
ENTRY = ("school", "elsewhere", "proof")


@blueprint.get("")
@requires_reading_all_schools
def show() -> ResponseReturnValue:
    """List the waivers: those that wait in the order of the commission, then those decided."""
    seed = request.args.get("graine", "").strip()[:LONGEST_SEED] or school_year_of(today())
    with store.read() as read:
        lines = _waiver_lines(read, seed)
        role = school_reach_of_agent(read).role

    def page(listing: Listing[WaiverLine]) -> str:
        with store.write() as write:
            _publish_read(write, [line.card.child_id for line in listing.rows_shown])
        return render_template(
            "desk/school_enrolments/waivers.html",
            listing=listing,
            seed=seed,
            administers=agent.require_agent().sight.administers,
        )

    def note_children_of_export(taken: Sequence[WaiverLine]) -> None:
        ids = (line.card.child_id for line in taken)
        note_children_in_export(ids, parts=(CARE_CORE, SCHOOLING), role=role)

    return show_list(waivers_list(lines), lines, page, note_children_of_export)


def _waiver_lines(read: Session, seed: str) -> list[WaiverLine]:
    """Return the waivers of whom a card is here, those that wait with their rank."""
    waiting = queries.waiting_waivers_in_order(read, seed)
    rows = [*waiting, *queries.decided_waivers(read)]
    cards = pupil_cards_by_child(read, vault, {row.child_id for row in rows})
    named = {row.code: row.label for row in queries.motives_of_deliberation(read)}
    ranks = {row.id: rank for rank, row in enumerate(waiting, start=1)}
    lines = []
    for row in (row for row in rows if row.child_id in cards):
        content = queries.waiver_content(vault, row)
        motives = tuple(str(labels.motive_in_words(code, named)) for code in content["motives"])
        lines.append(
            WaiverLine(row, cards[row.child_id], content["school"], motives, ranks.get(row.id))
        )
    return lines


@blueprint.get("/demande/<uuid:request_id>")
@requires_reading_all_schools
def new(request_id: UUID) -> str:
    """Show the form of a waiver for a request."""
    return _entry_page(request_id, Form({"motives": []}))


@blueprint.post("/demande/<uuid:request_id>")
@requires_reading_all_schools
def enter(request_id: UUID) -> ResponseReturnValue:
    """Enter a waiver: the school that is asked for, and why."""
    form = Form({name: request.form.get(name, "").strip() for name in ENTRY})
    form.values["motives"] = request.form.getlist("motives")
    with store.read() as read:
        known = {school.id for school in all_schools(read)}
    chosen, elsewhere = form.value("school"), form.value("elsewhere")
    if chosen not in {*known, ELSEWHERE}:
        form.errors["school"] = _("Choisissez une école.")
    elif chosen == ELSEWHERE and not 0 < len(elsewhere) <= 120:
        form.errors["elsewhere"] = _("Écrivez le nom de l’école et sa commune.")
    if form.errors:
        return _entry_page(request_id, form), 422
    waiver = commands.NewWaiver(
        request_id=str(request_id),
        school_id=chosen if chosen in known else None,
        elsewhere=elsewhere,
        motives=form.values["motives"],
        proof=forms.read_way_of_waiver_proof(form),
    )
    by = agent.require_agent().session.subject
    try:
        with store.write() as write:
            row_id = commands.enter_waiver(write, vault, waiver, by=by, now=now()).id
    except contracts.NoMotive:
        form.errors["motives"] = _(
            "Cochez un motif : de la loi pour une autre commune, de la délibération dans la ville."
        )
        return _entry_page(request_id, form), 422
    except contracts.WaiverThere:
        flash("waiver_there", "school_enrolments")
        return redirect(url_for("school_requests.show_one", request_id=request_id), 303)
    return redirect(url_for("school_waivers.show_one", waiver_id=row_id), 303)


@blueprint.get("/<uuid:waiver_id>")
@requires_reading_all_schools
def show_one(waiver_id: UUID) -> str:
    """Show a waiver, to be granted or refused."""
    return _page(waiver_id, Form({}))


@blueprint.post("/<uuid:waiver_id>")
@requires_reading_all_schools
def grant_or_refuse_waiver(waiver_id: UUID) -> ResponseReturnValue:
    """Grant or refuse a waiver; a refusal has its reason."""
    form = Form({name: request.form.get(name, "") for name in ("decision", "why")})
    by = agent.require_agent().session.subject
    if form.value("decision") not in ("yes", "no"):
        form.errors["decision"] = _("Dites oui ou non.")
    elif form.value("decision") == "no" and form.value("why") not in REFUSED_FOR:
        form.errors["why"] = _("Dites pourquoi : la lettre le dit à la famille.")
    if form.errors:
        return _page(waiver_id, form), 422
    try:
        if form.value("decision") == "yes":
            with store.write() as write:
                commands.grant_waiver(write, str(waiver_id), by=by, now=now())
        else:
            _refuse_waiver(waiver_id, form.value("why"), by)
    except NoSignature:
        form.errors["decision"] = _(
            "Il manque qui signe, l’adresse pour un recours ou le tribunal : l’administrateur "
            "les écrit sous « Qui signe »."
        )
        return _page(waiver_id, form), 422
    except commands.LawObliges:
        form.errors["why"] = _(
            "Pour ce motif la loi oblige la commune : seul « rien ne montre le motif » refuse."
        )
        return _page(waiver_id, form), 422
    except commands.WaiverDecided:
        flash("waiver_decided", "school_enrolments")
    return redirect(url_for("school_waivers.show_one", waiver_id=waiver_id), 303)


@blueprint.post("/<uuid:waiver_id>/justificatif")
@requires_reading_all_schools
def note_proof(waiver_id: UUID) -> ResponseReturnValue:
    """Note how the paper that shows the motives was given; the family is asked for it, if so."""
    form = Form({"proof": request.form.get("proof", "")})
    wanted = request.form.get("tell") == "yes"
    try:
        with store.write() as write:
            row, _card = _require_waiver_and_child(write, waiver_id)
            commands.note_way_of_proof(write, row.id, forms.read_way_of_waiver_proof(form), now())
            if wanted:
                requests_commands.notify_of_papers_to_show(write, row.request_id, now())
    except commands.WaiverDecided:
        flash("waiver_decided", "school_enrolments")
    else:
        flash("papers_asked" if wanted else "papers", "school_enrolments")
    return redirect(url_for("school_waivers.show_one", waiver_id=waiver_id), 303)


@blueprint.get("/<uuid:waiver_id>/lettre.pdf")
@requires_reading_all_schools
def print_letter(waiver_id: UUID) -> Response:
    """Return the letter of a refusal, to be printed."""
    with store.write() as write:
        row, _card = _require_waiver_and_child(write, waiver_id)
        _publish_read(write, [row.child_id])
        content = queries.waiver_content(vault, row)
    if content["letter"] is None:
        abort(404)
    with compiler_lock():
        made = refusal_letter(row, content)
    return file_to_view(made, LETTER_NAME, "application/pdf")


def _refuse_waiver(waiver_id: UUID, why: str, by: str) -> None:
    with store.write() as write:
        row, card = _require_waiver_and_child(write, waiver_id)
        asked = requests.require_request(write, row.request_id)
        address = forms.address_on_one_line(requests.unsealed_addresses_of_request(vault, asked)[0])
        commands.refuse_waiver(
            write,
            vault,
            row.id,
            why,
            card,
            address,
            data_controller_of_provider(),
            by=by,
            now=now(),
        )


def _require_waiver_and_child(read: Session, waiver_id: UUID) -> tuple[SchoolWaiver, PupilCard]:
    row = queries.require_waiver(read, str(waiver_id))
    return row, pupil_cards_by_child(read, vault, [row.child_id]).get(row.child_id) or abort(404)


def _publish_read(write: Write, child_ids: list[str]) -> None:
    subject = agent.require_agent().session.subject
    publish_pupils_read(write, school_reach_of_agent(write).role, subject, child_ids, now())


def _entry_page(request_id: UUID, form: Form) -> str:
    form.labels = {"school": _("École demandée"), "motives": _("Motifs")}
    with store.write() as write:
        row = requests.require_undecided_request(write, str(request_id))
        card = pupil_cards_by_child(write, vault, [row.child_id]).get(row.child_id) or abort(404)
        _publish_read(write, [row.child_id])
        return render_template(
            "desk/school_enrolments/new_waiver.html",
            row=row,
            card=card,
            form=form,
            schools=all_schools(write),
            elsewhere=ELSEWHERE,
            motives=[
                *((code, labels.MOTIVES_OF_LAW[code]) for code in contracts.MOTIVES_OF_LAW),
                *((each.code, each.label) for each in queries.motives_of_deliberation(write)),
            ],
        )


def _page(waiver_id: UUID, form: Form) -> str:
    form.labels = {"decision": _("Décision"), "why": _("Pourquoi")}
    with store.write() as write:
        row, card = _require_waiver_and_child(write, waiver_id)
        _publish_read(write, [row.child_id])
        content = queries.waiver_content(vault, row)
        named = {each.code: each.label for each in queries.motives_of_deliberation(write)}
    return render_template(
        "desk/school_enrolments/waiver.html",
        row=row,
        card=card,
        content=content,
        named=named,
        form=form,
        binding=binding_motives(content["motives"], row.school_id is None),
        reasons=REFUSED_FOR,
    )
