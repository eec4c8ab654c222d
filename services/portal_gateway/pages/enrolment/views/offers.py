"""Offers, and the application for a place; the page shows the recipients before it is sent."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from services.portal_gateway.bills import labels as bill_labels
from services.portal_gateway.calls import prices
from services.portal_gateway.enrolment.queries import offers
from services.portal_gateway.enrolment.queries.offers import Offer
from services.portal_gateway.labels import enrolment as enrolment_labels
from services.portal_gateway.orders.commands import sending as orders
from services.portal_gateway.orders.flash import outcome_message
from services.portal_gateway.overview.queries.family import current_overview
from services.portal_gateway.pages import parsing
from services.portal_gateway.pages.children.views.links import projections_received
from services.portal_gateway.pages.enrolment import forms as application_form
from services.portal_gateway.session import current_user, saved_forms
from services.portal_gateway.session.queries.children import Child, Family
from services.portal_gateway.store import store
from shared.contracts.dossier import dossier
from shared.contracts.enrolment import places
from shared.contracts.errors import NoAnswer, NotFound, Refusal, Unavailable
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from shared.web.base.app import shell_here
from shared.web.forms.forms import Form
from shared.web.forms.parsing import read_cents, read_day
from shared.web.language.provider_marks import mark_by_code

blueprint = Blueprint("applying", __name__)

ADDRESS = "/activites/<provider>/<activity_id>"


@blueprint.get("/activites")
@current_user.signed_in
def browse() -> str:
    """Show what each provider offers, for a child and a day of the week where that is asked."""
    family = current_overview().family
    child = next((ward for ward in family.wards if ward.id == request.args.get("enfant")), None)
    weekday = next(iter(parsing.parse_weekdays(request.args.getlist("jour"))), None)
    with store.read() as read:
        everything = offers.offers(read, today())
    matching = offers.narrow_offers(everything, child, weekday)
    register = shell_here().register
    running = {provider.code for provider in register.running_providers}
    codes = sorted({offer.provider for offer in matching} & running)
    return render_template(
        "portal/activities.html",
        by_provider=[
            (mark_by_code(register, code), [offer for offer in matching if offer.provider == code])
            for code in codes
        ],
        anything=bool(everything),
        family=family,
        child=child,
        weekday=weekday,
        moment=now(),
        unavailable=current_overview().unavailable,
        labels=enrolment_labels,
    )


@blueprint.get(ADDRESS)
@current_user.signed_in
def show_offer(provider: str, activity_id: str) -> str:
    """Show one activity and the form that asks for a place in it."""
    offer, family = _require_offer(provider, activity_id), current_overview().family
    kept = saved_forms.kept()
    if kept is not None:
        return _page(offer, family, Form(application_form.parse_values(kept)), restored=True)
    child = next((ward for ward in family.wards if ward.id == request.args.get("enfant")), None)
    form = Form(application_form.fresh_values(offer, child or _only_child(family)))
    return _page(offer, family, form, prices=_prices(offer, family, child))


@blueprint.post(f"{ADDRESS}/prix")
@current_user.signed_in
def simulate_price(provider: str, activity_id: str) -> Any:
    """Say what it would cost with another quotient; an amount never stands in an address."""
    offer, family = _require_offer(provider, activity_id), current_overview().family
    child = next((ward for ward in family.wards if ward.id == request.form.get("child")), None)
    form = Form(
        application_form.fresh_values(offer, child or _only_child(family))
        | {"quotient": request.form.get("quotient")}
    )
    cents = read_cents(form.value("quotient"))
    if cents is None:
        form.errors = {"quotient": _("Écrivez un montant, par exemple 742 ou 742,50.")}
        return _page(offer, family, form, asks_price=True), 422
    quoted = _prices(offer, family, child, cents)
    return _page(offer, family, form, prices=quoted, asks_price=True, quotient_cents=cents)


@blueprint.post(ADDRESS)
@current_user.signed_in
def apply(provider: str, activity_id: str) -> Any:
    """Attach the provider where it is not, then ask it for the place."""
    offer, family = _require_offer(provider, activity_id), current_overview().family
    form = Form(application_form.parse_values(current_user.submitted()))
    form.errors = application_form.mistakes(offer, family, form)
    if form.errors:
        return _page(offer, family, form), 422
    child = family.ward(form.value("child"))
    try:
        link = _open_link(child, provider)
    except (NoAnswer, Unavailable):
        return _page(offer, family, form, notice="dossier"), 503
    order = _application_order(offer, child, form, link)
    outcome = orders.send_order(order)
    if isinstance(outcome, places.AlreadyApplied) and outcome.detail.get("application_id"):
        application_id = outcome.detail["application_id"]
        if current_overview().renewals and not current_overview().is_on_card(application_id):
            return redirect(url_for("renewal.show"), 303)  # it is kept for an answer there
        flash("already", "application")
        address = url_for("applications.show", provider=provider, application_id=application_id)
        return redirect(address, 303)
    if isinstance(outcome, Refusal):
        message = outcome_message(outcome, provider)
        status = 503 if message["state"] == "lost" else 422
        return _page(offer, family, form, notice=message["state"], outcome=message), status
    if not isinstance(outcome, orders.OnItsWay):
        orders.store_answer(order, outcome)
    saved_forms.drop()
    return redirect(url_for("applications.show_order", order_id=order.order_id), 303)


def _open_link(child: Child, provider: str) -> int:
    """Open the link, or find it open; return its version, which the application carries."""
    once = parsing.request_id(parsing.form_key(), "link", child.id, provider)
    request = dossier.LinkRequest(child.id, provider)
    return current_user.ask(dossier.open_link, request, request_id=once).version


def _application_order(
    offer: Offer, child: Child, form: Form, link_version: int
) -> orders.Order[places.ApplyRequest, places.ApplyAnswer]:
    by_day = offer.content["booking"] == "by_day"
    group = offer.group(form.value("group"))
    assert group is not None  # _mistakes saw to it
    request = places.ApplyRequest(
        child_id=child.id,
        group_id=group["group_id"],
        link_version=link_version,
        weekdays=parsing.parse_weekdays(form.values["weekdays"]) if by_day else [],
        from_day=read_day(form.value("from_day")),
        criteria=list(form.values["criteria"]),
    )
    return orders.Order(
        parsing.request_id(parsing.form_key(), *asdict(request).values()),
        places.apply,
        offer.provider,
        request,
        f"{offer.content['label']}, {group['label']}",
        {
            "activity_id": offer.activity_id,
            "activity": offer.content["label"],
            "group": group["label"],
        },
    )


def _require_offer(provider: str, activity_id: str) -> Offer:
    with store.read() as read:
        offer = offers.find_offer(read, provider, activity_id, today())
    if offer is None or provider not in {
        running_provider.code for running_provider in shell_here().register.running_providers
    }:
        raise NotFound
    return offer


def _prices(offer: Offer, family: Family, child: Child | None, cents: int | None = None) -> Any:
    """Ask what it would cost, for the chosen child or for each whom a group fits; `cents`: QF."""
    fitting = [
        ward
        for ward in family.wards
        if any(offers.group_fits_child(group, ward) for group in offer.groups)
        and child in (None, ward)
    ]
    return prices.prices_of_offer(offer, fitting, application_form.first_possible_day(offer), cents)


def _only_child(family: Family) -> Child | None:
    return family.wards[0] if len(family.wards) == 1 else None


def _page(offer: Offer, family: Family, form: Form, **more: Any) -> str:
    register = shell_here().register
    provider = register.provider(offer.provider)
    child = next((ward for ward in family.wards if ward.id == form.value("child")), None)
    form.labels = {
        "child": _("Enfant"),
        "group": _("Groupe"),
        "weekdays": _("Jours"),
        "from_day": _("À partir du"),
        "quotient": _("Quotient"),
    }
    meets = sorted({day for group in offer.groups for day in group["weekdays"]})
    return render_template(
        "portal/apply.html",
        offer=offer,
        provider=mark_by_code(register, offer.provider),
        receives=projections_received(register, provider),
        family=family,
        child=child,
        follows=child is not None and offer.provider in child.providers,
        form=form,
        days=[(str(day), str(enrolment_labels.WEEKDAYS[day])) for day in meets],
        open_now=offer.takes_applications(now()),
        moment=now(),
        form_key=new_id(),
        labels=enrolment_labels,
        bill_labels=bill_labels,
        **more,
    )
