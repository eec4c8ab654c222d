"""A request for a school, entered at the desk: the family is there, on the telephone or writes."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session as Database

from services.enrolment.desk.access import agent
from services.enrolment.desk.page_parts.blueprints import desk_blueprint
from services.enrolment.desk.school_year.enrolments import forms, labels
from services.enrolment.desk.school_year.schools.reach_of_agent import (
    requires_reading_all_schools,
    school_reach_of_agent,
)
from services.enrolment.models.places import DESK, PAPER, TELEPHONE
from services.enrolment.offer.rules.calendar import next_school_year, school_year_of
from services.enrolment.school_year.enrolments.commands.requests import (
    NewSchoolRequest,
    ask_for_school,
)
from services.enrolment.school_year.enrolments.queries.requests import undecided_requests_of_child
from services.enrolment.school_year.schools.commands.pupil_list_reads import publish_pupils_read
from services.enrolment.school_year.schools.queries.pupils import PupilCard, pupil_cards_by_child
from services.enrolment.school_year.schools.rules.levels import LEVELS, level_of_age
from services.enrolment.store import store, vault
from shared.contracts.enrolment.school_year.enrolments import PAPER_WAYS, AlreadyAsked
from shared.dates.clock import now, today
from shared.register.completeness import PAPERS
from shared.web.addresses import fields as addresses
from shared.web.forms.form_data import Form

blueprint = desk_blueprint(
    "entering_school_request",
    "/ecoles/inscrire",
    labels=labels,
    levels=LEVELS,
    papers=PAPERS,
    paper_ways=PAPER_WAYS,
)

CHANNELS = (DESK, TELEPHONE, PAPER)
FIELDS = ("channel", "school_year", "level", *addresses.FIELDS, *PAPERS)


@blueprint.get("/<uuid:child_id>")
@requires_reading_all_schools
def show(child_id: UUID) -> ResponseReturnValue:
    """Show the form for a child, or lead to its request that is there already."""
    with store.write() as write:
        card = _require_card(write, child_id)
        asked = undecided_requests_of_child(write, card.child_id)
        role, subject = school_reach_of_agent(write).role, agent.require_agent().session.subject
        publish_pupils_read(write, role, subject, [card.child_id], now())
    if asked:
        return redirect(url_for("school_requests.show_one", request_id=asked[0].id))
    year = school_year_of(today())
    level = level_of_age(card.birth_date, year)
    return _page(card, Form({"channel": DESK, "school_year": year, "level": level}))


@blueprint.post("/<uuid:child_id>")
@requires_reading_all_schools
def enter(child_id: UUID) -> ResponseReturnValue:
    """Take the request in, and go on to its decision."""
    form = Form({name: request.form.get(name, "").strip() for name in FIELDS})
    address, level = forms.read_address(form), forms.read_level(form)
    if form.value("school_year") not in _this_and_next_school_year():
        form.errors["school_year"] = _("Choisissez l’année scolaire.")
    if form.value("channel") not in CHANNELS:
        form.errors["channel"] = _("Dites comment la demande est venue.")
    with store.read() as read:
        card = _require_card(read, child_id)
    if form.errors:
        return _page(card, form), 422
    new = NewSchoolRequest(
        child_id=card.child_id,
        subject=agent.require_agent().session.subject,
        submitted_at=now(),
        school_year=form.value("school_year"),
        level=level,
        address=address,
        papers=forms.read_ways_of_papers(form),
        channel=form.value("channel"),
    )
    try:
        with store.write() as write:
            row = ask_for_school(write, vault, new, now())
    except AlreadyAsked:
        flash("asked_already", "school_enrolments")
        return redirect(url_for("entering_school_request.show", child_id=child_id), 303)
    return redirect(url_for("school_requests.show_one", request_id=row.id), 303)


def _require_card(read: Database, child_id: UUID) -> PupilCard:
    return pupil_cards_by_child(read, vault, [str(child_id)]).get(str(child_id)) or abort(404)


def _this_and_next_school_year() -> tuple[str, str]:
    year = school_year_of(today())
    return year, next_school_year(year)


def _page(card: PupilCard, form: Form) -> str:
    form.labels = {
        "channel": _("Demande venue par"),
        "school_year": _("Année scolaire"),
        "level": _("Niveau"),
        **{name: str(label) for name, label in addresses.LABELS.items()},
    }
    return render_template(
        "desk/school_enrolments/enter.html",
        card=card,
        form=form,
        years=[(year, year) for year in _this_and_next_school_year()],
        channels=[(channel, labels.CHANNELS[channel]) for channel in CHANNELS],
    )
