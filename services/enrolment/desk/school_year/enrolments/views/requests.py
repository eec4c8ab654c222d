"""Requests for a school: what is to be decided, and the decision."""

from collections.abc import Sequence
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from services.enrolment.desk.access import agent
from services.enrolment.desk.access.list_export_log import note_children_in_export
from services.enrolment.desk.page_parts.blueprints import desk_blueprint
from services.enrolment.desk.school_year.enrolments import forms, labels
from services.enrolment.desk.school_year.enrolments.enrolment_lists import Asked, requests_list
from services.enrolment.desk.school_year.schools.reach_of_agent import (
    requires_reading_all_schools,
    school_reach_of_agent,
)
from services.enrolment.models import School, SchoolRequest
from services.enrolment.offer.rules.calendar import school_year_of
from services.enrolment.school_year.enrolments.commands import enrolling
from services.enrolment.school_year.enrolments.commands import requests as commands
from services.enrolment.school_year.enrolments.queries import (
    catchment_waivers,
    enrolments,
    places_by_level,
    requests,
)
from services.enrolment.school_year.schools.commands.pupil_list_reads import publish_pupils_read
from services.enrolment.school_year.schools.queries.pupils import PupilCard, pupil_cards_by_child
from services.enrolment.school_year.schools.queries.schools import all_schools, schools_by_id
from services.enrolment.school_year.schools.rules.levels import LEVELS, levels_ahead_of_age
from services.enrolment.store import store, vault
from shared.contracts.enrolment.school_year.enrolments import ASKED, PAPER_WAYS
from shared.contracts.errors import NotFound
from shared.database import Write
from shared.dates.clock import now, today
from shared.register.completeness import PAPERS
from shared.register.entitlement import CARE_CORE, SCHOOLING
from shared.web.addresses import fields as addresses
from shared.web.agents.lists.filtering_and_sorting import Listing
from shared.web.agents.lists.list_request import show_list
from shared.web.base.app import shell_here
from shared.web.forms.form_data import Form

blueprint = desk_blueprint(
    "school_requests",
    "/ecoles/demandes",
    labels=labels,
    levels=LEVELS,
    papers=PAPERS,
    paper_ways=PAPER_WAYS,
)

DECISION = ("school", "level", "holds_from", "over_places", "address")


@blueprint.get("")
@requires_reading_all_schools
def show() -> ResponseReturnValue:
    """List the requests that are not decided, in order of arrival, with the school of each."""
    with store.read() as read:
        rows = requests.undecided_requests(read)
        cards = pupil_cards_by_child(read, vault, [row.child_id for row in rows])
        schools = schools_by_id(read)
        lines = [
            Asked(row, cards[row.child_id], requests.answers_by_address(read, vault, row))
            for row in rows
            if row.child_id in cards
        ]
        en_route = requests.count_requests_waiting_for_file(read)
        signed = enrolments.certificate_signature(read) is not None
        role = school_reach_of_agent(read).role

    def page(listing: Listing[Asked]) -> str:
        with store.write() as write:
            _publish_read(write, [line.card.child_id for line in listing.rows_shown])
        return render_template(
            "desk/school_enrolments/requests.html",
            listing=listing,
            en_route=en_route,
            signed=signed,
            administers=agent.require_agent().sight.administers,
        )

    def note_children_of_export(taken: Sequence[Asked]) -> None:
        ids = (line.card.child_id for line in taken)
        note_children_in_export(ids, parts=(CARE_CORE, SCHOOLING), role=role)

    return show_list(requests_list(lines, schools), lines, page, note_children_of_export)


@blueprint.get("/<uuid:request_id>")
@requires_reading_all_schools
def show_one(request_id: UUID) -> str:
    """Show a request: child, addresses with their schools, papers, room, and the decision."""
    with store.write() as write:
        row, card = _require_request_and_child(write, request_id)
        _publish_read(write, [card.child_id])
        answers = requests.answers_by_address(write, vault, row)
        granted = catchment_waivers.schools_granted_by_waiver(write, row.id)
    found = set(granted) or {each.answer.school_id for each in answers} - {""}
    form = Form(
        {
            "school": found.pop() if len(found) == 1 else "",
            "level": row.level,
            "holds_from": enrolments.usual_first_day_of_enrolment(
                row.school_year, today()
            ).isoformat(),
        }
    )
    return _page(row, card, form)


@blueprint.post("/<uuid:request_id>/inscrire")
@requires_reading_all_schools
def enrol_child(request_id: UUID) -> ResponseReturnValue:
    """Enrol the child: a dated act, with its certificate."""
    form = Form({name: request.form.get(name, "").strip() for name in DECISION})
    with store.read() as read:
        if requests.require_request(read, str(request_id)).state != ASKED:
            return _decided_already()
        row, card = _require_request_and_child(read, request_id)
        answers = requests.answers_by_address(read, vault, row)
        schools = all_schools(read)
        granted = catchment_waivers.schools_granted_by_waiver(read, row.id)
    decision = forms.read_decision(
        form, row.id, schools, answers, granted, data_controller_of_provider()
    )
    if decision is None:
        return _page(row, card, form), 422
    by = agent.require_agent().session.subject
    try:
        with store.write() as write:
            enrolment_id = enrolling.enrol_child_at_school(
                write, vault, decision, by=by, now=now()
            ).id
    except enrolling.NotPossible as refusal:
        for reason in refusal.detail["reasons"]:
            form.errors[labels.FIELD_OF_REASON[reason]] = str(labels.REFUSED[reason])
        return _page(row, card, form), 422
    except enrolling.NoSignature:
        form.errors["school"] = _(
            "Personne n’a encore dit qui signe les certificats : l’administrateur l’écrit sous "
            "« Écoles », « Qui signe »."
        )
        return _page(row, card, form), 422
    except enrolling.DecidedAlready:
        return _decided_already()
    flash("decided", "school_enrolments")
    return redirect(url_for("school_certificates.show_one", enrolment_id=enrolment_id), 303)


@blueprint.post("/<uuid:request_id>/papiers")
@requires_reading_all_schools
def note_papers(request_id: UUID) -> Response:
    """Note how each of the three papers was given; the family is asked for one to come, if so."""
    wanted = request.form.get("tell") == "yes"
    papers = forms.read_ways_of_papers(
        Form({paper: request.form.get(paper, "") for paper in PAPERS})
    )
    with store.write() as write:
        _require_request_and_child(write, request_id)
        commands.note_ways_of_papers(write, str(request_id), papers, now())
        if wanted:
            commands.notify_of_papers_to_show(write, str(request_id), now())
    flash("papers_asked" if wanted else "papers", "school_enrolments")
    return redirect(url_for("school_requests.show_one", request_id=request_id), 303)


@blueprint.post("/<uuid:request_id>/adresse")
@requires_reading_all_schools
def add_address(request_id: UUID) -> ResponseReturnValue:
    """Add the address of the child's other home."""
    form = Form({name: request.form.get(name, "").strip() for name in addresses.FIELDS})
    address = forms.read_address(form)
    with store.read() as read:
        row, card = _require_request_and_child(read, request_id)
    if form.errors:
        form.values |= {"level": row.level}
        return _page(row, card, form), 422
    try:
        with store.write() as write:
            commands.add_address(write, vault, str(request_id), address)
    except NotFound:
        flash("two_addresses", "school_enrolments")
    return redirect(url_for("school_requests.show_one", request_id=request_id), 303)


@blueprint.post("/<uuid:request_id>/retirer")
@requires_reading_all_schools
def withdraw(request_id: UUID) -> Response:
    """Take a request back, at the family's word."""
    with store.write() as write:
        row, _card = _require_request_and_child(write, request_id)
        commands.withdraw_request(write, vault, row.child_id, row.id, None, now())
    flash("withdrawn", "school_enrolments")
    return redirect(url_for("school_requests.show"), 303)


def _decided_already() -> Response:
    flash("decided_already", "school_enrolments")
    return redirect(url_for("school_requests.show"), 303)


def data_controller_of_provider() -> str:
    """Return who answers for the data of this provider, as documents name it."""
    provider = shell_here().register.provider_of(shell_here().principal)
    return provider.controller if provider is not None else ""


def _require_request_and_child(read: Session, request_id: UUID) -> tuple[SchoolRequest, PupilCard]:
    """Return a request to be decided with its child; raises NotFound."""
    row = requests.require_undecided_request(read, str(request_id))
    card = pupil_cards_by_child(read, vault, [row.child_id]).get(row.child_id)
    if card is None:
        raise NotFound(request_id=row.id)
    return row, card


def _publish_read(write: Write, child_ids: Sequence[str]) -> None:
    subject = agent.require_agent().session.subject
    publish_pupils_read(write, school_reach_of_agent(write).role, subject, child_ids, now())


def _page(row: SchoolRequest, card: PupilCard, form: Form) -> str:
    form.labels = {
        "school": _("École"),
        "level": _("Niveau"),
        "holds_from": _("À partir du"),
        "over_places": _("Places"),
        "address": _("Adresse qui compte"),
        **{name: str(label) for name, label in addresses.LABELS.items()},
    }
    with store.read() as read:
        schools = all_schools(read)
        active = enrolments.active_enrolment(read, row.child_id)
        return render_template(
            "desk/school_enrolments/request.html",
            row=row,
            card=card,
            form=form,
            answers=requests.answers_by_address(read, vault, row),
            schools=schools,
            by_id={school.id: school for school in schools},
            rooms=_room_of_asked_level_by_school(read, row, schools),
            age_shift=levels_ahead_of_age(row.level, card.birth_date, row.school_year),
            homonyms=requests.homonyms_of_child(read, card.child_id),
            active=active,
            waivers=[
                (each, catchment_waivers.waiver_content(vault, each))
                for each in catchment_waivers.waivers_of_request(read, row.id)
            ],
            one_line=forms.address_on_one_line,
        )


def _room_of_asked_level_by_school(
    read: Session, row: SchoolRequest, schools: Sequence[School]
) -> dict[str, int | None]:
    """Return by school the room of the level that is asked for, in its school year."""
    first_day = enrolments.usual_first_day_of_enrolment(row.school_year, today())
    year = school_year_of(first_day)
    pupils = places_by_level.expected_school_by_child(read, vault, year)
    return {
        school.id: places_by_level.rooms_by_level(read, pupils, school.id, year, row.child_id).get(
            row.level
        )
        for school in schools
        if row.level in school.levels.split()
    }
