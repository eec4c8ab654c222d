"""Papers of households: those that wait, one household's, the file, and « vu et conforme »."""

import binascii
from dataclasses import replace
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.labels import household_papers as labels
from shared.contracts.dossier.papers import household_papers as contracts
from shared.contracts.errors import BadRequest, Failed, NoAnswer, Unavailable
from shared.contracts.message import Empty
from shared.contracts.values import OfHousehold
from shared.dates.clock import today
from shared.files.file_parts import fetch_parts
from shared.register.entitlement import CHECK_DOSSIERS, PROTECT
from shared.web.agents import current_agent as agent
from shared.web.base import downloads
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day

blueprint = Blueprint("household_papers", __name__, url_prefix="/papiers")

HOME = "/<uuid:household_id>"
PAPER = f"{HOME}/<uuid:paper_id>"


@blueprint.get("")
@agent.for_agents_who_may(CHECK_DOSSIERS, PROTECT)
def list_waiting() -> str:
    """List the households of which papers wait for this agent, the oldest first."""
    waiting = agent.ask(contracts.waiting_household_papers, Empty()).homes
    return render_template("front_desk/waiting_papers.html", homes=waiting, labels=labels)


@blueprint.get(HOME)
@agent.for_agents_who_may(CHECK_DOSSIERS, PROTECT)
def show(household_id: UUID) -> str:
    """Show the papers of one household that this agent may check."""
    return _page(household_id, Form())


@blueprint.get(PAPER)
@agent.for_agents_who_may(CHECK_DOSSIERS, PROTECT)
def open_paper(household_id: UUID, paper_id: UUID) -> ResponseReturnValue:
    """Show the paper itself; the dossier hands it over, and notes who opened it."""
    asked = contracts.HouseholdPaperPartRequest(str(household_id), str(paper_id))
    first = agent.ask(contracts.read_household_paper, asked)
    try:
        content = fetch_parts(
            first,
            lambda part: agent.ask(contracts.read_household_paper, replace(asked, part=part)),
        )
    except binascii.Error:
        raise Failed from None
    return downloads.sent_file_to_view(content, _("Papier"))


@blueprint.post(PAPER)
@agent.for_agents_who_may(CHECK_DOSSIERS, PROTECT)
def decide(household_id: UUID, paper_id: UUID) -> ResponseReturnValue:
    """Note « vu et conforme », or why the paper is refused; the family reads it."""
    form = _read_verdict_on_paper(str(paper_id))
    if form.errors:
        return _page(household_id, form), 422
    accepted = form.value("verdict") == "good"
    decision = contracts.DecideHouseholdPaperRequest(
        str(household_id),
        str(paper_id),
        accepted=accepted,
        reason="" if accepted else form.value(f"reason-{paper_id}"),
        valid_until=read_day(form.value(f"until-{paper_id}")) if accepted else None,
    )
    try:
        agent.ask(contracts.decide_household_paper, decision)
        flash("decided", "papers")
    except contracts.HouseholdPaperDecided:
        flash("already", "papers")
    except BadRequest:
        form.errors[f"until-{paper_id}"] = _("Cette date ne convient pas : vérifiez-la.")
        return _page(household_id, form), 422
    except (NoAnswer, Unavailable):
        flash("unavailable", "papers")
    return redirect(url_for("household_papers.show", household_id=household_id), 303)


def _read_verdict_on_paper(paper_id: str) -> Form:
    """Return what an agent said of one paper of the page, with what is wrong in it."""
    reason, until = f"reason-{paper_id}", f"until-{paper_id}"
    form = Form({name: request.form.get(name, "").strip() for name in ("verdict", reason, until)})
    if form.value("verdict") not in ("good", "refused"):
        abort(400)
    if form.value("verdict") == "refused":
        if form.value(reason) not in contracts.REASONS:
            form.errors[reason] = _("Choisissez pourquoi : la famille le lit.")
        return form
    last = read_day(form.value(until))
    if form.value(until) and last is None:
        form.errors[until] = _("Écrivez une date, par exemple 31/08/2027.")
    elif last is not None and last < today():
        form.errors[until] = _("Ce jour est passé.")
    return form


def _page(household_id: UUID, form: Form) -> str:
    home = agent.ask(contracts.papers_at_desk, OfHousehold(str(household_id)))
    for paper in home.papers:
        form.labels[f"reason-{paper['id']}"] = _("Pourquoi il ne convient pas")
        form.labels[f"until-{paper['id']}"] = _("Valable jusqu’au")
    return render_template(
        "front_desk/household_papers.html",
        household_id=household_id,
        home=home,
        papers=list(reversed(home.papers)),
        form=form,
        labels=labels,
    )
