"""News: notices of providers, outcomes of orders, and orders still on their way."""

from datetime import datetime
from functools import partial

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.portal_gateway.labels import enrolment as enrolment_labels
from services.portal_gateway.notices.commands.read_marks import note_news_read
from services.portal_gateway.notices.queries.news import ReceivedNotice, StoredOrder
from services.portal_gateway.overview.queries.family import (
    current_overview,
    news_of_guardian,
    orders_not_on_cards,
)
from services.portal_gateway.pages.account.access import labels as visit_labels
from services.portal_gateway.pages.notices import labels as notice_labels
from services.portal_gateway.pages.notices.links import links_of_notice
from services.portal_gateway.session import current_user
from services.portal_gateway.session.accompanied.queries import Visit
from shared.dates.clock import now

blueprint = Blueprint("news", __name__)


@blueprint.get("/nouvelles")
@current_user.signed_in
def show() -> str:
    """Show the news, the newest first, and what is on its way."""
    overview, news = current_overview(), news_of_guardian()
    entries: list[ReceivedNotice | StoredOrder | Visit] = [
        *news.notices,
        *news.orders_answered,
        *news.visits,
    ]
    entries.sort(key=_entry_moment, reverse=True)
    return render_template(
        "portal/news.html",
        entries=entries,
        waiting=orders_not_on_cards(overview),
        unread=news.count_unread,
        until=max(map(_entry_moment, entries), default=now()),
        names=overview.family.first_names,
        links_of=partial(links_of_notice, overview=overview),
        labels=enrolment_labels,
        visit_labels=visit_labels,
        notice_labels=notice_labels,
    )


@blueprint.post("/nouvelles/lues")
@current_user.signed_in
def mark_news_read() -> ResponseReturnValue:
    """Note the news as read, up to the newest that was on the page."""
    try:
        until = datetime.fromisoformat(request.form.get("until", ""))
    except ValueError:
        abort(400)
    if until.tzinfo is None:
        abort(400)
    note_news_read(current_user.subject_of_user(), min(until, now()))
    return redirect(url_for("news.show"), 303)


def _entry_moment(entry: ReceivedNotice | StoredOrder | Visit) -> datetime:
    if isinstance(entry, StoredOrder):
        assert entry.outcome_at is not None  # of `News.orders_answered`
        return entry.outcome_at
    return entry.received_at
