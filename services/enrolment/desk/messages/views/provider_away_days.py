"""Days on which the provider does not answer, with a sentence that families read first."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.conversations.commands import provider_away_days
from services.enrolment.conversations.queries import provider_away_days as away_queries
from services.enrolment.desk.access import agent
from services.enrolment.store import store
from shared.dates.clock import now, today
from shared.register.entitlement import CONVERSATIONS
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day

blueprint = Blueprint("away", __name__, url_prefix="/messages/absence")

MOST_SENTENCE = 200


@blueprint.get("")
@agent.for_agents_who_may(CONVERSATIONS)
def show() -> str:
    """Show the absences to come, and the form of a new one."""
    return _page(Form({"sentence": _("Nous répondrons à notre retour.")}))


@blueprint.post("")
@agent.for_agents_who_may(CONVERSATIONS)
def announce() -> ResponseReturnValue:
    """Announce that the provider does not answer on these days."""
    names = ("first_day", "last_day", "sentence")
    form = Form({name: request.form.get(name, "").strip() for name in names})
    first, last = read_day(form.value("first_day")), read_day(form.value("last_day"))
    if first is None:
        form.errors["first_day"] = _("Écrivez le premier jour.")
    if last is None or last < max(first or today(), today()):
        form.errors["last_day"] = _("Écrivez le dernier jour : le premier, ou plus tard.")
    if not 0 < len(form.value("sentence")) <= MOST_SENTENCE:
        form.errors["sentence"] = _("Écrivez une phrase, de 200 caractères au plus.")
    if form.errors or first is None or last is None:
        return _page(form), 422
    with store.write() as write:
        provider_away_days.announce_away_days(write, first, last, form.value("sentence"), now())
    flash("announced")
    return redirect(url_for("away.show"), 303)


@blueprint.post("/<uuid:away_id>/retirer")
@agent.for_agents_who_may(CONVERSATIONS)
def take_back(away_id: UUID) -> ResponseReturnValue:
    """End an announced absence."""
    with store.write() as write:
        provider_away_days.withdraw_away_days(write, str(away_id), now())
    return redirect(url_for("away.show"), 303)


def _page(form: Form) -> str:
    form.labels = {
        "first_day": _("Du"),
        "last_day": _("Au"),
        "sentence": _("Phrase que les familles lisent"),
    }
    with store.read() as read:
        announced = away_queries.announced_away_days(read, today())
    return render_template("desk/messages/away.html", form=form, announced=announced)
