"""Rights that another office offers to the signed-in agent: accepted with its code, or declined."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from shared.contracts.errors import NoAnswer, Refusal, Unavailable
from shared.contracts.identity import rights_awaiting_holder
from shared.contracts.identity.accounts import WHOLE_OFFICE
from shared.contracts.message import Empty
from shared.web.agents import current_agent as agent
from shared.web.agents.role_labels import office_label, role_label_at
from shared.web.base import sign_in_limits
from shared.web.base.app import shell_here
from shared.web.forms.form_data import Form
from shared.web.language.languages import local_path_or_first_page

blueprint = Blueprint("right_offers", __name__)

PAGE = "/compte/droits"
LONGEST_CODE = 60
LOOK_SECONDS = 1.0
"""Deadline at a sign-in, which does not wait for this."""


@dataclass(frozen=True)
class ShownRight:
    """A role with how many places it is for; 0 for the whole office."""

    role: str
    valid_from: date
    valid_to: date | None
    places: int


@dataclass(frozen=True)
class ShownOffer:
    """An offer in words."""

    office: str
    label: str
    rights: list[ShownRight]
    expires_at: datetime


@blueprint.get(PAGE)
@agent.for_signed_in_agents
def show() -> str:
    """Show what other offices offer, and the form that accepts with a code."""
    return _page(Form())


@blueprint.post(PAGE)
@agent.for_signed_in_agents
@sign_in_limits.by_device
def accept_rights_with_code() -> ResponseReturnValue:
    """Accept the rights of the office whose code it is."""
    form = Form({"code": request.form.get("code", "").strip()[:LONGEST_CODE]})
    if not form.value("code"):
        form.errors = {"code": _("Écrivez le code que l’on vous a remis.")}
        return _page(form), 422
    accepting = rights_awaiting_holder.AcceptOfferRequest(form.value("code"))
    try:
        answer = agent.ask(rights_awaiting_holder.accept_right_offer, accepting)
    except (NoAnswer, Unavailable):
        return _page(form, away=True), 503
    except rights_awaiting_holder.OfferUnknown:
        form.errors = {
            "code": _("Ce code n’est pas pour votre identifiant, a déjà servi ou a expiré.")
        }
        return _page(form), 422
    flash(answer.office, "accepted")
    return _to_next_page()


@blueprint.post(f"{PAGE}/refuser")
@agent.for_signed_in_agents
def decline_rights() -> ResponseReturnValue:
    """Decline what an office offers."""
    declining = rights_awaiting_holder.DeclineOfferRequest(
        request.form.get("service", "")[:40] or "-"
    )
    try:
        agent.ask(rights_awaiting_holder.decline_right_offer, declining)
    except (NoAnswer, Unavailable):
        return _page(Form(), away=True), 503
    except Refusal:
        return _to_next_page()  # it is decided already, or was never there
    flash(declining.office, "declined")
    return _to_next_page()


def path_after_sign_in(token: str, path: str) -> str:
    """Return where an agent who has just signed in goes: to what waits for a yes, first."""
    try:
        answer = agent.bus().ask(
            rights_awaiting_holder.my_right_offers, Empty(), token=token, deadline=LOOK_SECONDS
        )
    except Refusal:
        return path
    if not answer.offers or path.startswith(PAGE):
        return path
    return url_for("right_offers.show", retour=path)


def _to_next_page() -> Response:
    return redirect(url_for("right_offers.show", retour=_path_back()), 303)


def _path_back() -> str:
    return local_path_or_first_page(request.values.get("retour") or url_for(shell_here().home))


def _page(form: Form, away: bool = False) -> str:
    form.labels, office = {"code": _("Code")}, shell_here().office()
    offers: list[ShownOffer] = []
    if not away:
        try:
            own = agent.ask(rights_awaiting_holder.my_right_offers, Empty())
            offers = [_shown_offer(offer) for offer in own.offers]
        except (NoAnswer, Unavailable):
            away = True
    return render_template(
        "desk/right_offers.html",
        form=form,
        offers=offers,
        away=away,
        back=_path_back(),
        here=office.code if office else "",
        office_label=office_label,
    )


def _shown_offer(offer: rights_awaiting_holder.OwnOffer) -> ShownOffer:
    """Return an offer in words; another office's places have no names here."""
    somewhere = [right for right in offer["rights"] if right["place"] != WHOLE_OFFICE]
    places = Counter((right["role"], right["valid_from"], right["valid_to"]) for right in somewhere)
    whole = [right for right in offer["rights"] if right["place"] == WHOLE_OFFICE]
    rights = [
        ShownRight(role_label_at(offer["office"], role), first, last, count)
        for (role, first, last), count in (
            *(((right["role"], right["valid_from"], right["valid_to"]), 0) for right in whole),
            *places.items(),
        )
    ]
    return ShownOffer(offer["office"], office_label(offer["office"]), rights, offer["expires_at"])
