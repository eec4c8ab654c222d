"""Pages on which the administrator edits the provider's activities, a school year at a time."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.desk.access import agent
from services.enrolment.desk.offer import activity_and_group_forms as offer_forms
from services.enrolment.desk.offer import labels as offer_labels
from services.enrolment.desk.offer.condition_choices import (
    projections_received_at_activity,
    schools_to_tick,
)
from services.enrolment.desk.page_parts.blueprints import desk_blueprint
from services.enrolment.models import Activity, Group
from services.enrolment.models.offer import DRAFT
from services.enrolment.offer.commands import editing
from services.enrolment.offer.commands.editing import NeedsConsent, NoGroup
from services.enrolment.offer.queries.activities import (
    activities_of_year,
    activity_with_groups,
    count_upcoming_sessions,
    school_years,
)
from services.enrolment.offer.queries.sites import site_names_to_choose
from services.enrolment.offer.rules.calendar import next_school_year, school_year_of
from services.enrolment.store import store
from shared.contracts.errors import NotFound
from shared.dates.clock import now, today
from shared.web.forms.form_data import Form

blueprint = desk_blueprint("offer", "/offre", labels=offer_labels)


@blueprint.get("")
@agent.for_administrators
def show() -> str:
    """Show the activities of a school year, and the other years."""
    year = request.args.get("annee") or school_year_of(today())
    with store.read() as read:
        years = sorted({*school_years(read), school_year_of(today())}, reverse=True)
        activities = activities_of_year(read, year)
    return render_template("desk/offer/list.html", year=year, years=years, activities=activities)


@blueprint.get("/nouvelle")
@agent.for_administrators
def new() -> str:
    """Show the form of a new activity."""
    year = request.args.get("annee") or school_year_of(today())
    return _form_page(offer_forms.fresh_activity_form(year, today().isoformat()), None)


@blueprint.post("/nouvelle")
@agent.for_administrators
def add() -> ResponseReturnValue:
    """Add an activity as a draft."""
    return _save_activity(None)


@blueprint.get("/<uuid:activity_id>")
@agent.for_administrators
def show_activity(activity_id: UUID) -> str:
    """Show an activity with its groups."""
    activity, groups = _require_activity(activity_id)
    with store.read() as read:
        upcoming = count_upcoming_sessions(read, [group.id for group in groups], now())
    return render_template(
        "desk/offer/activity.html", activity=activity, groups=groups, upcoming=upcoming
    )


@blueprint.get("/<uuid:activity_id>/modifier")
@agent.for_administrators
def edit(activity_id: UUID) -> str:
    """Show the form of an activity."""
    activity, _groups = _require_activity(activity_id)
    return _form_page(offer_forms.activity_form(activity), activity)


@blueprint.post("/<uuid:activity_id>/modifier")
@agent.for_administrators
def change(activity_id: UUID) -> ResponseReturnValue:
    """Change an activity."""
    return _save_activity(_require_activity(activity_id)[0])


@blueprint.post("/<uuid:activity_id>/ouvrir")
@agent.for_administrators
def open_activity(activity_id: UUID) -> ResponseReturnValue:
    """Open an activity: its sessions are made, families read it."""
    try:
        with store.write() as write:
            editing.open_activity_to_families(write, str(activity_id), now())
    except NoGroup:
        flash("no_group")
    except NotFound:
        abort(404)
    else:
        flash("opened")
    return redirect(url_for("offer.show_activity", activity_id=activity_id), 303)


@blueprint.post("/<uuid:activity_id>/terminer")
@agent.for_administrators
def end_activity(activity_id: UUID) -> ResponseReturnValue:
    """Take an activity out of what families may ask for."""
    try:
        with store.write() as write:
            editing.end_activity(write, str(activity_id))
    except NotFound:
        abort(404)
    flash("ended")
    return redirect(url_for("offer.show_activity", activity_id=activity_id), 303)


@blueprint.post("/<uuid:activity_id>/supprimer")
@agent.for_administrators
def delete_draft(activity_id: UUID) -> ResponseReturnValue:
    """Delete a draft."""
    activity, _groups = _require_activity(activity_id)
    with store.write() as write:
        editing.delete_draft(write, str(activity_id))
    return redirect(url_for("offer.show", annee=activity.school_year), 303)


def _require_activity(activity_id: UUID) -> tuple[Activity, list[Group]]:
    try:
        with store.read() as read:
            return activity_with_groups(read, str(activity_id))
    except NotFound:
        abort(404)


def _save_activity(activity: Activity | None) -> ResponseReturnValue:
    sent = request.form.to_dict(flat=False)
    form = offer_forms.make_form_of_sent(sent, several=offer_forms.CONDITIONS)
    if "add" in sent or "remove" in sent:
        return _form_page(_form_after_criteria_button(form, sent), activity)
    codes = [code for code, _label in offer_labels.activity_choices()]
    received = projections_received_at_activity(activity.code if activity else form.value("code"))
    values = offer_forms.read_activity_form(form, activity, codes, received)
    if form.errors:
        return _form_page(form, activity), 422
    consent = request.form.get("consent") == "yes"
    try:
        with store.write() as write:
            key = activity.id if activity else None
            saved = editing.save_activity(write, key, values, now(), consent)
    except NeedsConsent as needed:
        return _form_page(form, activity, households=needed.households), 409
    flash("saved")
    return redirect(url_for("offer.show_activity", activity_id=saved.id), 303)


def _form_after_criteria_button(form: Form, sent: dict[str, list[str]]) -> Form:
    """Answer the buttons of the criteria's lines where the browser runs no script."""
    for row in sent.get("remove", ())[:1]:
        form.values = {
            name: value for name, value in form.values.items() if not name.startswith(f"{row}-")
        }
    if "add" in sent:
        form.values[f"criteria-{form.next_row('criteria')}-label"] = ""
    return form


def _form_page(form: Form, activity: Activity | None, households: int = 0) -> str:
    form.labels = {
        "label": _("Nom"),
        "site": _("Lieu"),
        "code": _("Activité du service"),
        "school_year": _("Année scolaire"),
        "opens_day": _("Ouverture des demandes"),
        "closes_day": _("Clôture des demandes"),
        "book_days": _("Réserver"),
        "book_hour": _("Réserver"),
        "cancel_days": _("Annuler"),
        "cancel_hour": _("Annuler"),
        "answer_days": _("Délai de réponse"),
        **offer_labels.CONDITIONS,
    }
    with store.read() as read:
        sites = site_names_to_choose(read)
    return render_template(
        "desk/offer/activity_form.html",
        form=form,
        sites=sites,
        activity=activity,
        households=households,
        conditions=offer_labels.condition_choices(schools_to_tick(form)),
        is_fixed=activity is not None and activity.state != DRAFT,
        next_year=next_school_year(school_year_of(today())),
        most=offer_forms.MOST_CRITERIA,
    )
