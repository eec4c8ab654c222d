"""« Dans votre agenda » : the secret address of a guardian's days, and the feed behind it."""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.calendar_feed.commands import (
    digest_of_feed_secret,
    make_feed,
    note_feed_was_read,
    withdraw_feed,
)
from services.portal_gateway.calendar_feed.queries import (
    days_of_feed,
    feed_state_of,
    guardian_of_feed,
)
from services.portal_gateway.calendar_feed.rules import Words, write_feed
from services.portal_gateway.session import current_user
from services.portal_gateway.session.recent_proof import require_recent_proof
from services.portal_gateway.store import store
from shared.dates.clock import now
from shared.web.base import headers, sign_in_limits
from shared.web.base.app import shell_here

blueprint = Blueprint("calendar_feed", __name__)


@blueprint.get("/compte/agenda")
@current_user.signed_in
def show() -> str:
    """Say what a feed is, and whether there is one; its address is shown nowhere any more."""
    return _page()


@blueprint.post("/compte/agenda")
@require_recent_proof
def make_feed_address() -> str:
    """Make a new address and show it, once; a former one ends."""
    with store.write() as write:
        secret = make_feed(write, current_user.subject_of_user(), now())
    return _page(url_for("calendar_feed.read_feed", secret=secret, _external=True))


@blueprint.post("/compte/agenda/retirer")
@current_user.signed_in
def withdraw() -> ResponseReturnValue:
    """End the feed; whoever has its address reads nothing from now on."""
    with store.write() as write:
        withdraw_feed(write, current_user.subject_of_user())
    flash("", "feed_withdrawn")
    return redirect(url_for("calendar_feed.show"), 303)


@blueprint.get("/agenda/<secret>.ics")
@sign_in_limits.browsing
@sign_in_limits.by_feed
def read_feed(secret: str) -> Response:
    """Return the days, to whoever has the address: a calendar signs in nowhere."""
    digest = digest_of_feed_secret(secret)
    with store.read() as session:
        found = guardian_of_feed(session, digest)
        if found is None:
            abort(404)
        subject, family = found
        days = days_of_feed(session, family)
    content = write_feed(subject, days, family.first_names, _calendar_title_and_words())
    with store.write() as write:
        note_feed_was_read(write, digest, now())
    response = Response(content, mimetype="text/calendar")
    response.add_etag()
    headers.let_reader_ask_again()
    response.make_conditional(request)
    return response


def _calendar_title_and_words() -> Words:
    town = shell_here().register.now.town.name
    return Words(_("%(town)s, nos enfants", town=town), _("annulé"))


def _page(address: str = "") -> str:
    with store.read() as session:
        feed = feed_state_of(session, current_user.subject_of_user())
    return render_template("portal/calendar_feed.html", feed=feed, address=address)
