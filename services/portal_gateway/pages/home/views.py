"""The first page: what is to do, what happens today and tomorrow, the children; never health."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import Blueprint, render_template

from services.portal_gateway.bills import labels as bill_words
from services.portal_gateway.bills.rules.bills import Bill, due_first
from services.portal_gateway.enrolment.rules.renewals import progress
from services.portal_gateway.labels import enrolment as words
from services.portal_gateway.notices.queries.news import Told
from services.portal_gateway.orders import flash as acted
from services.portal_gateway.orders import labels as confirmations
from services.portal_gateway.overview.queries import family as mine
from services.portal_gateway.overview.queries.completeness import pages_to_fill
from services.portal_gateway.overview.queries.family import (
    Mine,
    not_on_cards,
    pending_sessions,
    to_answer,
)
from services.portal_gateway.pages.access import visit_banner as beside
from services.portal_gateway.pages.enrolment.views.renewal import lines_here
from services.portal_gateway.pages.notices import labels as notice_words
from services.portal_gateway.schedule.rules import TAKEN, Day
from services.portal_gateway.session import current_user as person
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
    """What waits to be paid: how many bills, how much in cents, until when, how much is late."""

    bills: list[Bill]
    cents: int
    due_on: date | None
    late_cents: int


@blueprint.get("/")
@person.signed_in
def show() -> str:
    """Show what is to do first: from one local read, asking nobody."""
    known, moment, day = mine.here(), now(), today()
    agenda = _two_days(known, day)
    return render_template(
        "portal/home.html",
        family=known.family,
        evening=is_evening(moment),
        slugs=beside.open_sections(),
        to_fill={child.id: pages_to_fill(child) for child in known.family.children},
        names={child.id: child.first_name for child in known.family.children},
        to_answer=[a for a in known.applications if to_answer(a, moment)],
        undecided=[a for a in known.applications if a.state in UNDECIDED],
        waiting=not_on_cards(known),
        news=[told for told in known.news.notices if told.unread and said_here(told)][:MOST_NEWS],
        owed=_owed(known, day),
        going_on=progress(lines_here(), moment),
        refused=known.accounts.refused(moment),
        bills={bill.invoice_id: bill for bill in known.accounts.to_pay},
        checked=known.accounts.checked + known.accounts.debited,
        settled=[act for act in known.news.settled if act.unread][:MOST_NEWS],
        agenda=agenda,
        confirmed=confirmations.of_days(_shown(agenda)),
        row_of=confirmations.row_of,
        silent={code: known.as_of(code) for code in known.silent},
        pending=pending_sessions(known),
        next_week=(day + timedelta(days=7 - day.weekday())).isoformat(),
        moment=moment,
        new_id=new_id,
        words=words,
        notice_words=notice_words,
        bill_words=bill_words,
    )


def said_here(told: Told) -> bool:
    """Say whether a notice is worth a line of its own: what is owed has one already."""
    return told.kind not in (*ISSUED, "payment_refused", *notice_words.RENEWALS)


def is_evening(moment: datetime) -> bool:
    """Say « bonsoir » from six in the evening, and until four in the morning."""
    return not 4 <= moment.astimezone(PARIS).hour < EVENING


def _two_days(known: Mine, first: date) -> list[tuple[date, list[ChildDay]]]:
    """Return today and tomorrow, each child's part of them."""
    days = acted.as_answered(known.days(first, first + timedelta(days=1)))
    taken = [day for day in days if day.state in TAKEN]
    return [
        (day, [_of_child(child, day, taken) for child in known.family.children])
        for day in (first, first + timedelta(days=1))
    ]


def _shown(agenda: list[tuple[date, list[ChildDay]]]) -> list[Day]:
    return [day for _, children in agenda for child in children for day in child.days]


def _of_child(child: Child, day: date, days: list[Day]) -> ChildDay:
    return ChildDay(child, [one for one in days if (one.child_id, one.day) == (child.id, day)])


def _owed(known: Mine, day: date) -> Owed | None:
    bills = known.accounts.to_pay
    if not bills:
        return None
    late = sum(bill.balance_cents for bill in bills if bill.is_late(day))
    return Owed(bills, known.accounts.owed_cents, due_first(bills, day), late)
