"""A paper that a family keeps: opened and checked by an agent whose role sees it."""

import binascii
from dataclasses import replace
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.desk.access import agent, reach_of_agent
from services.enrolment.store import store
from shared.contracts.dossier.papers import child_papers as papers
from shared.contracts.errors import Failed, NoAnswer, Unavailable
from shared.contracts.sections.papers import KINDS, REASONS
from shared.files.file_parts import fetch_parts
from shared.web.base import downloads

blueprint = Blueprint("papers", __name__, url_prefix="/enfants")

ADDRESS = "/<uuid:child_id>/papiers/<projection>/<uuid:paper_id>"


@blueprint.get(ADDRESS)
@reach_of_agent.requires_sight_of_children
def show(child_id: UUID, projection: str, paper_id: UUID) -> ResponseReturnValue:
    """Show the paper itself; the dossier hands it over, and notes who opened it."""
    asked = papers.ReadPaperRequest(
        str(child_id),
        str(paper_id),
        projection=projection,
        role=_role_that_sees(str(child_id), projection),
        reader=_subject_of_agent(),
    )
    first = agent.bus().ask(papers.read_paper, asked)
    try:
        content = fetch_parts(
            first, lambda part: agent.bus().ask(papers.read_paper, replace(asked, part=part))
        )
    except binascii.Error:
        raise Failed from None
    return downloads.sent_file_to_view(content, _("Papier"))


@blueprint.post(ADDRESS)
@reach_of_agent.requires_sight_of_children
def note_verdict_on_paper(child_id: UUID, projection: str, paper_id: UUID) -> ResponseReturnValue:
    """Note that the paper is good, or why it is not; the family and the other services learn it."""
    verdict, reason = request.form.get("verdict", ""), request.form.get("reason", "")
    role = _role_that_sees(str(child_id), projection)
    if verdict not in ("good", "refused") or (reason and reason not in REASONS):
        abort(400)
    back = url_for("children.show", child_id=child_id, _anchor=projection)
    if verdict == "refused" and not reason:
        flash("reason", "papers")
        return redirect(back, 303)
    decision = papers.DecidePaperRequest(
        str(child_id),
        str(paper_id),
        projection=projection,
        role=role,
        reader=_subject_of_agent(),
        accepted=verdict == "good",
        reason=reason if verdict == "refused" else "",
    )
    try:
        agent.bus().ask(papers.decide_paper, decision)
        flash("decided", "papers")
    except papers.PaperDecided:
        flash("already", "papers")
    except (NoAnswer, Unavailable):
        flash("unavailable", "papers")
    return redirect(back, 303)


def _subject_of_agent() -> str:
    return agent.require_agent().session.subject


def _role_that_sees(child_id: str, projection: str) -> str:
    """Return the reader's role that sees this paper of the child; 404 where there is none."""
    if projection not in KINDS:
        abort(404)
    with store.read() as read:
        role = reach_of_agent.sight_of_child(read, child_id).sees.get(projection)
    return role or abort(404)
