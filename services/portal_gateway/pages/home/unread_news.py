"""« Ce qui a changé »: the latest unread notices and outcomes, each with the way to its object."""

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.portal_gateway.labels import enrolment as enrolment_labels
from services.portal_gateway.notices.queries.news import ReceivedNotice, StoredOrder
from services.portal_gateway.overview.queries.family import FamilyOverview, does_place_await_answer
from services.portal_gateway.pages.home.tasks import ACTS
from services.portal_gateway.pages.notices import labels as notice_labels
from services.portal_gateway.pages.notices.links import OF_SHARING, links_of_notice
from services.portal_gateway.pages.page_parts.list_lines import Line

MOST = 3
SHOWN_ABOVE = (
    *("bill_issued", "bill_reminder", "payment_refused", "debit_rejected", "debit_coming"),
    *("plan_part_due", "plan_granted", "plan_refused", "plan_ended"),
    *notice_labels.RENEWALS,
    *ACTS,
)
"""Notices of what has a line above: the act it asks for, or that it goes on."""
FOOD = _l("Une séance change : voyez qui sait quoi")
"""The sentence for a session with food: it says nothing of what a child may not eat."""


def lines_of_unread_news(overview: FamilyOverview, moment: datetime) -> list[Line]:
    """Return the latest of what the guardian has not read, the newest first."""
    to_answer = {
        each.application_id
        for each in overview.applications
        if does_place_await_answer(each, moment)
    }
    dated = [
        *(
            (notice.received_at, _line_of_notice(notice, overview))
            for notice in overview.news.notices
            if notice.unread
            and notice.kind not in SHOWN_ABOVE
            and notice.application_id not in to_answer
        ),
        *(
            (order.outcome_at, _line_of_answered_order(order, overview.family.first_names))
            for order in overview.news.orders_answered
            if order.unread and order.outcome_at is not None
        ),
    ]
    newest = sorted(dated, key=lambda pair: pair[0], reverse=True)
    return [line for _at, line in newest[:MOST]]


def _line_of_notice(notice: ReceivedNotice, overview: FamilyOverview) -> Line:
    links = links_of_notice(notice, overview)
    title = notice_labels.notice_title(notice.kind, notice.detail)
    return Line(
        links[0].address if links else url_for("news.show"),
        str(FOOD if notice.kind == "food" else title),
        _notice_note_in_words(notice, overview.family.first_names),
        provider=notice.provider,
    )


def _notice_note_in_words(notice: ReceivedNotice, names: dict[str, str]) -> str:
    """Say of whom and what a notice is; of what a service receives, its children alone."""
    if notice.kind in OF_SHARING:
        return notice_labels.join_child_names(notice.child_ids, names)
    return notice_labels.notice_line(notice, names)


def _line_of_answered_order(order: StoredOrder, names: dict[str, str]) -> Line:
    act = enrolment_labels.METHODS[order.method]
    return Line(
        _address_of_order(order),
        _("%(act)s : c’est fait", act=act)
        if order.done
        else _("%(act)s : ce n’a pas pu être fait", act=act),
        " · ".join(filter(None, [names.get(order.child_id, ""), order.label])),
        provider=order.provider,
    )


def _address_of_order(order: StoredOrder) -> str:
    """Lead to what came of an order; one that was refused is explained with the notices."""
    thread = (order.answer or {}).get("thread_id")
    if order.done and thread:
        return url_for("messages.read_thread", provider=order.provider, thread_id=thread)
    if order.done and order.method == "apply":
        return url_for("applications.show_order", order_id=order.order_id)
    if order.done and order.method in ("change_bookings", "set_week", "declare_absence"):
        return url_for("week.show")
    return url_for("news.show")
