"""The first page: what is to do, what happens today and tomorrow, the children; never health."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from flask import Blueprint, render_template

from services.portal_gateway.bills import labels as bill_labels
from services.portal_gateway.bills.rules.bills import Bill, first_due_date
from services.portal_gateway.enrolment.rules.renewals import renewal_progress
from services.portal_gateway.labels import enrolment as enrolment_labels
from services.portal_gateway.labels.child_weeks import whose_days
from services.portal_gateway.notices.queries.news import ReceivedNotice
from services.portal_gateway.orders import labels as confirmations
from services.portal_gateway.orders.flash import days_as_answered
from services.portal_gateway.overview.queries.completeness import sections_to_fill
from services.portal_gateway.overview.queries.family import (
    FamilyOverview,
    awaits_answer,
    current_overview,
    orders_not_on_cards,
    pending_sessions,
)
from services.portal_gateway.pages.access import visit_hooks
from services.portal_gateway.pages.enrolment.views.renewal import current_lines
from services.portal_gateway.pages.notices import labels as notice_labels
from services.portal_gateway.pages.town.views.landing import town_for_visitors
from services.portal_gateway.schedule.rules import TAKEN, Day
from services.portal_gateway.session import current_user
from services.portal_gateway.session.queries.children import Child
from shared.contracts.enrolment import places
from shared.dates.clock import PARIS, now, today
from shared.runtime.ids import new_id

blueprint = Blueprint("home", __name__)

EVENING = 18
UNDECIDED = (places.EN_ROUTE, places.DECIDING, places.WAITING)
MOST_NEWS = 3
ISSUED = ("bill_issued", "bill_reminder")


@dataclass(frozen=True)
class ChildDay:
    """One child's part of a day; none where nothing is booked."""

    child: Child
    days: list[Day]


@dataclass(frozen=True)
class Owed:
    """Bills to pay: their number, sum in cents, first due date and late sum."""

    bills: list[Bill]
    cents: int
    due_on: date | None
    late_cents: int


@blueprint.get("/")
@town_for_visitors
@current_user.signed_in
def show() -> str:
    """Show what is to do first: from one local read, without a request."""
    overview, moment, day = current_overview(), now(), today()
    agenda = _two_days(overview, day)
    return render_template(
        "portal/home.html",
        family=overview.family,
        evening=is_evening(moment),
        slugs=visit_hooks.open_sections(),
        to_fill={child.id: sections_to_fill(child) for child in overview.family.children},
        names=overview.family.first_names,
        to_answer=[a for a in overview.applications if awaits_answer(a, moment)],
        undecided=[a for a in overview.applications if a.state in UNDECIDED],
        waiting=orders_not_on_cards(overview),
        news=[
            notice for notice in overview.news.notices if notice.unread and is_notice_shown(notice)
        ][:MOST_NEWS],
        owed=_owed(overview, day),
        going_on=renewal_progress(current_lines(), moment),
        refused=overview.accounts.recent_refusals(moment),
        bills={bill.invoice_id: bill for bill in overview.accounts.to_pay},
        checked=overview.accounts.bills_being_checked
        + overview.accounts.bills_with_announced_debit,
        answered=[order for order in overview.news.answered if order.unread][:MOST_NEWS],
        agenda=agenda,
        confirmed=confirmations.confirmations_of_days(_shown_sessions(agenda)),
        row_of=confirmations.row_of,
        unavailable={code: overview.as_of(code) for code in overview.unavailable},
        pending=pending_sessions(overview),
        next_week=(day + timedelta(days=7 - day.weekday())).isoformat(),
        moment=moment,
        new_id=new_id,
        labels=enrolment_labels,
        notice_labels=notice_labels,
        bill_labels=bill_labels,
        whose_days=partial(whose_days, day=day),
    )


def is_notice_shown(notice: ReceivedNotice) -> bool:
    """Say whether a notice is worth a line of its own: what is owed has one already."""
    return notice.kind not in (*ISSUED, "payment_refused", *notice_labels.RENEWALS)


def is_evening(moment: datetime) -> bool:
    """Say « bonsoir » from six in the evening, and until four in the morning."""
    return not 4 <= moment.astimezone(PARIS).hour < EVENING


def _two_days(overview: FamilyOverview, first: date) -> list[tuple[date, list[ChildDay]]]:
    """Return today and tomorrow, each child's part of them."""
    days = days_as_answered(overview.days(first, first + timedelta(days=1)))
    taken = [day for day in days if day.state in TAKEN]
    return [
        (day, [_child_day(child, day, taken) for child in overview.family.children])
        for day in (first, first + timedelta(days=1))
    ]


def _shown_sessions(agenda: list[tuple[date, list[ChildDay]]]) -> list[Day]:
    return [day for _, children in agenda for child in children for day in child.days]


def _child_day(child: Child, day: date, days: list[Day]) -> ChildDay:
    return ChildDay(
        child,
        [session for session in days if session.child_id in child.ids and session.day == day],
    )


def _owed(overview: FamilyOverview, day: date) -> Owed | None:
    bills = overview.accounts.to_pay
    if not bills:
        return None
    late = sum(bill.balance_cents for bill in bills if bill.is_late(day))
    return Owed(bills, overview.accounts.owed_cents, first_due_date(bills, day), late)
