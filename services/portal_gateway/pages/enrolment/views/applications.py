"""One application: en route, to be decided, offered, waiting, accepted or refused, and why."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import TypeVar

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.portal_gateway.enrolment.queries import offers
from services.portal_gateway.enrolment.rules.joinable_offers import Offer, first_fitting_day
from services.portal_gateway.labels import enrolment as enrolment_labels
from services.portal_gateway.notices.queries import news
from services.portal_gateway.notices.queries.news import StoredOrder
from services.portal_gateway.orders import confirmation_sentences as confirmations
from services.portal_gateway.orders.commands import sending as orders
from services.portal_gateway.orders.last_order_flash import (
    answered_application_state,
    flash_outcome,
)
from services.portal_gateway.overview.queries.family import (
    FamilyOverview,
    current_overview,
    does_place_await_answer,
)
from services.portal_gateway.pages.page_parts import parsing
from services.portal_gateway.schedule.rules.family_days import Application, Place
from services.portal_gateway.session import current_user
from services.portal_gateway.session.queries.children import Child
from services.portal_gateway.store import store
from shared.contracts.enrolment.place_conditions import Applicant
from shared.contracts.enrolment.places import family_acts, states
from shared.contracts.errors import NotFound
from shared.contracts.message import Method
from shared.dates.clock import now, today
from shared.runtime.ids import new_id

blueprint = Blueprint("applications", __name__)

Q = TypeVar("Q")

ADDRESS = "/demandes/<provider>/<application_id>"
MAY_WITHDRAW = (states.EN_ROUTE, states.DECIDING, states.WAITING)


@blueprint.get(ADDRESS)
@current_user.signed_in
def show(provider: str, application_id: str) -> str:
    """Show the state of an application, from its card or the answer just received."""
    application = _require_application(provider, application_id)
    answered = answered_application_state()
    if answered in ("", application.state):
        return _page(application)
    return _page(replace(application, state=answered, rank=None), arriving=True)


@blueprint.get("/actes/<order_id>")
@current_user.signed_in
def show_order(order_id: str) -> ResponseReturnValue:
    """Show a stored order, or an application that is on no card yet."""
    overview = current_overview()
    with store.read() as read:
        stored = news.find_order(read, current_user.subject_of_user(), order_id)
    if stored is None:
        raise NotFound
    on_cards = {application.application_id: application for application in overview.applications}
    if stored.application_id in on_cards:
        return redirect(_application_url(on_cards[stored.application_id]))
    answered = _answered_application(stored)
    if answered is not None:
        return _page(answered, arriving=True)
    return render_template(
        "portal/order.html",
        order=stored,
        child=next((c for c in overview.family.children if stored.child_id in c.ids), None),
        labels=enrolment_labels,
    )


@blueprint.post(f"{ADDRESS}/reponse")
@current_user.signed_in
def answer(provider: str, application_id: str) -> ResponseReturnValue:
    """Accept or decline a place that is kept for the child."""
    application = _require_application(provider, application_id)
    accept = request.form.get("accept") == "yes"
    did = "accept" if accept else "decline"
    order_request = family_acts.AnswerOfferRequest(
        application.child_id, application.application_id, accept
    )
    return _send_order(
        application, family_acts.answer_offer, order_request, {"accept": accept}, did
    )


@blueprint.post(f"{ADDRESS}/retrait")
@current_user.signed_in
def withdraw(provider: str, application_id: str) -> ResponseReturnValue:
    """Take an application back, or give the place up."""
    application = _require_application(provider, application_id)
    did = "leave" if application.state == states.ACCEPTED else "withdraw"
    order_request = family_acts.WithdrawApplicationRequest(
        application.child_id, application.application_id
    )
    return _send_order(application, family_acts.withdraw_application, order_request, {}, did)


def _send_order(
    application: Application,
    method: Method[Q, family_acts.ApplicationStatus],
    order_request: Q,
    more: dict[str, object],
    did: str,
) -> ResponseReturnValue:
    ids = application.child_id, application.application_id
    outcome = orders.send_order(
        orders.Order(
            parsing.request_id(parsing.form_key(), method.name, *ids, *more.values()),
            method,
            application.provider,
            order_request,
            application.activity,
            more,
        )
    )
    flash_outcome(
        outcome,
        application.provider,
        child=application.child_id,
        what=application.activity,
        did=did,
    )
    return redirect(_application_url(application, confirmations.ANCHOR), 303)


def _application_url(application: Application, anchor: str | None = None) -> str:
    return url_for(
        "applications.show",
        provider=application.provider,
        application_id=application.application_id,
        _anchor=anchor,
    )


def _open_offer_of(application: Application) -> Offer | None:
    """Return what was asked for, where it takes applications still."""
    with store.read() as read:
        offer = offers.find_offer(read, application.provider, application.activity_id, today())
    return offer if offer is not None and offer.takes_applications(now()) else None


def _children_who_may_ask_too(offer: Offer, overview: FamilyOverview) -> list[Child]:
    """Return the children who have not asked for this and could, as far as their cards say."""
    key = offer.provider, offer.activity_id
    asked = {each.child_id for each in overview.applications if _key(each) == key and _lives(each)}
    placed = {each.child_id for each in overview.places if _key(each) == key}
    return [
        ward
        for ward in overview.family.wards
        if not (asked | placed) & set(ward.ids)
        and any(
            first_fitting_day(offer, group, Applicant(ward.birth_date, ward.school), today())
            for group in offer.groups
        )
    ]


def _key(wish: Application | Place) -> tuple[str, str]:
    return wish.provider, wish.activity_id


def _lives(application: Application) -> bool:
    return application.state in (*MAY_WITHDRAW, states.OFFERED, states.ACCEPTED)


def _require_application(provider: str, application_id: str) -> Application:
    """Return one of the family's applications; raises NotFound, for another family's too."""
    for application in current_overview().applications:
        if (application.provider, application.application_id) == (provider, application_id):
            return application
    raise NotFound


def _answered_application(order: StoredOrder) -> Application | None:
    """Return the application from its provider's answer, until a card has it."""
    answer, more = order.answer or {}, order.more or {}
    if order.method != family_acts.apply.name or "state" not in answer:
        return None
    row = {
        "rank": None,
        "answer_until": None,
        "reason": "",
        "reason_detail": {},
        **answer,
        "activity_id": more.get("activity_id", ""),
        "activity": more.get("activity", order.label),
        "group": more.get("group", ""),
    }
    return Application.from_card_row(order.provider, order.child_id, row)


def _first_day_to_book(application: Application, places: Iterable[Place]) -> date | None:
    """Return from when single days are booked at its place; None where it has fixed days."""
    own = (application.child_id, application.provider, application.activity_id, application.group)
    return next(
        (
            max(place.valid_from, today())
            for place in places
            if (place.child_id, place.provider, place.activity_id, place.group) == own
            and place.booking == "by_day"
            and not place.weekdays
        ),
        None,
    )


def _page(application: Application, arriving: bool = False) -> str:
    overview, offer = current_overview(), _open_offer_of(application)
    also = _children_who_may_ask_too(offer, overview) if offer is not None else []
    return render_template(
        "portal/application.html",
        application=application,
        child=overview.family.child(application.child_id),
        state=enrolment_labels.APPLICATIONS[application.state],
        to_answer=does_place_await_answer(application, now()) and not arriving,
        may_withdraw=application.state in MAY_WITHDRAW and not arriving,
        arriving=arriving,
        confirmed=confirmations.confirmations_of_page(),
        closes_at=offer.closes_at if offer is not None else None,
        also=[ward for ward in also if application.child_id not in ward.ids],
        to_book=_first_day_to_book(application, overview.places),
        as_of=overview.time_of_latest_card(application.provider)
        if application.provider in overview.unavailable
        else None,
        waiting=[
            waiting_order
            for waiting_order in overview.news.orders_waiting
            if waiting_order.application_id == application.application_id
            and waiting_order.method != "apply"
        ],
        form_key=new_id(),
        labels=enrolment_labels,
    )
