"""« Parcours »: what a child did, a year at a time, in monthly counts, for its family (R10)."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.portal_gateway.pages.page_parts import parsing
from services.portal_gateway.session import current_user
from services.portal_gateway.session.queries.children import fetch_ward_and_answer
from shared.contracts.dossier import activity_history_requests
from shared.contracts.errors import NoAnswer, Unavailable
from shared.contracts.values import OfChild
from shared.runtime.ids import new_id
from shared.web.session.request_rounds import round_request

blueprint = Blueprint("activity_history", __name__)


@blueprint.get("/enfants/<child_id>/parcours")
@current_user.signed_in
def show(child_id: str) -> str:
    """Show the latest year, or the one that is chosen; of one provider where that is chosen."""
    return _page(child_id)


@blueprint.post("/enfants/<child_id>/parcours/effacer")
@current_user.signed_in
def delete(child_id: str) -> ResponseReturnValue:
    """Delete the course: a guardian's right."""
    try:
        request = OfChild(child_id)
        current_user.ask(
            activity_history_requests.delete_history, request, request_id=parsing.form_key()
        )
    except (NoAnswer, Unavailable):
        return _page(child_id, unavailable=True), 503
    flash("activity_history", "deleted")
    return redirect(url_for("activity_history.show", child_id=child_id), 303)


def _page(child_id: str, unavailable: bool = False) -> str:
    year = parsing.parse_school_year(request.args.get("annee", ""))
    provider = parsing.parse_provider_code(request.args.get("service", ""))
    history_request = activity_history_requests.HistoryRequest(
        child_id, year or activity_history_requests.LATEST, provider
    )
    child, history = fetch_ward_and_answer(
        child_id, round_request(activity_history_requests.history, history_request)
    )
    lines = sorted(
        history.lines, key=lambda line: (line["label"], line["provider"], line["origin"])
    )
    return render_template(
        "portal/activity_history.html",
        child=child,
        lines=[(line, _months_in_order(line["months"])) for line in lines],
        years=history.years,
        year=lines[0]["school_year"] if lines else "",
        providers=history.providers,
        provider=provider,
        unavailable=unavailable,
        form_key=new_id(),
    )


def _months_in_order(months: dict[str, int]) -> list[tuple[str, int]]:
    """Return the months in order, those without any left out."""
    return sorted((month, times) for month, times in months.items() if times)
