"""Separation of a household: who leaves, where to, which children live where and in which weeks."""

from functools import partial
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.front_desk import protecting_agents
from services.portal_gateway.front_desk.pages.corrections import labels, separation_forms
from services.portal_gateway.front_desk.pages.corrections.two_home_week_forms import (
    choices_of_week_fields,
    labels_of_week_fields,
    week_field_values,
)
from shared.contracts.dossier import corrections
from shared.contracts.dossier.families import separation
from shared.contracts.errors import BadRequest, NotFound
from shared.contracts.values import OfHousehold
from shared.dates.clock import today
from shared.register.entitlement import CORRECT
from shared.web.agents import current_agent as agent
from shared.web.base.app import shell_here
from shared.web.forms.form_data import Form
from shared.web.language import typography
from shared.web.language.provider_badges import badge_by_code

blueprint = Blueprint("separations", __name__)

HOME = "/dossiers/<uuid:household_id>/separer"


@blueprint.get(HOME)
@agent.for_agents_who_may(CORRECT)
def show(household_id: UUID) -> str:
    """Show the separations of a household, and ask who leaves, from which paper and day."""
    home = _home_open_for_separation(household_id)
    form = Form({**week_field_values(None), "holds_from": today().isoformat()})
    return _page(home, household_id, form)


@blueprint.post(HOME)
@agent.for_agents_who_may(CORRECT)
def separate(household_id: UUID) -> ResponseReturnValue:
    """Let the household become two from that day on."""
    home = _home_open_for_separation(household_id)
    form = separation_forms.sent_form(home)
    if not form.errors:
        asked = separation_forms.request_of_form(form, home, str(household_id))
        _send_with_refusals_in_form(form, asked, home)
    if form.errors:
        return _page(home, household_id, form), 422
    flash("separated", "separations")
    return redirect(url_for("separations.show", household_id=household_id), 303)


@blueprint.post(f"{HOME}/<uuid:separation_id>/reprendre")
@agent.for_agents_who_may(CORRECT)
def withdraw(household_id: UUID, separation_id: UUID) -> ResponseReturnValue:
    """Take back what waits for its day; what has become true meanwhile stays."""
    try:
        agent.ask(separation.withdraw_separation, separation.OfSeparation(str(separation_id)))
    except NotFound:
        flash("too_late", "separations")
    return redirect(url_for("separations.show", household_id=household_id), 303)


def _send_with_refusals_in_form(
    form: Form,
    asked: separation.SeparateHouseholdRequest,
    home: separation.OpenForSeparationAnswer,
) -> None:
    """Send the separation; put a refusal into the form's errors."""
    try:
        agent.ask(separation.separate_household, asked)
    except corrections.AnotherWaits:
        form.errors["holds_from"] = _(
            "Une séparation attend déjà son jour : reprenez-la d’abord, puis recommencez."
        )
    except BadRequest as refused:
        since = typography.long_date(home.known_since, "fr")
        form.errors |= {
            separation_forms.field_of_refusal(name, home): separation_forms.refusal_sentence(
                name, since
            )
            for name in refused.detail["errors"]
        }


def _home_open_for_separation(household_id: UUID) -> separation.OpenForSeparationAnswer:
    return agent.ask(separation.open_for_separation, OfHousehold(str(household_id)))


def _page(home: separation.OpenForSeparationAnswer, household_id: UUID, form: Form) -> str:
    form.labels = separation_forms.field_labels(home)
    waits = any(
        not (row["applied_at"] or row["withdrawn_at"] or row["lapsed_at"])
        for row in home.separations
    )
    return render_template(
        "front_desk/separate.html",
        home=home,
        household_id=household_id,
        form=form,
        separable=len(home.guardians) > 1 and not waits,
        guardians=[(each["id"], each["name"]) for each in home.guardians],
        children=separation_forms.children_by_field(home),
        homes_of=separation_forms.home_choices_of_child,
        week_choices=choices_of_week_fields(separation_forms.homes_after_separation()),
        week_labels=labels_of_week_fields(),
        reasons=[(code, labels.REASONS[code]) for code in separation_forms.REASONS],
        papers=[(code, labels.PAPERS[code]) for code in separation_forms.PAPERS],
        labels=labels,
        names=protecting_agents.agent_names(),
        mark=partial(badge_by_code, shell_here().register),
    )
