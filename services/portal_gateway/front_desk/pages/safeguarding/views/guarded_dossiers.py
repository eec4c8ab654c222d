"""Protected households, placed children and record holds, for agents with the right to protect."""

from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.front_desk import protecting_agents
from services.portal_gateway.front_desk.pages.households.found_people import (
    whereabouts_in_words,
)
from services.portal_gateway.front_desk.pages.safeguarding import (
    seen_paper_forms as safeguarding_forms,
)
from shared.contracts.dossier.families import safeguarding
from shared.contracts.dossier.families.safeguarding import IN_BOTH
from shared.contracts.errors import BadRequest
from shared.contracts.message import all_rows
from shared.contracts.values import OfChild, OfHousehold
from shared.dates.clock import today
from shared.register.entitlement import CHECK_DOSSIERS, CORRECT, PROTECT
from shared.text import read_telephone_number
from shared.web.agents import current_agent as agent
from shared.web.base.app import shell_here
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day

blueprint = Blueprint("guarded", __name__)

HOME = "/dossiers/<uuid:household_id>/situation"
CHILD = f"{HOME}/<uuid:child_id>"
NEW = "new"


@blueprint.get("/proteges")
@agent.for_agents_who_may(PROTECT)
def list_guarded() -> str:
    """List what the search does not find, and what waits for a second agent."""
    return render_template(
        "front_desk/guarded.html",
        guarded=list(all_rows(agent.ask, safeguarding.guarded_dossiers, lambda page: page.found)),
        to_second=list(
            all_rows(agent.ask, safeguarding.rulings_to_second, lambda page: page.found)
        ),
        names=protecting_agents.agent_names(),
        myself=agent.require_agent().session.subject,
    )


@blueprint.get(HOME)
@agent.for_agents_who_may(PROTECT)
def show(household_id: UUID) -> str:
    """Show what is recorded of a household, and what can be."""
    return render_template(
        "front_desk/situation.html",
        home=_fetch_guarded_household(household_id),
        names=protecting_agents.agent_names(),
        myself=agent.require_agent().session.subject,
        today=today(),
        corrects=CORRECT in agent.require_agent().sight.permissions,
        checks=CHECK_DOSSIERS in agent.require_agent().sight.permissions,
    )


@blueprint.get(f"{HOME}/proteger")
@agent.for_agents_who_may(PROTECT)
def show_protection_form(household_id: UUID) -> str:
    """Say what a protection does, and ask for the paper, and of several guardians who it is for."""
    home = _fetch_guarded_household(household_id)
    form = Form({name: IN_BOTH for name in safeguarding_forms.separation_children(home)})
    return _protection_page(home, form)


@blueprint.post(f"{HOME}/proteger")
@agent.for_agents_who_may(PROTECT)
def protect(household_id: UUID) -> ResponseReturnValue:
    """Protect the household; who is named of several guardians gets a home of their own."""
    home = _fetch_guarded_household(household_id)
    form = safeguarding_forms.form_with_sent_fields("paper", "paper_date", "sure")
    safeguarding_forms.check_paper_seen(form)
    if len(home.guardians) > 1:
        safeguarding_forms.add_separation_fields(form, home)
    if form.errors:
        return _protection_page(home, form), 422
    request = safeguarding.ProtectHouseholdRequest(
        household_id=home.household_id,
        **safeguarding_forms.fields_of_paper_seen(form),
        **safeguarding_forms.separation_fields(form, home),
    )
    try:
        protected = agent.ask(safeguarding.protect_household, request)
    except (safeguarding.SharedHome, BadRequest):
        form.errors["guardians"] = _("Ce foyer a changé pendant ce temps : choisissez de nouveau.")
        return _protection_page(_fetch_guarded_household(household_id), form), 409
    return _redirect_to_household(UUID(protected.household_id))


@blueprint.post(f"{HOME}/lever")
@agent.for_agents_who_may(PROTECT)
def lift_protection(household_id: UUID) -> ResponseReturnValue:
    """End the protection."""
    if safeguarding_forms.is_confirmation_ticked():
        agent.ask(safeguarding.lift_protection, OfHousehold(str(household_id)))
    return _redirect_to_household(household_id)


@blueprint.get(f"{CHILD}/confier")
@agent.for_agents_who_may(PROTECT)
def show_placement_form(household_id: UUID, child_id: UUID) -> str:
    """Ask with whom the child lives, and from which paper it is known."""
    form = Form({"valid_from": today().isoformat()})
    return _page_of_household("place", household_id, form, child_id)


@blueprint.post(f"{CHILD}/confier")
@agent.for_agents_who_may(PROTECT)
def place_child(household_id: UUID, child_id: UUID) -> ResponseReturnValue:
    """Look for the carer by name, then place the child with whom the agent has chosen."""
    form = safeguarding_forms.form_with_sent_fields(
        *("carer_name", "carer_phone", "carer", "paper", "paper_date"),
        *("valid_from", "valid_to", "sure"),
    )
    safeguarding_forms.check_paper_seen(form)
    safeguarding_forms.check_days(form)
    if len(form.value("carer_name")) < 2:
        form.errors["carer_name"] = _("Écrivez le nom de la personne.")
    if form.value("carer_phone") and read_telephone_number(form.value("carer_phone")) is None:
        form.errors["carer_phone"] = _(
            "Écrivez un numéro de téléphone, par exemple 06 12 34 56 78."
        )
    if form.errors:
        return _page_of_household("place", household_id, form, child_id), 422
    carers = _carer_choices(form.value("carer_name"))
    if form.value("carer") not in [value for value, _name, _hint in carers]:
        return _page_of_household("place", household_id, form, child_id, carers=carers)
    is_new = form.value("carer") == NEW
    home, _bar, carer_id = form.value("carer").partition("|")
    request = safeguarding.PlaceChildRequest(
        child_id=str(child_id),
        carer_id=None if is_new else carer_id,
        household_id=None if is_new else home,
        carer_name=form.value("carer_name") if is_new else "",
        carer_phone=form.value("carer_phone"),
        valid_from=safeguarding_forms.checked_day(form, "valid_from"),
        valid_to=read_day(form.value("valid_to")),
        **safeguarding_forms.fields_of_paper_seen(form),
    )
    try:
        agent.ask(safeguarding.place_child, request)
    except BadRequest as refusal:
        form.errors |= safeguarding_forms.refused_placement_sentences(refusal.detail["errors"])
        return _page_of_household("place", household_id, form, child_id, carers=carers), 422
    return _redirect_to_household(household_id)


@blueprint.post(f"{CHILD}/fin/<uuid:carer_id>")
@agent.for_agents_who_may(PROTECT)
def end_placement(household_id: UUID, child_id: UUID, carer_id: UUID) -> ResponseReturnValue:
    """End a placement today: the carer's access closes this night. One to come never begins."""
    first_day = read_day(request.args.get("begins", ""))
    if first_day is None:
        abort(404)
    if safeguarding_forms.is_confirmation_ticked():
        ended = safeguarding.EndPlacementRequest(
            str(child_id), str(carer_id), first_day=first_day, last_day=today()
        )
        agent.ask(safeguarding.end_placement, ended)
    return _redirect_to_household(household_id)


@blueprint.get(f"{CHILD}/deces")
@agent.for_agents_who_may(PROTECT)
def show_record_hold_form(household_id: UUID, child_id: UUID) -> str:
    """Say what stops, and ask who holds the file."""
    return _page_of_household(
        "hold", household_id, Form({"held_by": agent.require_agent().session.subject}), child_id
    )


@blueprint.post(f"{CHILD}/deces")
@agent.for_agents_who_may(PROTECT)
def hold_record(household_id: UUID, child_id: UUID) -> ResponseReturnValue:
    """Let one agent hold the file; of a file that is held, pass it on."""
    form = safeguarding_forms.form_with_sent_fields("held_by", "sure", "certain")
    if form.value("held_by") not in [subject for subject, _name in _possible_holders()]:
        form.errors["held_by"] = _("Choisissez qui tient le dossier.")
    for name in ("sure", "certain"):
        if form.value(name) != "yes":
            form.errors[name] = _("Cochez cette case pour confirmer.")
    if form.errors:
        return _page_of_household("hold", household_id, form, child_id), 422
    request = safeguarding.HoldFileRequest(str(child_id), form.value("held_by"))
    agent.ask(safeguarding.hold_file, request)
    return _redirect_to_household(household_id)


@blueprint.post(f"{CHILD}/rendre")
@agent.for_agents_who_may(PROTECT)
def release_record(household_id: UUID, child_id: UUID) -> ResponseReturnValue:
    """End the hold of a record, which only its holder may."""
    if safeguarding_forms.is_confirmation_ticked():
        agent.ask(safeguarding.release_file, OfChild(str(child_id)))
    return _redirect_to_household(household_id)


@blueprint.post(f"{CHILD}/factures")
@agent.for_agents_who_may(PROTECT)
def bill_again(household_id: UUID, child_id: UUID) -> ResponseReturnValue:
    """Let the household's bills leave again, which only the holder of the record may."""
    if safeguarding_forms.is_confirmation_ticked():
        agent.ask(safeguarding.bill_again, OfChild(str(child_id)))
    return _redirect_to_household(household_id)


def _fetch_guarded_household(household_id: UUID) -> safeguarding.OpenGuardedAnswer:
    return agent.ask(safeguarding.open_guarded, OfHousehold(str(household_id)))


def _protection_page(home: safeguarding.OpenGuardedAnswer, form: Form) -> str:
    form.labels = {
        **safeguarding_forms.field_labels(),
        **safeguarding_forms.separation_labels(home),
    }
    return render_template(
        "front_desk/protect.html",
        home=home,
        form=form,
        papers=safeguarding_forms.CHOICES,
        homes=safeguarding_forms.choices_after_separation(),
        lives=safeguarding_forms.separation_children(home),
    )


def _redirect_to_household(household_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("guarded.show", household_id=household_id), 303)


def _carer_choices(name: str) -> list[tuple[str, str, str]]:
    carers = agent.ask(safeguarding.find_carers, safeguarding.FindCarersRequest(name[:80])).found
    choices = [
        (
            f"{row['household_id']}|{row['guardian_id']}",
            row["name"],
            whereabouts_in_words(shell_here().register, [row["insee"]], row["born"]),
        )
        for row in carers
    ]
    return [*choices, (NEW, _("Une nouvelle personne : %(name)s", name=name), "")]


def _possible_holders() -> list[tuple[str, str]]:
    return protecting_agents.agents_who_protect(shell_here().register.now.front_desk, today())


def _page_of_household(
    page: str, household_id: UUID, form: Form, child_id: UUID | None = None, **more: object
) -> str:
    home = _fetch_guarded_household(household_id)
    child = next((row for row in home.children if row["id"] == str(child_id)), None)
    if child_id is not None and child is None:
        abort(404)
    form.labels = {
        **safeguarding_forms.field_labels(),
        "carer_name": _("Personne qui accueille l’enfant"),
        "carer_phone": _("Son téléphone"),
        "carer": _("Qui est-ce ?"),
        "held_by": _("Qui tient le dossier"),
        "certain": _("Deuxième confirmation"),
    }
    return render_template(
        f"front_desk/{page}.html",
        home=home,
        child=child,
        form=form,
        papers=safeguarding_forms.CHOICES,
        holders=_possible_holders(),
        **more,
    )
