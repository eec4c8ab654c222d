"""A family's session at the front desk: coming in with a code, the summary, the end."""

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.portal_gateway.overview.queries.family import child_names_of
from services.portal_gateway.pages.account.access import labels as visit_labels
from services.portal_gateway.pages.account.access.views.sign_in import sign_out_at_identity
from services.portal_gateway.session import current_accompanied_session, current_user, sessions
from services.portal_gateway.session.accompanied import commands as visits
from services.portal_gateway.session.accompanied.queries import session_of_browser
from shared.contracts.errors import NoAnswer, Refusal, Unavailable
from shared.contracts.identity import accompanied_sessions
from shared.dates.clock import now
from shared.register.declarations import FRONT_DESK
from shared.web.base import sign_in_limits
from shared.web.session import cookies, csrf

blueprint = Blueprint("visits", __name__, url_prefix="/guichet")

LONGEST_CODE = 100


@blueprint.get("/entree")
@sign_in_limits.entering
def enter_with_code() -> ResponseReturnValue:
    """Open the session for which the front desk gave a code; the page that follows has none."""
    code = request.args.get("code", "")
    if not 0 < len(code) <= LONGEST_CODE:
        return _not_entered_page(), 403
    try:
        entering = accompanied_sessions.EnterAccompaniedRequest(code)
        answer = current_user.bus().ask(accompanied_sessions.enter_accompanied, entering)
    except (NoAnswer, Unavailable):
        return _not_entered_page(unavailable=True), 503
    except Refusal:
        return _not_entered_page(), 403
    moment = now()
    secret = sessions.start_session(answer, moment, former=cookies.read(current_user.COOKIE))
    visits.begin_accompanied_session(answer, secret, moment)
    csrf.renew_token()
    response = redirect(url_for("home.show"), 303)
    cookies.write(response, current_user.COOKIE, secret)
    return response


@blueprint.get("/bilan")
def summary() -> str:
    """Show what was done and seen, to print, also for a while after the end."""
    visit = session_of_browser(cookies.read(current_user.COOKIE), now())
    if visit is None:
        abort(404)
    return render_template(
        "portal/counter_summary.html",
        visit=visit,
        over=visit.is_over(now()),
        actions=visit_labels.lines_of_actions(visit, child_names_of(visit.subject)),
        pages=visit_labels.lines_of_pages_seen(visit),
        counter=current_app.extensions["preau_desks"].now.get(FRONT_DESK, ""),
    )


@blueprint.post("/terminer")
def end_session_everywhere() -> Response:
    """End the session everywhere, then show what it did."""
    session = current_user.current_session()
    if (
        session is not None
        and current_accompanied_session.current_accompanied_session() is not None
    ):
        sign_out_at_identity(session.identity_session)
        sessions.close_withdrawn_session(session.secret, now())
        visits.end_accompanied_session(session.secret, now())
    return redirect(url_for("visits.summary"), 303)


def _not_entered_page(unavailable: bool = False) -> str:
    title = (
        _("La session n’a pas pu s’ouvrir en ce moment.")
        if unavailable
        else _("Ce passage a expiré, ou il a déjà servi.")
    )
    return render_template("portal/not_entered.html", title=title)
