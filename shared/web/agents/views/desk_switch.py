"""
Switch from this desk to another provider's and back, for an agent of several.

Identity gives a code for the other desk; it travels in the address, is used once within seconds,
and the page that opens has a clean address.
"""

from collections.abc import Mapping
from urllib.parse import urlencode

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from shared.contracts.errors import NoAnswer, NotEntitled, NotFound, Refusal, Unavailable
from shared.contracts.identity import desk_passing
from shared.runtime.reloading_file import ReloadingFile
from shared.web.agents import current_agent as agent
from shared.web.agents.views import sign_in
from shared.web.base import headers, sign_in_limits
from shared.web.base.app import shell_here
from shared.web.language.provider_badges import badges_of_providers

blueprint = Blueprint("passing", __name__)

LONGEST_CODE = 100


@blueprint.get("/changer-de-service")
@agent.for_signed_in_agents
def show() -> ResponseReturnValue:
    """Show the other desks of this agent."""
    return _page()


@blueprint.post("/changer-de-service")
@agent.for_signed_in_agents
def go_to_desk() -> ResponseReturnValue:
    """Go on to the desk that was chosen."""
    code = request.form.get("service", "")
    if code not in other_desks():
        abort(404)
    try:
        answer = agent.ask(desk_passing.pass_over, desk_passing.PassOverRequest(code))
    except (NoAnswer, Unavailable):
        return _page(silent=True), 503
    except (NotEntitled, NotFound):
        flash("no_right_there")
        return redirect(url_for("passing.show"), 303)
    return redirect(f"{_desk_address(code)}/entree?{urlencode({'code': answer.code})}", 303)


@blueprint.get("/entree")
@sign_in_limits.entering
def enter_from_desk() -> ResponseReturnValue:
    """Open a session for who comes from another desk; any other code leads to the sign-in page."""
    code = request.args.get("code", "")
    if not 0 < len(code) <= LONGEST_CODE:
        return _to_sign_in("not_passed")
    try:
        answer = agent.bus().ask(desk_passing.enter, desk_passing.EnterRequest(code))
    except (NoAnswer, Unavailable):
        return _to_sign_in("passing_silent")
    except Refusal:
        return _to_sign_in("not_passed")
    return sign_in.begin_session(answer, url_for(shell_here().home))


def other_desks() -> list[str]:
    """Return the other desks of this agent whose address is known here."""
    known = _desk_addresses()
    office = shell_here().office()
    own_code = office.code if office else ""
    return [
        code for code in agent.require_agent().session.desks if code in known and code != own_code
    ]


def _to_sign_in(message: str) -> Response:
    flash(message)
    return redirect(url_for("sign_in.show"), 303)


def _page(silent: bool = False) -> str:
    """Return the page, which alone has a form that leads elsewhere, to these desks."""
    codes = other_desks()
    headers.let_forms_go_to(_desk_address(code) for code in codes)
    marks = badges_of_providers(shell_here().register, codes)
    return render_template("desk/passing.html", marks=marks, silent=silent)


def _desk_address(code: str) -> str:
    return _desk_addresses()[code]


def _desk_addresses() -> Mapping[str, str]:
    desks: ReloadingFile[Mapping[str, str]] = current_app.extensions["preau_desks"]
    return desks.now
