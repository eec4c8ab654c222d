"""Entering a request that came by the counter, by telephone or on paper, for a child held here."""

from collections.abc import Collection, Mapping, Set
from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from services.enrolment.children.queries.search_index import child_card, find_children
from services.enrolment.desk.access import agent, reach_of_agent
from services.enrolment.desk.applications import labels
from services.enrolment.desk.applications.views.applications import sections_seen_at_group
from services.enrolment.models import Activity, Group, School
from services.enrolment.models.offer import site_of_group
from services.enrolment.places.admission.queries.child_file import (
    applicants_by_child,
    verdict_in_group,
    verdicts_by_child,
)
from services.enrolment.places.applications.commands import decisions
from services.enrolment.places.applications.commands.new_application_refusals import NewApplication
from services.enrolment.places.applications.queries import desk_lists
from services.enrolment.store import store
from shared.contracts.enrolment.place_conditions import CARRIED_BY, SCHOOL, Applicant, Verdict
from shared.contracts.enrolment.places.family_acts import AlreadyApplied, Clash, OfferClosed
from shared.contracts.errors import NotFound, Refusal
from shared.database import Read
from shared.database.tables.french_order import french_sort_column
from shared.dates.clock import now, today
from shared.text import folded
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day
from shared.web.language import typography
from shared.web.language.languages import language_here

blueprint = Blueprint("entering", __name__, url_prefix="/demandes/nouvelle")

PERMISSION = "applications"
LONGEST_QUERY = 200

Choice = tuple[str, str, str]
"""A group as a form offers it: id, name, and what is to know of it."""


@blueprint.get("")
@reach_of_agent.requires_permission(PERMISSION)
def search_child() -> str:
    """Find the child of a manual application."""
    query = request.args.get("q", "")[:LONGEST_QUERY].strip()
    with store.read() as read:
        children, more = find_children(read, query, reach_of_agent.reach_of_page_permission(read))
        names = desk_lists.names_on_one_desk_list(read, {child.child_id for child in children})
    return render_template(
        "desk/applications/find.html", query=query, children=children, more=more, names=names
    )


@blueprint.get("/<uuid:child_id>")
@reach_of_agent.requires_permission(PERMISSION)
def show(child_id: UUID) -> str:
    """Show what may be asked for."""
    return _page(str(child_id), Form({"channel": "desk", "group": request.args.get("groupe", "")}))


@blueprint.post("/<uuid:child_id>")
@reach_of_agent.requires_permission(PERMISSION)
def enter(child_id: UUID) -> ResponseReturnValue:
    """Enter the request; it is decided as one from the portal would be."""
    form = _sent_form()
    form.errors = _mistakes_in_form(form) or _unmet_conditions(str(child_id), form)
    if not form.errors:
        try:
            return _enter_application(str(child_id), form)
        except Refusal as refusal:
            form.errors = {"group": _refusal_sentence(refusal)}
    return _page(str(child_id), form), 422


def _enter_application(child_id: str, form: Form) -> ResponseReturnValue:
    moment = now()
    request = NewApplication(
        child_id=child_id,
        group_id=form.value("group"),
        subject=agent.require_agent().session.subject,
        submitted_at=moment,
        channel=form.value("channel"),
        weekdays=[int(day) for day in form.values["weekdays"]],
        from_day=read_day(form.value("from_day")),
        criteria=form.values["criteria"],
        exception=form.value("exception"),
        no_fixed_day=form.value("no_fixed_day") == "yes",
    )
    with store.write() as write:
        application = decisions.enter_application(write, request, moment)
    return redirect(url_for("applications.show_one", application_id=application.id), 303)


def _page(child_id: str, form: Form) -> str:
    form.labels = {
        "group": _("Activité et groupe"),
        "channel": _("Demande reçue"),
        "from_day": _("À partir du"),
        "exception": _("Exception"),
    }
    with store.read() as read:
        card = child_card(read, child_id) or abort(404)
        fitting, others = _open_groups(read, child_id)
        criteria = _criteria_by_code(read)
    return render_template(
        "desk/applications/enter.html",
        child_id=child_id,
        card=card,
        fitting=fitting,
        others=others,
        chosen_elsewhere=form.value("group") in {code for code, *_words in others},
        criteria=criteria,
        channels=[(code, str(labels.CHANNELS[code])) for code in labels.ENTERED],
        weekdays=[(str(number), str(name)) for number, name in enumerate(labels.WEEKDAYS, 1)],
        exceptions=list(labels.EXCEPTIONS.items()),
        form=form,
    )


def _open_groups(read: Read, child_id: str) -> tuple[list[Choice], list[Choice]]:
    """
    Return the groups that take requests now and fit the child, and the others.

    Each says how places are given, or why the child may not come, or what is to be checked.
    """
    moment = now()
    child = applicants_by_child(read, [child_id], CARRIED_BY.values(), today())[child_id]
    here = reach_of_agent.reach_of_page_permission(read)
    rows = read.query(Group, Activity).join(Activity, Activity.id == Group.activity_id)
    opened = rows.filter(Activity.state == "open", Activity.opens_at <= moment)
    within = opened.filter(here.group_within_condition(Group.id))
    schools = {folded(name) for name in read.scalars(select(School.name))}
    fitting: list[Choice] = []
    others: list[Choice] = []
    for group, activity in within.order_by(
        french_sort_column(Activity.label), french_sort_column(Group.label)
    ):
        if (activity.closes_at and moment >= activity.closes_at) or group.last_day < today():
            continue
        sees = sections_seen_at_group(read, group.id)
        judged = _applicant_judged_in_group(child, activity, group, sees)
        verdict = verdict_in_group(judged, activity, group, today())
        beside = _sentence_of_other_school(judged, site_of_group(group, activity), schools, sees)
        way = _sentence_of_school_to_come(judged) or str(labels.WAYS[activity.allocation])
        words = labels.unmet_conditions_sentence(verdict, sees) or beside or way
        choice = (group.id, f"{activity.label} · {group.label}", words)
        (others if beside or not verdict.fits else fitting).append(choice)
    return fitting, others


def _applicant_judged_in_group(
    child: Applicant, activity: Activity, group: Group, sees: Collection[str]
) -> Applicant:
    """Return the child, as it will be once it changes school where only then it may come."""
    coming = child.next_schooling
    if coming is None or not coming.school or CARRIED_BY[SCHOOL] not in sees:
        return child
    then = child.as_of(coming.day)
    may_come = [verdict_in_group(each, activity, group, today()).fits for each in (child, then)]
    return then if may_come == [False, True] else child


def _sentence_of_school_to_come(child: Applicant) -> str:
    """Say from which day on a place can begin; "" for a child judged as it is today."""
    if child.schooled_since is None:
        return ""
    return _(
        "À partir du %(day)s, quand l’enfant ira à l’école : %(school)s",
        day=typography.day(child.schooled_since, language_here(), today()),
        school=child.school,
    )


def _sentence_of_other_school(
    child: Applicant, site: str, schools: Set[str], sees: Mapping[str, str]
) -> str:
    """
    Say that a group meets at another school than the child's; "" where it does not.

    Nothing is said to who does not see the child's school there.
    """
    sees_school = CARRIED_BY[SCHOOL] in sees
    elsewhere = folded(site) in schools - {folded(child.school)}
    if not sees_school or not elsewhere or not child.school:
        return ""
    return _("Groupe d’une autre école : l’enfant est à %(school)s", school=child.school)


def _criteria_by_code(read: Read) -> list[tuple[str, str]]:
    """Return what may be declared, by code, of all activities that give places by criteria."""
    activities = read.query(Activity).filter_by(state="open", allocation="criteria")
    return sorted(
        {
            (criterion["code"], criterion["label"])
            for activity in activities
            for criterion in activity.criteria
        }
    )


def _sent_form() -> Form:
    plain = {
        name: request.form.get(name, "").strip()
        for name in ("group", "channel", "from_day", "exception", "no_fixed_day")
    }
    several = {name: request.form.getlist(name) for name in ("weekdays", "criteria")}
    return Form({**plain, **several})


def _mistakes_in_form(form: Form) -> dict[str, str]:
    errors = {}
    if not form.value("group"):
        errors["group"] = _("Choisissez un groupe.")
    if form.value("channel") not in labels.ENTERED:
        errors["channel"] = _("Dites comment la demande est arrivée.")
    if form.value("from_day") and read_day(form.value("from_day")) is None:
        errors["from_day"] = _("Écrivez une date, par exemple 01/09/2026.")
    form.values["weekdays"] = [day for day in form.values["weekdays"] if day in set("1234567")]
    if form.values["weekdays"] and form.value("no_fixed_day"):
        errors["weekdays"] = _("Choisissez l’un ou l’autre : des jours, ou aucun jour fixe.")
    return errors


def _unmet_conditions(child_id: str, form: Form) -> dict[str, str]:
    """
    Return the sentence where the child may not come to this group unless the agent says why.

    Of a child that fulfils the conditions no exception is kept.
    """
    with store.read() as read:
        group = read.get(Group, form.value("group"))
        if group is not None and not reach_of_agent.reach_of_page_permission(read).has_group(
            group.id
        ):
            return {"group": _("Choisissez un groupe.")}
        activity = read.get(Activity, group.activity_id) if group else None
        known = (
            verdicts_by_child(
                read,
                activity,
                group,
                [child_id],
                today(),
                first_days={child_id: read_day(form.value("from_day"))},
            )
            if activity and group
            else {}
        )
        sees = sections_seen_at_group(read, form.value("group"))
    verdict = known.get(child_id, Verdict())
    if verdict.fits:
        form.values["exception"] = ""
        return {}
    if form.value("exception") in labels.EXCEPTIONS:
        return {}
    reason = labels.unmet_conditions_sentence(verdict, sees)
    return {
        "exception": _(
            "%(reason)s. Dites pourquoi vous acceptez cet enfant, ou prenez un autre groupe.",
            reason=reason,
        )
    }


def _refusal_sentence(refusal: Refusal) -> str:
    if isinstance(refusal, AlreadyApplied):
        return _("Cet enfant a déjà une demande ou une place dans ce groupe.")
    if isinstance(refusal, Clash):
        return _(
            "Cet enfant a déjà une place ici aux mêmes heures (%(days)s) : terminez-la d’abord.",
            days=labels.weekdays("".join(str(day) for day in refusal.detail["weekdays"])),
        )
    if isinstance(refusal, OfferClosed):
        return _("Ce groupe ne prend pas de demande en ce moment.")
    if isinstance(refusal, NotFound):
        return _("Le dossier de cet enfant n’est pas encore arrivé en entier : réessayez bientôt.")
    return _("Ces jours ne vont pas avec ce groupe.")
