"""Corrections of a child's name, birth, school and authority; what families ask to be corrected."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.front_desk import protecting_agents
from services.portal_gateway.front_desk.pages.corrections import forms as correction_forms
from services.portal_gateway.front_desk.pages.corrections import labels
from services.portal_gateway.front_desk.pages.corrections.two_home_week_forms import (
    choices_of_week_fields,
    labels_of_week_fields,
)
from services.portal_gateway.front_desk.pages.safeguarding import (
    seen_paper_forms as safeguarding_forms,
)
from services.portal_gateway.front_desk.schools import schools_of_town
from shared.contracts.dossier import corrections
from shared.contracts.dossier.corrections import AUTHORITY, IDENTITY, SCHOOLING, WEEKS
from shared.contracts.dossier.data_protection import person_requests
from shared.contracts.errors import BadRequest, NotFound, Outdated
from shared.contracts.message import Empty, Method
from shared.contracts.values import OfChild
from shared.dates.clock import today
from shared.dates.two_home_weeks import Weeks
from shared.register.entitlement import CORRECT
from shared.town.schools.choice import level_choices, schools_by_commune
from shared.web.agents import current_agent as agent
from shared.web.base.app import shell_here
from shared.web.forms.form_data import Form
from shared.web.language import two_home_weeks
from shared.web.language.provider_badges import badge_by_code

blueprint = Blueprint("corrections", __name__)

CHILD = "/dossiers/<uuid:household_id>/corriger/<uuid:child_id>"
SLUGS = {"nom-et-naissance": IDENTITY, "ecole": SCHOOLING}
METHODS: dict[str, tuple[Method[Any, corrections.CorrectedAnswer], Any]] = {
    IDENTITY: (corrections.correct_identity, corrections.CorrectIdentityRequest),
    SCHOOLING: (corrections.correct_schooling, corrections.CorrectSchoolingRequest),
    AUTHORITY: (corrections.correct_authority, corrections.CorrectAuthorityRequest),
    WEEKS: (corrections.correct_weeks, corrections.CorrectWeeksRequest),
}


@blueprint.get("/corrections")
@agent.for_agents_who_may(CORRECT)
def list_waiting() -> str:
    """List what families ask to be corrected, and what a second agent has to read."""
    return _list_page(Form({}))


@blueprint.post("/corrections/<uuid:person_request_id>")
@agent.for_agents_who_may(CORRECT)
def answer_family(person_request_id: UUID) -> ResponseReturnValue:
    """Answer a family, or refuse with the reason; the text goes to the parent who asked."""
    form = safeguarding_forms.form_with_sent_fields("outcome", "text")
    if form.value("outcome") not in person_requests.OUTCOMES or not form.value("text"):
        form.errors["text"] = _("Écrivez la réponse que le parent lira.")
        form.values["asked"] = str(person_request_id)
        return _list_page(form), 422
    answering = corrections.AnswerCorrectionRequest(
        person_request_id=str(person_request_id),
        outcome=form.value("outcome"),
        text=form.value("text")[: person_requests.ANSWER],
    )
    agent.ask(corrections.answer_correction, answering)
    flash("answered", "corrections")
    return redirect(url_for("corrections.list_waiting"), 303)


@blueprint.get(CHILD)
@agent.for_agents_who_may(CORRECT)
def show(household_id: UUID, child_id: UUID) -> str:
    """Show a child's present data, what was corrected, and who has taken it in."""
    child = _child_open_for_correction(child_id)
    return render_template(
        "front_desk/corrections_of_child.html",
        child=child,
        ids={"household_id": household_id, "child_id": child_id},
        labels=labels,
        names=protecting_agents.agent_names(),
        myself=agent.require_agent().session.subject,
        today=today(),
        mark=partial(badge_by_code, shell_here().register),
        rhythm=_weeks_in_words(child),
    )


@blueprint.get(f"{CHILD}/<any('nom-et-naissance', 'ecole'):slug>")
@agent.for_agents_who_may(CORRECT)
def show_form(household_id: UUID, child_id: UUID, slug: str) -> str:
    """Ask for what is right, for the paper seen and the day."""
    child, subject = _child_open_for_correction(child_id), SLUGS[slug]
    form = correction_forms.form_of_present_state(subject, child, schools_of_town())
    return _form_page(household_id, child_id, child, subject, form)


@blueprint.post(f"{CHILD}/<any('nom-et-naissance', 'ecole'):slug>")
@agent.for_agents_who_may(CORRECT)
def correct(household_id: UUID, child_id: UUID, slug: str) -> ResponseReturnValue:
    """Correct the section: every provider that holds it is sent it in seconds."""
    subject, child = SLUGS[slug], _child_open_for_correction(child_id)
    form = correction_forms.sent_form(subject, child, schools_of_town())
    return _send_correction(household_id, child_id, subject, form)


@blueprint.get(f"{CHILD}/autorite/<uuid:guardian_id>")
@agent.for_agents_who_may(CORRECT)
def show_authority_form(household_id: UUID, child_id: UUID, guardian_id: UUID) -> str:
    """Ask from which paper a guardian has authority, or no longer, and since when."""
    child = _child_open_for_correction(child_id)
    form = correction_forms.form_of_present_state(AUTHORITY, child)
    return _form_page(household_id, child_id, child, AUTHORITY, form, guardian_id)


@blueprint.post(f"{CHILD}/autorite/<uuid:guardian_id>")
@agent.for_agents_who_may(CORRECT)
def correct_authority(household_id: UUID, child_id: UUID, guardian_id: UUID) -> ResponseReturnValue:
    """Give authority or take it; a second agent reads the paper again."""
    form = correction_forms.sent_form(AUTHORITY)
    return _send_correction(household_id, child_id, AUTHORITY, form, guardian_id)


@blueprint.get(f"{CHILD}/semaines")
@agent.for_agents_who_may(CORRECT)
def show_weeks_form(household_id: UUID, child_id: UUID) -> str:
    """Ask where a child lives: in one home, or in two, and then whose days are whose."""
    child = _child_open_for_correction(child_id)
    return _weeks_page(household_id, child_id, child, correction_forms.form_of_present_weeks(child))


@blueprint.post(f"{CHILD}/semaines")
@agent.for_agents_who_may(CORRECT)
def correct_weeks(household_id: UUID, child_id: UUID) -> ResponseReturnValue:
    """Correct them: bookings of the days to come follow, and so does who pays."""
    child = _child_open_for_correction(child_id)
    form = correction_forms.sent_weeks_form(child)
    if not form.errors:
        fields = {
            "child_id": str(child_id),
            "weeks": correction_forms.weeks_entered_in_form(form, child),
            **correction_forms.correction_fields(form, WEEKS),
        }
        _send_with_refusals_in_form(form, WEEKS, fields)
        if "weeks" in form.errors:
            form.errors["lives"] = form.errors.pop("weeks")
    if form.errors:
        return _weeks_page(household_id, child_id, child, form), 422
    flash("corrected", "corrections")
    return _redirect_to_child(household_id, child_id)


@blueprint.post(f"{CHILD}/<uuid:correction_id>/relire")
@agent.for_agents_who_may(CORRECT)
def note_second_agent_saw_paper(
    household_id: UUID, child_id: UUID, correction_id: UUID
) -> ResponseReturnValue:
    """Note that another agent saw the paper too."""
    if safeguarding_forms.is_confirmation_ticked():
        try:
            agent.ask(corrections.second_correction, corrections.OfCorrection(str(correction_id)))
        except NotFound:
            flash("seconded", "corrections")
    return _redirect_to_child(household_id, child_id)


@blueprint.post(f"{CHILD}/<uuid:correction_id>/reprendre")
@agent.for_agents_who_may(CORRECT)
def withdraw(household_id: UUID, child_id: UUID, correction_id: UUID) -> ResponseReturnValue:
    """Take back what waits for its day; what has become true meanwhile stays."""
    try:
        agent.ask(corrections.withdraw_correction, corrections.OfCorrection(str(correction_id)))
    except NotFound:
        flash("too_late", "corrections")
    return _redirect_to_child(household_id, child_id)


def _send_correction(
    household_id: UUID, child_id: UUID, subject: str, form: Form, guardian_id: UUID | None = None
) -> ResponseReturnValue:
    child = _child_open_for_correction(child_id)
    if not form.errors:
        corrected = correction_forms.correction_fields(form, subject, schools_of_town())
        fields = {"child_id": str(child_id), **corrected}
        if guardian_id is not None:
            fields |= {
                "guardian_id": str(guardian_id),
                "authority": not _guardian_of_child(child, guardian_id)["authority"],
            }
        _send_with_refusals_in_form(form, subject, fields)
    if form.errors:
        return _form_page(household_id, child_id, child, subject, form, guardian_id), 422
    flash("corrected", "corrections")
    return _redirect_to_child(household_id, child_id)


def _send_with_refusals_in_form(form: Form, subject: str, fields: dict[str, Any]) -> None:
    """Send the correction; put a refusal into the form's errors."""
    method, request_type = METHODS[subject]
    try:
        agent.ask(method, request_type(**fields))
    except corrections.NothingCorrected:
        form.errors["sure"] = _("Rien n’a changé : c’est déjà écrit ainsi.")
    except corrections.AnotherWaits:
        form.errors["holds_from"] = _(
            "Une correction attend déjà son jour : reprenez-la d’abord, puis recommencez."
        )
    except corrections.NobodyLeft:
        form.errors["sure"] = _(
            "L’enfant n’aurait plus personne : donnez d’abord l’autorité à l’autre adulte."
        )
    except Outdated as outdated:
        form.values["version"] = str(outdated.detail["version"])
        form.errors["sure"] = _("Un collègue vient de corriger : relisez, puis validez.")
    except BadRequest as refused:
        form.errors |= {
            name: correction_forms.refusal_sentence(name) for name in refused.detail["errors"]
        }


def _child_open_for_correction(child_id: UUID) -> corrections.OpenForCorrectionAnswer:
    return agent.ask(corrections.open_for_correction, OfChild(str(child_id)))


def _guardian_of_child(
    child: corrections.OpenForCorrectionAnswer, guardian_id: UUID
) -> corrections.GuardianInAuthority:
    found = (each for each in child.guardians if each["id"] == str(guardian_id))
    return next(found, None) or abort(404)


def _redirect_to_child(household_id: UUID, child_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("corrections.show", household_id=household_id, child_id=child_id), 303)


def _list_page(form: Form) -> str:
    return render_template(
        "front_desk/corrections.html",
        waiting=agent.ask(corrections.corrections_waiting, Empty()),
        form=form,
        names=protecting_agents.agent_names(),
        outcomes=person_requests.OUTCOMES,
    )


def _weeks_in_words(child: corrections.OpenForCorrectionAnswer) -> list[str]:
    """Return how the days of a child of two homes go round, in words; none where nobody said."""
    homes = dict(correction_forms.home_choices(child.homes))
    school = shell_here().register.now.calendar.school
    weeks = Weeks.from_content(child.weeks, school) if child.weeks else None
    if weeks is None or not weeks.has_two_homes or not {weeks.even, weeks.odd} <= homes.keys():
        return []
    return two_home_weeks.rhythm_in_words(weeks, homes)


def _weeks_page(
    household_id: UUID,
    child_id: UUID,
    child: corrections.OpenForCorrectionAnswer,
    form: Form,
) -> str:
    homes = [*child.homes, *child.other_homes]
    if len(homes) < len(("even", "odd")):
        abort(404)
    return render_template(
        "front_desk/correct_weeks.html",
        child=child,
        ids={"household_id": household_id, "child_id": child_id},
        form=form,
        labels=labels,
        lives_choices=correction_forms.choices_of_home_count(child),
        week_choices=choices_of_week_fields(correction_forms.home_choices(homes)),
        week_labels=labels_of_week_fields(),
        papers=[(code, labels.PAPERS[code]) for code in labels.PAPERS_OF[WEEKS]],
    )


def _form_page(
    household_id: UUID,
    child_id: UUID,
    child: corrections.OpenForCorrectionAnswer,
    subject: str,
    form: Form,
    guardian_id: UUID | None = None,
) -> str:
    return render_template(
        "front_desk/correct.html",
        child=child,
        ids={"household_id": household_id, "child_id": child_id},
        guardian=_guardian_of_child(child, guardian_id) if guardian_id else None,
        subject=subject,
        form=form,
        labels=labels,
        fields=correction_forms.OF_SECTION.get(subject, ()),
        most=correction_forms.MOST,
        optional=correction_forms.OPTIONAL,
        town_schools=schools_by_commune(schools_of_town()) if subject == SCHOOLING else [],
        levels=level_choices(form.value("grade")),
    )
