"""Page that copies last year's offer as drafts for the administrator, with what would differ."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.enrolment.desk.access import agent
from services.enrolment.desk.offer import labels as offer_labels
from services.enrolment.desk.page_parts.blueprints import desk_blueprint
from services.enrolment.offer.commands import copying_last_year
from services.enrolment.offer.queries import copied_year_preview as to_copy
from services.enrolment.offer.rules.calendar import next_school_year
from services.enrolment.store import store

blueprint = desk_blueprint("offer_copies", "/offre/copier", labels=offer_labels)


@blueprint.get("/<year>")
@agent.for_administrators
def show(year: str) -> str:
    """Show what copying that year into the next would make; nothing is stored."""
    following = _year_after(year)
    with store.read() as read:
        copies, known = to_copy.preview_copies(read, year)
    return render_template(
        "desk/offer/copy.html", year=year, following=following, copies=copies, known=known
    )


@blueprint.post("/<year>")
@agent.for_administrators
def copy(year: str) -> ResponseReturnValue:
    """Add the drafts of the chosen activities."""
    following = _year_after(year)
    with store.write() as write:
        added = copying_last_year.copy_activities(write, year, request.form.getlist("activity"))
    flash("copied" if added else "nothing_copied")
    return redirect(url_for("offer.show", annee=following), 303)


def _year_after(year: str) -> str:
    try:
        return next_school_year(year)
    except ValueError:
        abort(404)
