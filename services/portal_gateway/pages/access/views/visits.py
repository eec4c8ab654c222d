"""A family's session at the front desk: coming in with a code, the summary, the end."""

from typing import Any

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.portal_gateway.overview.queries import family as mine
from services.portal_gateway.pages.access import labels as said
from services.portal_gateway.pages.access.views.sign_in import tell_identity
from services.portal_gateway.session import current_user as person
from services.portal_gateway.session import current_visit as beside
from services.portal_gateway.session import sessions
from services.portal_gateway.session.visits import commands as visits
from services.portal_gateway.session.visits.queries import at_counter
from shared.contracts.errors import NoAnswer, Refusal, Unavailable
from shared.contracts.identity import accompanied_sessions
from shared.dates.clock import now
from shared.register.declarations import FRONT_DESK
from shared.web.base import limits
from shared.web.session import cookies
from shared.web.session import csrf as crosssite

blueprint = Blueprint("accompanied", __name__, url_prefix="/guichet")

LONGEST_CODE = 100


@blueprint.get("/entree")
@limits.entering
def enter() -> Any:
    """Open the session for which the front desk gave a code; the page that follows has none."""
    code = request.args.get("code", "")
    if not 0 < len(code) <= LONGEST_CODE:
        return _not_entered(), 403
    try:
        entering = accompanied_sessions.EnterAccompaniedRequest(code)
        answer = person.bus().ask(accompanied_sessions.enter_accompanied, entering)
    except (NoAnswer, Unavailable):
        return _not_entered(silent=True), 503
    except Refusal:
        return _not_entered(), 403
    moment = now()
    secret = sessions.start(answer, moment, former=cookies.read(person.COOKIE))
    visits.begin(answer, secret, moment)
    crosssite.renew()
    response = redirect(url_for("home.show"), 303)
    cookies.write(response, person.COOKIE, secret)
    return response


@blueprint.get("/bilan")
def summary() -> Any:
    """Show what was done and seen, to print, also for a while after the end."""
    visit = at_counter(cookies.read(person.COOKIE), now())
    if visit is None:
        abort(404)
    return render_template(
        "portal/counter_summary.html",
        visit=visit,
        over=visit.is_over(now()),
        acts=said.act_lines(visit, mine.names_of(visit.subject)),
        pages=said.page_lines(visit),
        counter=current_app.extensions["preau_desks"].now.get(FRONT_DESK, ""),
    )


@blueprint.post("/terminer")
def end() -> Response:
    """End the session everywhere, then show what it did."""
    found = person.current()
    if found is not None and beside.here() is not None:
        tell_identity(found.identity.session)
        sessions.withdraw(found.secret, now())
        visits.end(found.secret, now())
    return redirect(url_for("accompanied.summary"), 303)


def _not_entered(silent: bool = False) -> str:
    title = (
        _("La session n’a pas pu s’ouvrir en ce moment.")
        if silent
        else _("Ce passage a expiré, ou il a déjà servi.")
    )
    return render_template("portal/not_entered.html", title=title)
