"""Reads by agents, unusual ones first, and the name behind one: asked for, then agreed."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.front_desk import protecting_agents as desk_agents
from services.portal_gateway.front_desk.pages.data_protection import labels
from services.portal_gateway.front_desk.pages.safeguarding import (
    seen_paper_forms as safeguarding_forms,
)
from services.portal_gateway.labels.dossier import READ_PARTS
from shared.contracts.dossier.data_protection import agent_reads
from shared.contracts.dossier.data_protection.agent_reads import MOST_DAYS, REASON, OwnQuestion
from shared.contracts.errors import BadRequest
from shared.contracts.identity import agents
from shared.contracts.message import Empty
from shared.dates.clock import today
from shared.register import Office
from shared.register.entitlement import PERSON_REQUESTS
from shared.web.agents import current_agent as agent
from shared.web.agents.role_labels import role_label_at
from shared.web.base.app import shell_here
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day
from shared.web.language.provider_badges import Mark, badge_by_code

blueprint = Blueprint("agent_reads", __name__, url_prefix="/donnees/lectures")

USUAL_DAYS = 7


@blueprint.get("")
@agent.for_agents_who_may(PERSON_REQUESTS)
def list_reads() -> ResponseReturnValue:
    """List reads of some days, unusual ones first; agents have numbers."""
    form, asked = _parse_question()
    found = None
    if not form.errors:
        try:
            found = agent.ask(agent_reads.agent_reads, asked)
        except BadRequest:
            form.errors["au"] = _("Choisissez %(days)s jours au plus.", days=MOST_DAYS)
    return render_template(
        "front_desk/reads.html", form=form, found=found, **_labels_of_page()
    ), 422 if form.errors else 200


@blueprint.get("/noms")
@agent.for_agents_who_may(PERSON_REQUESTS)
def list_asked_names() -> str:
    """List the names asked for: those that wait for a colleague first."""
    return _names_page()


@blueprint.get("/<int:line>/nom")
@agent.for_agents_who_may(PERSON_REQUESTS)
def ask_form(line: int) -> str:
    """Ask why the name is needed, before it is asked for."""
    return _ask_page(line, Form())


@blueprint.post("/<int:line>/nom")
@agent.for_agents_who_may(PERSON_REQUESTS)
def ask_name(line: int) -> ResponseReturnValue:
    """Ask for the name behind a read: a colleague agrees, or not."""
    form = safeguarding_forms.form_with_sent_fields("reason")
    reason = form.values["reason"] = form.value("reason").replace("\r\n", "\n")
    if not reason or len(reason) > REASON:
        form.errors["reason"] = _("Écrivez pourquoi, en %(most)s caractères au plus.", most=REASON)
        return _ask_page(line, form), 422
    agent.ask(agent_reads.ask_read_name, agent_reads.AskReadNameRequest(line, reason))
    return redirect(url_for("agent_reads.list_asked_names"), 303)


@blueprint.post("/noms/<uuid:question_id>")
@agent.for_agents_who_may(PERSON_REQUESTS)
def give_name(question_id: UUID) -> ResponseReturnValue:
    """Agree to a question of a colleague; one's own waits for another."""
    try:
        agent.ask(agent_reads.give_read_name, agent_reads.GiveReadNameRequest(str(question_id)))
    except OwnQuestion:
        flash("own")
    return redirect(url_for("agent_reads.list_asked_names"), 303)


def _parse_question() -> tuple[Form, agent_reads.AgentReadsRequest]:
    """Return the question of the address, with its mistakes."""
    until, since = today(), today() - timedelta(days=USUAL_DAYS - 1)
    values = {
        "du": request.args.get("du", since.isoformat())[:10],
        "au": request.args.get("au", until.isoformat())[:10],
        "service": request.args.get("service", "")[:40],
    }
    form = Form(values)
    for name in ("du", "au"):
        if read_day(values[name]) is None:
            form.errors[name] = _("Écrivez un jour, par exemple 14/03/2026.")
    if values["service"] not in {code for code, _label in _office_choices()}:
        values["service"] = ""
    return form, agent_reads.AgentReadsRequest(
        since=read_day(values["du"]) or since,
        until=read_day(values["au"]) or until,
        provider=values["service"],
        person_request_id=_id_or_none(request.args.get("demande", "")),
        after=request.args.get("suite", "")[:10] if _is_number("suite") else "",
    )


def _is_number(name: str) -> bool:
    return request.args.get(name, "").isdecimal()


def _id_or_none(text: str) -> str | None:
    try:
        return str(UUID(text))
    except ValueError:
        return None


def _names_page() -> str:
    asked = agent.ask(agent_reads.read_names, Empty()).names
    given = sorted({row["subject"] for row in asked if row["subject"]})
    named = agent.ask(agents.agent_names, agents.AgentNamesRequest(given)).agents if given else []
    return render_template(
        "front_desk/read_names.html",
        names=asked,
        agents={row["subject"]: row["name"] for row in named},
        colleagues=desk_agents.agent_names(),
        own_subject=agent.require_agent().session.subject,
        **_labels_of_page(),
    )


def _ask_page(line: int, form: Form) -> str:
    form.labels = {"reason": _("Pourquoi")}
    return render_template("front_desk/ask_read_name.html", line=line, form=form, most=REASON)


def _labels_of_page() -> dict[str, object]:
    return {
        "labels": labels,
        "parts_read": READ_PARTS | labels.FOR_THE_OFFICE,
        "mark": _badge_of_provider,
        "role": role_label_at,
        "offices": _office_choices(),
        "narrowed": request.args.get("demande", ""),
        "next_page": _next_page,
    }


def _badge_of_provider(provider: str) -> Mark:
    return badge_by_code(shell_here().register, provider)


def _office_choices() -> list[tuple[str, str]]:
    return [("", _("tous")), *((each.code, each.label) for each in _all_offices())]


def _all_offices() -> list[Office]:
    register = shell_here().register.now
    return [*register.providers, *([register.front_desk] if register.front_desk else [])]


def _next_page(after: str) -> str:
    """Return the address of the following page of the same question."""
    asked: dict[str, Any] = {**request.args.to_dict(), "suite": after}
    return url_for("agent_reads.list_reads", **asked)
