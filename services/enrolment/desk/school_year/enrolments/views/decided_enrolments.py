"""Enrolments that were decided: their certificates, withdrawing one, the school's admission."""

from collections.abc import Sequence
from uuid import UUID

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from services.enrolment.desk.access import agent
from services.enrolment.desk.access.list_export_log import note_children_in_export
from services.enrolment.desk.page_parts.blueprints import desk_blueprint
from services.enrolment.desk.school_year.enrolments import labels
from services.enrolment.desk.school_year.enrolments.enrolment_lists import (
    Enrolled,
    certificates_list,
)
from services.enrolment.desk.school_year.schools.reach_of_agent import (
    Reach,
    requires_part_in_schools,
    requires_reading_all_schools,
    school_reach_of_agent,
)
from services.enrolment.models import SchoolEnrolment
from services.enrolment.models.school_year.enrolments import LEFT, MISTAKE
from services.enrolment.offer.rules.calendar import school_year_of
from services.enrolment.school_year.enrolments.certificate import (
    certificate_file_name_by_number,
    certificate_pdf,
)
from services.enrolment.school_year.enrolments.commands import enrolling
from services.enrolment.school_year.enrolments.queries import enrolments
from services.enrolment.school_year.schools.commands.pupil_list_reads import publish_pupils_read
from services.enrolment.school_year.schools.queries.schools import require_school
from services.enrolment.store import store, vault
from shared.database import Write
from shared.dates.clock import now, today
from shared.documents import compiler_lock
from shared.register.entitlement import CARE_CORE, SCHOOLING
from shared.web.agents.lists.filtering_and_sorting import Listing
from shared.web.agents.lists.list_request import show_list
from shared.web.base.downloads import file_to_view
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day

blueprint = desk_blueprint("school_certificates", "/ecoles/certificats", labels=labels)

WITHDRAWN_BY_HAND = (LEFT, MISTAKE)


@blueprint.get("")
@requires_part_in_schools
def show() -> ResponseReturnValue:
    """List the enrolments of a school year, in the schools that one may read."""
    with store.read() as read:
        reach = _require_reader(read)
        years = enrolments.years_of_enrolments(read) or [school_year_of(today())]
        asked = request.args.get("annee", "")
        year = asked if asked in years else years[0]
        rows = enrolments.enrolments_of_year(read, year, reach.schools)
        lines = [Enrolled(row, enrolments.unsealed_certificate_content(vault, row)) for row in rows]

    def page(listing: Listing[Enrolled]) -> str:
        with store.write() as write:
            _publish_read(write, reach, [line.row.child_id for line in listing.rows_shown])
        return render_template(
            "desk/school_enrolments/certificates.html", listing=listing, year=year, years=years
        )

    def note_children_of_export(taken: Sequence[Enrolled]) -> None:
        ids = (line.row.child_id for line in taken)
        note_children_in_export(ids, parts=(CARE_CORE, SCHOOLING), role=reach.role)

    return show_list(certificates_list(), lines, page, note_children_of_export)


@blueprint.get("/<uuid:enrolment_id>")
@requires_part_in_schools
def show_one(enrolment_id: UUID) -> str:
    """Show an enrolment: what its certificate says, and what may be done with it."""
    with store.write() as write:
        reach, row = _require_enrolment_in_reach(write, enrolment_id)
        _publish_read(write, reach, [row.child_id])
    return _page(row, Form({"day": today().isoformat()}))


@blueprint.get("/<uuid:enrolment_id>.pdf")
@requires_part_in_schools
def print_one(enrolment_id: UUID) -> Response:
    """Return the certificate, to be printed."""
    with store.write() as write:
        reach, row = _require_enrolment_in_reach(write, enrolment_id)
        _publish_read(write, reach, [row.child_id])
        content = enrolments.unsealed_certificate_content(vault, row)
    with compiler_lock():
        made = certificate_pdf(row, content)
    return file_to_view(made, certificate_file_name_by_number(row), "application/pdf")


@blueprint.post("/<uuid:enrolment_id>/retirer")
@requires_reading_all_schools
def withdraw_with_reason(enrolment_id: UUID) -> ResponseReturnValue:
    """Withdraw a certificate: an act of its own, with its reason."""
    with store.read() as read:
        _reach, row = _require_enrolment_in_reach(read, enrolment_id)
    form = Form({"why": request.form.get("why", ""), "day": today().isoformat()})
    if form.value("why") not in WITHDRAWN_BY_HAND:
        form.errors["why"] = _("Dites pourquoi le certificat est retiré.")
        return _page(row, form), 422
    by = agent.require_agent().session.subject
    try:
        with store.write() as write:
            enrolling.withdraw_certificate(write, row.id, form.value("why"), by=by, now=now())
        flash("certificate_withdrawn", "school_enrolments")
    except enrolling.WithdrawnAlready:
        flash("withdrawn_already", "school_enrolments")
    return redirect(url_for("school_certificates.show_one", enrolment_id=enrolment_id), 303)


@blueprint.post("/<uuid:enrolment_id>/admission")
@requires_part_in_schools
def note_admission_by_school(enrolment_id: UUID) -> ResponseReturnValue:
    """Note that the school admitted the child, and when."""
    with store.read() as read:
        _reach, row = _require_enrolment_in_reach(read, enrolment_id)
    form = Form({"day": request.form.get("day", "")})
    day = read_day(form.value("day"))
    if day is None:
        form.errors["day"] = _("Écrivez une date, par exemple 01/09/2027.")
        return _page(row, form), 422
    by = agent.require_agent().session.subject
    try:
        with store.write() as write:
            enrolling.note_admission(write, row.id, day, by=by, now=now())
        flash("admitted", "school_enrolments")
    except enrolling.NotThatDay:
        form.errors["day"] = _(
            "L’admission vient après le premier jour de l’inscription, et pas après aujourd’hui."
        )
        return _page(row, form), 422
    except enrolling.WithdrawnAlready:
        flash("withdrawn_already", "school_enrolments")
    return redirect(url_for("school_certificates.show_one", enrolment_id=enrolment_id), 303)


def _require_reader(read: Session) -> Reach:
    reach = school_reach_of_agent(read)
    if not reach.role:
        abort(404)
    return reach


def _require_enrolment_in_reach(read: Session, enrolment_id: UUID) -> tuple[Reach, SchoolEnrolment]:
    """Return an enrolment in a school that the agent may read; else the page does not exist."""
    reach = _require_reader(read)
    row = enrolments.require_enrolment(read, str(enrolment_id))
    if not reach.has(row.school_id):
        abort(404)
    return reach, row


def _publish_read(write: Write, reach: Reach, child_ids: list[str]) -> None:
    subject = agent.require_agent().session.subject
    publish_pupils_read(write, reach.role, subject, child_ids, now())


def _page(row: SchoolEnrolment, form: Form) -> str:
    form.labels = {"why": _("Pourquoi"), "day": _("Jour de l’admission")}
    with store.read() as read:
        former = [each for each in enrolments.enrolments_of_child(read, row.child_id)]
        return render_template(
            "desk/school_enrolments/certificate.html",
            row=row,
            content=enrolments.unsealed_certificate_content(vault, row),
            school=require_school(read, row.school_id),
            others=[each for each in former if each.id != row.id],
            form=form,
            reasons=WITHDRAWN_BY_HAND,
            decides=school_reach_of_agent(read).has(None),
        )
