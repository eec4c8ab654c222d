"""« Parcours »: what a child did, a year at a time, in monthly counts, for its family (R10)."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from services.portal_gateway.pages import parsing as typed
from services.portal_gateway.session import current_user as person
from services.portal_gateway.session.queries import children as family
from shared.contracts.dossier import dossier
from shared.contracts.errors import NoAnswer, Refusal, Unavailable
from shared.contracts.message import Empty
from shared.runtime.ids import new_id

blueprint = Blueprint("course", __name__)


@blueprint.get("/enfants/<child_id>/parcours")
@person.signed_in
def show(child_id: str) -> str:
    """Show the latest year, or the one that is chosen; of one provider where that is chosen."""
    return _page(child_id)


@blueprint.post("/enfants/<child_id>/parcours/effacer")
@person.signed_in
def delete(child_id: str) -> Any:
    """Delete the course: a guardian's right."""
    try:
        request = dossier.DeleteHistoryRequest(child_id)
        person.ask(dossier.delete_history, request, request_id=typed.act())
    except (NoAnswer, Unavailable):
        return _page(child_id, silent=True), 503
    flash("course", "deleted")
    return redirect(url_for("course.show", child_id=child_id), 303)


def _page(child_id: str, silent: bool = False) -> str:
    year = typed.school_year(request.args.get("annee", ""))
    provider = typed.code(request.args.get("service", ""))
    asked = dossier.HistoryRequest(child_id, year or dossier.LATEST, provider)
    children, told = person.ask_all((dossier.my_children, Empty()), (dossier.history, asked))
    child = family.family_from(children).child(child_id)
    if isinstance(told, Refusal):
        raise told
    lines = sorted(told.lines, key=lambda line: (line["label"], line["provider"], line["origin"]))
    return render_template(
        "portal/course.html",
        child=child,
        lines=[(line, _months(line["months"])) for line in lines],
        years=told.years,
        year=lines[0]["school_year"] if lines else "",
        providers=told.providers,
        provider=provider,
        silent=silent,
        act=new_id(),
    )


def _months(months: dict[str, int]) -> list[tuple[str, int]]:
    """Return the months in order, those without any left out."""
    return sorted((month, times) for month, times in months.items() if times)
