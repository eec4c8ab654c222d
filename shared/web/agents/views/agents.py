"""
The administrator's page: who holds which right, where, from when, until when.

Rights live in identity; every act here is asked of it in the administrator's own name.
"""

from collections.abc import Iterator
from datetime import date
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shared.contracts.errors import BadRequest, NotEntitled, NotFound
from shared.contracts.identity import agents, rights_awaiting_holder
from shared.contracts.message import all_rows
from shared.dates.clock import today
from shared.text import folded
from shared.web.agents import current_agent as agent
from shared.web.agents.places_of_rights import codes_of_places
from shared.web.agents.role_labels import role_choices
from shared.web.forms.form_data import Form, flat_errors
from shared.web.forms.parsing import read_day

blueprint = Blueprint("agents", __name__, url_prefix="/agents")

FIELDS = ("login", "name", "role", "valid_from", "valid_to")


@blueprint.get("")
@agent.for_administrators
def show() -> str:
    """Show the agents and the form that gives a right."""
    return _page(Form({"valid_from": today().isoformat()}))


@blueprint.post("")
@agent.for_administrators
def grant() -> ResponseReturnValue:
    """Give a dated right; the code for who has none here yet is shown once, and only here."""
    sent = {name: request.form.get(name, "").strip() for name in FIELDS}
    form = Form({**sent, "places": request.form.getlist("places")})
    form.errors = _mistakes(form)
    first = read_day(form.value("valid_from"))
    if form.errors or first is None:
        return _page(form), 422
    try:
        answer = agent.ask(agents.grant_right, _grant_request(form, first))
    except BadRequest as refusal:
        form.errors = flat_errors(refusal.detail.get("errors", {}))
        return _page(form), 422
    if answer.code:
        return render_template("desk/invitation.html", code=answer.code, name=form.value("name"))
    flash("granted")
    return redirect(url_for("agents.show"), 303)


@blueprint.get("/<uuid:subject>/retirer")
@agent.for_administrators
def show_withdrawal(subject: UUID) -> ResponseReturnValue:
    """Show whose right would be withdrawn: the last one comes back with a code alone."""
    asked = (request.args.get("role", ""), request.args.get("place", ""))
    person = _listed_agent(subject)
    rights = person["rights"] if person else []
    right = next((right for right in rights if (right["role"], right["place"]) == asked), None)
    if right is None:  # somebody else has withdrawn it meanwhile
        return redirect(url_for("agents.show"), 303)
    return render_template(
        "desk/withdraw_right.html",
        person=person,
        right=right,
        place_labels=agent.desk_here().places.labels({right["place"]}),
    )


@blueprint.post("/<uuid:subject>/retirer")
@agent.for_administrators
def withdraw(subject: UUID) -> ResponseReturnValue:
    """Withdraw a right at once."""
    role, place = request.form.get("role", ""), request.form.get("place", "")
    try:
        agent.ask(agents.withdraw_right, agents.WithdrawRightRequest(str(subject), role, place))
    except BadRequest as refusal:
        form = Form(errors=flat_errors(refusal.detail.get("errors", {})))
        return _page(form), 422
    except NotFound:
        pass  # somebody else has withdrawn it meanwhile
    flash("withdrawn")
    return redirect(url_for("agents.show"), 303)


@blueprint.post("/offres/<uuid:offer>/retirer")
@agent.for_administrators
def withdraw_offer(offer: UUID) -> ResponseReturnValue:
    """Take back what waits for somebody's yes; its code is void."""
    try:
        agent.ask(
            rights_awaiting_holder.withdraw_right_offer,
            rights_awaiting_holder.WithdrawOfferRequest(str(offer)),
        )
    except NotFound:
        pass  # it was answered or withdrawn meanwhile
    else:
        flash("offer_withdrawn")
    return redirect(url_for("agents.show"), 303)


@blueprint.get("/<uuid:subject>/code")
@agent.for_administrators
def show_new_code_form(subject: UUID) -> str:
    """Show what a new code does, before it is given."""
    person = _listed_agent(subject)
    if person is None or str(subject) == agent.require_agent().session.subject:
        abort(404)
    return render_template("desk/new_code.html", person=person)


@blueprint.post("/<uuid:subject>/code")
@agent.for_administrators
def give_new_code(subject: UUID) -> ResponseReturnValue:
    """Give a new code, shown once and only here; the account is closed until it is used."""
    try:
        answer = agent.ask(agents.invite_again, agents.InviteAgainRequest(str(subject)))
    except NotEntitled:
        flash("elsewhere")
        return redirect(url_for("agents.show"), 303)
    except NotFound:
        return redirect(url_for("agents.show"), 303)
    return render_template("desk/invitation.html", code=answer.code, name=answer.name, again=True)


def _page(form: Form) -> str:
    form.labels = {
        "login": _("Identifiant"),
        "name": _("Prénom et nom"),
        "role": _("Fonction"),
        "valid_from": _("À partir du"),
        "valid_to": _("Jusqu’au"),
        "places": _("Où"),
    }
    places = agent.desk_here().places
    people = sorted(
        _listed_agents(),
        key=lambda person: (folded(person["name"]), person["subject"]),
    )
    offers = sorted(
        all_rows(agent.ask, rights_awaiting_holder.list_right_offers, lambda page: page.offers),
        key=lambda offer: (folded(offer["name"]), offer["offer"]),
    )
    held = {right["place"] for row in (*people, *offers) for right in row["rights"]}
    return render_template(
        "desk/agents.html",
        form=form,
        choices=role_choices(),
        people=people,
        offers=offers,
        sites=places.choices(),
        place_labels=places.labels(held),
        myself=agent.require_agent().session.subject,
    )


def _listed_agents() -> Iterator[agents.ListedAgent]:
    return all_rows(agent.ask, agents.list_agents, lambda page: page.agents)


def _listed_agent(subject: UUID) -> agents.ListedAgent | None:
    people = _listed_agents()
    return next((known for known in people if known["subject"] == str(subject)), None)


def _grant_request(form: Form, first: date) -> agents.GrantRightRequest:
    return agents.GrantRightRequest(
        login=form.value("login"),
        name=form.value("name"),
        role=form.value("role"),
        valid_from=first,
        valid_to=read_day(form.value("valid_to")),
        places=form.values["places"],
    )


def _mistakes(form: Form) -> dict[str, str]:
    """Return what keeps the form from being asked at all; identity words the rest."""
    errors = {}
    if not form.value("login"):
        errors["login"] = _("Écrivez l’identifiant de cette personne.")
    if not form.value("name"):
        errors["name"] = _("Écrivez son prénom et son nom.")
    if not form.value("role"):
        errors["role"] = _("Choisissez une fonction.")
    for name in ("valid_from", "valid_to"):
        if form.value(name) and read_day(form.value(name)) is None:
            errors[name] = _("Écrivez une date, par exemple 01/09/2026.")
    places = set(form.values["places"])
    if not places <= codes_of_places(agent.desk_here().places.choices()):
        errors["places"] = _("Un lieu coché n’existe plus : choisissez de nouveau.")
    elif len(places) > agents.MOST_PLACES:
        errors["places"] = _(
            "Cochez %(most)d lieux au plus : un site vaut pour tous ses groupes.",
            most=agents.MOST_PLACES,
        )
    if not form.value("valid_from"):
        errors["valid_from"] = _("Écrivez à partir de quel jour.")
    return errors
