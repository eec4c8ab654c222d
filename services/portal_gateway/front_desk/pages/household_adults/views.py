"""The adults of a household: a name, who comes, who goes, who died, each from a paper seen."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.front_desk import protecting_agents
from services.portal_gateway.front_desk.pages.corrections import labels
from services.portal_gateway.front_desk.pages.household_adults import forms as adult_forms
from shared.contracts.dossier import corrections
from shared.contracts.dossier.corrections import (
    GUARDIAN_COMES,
    GUARDIAN_DIED,
    GUARDIAN_LEAVES,
    GUARDIAN_NAME,
)
from shared.contracts.dossier.families import household_adults
from shared.contracts.errors import BadRequest, NotFound
from shared.contracts.identity import accounts
from shared.contracts.message import Empty, Method
from shared.contracts.values import OfHousehold
from shared.dates.clock import today
from shared.register.entitlement import CORRECT
from shared.web.agents import current_agent as agent
from shared.web.base.app import shell_here
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day
from shared.web.language.provider_badges import badge_by_code

blueprint = Blueprint("adults", __name__, url_prefix="/dossiers/<uuid:household_id>/adultes")

SLUGS = {"nom": GUARDIAN_NAME, "depart": GUARDIAN_LEAVES, "deces": GUARDIAN_DIED}
ELSEWHERE, TO_COME_ELSEWHERE = "guardian_comes_elsewhere", "guardian_to_come_elsewhere"
OF_ONE = "/<uuid:guardian_id>/<any('nom', 'depart', 'deces'):slug>"
METHODS: dict[str, tuple[Method[Any, Empty], Any]] = {
    GUARDIAN_NAME: (
        household_adults.correct_guardian_name,
        household_adults.CorrectGuardianNameRequest,
    ),
    GUARDIAN_COMES: (household_adults.add_guardian, household_adults.AddGuardianRequest),
    GUARDIAN_LEAVES: (household_adults.end_guardianship, household_adults.EndGuardianshipRequest),
    GUARDIAN_DIED: (household_adults.note_death, household_adults.NoteDeathRequest),
}


@blueprint.get("")
@agent.for_agents_who_may(CORRECT)
def show(household_id: UUID) -> str:
    """Show the adults, for which children they answer, and what changed, with its receipts."""
    home = _fetch_home_with_adults(household_id)
    return render_template(
        "front_desk/adults.html",
        home=home,
        household_id=household_id,
        children={child["child_id"]: child["first_name"] for child in home.children},
        alone=_names_of_guardianless_children(home),
        labels=labels,
        names=protecting_agents.agent_names(),
        myself=agent.require_agent().session.subject,
        today=today(),
        mark=partial(badge_by_code, shell_here().register),
    )


def _names_of_guardianless_children(home: household_adults.HouseholdAdultsAnswer) -> list[str]:
    """Return the first names of the children for whom no parent or guardian answers now."""
    answered = {
        child_id for adult in home.adults for child_id in (*adult["authority"], *adult["answers"])
    }
    return [child["first_name"] for child in home.children if child["child_id"] not in answered]


@blueprint.get("/arrivee")
@agent.for_agents_who_may(CORRECT)
def show_arrival_form(household_id: UUID) -> str:
    """Ask who comes, for which children, from which paper."""
    home = _fetch_home_with_adults(household_id)
    form = adult_forms.empty_change_form(GUARDIAN_COMES, home)
    return _form_page(household_id, home, GUARDIAN_COMES, form)


@blueprint.post("/arrivee")
@agent.for_agents_who_may(CORRECT)
def add(household_id: UUID) -> ResponseReturnValue:
    """Let an adult come; a second agent sees the paper again."""
    return _send_change_of_adult(household_id, GUARDIAN_COMES)


@blueprint.get(OF_ONE)
@agent.for_agents_who_may(CORRECT)
def show_form(household_id: UUID, guardian_id: UUID, slug: str) -> str:
    """Ask from which paper an adult has another name, goes, or died."""
    home = _fetch_home_with_adults(household_id)
    adult = _adult_of_household(home, guardian_id)
    form = adult_forms.empty_change_form(SLUGS[slug], home, adult["name"])
    return _form_page(household_id, home, SLUGS[slug], form, adult)


@blueprint.post(OF_ONE)
@agent.for_agents_who_may(CORRECT)
def change(household_id: UUID, guardian_id: UUID, slug: str) -> ResponseReturnValue:
    """Note the adult's change: providers, bills and the account follow in seconds."""
    return _send_change_of_adult(household_id, SLUGS[slug], guardian_id)


def _send_change_of_adult(
    household_id: UUID, subject: str, guardian_id: UUID | None = None
) -> ResponseReturnValue:
    home = _fetch_home_with_adults(household_id)
    adult = _adult_of_household(home, guardian_id) if guardian_id else None
    form = adult_forms.sent_form(subject, home)
    known: list[household_adults.KnownAdult] = []
    if not form.errors and subject == GUARDIAN_COMES and form.value("who") == adult_forms.NEW:
        known = _known_adults_elsewhere(household_id, form)
        adult_forms.check_known_person(form, known)
    if not form.errors:
        fields = adult_forms.change_fields(subject, form, home)
        fields["household_id"] = str(household_id)
        if adult:
            fields["guardian_id"] = adult["id"]
        _send_with_refusals_in_form(form, subject, fields)
    if form.errors:
        return _form_page(household_id, home, subject, form, adult, known), 422
    flash(_said_of_change(subject, form), "adults")
    return redirect(url_for("adults.show", household_id=household_id), 303)


def _said_of_change(subject: str, form: Form) -> str:
    """
    Return what the next page says; of a newcomer with a home elsewhere, how to hand over an access.

    Only of those who get one: a search finds nobody without parental authority, nor before its day.
    """
    newcomer = subject == GUARDIAN_COMES and form.value("lives_here") == "no"
    if not newcomer or form.value("authority") != "yes":
        return subject
    first = read_day(form.value("holds_from"))
    return TO_COME_ELSEWHERE if first is not None and first > today() else ELSEWHERE


def _send_with_refusals_in_form(form: Form, subject: str, fields: dict[str, Any]) -> None:
    """Send the change; put a refusal into the form's errors."""
    method, request_type = METHODS[subject]
    try:
        agent.ask(method, request_type(**fields))
    except NotFound:
        form.errors["who"] = _("Choisissez une des réponses proposées.")
    except corrections.NothingCorrected:
        form.errors["sure"] = _("Rien n’a changé : c’est déjà écrit ainsi.")
    except corrections.AnotherWaits:
        form.errors["holds_from"] = _(
            "Une correction attend déjà son jour : reprenez-la d’abord, puis recommencez."
        )
    except household_adults.HomeLeftEmpty:
        form.errors["sure"] = _(
            "Un enfant n’aurait plus personne dans ce foyer. Dites d’abord qui en répond ici"
            " (« Un adulte arrive »), ou chez qui il vit (sur sa page, « À qui la semaine »)."
            " D’après une décision, il peut aussi être confié (« Protéger, confier, tenir un"
            " dossier »)."
        )
    except BadRequest as refused:
        form.errors |= {
            name: adult_forms.refusal_sentence(name) for name in refused.detail["errors"]
        }


def _fetch_home_with_adults(household_id: UUID) -> household_adults.HouseholdAdultsAnswer:
    return agent.ask(household_adults.household_adults, OfHousehold(str(household_id)))


def _known_adults_elsewhere(household_id: UUID, form: Form) -> list[household_adults.KnownAdult]:
    """Return who of other households a newcomer could be, by the account's address or by name."""
    account = None
    if form.value("email"):
        by_email = accounts.GuardianByEmailRequest(form.value("email"))
        account = agent.ask(accounts.guardian_by_email, by_email).guardian_id
    request = household_adults.FindAdultsRequest(
        household_id=str(household_id), query=form.value("name"), account=account
    )
    found = agent.ask(household_adults.find_adults, request).found
    return [adult for adult in found if adult["id"] == account] or found


def _adult_of_household(
    home: household_adults.HouseholdAdultsAnswer, guardian_id: UUID
) -> household_adults.Adult:
    found = (each for each in home.adults if each["id"] == str(guardian_id))
    adult = next(found, None)
    if adult is None or adult["died_on"]:
        abort(404)
    return adult


def _form_page(
    household_id: UUID,
    home: household_adults.HouseholdAdultsAnswer,
    subject: str,
    form: Form,
    adult: object = None,
    known: Sequence[household_adults.KnownAdult] = (),
) -> str:
    return render_template(
        "front_desk/change_adult.html",
        household_id=household_id,
        home=home,
        adult=adult,
        subject=subject,
        form=form,
        forms_of=adult_forms,
        people=adult_forms.people_choices(shell_here().register, known),
        labels=labels,
    )
