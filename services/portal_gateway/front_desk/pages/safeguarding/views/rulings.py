"""
Adults to whom a child is not handed over: entered, seconded and lifted from a paper (rule R7).

These pages ask the dossier for the rulings alone, not for the household: an opened household is a
line that every guardian reads, and whom a ruling bars must learn of it in nothing.
"""

from typing import TypedDict, TypeVar
from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.front_desk import protecting_agents
from services.portal_gateway.front_desk.pages.safeguarding import (
    seen_paper_forms as safeguarding_forms,
)
from shared.contracts.dossier.families import safeguarding
from shared.contracts.errors import BadRequest, Outdated
from shared.contracts.message import Method
from shared.contracts.values import OfChild
from shared.dates.clock import today
from shared.register.entitlement import PROTECT
from shared.web.agents import current_agent as agent
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day

Q = TypeVar("Q")

blueprint = Blueprint("rulings", __name__)

CHILD = "/dossiers/<uuid:household_id>/situation/<uuid:child_id>/remise"
RULING = f"{CHILD}/<int:number>"


@blueprint.get(CHILD)
@agent.for_agents_who_may(PROTECT)
def show(household_id: UUID, child_id: UUID) -> str:
    """Show to whom the child is not handed over, from which paper, and what was done about it."""
    return _rulings_page(household_id, child_id)


@blueprint.get(f"{CHILD}/saisir")
@agent.for_agents_who_may(PROTECT)
def show_form(household_id: UUID, child_id: UUID) -> str:
    """Ask for the adult, the paper and its days."""
    answer = _rulings_of_child(child_id)
    form = Form({"valid_from": today().isoformat(), "version": str(answer.version)})
    return _page_of_child("bar", household_id, child_id, answer, form)


@blueprint.post(f"{CHILD}/saisir")
@agent.for_agents_who_may(PROTECT)
def enter_ruling(household_id: UUID, child_id: UUID) -> ResponseReturnValue:
    """Enter the ruling: every provider with the child learns the name in seconds."""
    form = safeguarding_forms.form_with_sent_fields(
        "name", "paper", "paper_date", "valid_from", "valid_to", "version", "sure"
    )
    safeguarding_forms.check_paper_seen(form)
    safeguarding_forms.check_days(form)
    if not 2 <= len(form.value("name")) <= 120:
        form.errors["name"] = _("Écrivez le prénom et le nom de la personne.")
    if not form.errors:
        request = safeguarding.BarAdultRequest(
            **_child_and_version(form, child_id),
            name=form.value("name"),
            valid_from=safeguarding_forms.checked_day(form, "valid_from"),
            valid_to=read_day(form.value("valid_to")),
            **safeguarding_forms.fields_of_paper_seen(form),
        )
        _send_change(form, safeguarding.bar_adult, request)
    if form.errors:
        return _page_of_child("bar", household_id, child_id, _rulings_of_child(child_id), form), 422
    return _redirect_to_rulings(household_id, child_id)


@blueprint.post(f"{RULING}/relire")
@agent.for_agents_who_may(PROTECT)
def second_ruling(household_id: UUID, child_id: UUID, number: int) -> ResponseReturnValue:
    """Note that another agent saw the paper too."""
    form = safeguarding_forms.form_with_sent_fields("version", "sure")
    if safeguarding_forms.is_confirmation_ticked():
        read = _child_and_version(form, child_id)
        request = safeguarding.SecondRulingRequest(**read, number=number)
        _send_change(form, safeguarding.second_ruling, request)
    return (
        _rulings_page(household_id, child_id, form)
        if form.errors
        else _redirect_to_rulings(household_id, child_id)
    )


@blueprint.get(f"{RULING}/lever")
@agent.for_agents_who_may(PROTECT)
def show_lift_form(household_id: UUID, child_id: UUID, number: int) -> str:
    """Ask from which paper it ends, and on which day."""
    answer = _rulings_of_child(child_id)
    form = Form({"valid_to": today().isoformat(), "version": str(answer.version)})
    return _page_of_child("lift", household_id, child_id, answer, form, number)


@blueprint.post(f"{RULING}/lever")
@agent.for_agents_who_may(PROTECT)
def end_ruling(household_id: UUID, child_id: UUID, number: int) -> ResponseReturnValue:
    """End the ruling with a day."""
    form = safeguarding_forms.form_with_sent_fields(
        "paper", "paper_date", "valid_to", "version", "sure"
    )
    safeguarding_forms.check_paper_seen(form)
    safeguarding_forms.check_day(form, "valid_to")
    if not form.errors:
        request = safeguarding.LiftRulingRequest(
            **_child_and_version(form, child_id),
            number=number,
            last_day=safeguarding_forms.checked_day(form, "valid_to"),
            **safeguarding_forms.fields_of_paper_seen(form),
        )
        _send_change(form, safeguarding.lift_ruling, request)
    if form.errors:
        return _page_of_child(
            "lift", household_id, child_id, _rulings_of_child(child_id), form, number
        ), 422
    return _redirect_to_rulings(household_id, child_id)


def _rulings_of_child(child_id: UUID) -> safeguarding.RulingsOfAnswer:
    return agent.ask(safeguarding.rulings_of, OfChild(str(child_id)))


class _ChildAndVersion(TypedDict):
    child_id: str
    base_version: int


def _child_and_version(form: Form, child_id: UUID) -> _ChildAndVersion:
    """Return of a change of the child's rulings whose they are, and the version that was read."""
    base_version = safeguarding_forms.base_version(form)
    return {"child_id": str(child_id), "base_version": base_version}


def _send_change(form: Form, method: Method[Q, safeguarding.NewVersion], request: Q) -> None:
    """Send the change to the dossier; put its refusal into the form's errors."""
    try:
        agent.ask(method, request)
    except Outdated as outdated:
        form.values["version"] = str(outdated.detail["version"])
        form.errors["sure"] = _("Un collègue vient de changer ces mesures : relisez, puis validez.")
    except BadRequest as refused:
        form.errors |= {name: _refusal_sentence(name) for name in refused.detail["errors"]}


def _refusal_sentence(name: str) -> str:
    return {
        "valid_to": _("Le dernier jour vient avant le premier."),
        "name": _("Six mesures au plus courent à la fois pour un enfant."),
        "number": _("Un autre agent doit relire ce document."),
    }.get(name, _("Cette valeur ne convient pas."))


def _redirect_to_rulings(household_id: UUID, child_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("rulings.show", household_id=household_id, child_id=child_id), 303)


def _rulings_page(household_id: UUID, child_id: UUID, form: Form | None = None) -> str:
    return _page_of_child(
        "rulings", household_id, child_id, _rulings_of_child(child_id), form or Form()
    )


def _page_of_child(
    page: str,
    household_id: UUID,
    child_id: UUID,
    answer: safeguarding.RulingsOfAnswer,
    form: Form,
    number: int | None = None,
) -> str:
    if number is not None and number >= len(answer.rulings):
        abort(404)
    form.labels = safeguarding_forms.field_labels() | {
        "name": _("Personne à qui ne pas remettre l’enfant")
    }
    return render_template(
        f"front_desk/{page}.html",
        ids={"household_id": household_id, "child_id": child_id},
        child=answer,
        ruling=None if number is None else answer.rulings[number],
        form=form,
        papers=safeguarding_forms.CHOICES,
        names=protecting_agents.agent_names(),
        myself=agent.require_agent().session.subject,
        today=today(),
        acts={
            safeguarding.ENTERED: _("saisie"),
            safeguarding.SECONDED: _("relue"),
            safeguarding.LIFTED: _("fin changée"),
            safeguarding.TAKEN_OUT: _("retirée"),
        },
    )
