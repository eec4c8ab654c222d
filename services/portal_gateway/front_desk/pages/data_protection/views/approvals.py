"""Widenings of the town file: what exactly would change, approved or refused with a reason."""

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.front_desk.approvals import commands, queries
from services.portal_gateway.front_desk.approvals.commands import DecidedMeanwhile
from services.portal_gateway.front_desk.approvals.rules import Decision
from services.portal_gateway.front_desk.pages.data_protection.widenings import changes_of_widenings
from services.portal_gateway.front_desk.store import store
from shared.contracts.errors import NotFound
from shared.contracts.portal_gateway.widening_approvals import APPROVED, MOST_REASON, REFUSED
from shared.dates.clock import now
from shared.register.entitlement import PERSON_REQUESTS
from shared.web.agents import current_agent as agent
from shared.web.forms.form_data import Form

blueprint = Blueprint("approvals", __name__, url_prefix="/donnees/elargissements")


@blueprint.get("")
@agent.for_agents_who_may(PERSON_REQUESTS)
def show() -> str:
    """Show what the town file asks for, and what became of what was asked before."""
    return _page({})


@blueprint.post("/<uuid:request_id>")
@agent.for_agents_who_may(PERSON_REQUESTS)
def decide(request_id: UUID) -> ResponseReturnValue:
    """Approve or refuse what was shown; `preau apply` signs what is approved."""
    verdict, seen = request.form.get("verdict", ""), request.form.get("seen", "")
    if verdict not in (APPROVED, REFUSED) or not seen.isdecimal():
        abort(400)
    reason = request.form.get("reason", "").replace("\r\n", "\n").strip()
    form = Form({"reason": reason}, labels={"reason": _("Pourquoi")})
    if not reason or len(reason) > MOST_REASON:
        form.errors["reason"] = _(
            "Écrivez pourquoi, en %(most)s caractères au plus.", most=MOST_REASON
        )
        return _page({str(request_id): form}), 422
    session = agent.require_agent().session
    decision = Decision(verdict, reason, session.subject, session.name, now())
    try:
        with store.write() as write:
            commands.decide_on_approval(write, str(request_id), decision, seen=int(seen[:6]))
    except NotFound:
        abort(404)
    except DecidedMeanwhile:
        flash("meanwhile", "approval")
    else:
        flash(verdict, "approval")
    return redirect(url_for("approvals.show", _anchor="confirmation"), 303)


def _page(forms: dict[str, Form]) -> str:
    with store.read() as read:
        requests = queries.approval_requests(read)
    return render_template(
        "front_desk/approvals.html",
        open=[each for each in requests if each.is_open],
        past=[each for each in requests if not each.is_open],
        forms_of={each.id: forms.get(each.id, Form({})) for each in requests},
        changes_of=changes_of_widenings,
        most=MOST_REASON,
    )
