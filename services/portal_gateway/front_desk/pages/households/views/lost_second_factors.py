"""Removing the second factors of a guardian who is present and has lost them."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.front_desk.pages.households.labels import PAPERS
from services.portal_gateway.front_desk.pages.households.views.accompany import (
    ADDRESS,
    require_guardian,
)
from shared.contracts.dossier import guardians
from shared.contracts.errors import NoAnswer, NotFound, Unavailable
from shared.contracts.identity.own_account import second_factors
from shared.register.entitlement import CHECK_DOSSIERS
from shared.web.agents import current_agent as agent
from shared.web.forms.form_data import Form

blueprint = Blueprint("lost_factors", __name__)


@blueprint.get(f"{ADDRESS}/double-verification")
@agent.for_agents_who_may(CHECK_DOSSIERS)
def show(household_id: UUID, guardian_id: UUID) -> str:
    """Ask which paper the guardian has shown."""
    guardian = require_guardian(household_id, guardian_id)
    return _page(household_id, guardian, Form())


@blueprint.post(f"{ADDRESS}/double-verification")
@agent.for_agents_who_may(CHECK_DOSSIERS)
def remove_second_factors(household_id: UUID, guardian_id: UUID) -> ResponseReturnValue:
    """Remove the second factors; the password alone signs in again, and an email says so."""
    guardian = require_guardian(household_id, guardian_id)
    form = Form({"paper": request.form.get("paper", "")})
    if form.value("paper") not in PAPERS:
        form.errors = {"paper": _("Choisissez la pièce qui a été montrée.")}
        return _page(household_id, guardian, form), 422
    asked = second_factors.ResetFactorsRequest(guardian["id"], form.value("paper"))
    try:
        done = agent.ask(second_factors.reset_factors, asked)
    except NotFound:
        flash("no_factors")
    except (NoAnswer, Unavailable):
        return _page(household_id, guardian, form, unavailable=True), 503
    else:
        flash(
            ("factors_reset" if done.notified else "reset_untold") if done.reset else "no_factors"
        )
    return redirect(url_for("dossiers.show", household_id=household_id), 303)


def _page(
    household_id: UUID, guardian: guardians.NamedGuardian, form: Form, unavailable: bool = False
) -> str:
    form.labels = {"paper": _("Pièce d’identité")}
    return render_template(
        "front_desk/lost_factors.html",
        form=form,
        guardian=guardian,
        household_id=household_id,
        papers=list(PAPERS.items()),
        unavailable=unavailable,
    )
