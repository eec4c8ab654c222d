"""One application: en route, to be decided, offered, waiting, accepted or refused, and why."""

from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from flask import Blueprint, redirect, render_template, request, url_for

from services.portal_gateway.enrolment.queries import offers
from services.portal_gateway.labels import enrolment as enrolment_labels
from services.portal_gateway.notices.queries import news
from services.portal_gateway.notices.queries.news import StoredOrder
from services.portal_gateway.orders import commands as orders
from services.portal_gateway.orders import labels as confirmations
from services.portal_gateway.orders.flash import application_state, flash_outcome
from services.portal_gateway.overview.queries.family import current_overview, to_answer
from services.portal_gateway.pages import parsing
from services.portal_gateway.schedule.rules import Application
from services.portal_gateway.session import current_user
from services.portal_gateway.store import store
from shared.contracts.enrolment import places
from shared.contracts.errors import NotFound
from shared.contracts.message import Method
from shared.dates.clock import now, today
from shared.runtime.ids import new_id

blueprint = Blueprint("applications", __name__)

Q = TypeVar("Q")

ADDRESS = "/demandes/<provider>/<application_id>"
MAY_WITHDRAW = (places.EN_ROUTE, places.DECIDING, places.WAITING)


@blueprint.get(ADDRESS)
@current_user.signed_in
def show(provider: str, application_id: str) -> str:
    """Show where an application stands, as its provider last told, or has just answered."""
    application = _application(provider, application_id)
    answered = application_state()
    if answered in ("", application.state):
        return _page(application)
    return _page(replace(application, state=answered, rank=None), arriving=True)


@blueprint.get("/actes/<order_id>")
@current_user.signed_in
def order(order_id: str) -> Any:
    """Show an act that was kept, or an application that is on no card yet."""
    known = current_overview()
    with store.read() as read:
        found = news.order_of(read, current_user.subject(), order_id)
    if found is None:
        raise NotFound
    told = {one.application_id: one for one in known.applications}
    if found.application_id in told:
        return redirect(_address(told[found.application_id]))
    answered = _as_answered(found)
    if answered is not None:
        return _page(answered, arriving=True)
    return render_template(
        "portal/order.html",
        order=found,
        child=next((c for c in known.family.children if c.id == found.child_id), None),
        labels=enrolment_labels,
    )


@blueprint.post(f"{ADDRESS}/reponse")
@current_user.signed_in
def answer(provider: str, application_id: str) -> Any:
    """Accept or decline a place that is kept for the child."""
    application = _application(provider, application_id)
    accept = request.form.get("accept") == "yes"
    did = "accept" if accept else "decline"
    asked = places.AnswerOfferRequest(application.child_id, application.application_id, accept)
    return _do(application, places.answer_offer, asked, {"accept": accept}, did)


@blueprint.post(f"{ADDRESS}/retrait")
@current_user.signed_in
def withdraw(provider: str, application_id: str) -> Any:
    """Take an application back, or give the place up."""
    application = _application(provider, application_id)
    did = "leave" if application.state == places.ACCEPTED else "withdraw"
    asked = places.WithdrawApplicationRequest(application.child_id, application.application_id)
    return _do(application, places.withdraw_application, asked, {}, did)


def _do(
    application: Application,
    method: Method[Q, places.ApplicationStatus],
    asked: Q,
    more: dict[str, Any],
    did: str,
) -> Any:
    ids = application.child_id, application.application_id
    outcome = orders.do(
        orders.Order(
            parsing.request_id(parsing.form_key(), method.name, *ids, *more.values()),
            method,
            application.provider,
            asked,
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
    return redirect(_address(application, confirmations.ANCHOR), 303)


def _address(application: Application, anchor: str | None = None) -> str:
    return url_for(
        "applications.show",
        provider=application.provider,
        application_id=application.application_id,
        _anchor=anchor,
    )


def _closes_at(application: Application) -> datetime | None:
    """Return until when applications are taken, where that is still to come."""
    with store.read() as read:
        found = offers.offer(read, application.provider, application.activity_id, today())
    closes = found.closes_at if found else None
    return closes if closes and closes > now() else None


def _application(provider: str, application_id: str) -> Application:
    """Return one of the family's applications; raises NotFound, for another family's too."""
    for one in current_overview().applications:
        if (one.provider, one.application_id) == (provider, application_id):
            return one
    raise NotFound


def _as_answered(found: StoredOrder) -> Application | None:
    """Return the application as its provider answered it, until a card tells of it."""
    answer, more = found.answer or {}, found.more or {}
    if found.method != places.apply.name or "state" not in answer:
        return None
    row = {
        "rank": None,
        "answer_until": None,
        "reason": "",
        "reason_detail": {},
        **answer,
        "activity_id": more.get("activity_id", ""),
        "activity": more.get("activity", found.label),
        "group": more.get("group", ""),
    }
    return Application.of(found.provider, found.child_id, row)


def _page(application: Application, arriving: bool = False) -> str:
    known = current_overview()
    return render_template(
        "portal/application.html",
        application=application,
        child=known.family.child(application.child_id),
        state=enrolment_labels.APPLICATIONS[application.state],
        to_answer=to_answer(application, now()) and not arriving,
        may_withdraw=application.state in MAY_WITHDRAW and not arriving,
        arriving=arriving,
        confirmed=confirmations.of_page(),
        closes_at=_closes_at(application),
        as_of=known.as_of(application.provider)
        if application.provider in known.unavailable
        else None,
        waiting=[
            each
            for each in known.news.waiting
            if each.application_id == application.application_id and each.method != "apply"
        ],
        form_key=new_id(),
        labels=enrolment_labels,
    )
