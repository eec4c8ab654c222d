"""Taking a history away, of one child or of the family: an act, which leaves a line in the log."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, render_template, request, url_for

from services.portal_gateway.overview.queries import family as mine
from services.portal_gateway.pages import downloads as documents
from services.portal_gateway.pages.my_data import collecting
from services.portal_gateway.pages.my_data import documents as files
from services.portal_gateway.session import current_user as person
from shared.contracts.errors import NoAnswer, Unavailable
from shared.dates.clock import PARIS

blueprint = Blueprint("exports", __name__)


@blueprint.get("/historique")
@person.signed_in
def show() -> str:
    """Say what the file holds, and what it never does."""
    return _page()


@blueprint.post("/historique")
@person.signed_in
def take_all() -> Any:
    """Hand over the children's courses and the household's bills and payments."""
    form = _form()
    try:
        history = collecting.of_family(form)
    except (NoAnswer, Unavailable):
        return _page(silent=True), 503
    return _file(history, form, "historique")


@blueprint.post("/enfants/<child_id>/parcours")
@person.signed_in
def take_child(child_id: str) -> Any:
    """Hand over one child's course."""
    child = mine.here().family.child(child_id)
    form = _form()
    try:
        history = collecting.of_child(child, form)
    except (NoAnswer, Unavailable):
        back = url_for("course.show", child_id=child_id)
        return _page(silent=True, back=back), 503
    return _file(history, form, "parcours")


def _form() -> str:
    form = request.form.get("form", "")
    return form if form in (files.JSON, files.PDF) else abort(400)


def _page(**more: Any) -> str:
    family = mine.here().family
    return render_template("portal/history.html", family=family, **more)


def _file(history: Mapping[str, Any], form: str, name: str) -> Response:
    day = history["made_at"].astimezone(PARIS).date().isoformat()
    if form == files.PDF:
        return documents.attached(files.as_pdf(history), f"{name}-{day}.pdf", "application/pdf")
    return documents.attached(files.as_json(history), f"{name}-{day}.json", "application/json")
