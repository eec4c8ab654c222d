"""Taking a history away, of one child or of the family: an act, which leaves a line in the log."""

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.portal_gateway.overview.queries.family import current_overview
from services.portal_gateway.pages.account.my_data import family_history, history_documents
from services.portal_gateway.pages.account.my_data.history_file_format import FamilyHistory
from services.portal_gateway.pages.page_parts import downloads
from services.portal_gateway.session import current_user
from services.portal_gateway.session.recent_proof import require_recent_proof
from shared.contracts.errors import NoAnswer, Unavailable
from shared.dates.clock import PARIS

blueprint = Blueprint("exports", __name__)


@blueprint.get("/historique")
@current_user.signed_in
def show() -> str:
    """Say what the file holds, and what it never does."""
    return _page()


@blueprint.post("/historique")
@require_recent_proof
def export_all() -> ResponseReturnValue:
    """Hand over the children's courses and the household's bills and payments."""
    form = _chosen_format()
    try:
        history = family_history.collect_history_of_family(form)
    except (NoAnswer, Unavailable):
        return _page(unavailable=True), 503
    return _download_history(history, form, "historique")


@blueprint.post("/enfants/<child_id>/parcours")
@require_recent_proof
def export_child(child_id: str) -> ResponseReturnValue:
    """Hand over one child's course."""
    child = current_overview().family.ward(child_id)
    form = _chosen_format()
    try:
        history = family_history.collect_history_of_child(child, form)
    except (NoAnswer, Unavailable):
        back = url_for("activity_history.show", child_id=child_id)
        return _page(unavailable=True, back=back), 503
    return _download_history(history, form, "parcours")


def _chosen_format() -> str:
    form = request.form.get("form", "")
    return form if form in (history_documents.JSON, history_documents.PDF) else abort(400)


def _page(**more: object) -> str:
    family = current_overview().family
    return render_template("portal/history.html", family=family, **more)


def _download_history(history: FamilyHistory, form: str, name: str) -> Response:
    day = history["made_at"].astimezone(PARIS).date().isoformat()
    if form == history_documents.PDF:
        return downloads.download_response(
            history_documents.history_pdf(history), f"{name}-{day}.pdf", "application/pdf"
        )
    return downloads.download_response(
        history_documents.history_json(history), f"{name}-{day}.json", "application/json"
    )
