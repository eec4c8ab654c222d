"""Protected households, placed children and files that one agent holds: for who may protect."""

from typing import Any
from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, url_for
from flask_babel import gettext as _

from services.portal_gateway.front_desk import agents as colleagues
from services.portal_gateway.front_desk.pages.safeguarding import forms as papers
from shared.contracts.dossier import safeguarding as file_holds
from shared.contracts.dossier import safeguarding as guarded
from shared.contracts.dossier import safeguarding as placements
from shared.contracts.dossier import safeguarding as protection
from shared.contracts.dossier import safeguarding as rulings
from shared.contracts.errors import BadRequest
from shared.contracts.paging import all_rows
from shared.dates.clock import today
from shared.register.entitlement import CHECK_DOSSIERS, PROTECT
from shared.web.agents import current_agent as agent
from shared.web.base.app import shell_here
from shared.web.forms.forms import Form
from shared.web.forms.parsing import read_day

blueprint = Blueprint("guarded", __name__)

HOME = "/dossiers/<uuid:household_id>/situation"
CHILD = f"{HOME}/<uuid:child_id>"
NEW = "new"


@blueprint.get("/proteges")
@agent.may(PROTECT)
def listed() -> str:
    """List what the search does not find, and what waits for a second agent."""
    return render_template(
        "front_desk/guarded.html",
        found=list(all_rows(agent.ask, guarded.guarded_dossiers, "found")),
        to_second=list(all_rows(agent.ask, rulings.rulings_to_second, "found")),
        names=colleagues.names(),
        myself=agent.here().session.subject,
    )


@blueprint.get(HOME)
@agent.may(PROTECT)
def show(household_id: UUID) -> str:
    """Show what is recorded of a household, and what can be."""
    return render_template(
        "front_desk/situation.html",
        home=_home(household_id),
        names=colleagues.names(),
        myself=agent.here().session.subject,
        today=today(),
        checks=CHECK_DOSSIERS in agent.here().sight.acts,
    )


@blueprint.get(f"{HOME}/proteger")
@agent.may(PROTECT)
def ask_protection(household_id: UUID) -> str:
    """Say what a protection does, and ask for the paper."""
    return _page("protect", household_id, Form({}))


@blueprint.post(f"{HOME}/proteger")
@agent.may(PROTECT)
def protect(household_id: UUID) -> Any:
    """Protect the household, unless two guardians live there: then say what to do instead."""
    form = papers.typed("paper", "paper_date", "sure")
    papers.check_paper(form)
    if form.errors:
        return _page("protect", household_id, form), 422
    try:
        asked = {"household_id": str(household_id), **papers.paper(form)}
        agent.ask(protection.protect_household, **asked)
    except protection.SharedHome:
        return _page("protect", household_id, form, shared=True), 409
    return _back(household_id)


@blueprint.post(f"{HOME}/lever")
@agent.may(PROTECT)
def lift(household_id: UUID) -> Any:
    """End the protection."""
    if papers.is_sure():
        agent.ask(protection.lift_protection, household_id=str(household_id))
    return _back(household_id)


@blueprint.get(f"{CHILD}/confier")
@agent.may(PROTECT)
def ask_placement(household_id: UUID, child_id: UUID) -> str:
    """Ask with whom the child lives, and from which paper it is known."""
    form = Form({"valid_from": today().isoformat()})
    return _page("place", household_id, form, child_id)


@blueprint.post(f"{CHILD}/confier")
@agent.may(PROTECT)
def place(household_id: UUID, child_id: UUID) -> Any:
    """Look for the carer by name, then place the child with whom the agent has chosen."""
    form = papers.typed(
        "carer_name", "carer", "paper", "paper_date", "valid_from", "valid_to", "sure"
    )
    papers.check_paper(form)
    papers.check_days(form)
    if len(form.value("carer_name")) < 2:
        form.errors["carer_name"] = _("Écrivez le nom de la personne.")
    if form.errors:
        return _page("place", household_id, form, child_id), 422
    carers = _carers(form.value("carer_name"))
    if form.value("carer") not in [value for value, _name in carers]:
        return _page("place", household_id, form, child_id, carers=carers)
    asked: dict[str, Any] = {"carer_name": form.value("carer_name")}
    if form.value("carer") != NEW:
        home, _bar, carer_id = form.value("carer").partition("|")
        asked = {"household_id": home, "carer_id": carer_id}
    try:
        agent.ask(
            placements.place_child,
            child_id=str(child_id),
            valid_from=read_day(form.value("valid_from")),
            valid_to=read_day(form.value("valid_to")),
            **asked,
            **papers.paper(form),
        )
    except BadRequest:
        form.errors["valid_to"] = _("Le dernier jour vient avant le premier.")
        return _page("place", household_id, form, child_id, carers=carers), 422
    return _back(household_id)


@blueprint.post(f"{CHILD}/fin/<uuid:carer_id>")
@agent.may(PROTECT)
def end_placement(household_id: UUID, child_id: UUID, carer_id: UUID) -> Any:
    """End a placement today: the carer's access closes this night."""
    ids = {"child_id": str(child_id), "carer_id": str(carer_id)}
    if papers.is_sure():
        agent.ask(placements.end_placement, **ids, last_day=today())
    return _back(household_id)


@blueprint.get(f"{CHILD}/deces")
@agent.may(PROTECT)
def ask_hold(household_id: UUID, child_id: UUID) -> str:
    """Say what stops, and ask who holds the file."""
    return _page("hold", household_id, Form({"held_by": agent.here().session.subject}), child_id)


@blueprint.post(f"{CHILD}/deces")
@agent.may(PROTECT)
def hold(household_id: UUID, child_id: UUID) -> Any:
    """Let one agent hold the file; of a file that is held, pass it on."""
    form = papers.typed("held_by", "sure", "certain")
    if form.value("held_by") not in [subject for subject, _name in _holders()]:
        form.errors["held_by"] = _("Choisissez qui tient le dossier.")
    for name in ("sure", "certain"):
        if form.value(name) != "yes":
            form.errors[name] = _("Cochez cette case pour confirmer.")
    if form.errors:
        return _page("hold", household_id, form, child_id), 422
    agent.ask(file_holds.hold_file, child_id=str(child_id), held_by=form.value("held_by"))
    return _back(household_id)


@blueprint.post(f"{CHILD}/rendre")
@agent.may(PROTECT)
def release(household_id: UUID, child_id: UUID) -> Any:
    """Let the file go, which only its holder may."""
    if papers.is_sure():
        agent.ask(file_holds.release_file, child_id=str(child_id))
    return _back(household_id)


def _home(household_id: UUID) -> Any:
    return agent.ask(guarded.open_guarded, household_id=str(household_id))


def _back(household_id: UUID) -> Any:
    return redirect(url_for("guarded.show", household_id=household_id), 303)


def _carers(name: str) -> list[tuple[str, str]]:
    found = agent.ask(placements.find_carers, query=name[:80]).found
    known = [(f"{each['household_id']}|{each['guardian_id']}", each["name"]) for each in found]
    return [*known, (NEW, _("Une nouvelle personne : %(name)s", name=name))]


def _holders() -> list[tuple[str, str]]:
    return colleagues.who_protect(shell_here().register.now.front_desk, today())


def _page(
    act: str, household_id: UUID, form: Form, child_id: UUID | None = None, **more: Any
) -> str:
    home = _home(household_id)
    child = next((each for each in home.children if each["id"] == str(child_id)), None)
    if child_id is not None and child is None:
        abort(404)
    form.labels = {
        **papers.labels(),
        "carer_name": _("Personne qui accueille l’enfant"),
        "carer": _("Qui est-ce ?"),
        "held_by": _("Qui tient le dossier"),
        "certain": _("Deuxième confirmation"),
    }
    return render_template(
        f"front_desk/{act}.html",
        home=home,
        child=child,
        form=form,
        papers=papers.CHOICES,
        holders=_holders(),
        **more,
    )
