"""The town's first page, and what is open there: published content alone, without a request."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, Response, render_template, url_for

from services.portal_gateway.enrolment.queries.offers import offers_from_day
from services.portal_gateway.labels import enrolment as enrolment_labels
from services.portal_gateway.pages.public.caching import KEPT_SECONDS, cacheable
from services.portal_gateway.pages.public.prices import labels as price_labels
from services.portal_gateway.pages.public.prices import queries as open_prices_queries
from services.portal_gateway.pages.public.town import easy_to_read, labels
from services.portal_gateway.pages.public.town.rules.enrolment_dates import dates_to_come
from services.portal_gateway.pages.public.town.rules.example_prices import choose_prices
from services.portal_gateway.session import current_user
from services.portal_gateway.store import store
from shared.dates.clock import now, today
from shared.web.base import sign_in_limits
from shared.web.base.app import shell_here
from shared.web.session import cookies

blueprint = Blueprint("town", __name__)

OPEN_PAGES = (
    *("home.show", "town.show", "town.show_activities", "menus.show", "tariffs.show", "help.show"),
    "town.show_easy",
    *("law.legal_notice", "law.accessibility", "law.privacy"),
)


def show_town_page_to_visitors(home: Callable[[], str]) -> Callable[[], Any]:
    """
    Show the town to a browser in which nobody has signed in; the others their home.

    Asked anew each time: who signs in next finds home at the same address.
    """

    @wraps(home)
    def town_page_or_home() -> object:
        return home() if cookies.read(current_user.COOKIE) else _visitors_page()

    return town_page_or_home


@blueprint.get("/ville")
@sign_in_limits.browsing
def show() -> Response:
    """Show the town's page to anybody, signed in or not."""
    return _town_page(KEPT_SECONDS)


@blueprint.get("/ville/activites")
@sign_in_limits.browsing
def show_activities() -> Response:
    """List what every provider offers, without an account: for whom, where, until when."""
    with store.read() as read:
        offered = offers_from_day(read, today())
    by_provider = [
        (provider.code, [offer for offer in offered if offer.provider == provider.code])
        for provider in shell_here().register.now.providers
    ]
    return cacheable(
        render_template(
            "portal/town/activities.html",
            by_provider=[(code, found) for code, found in by_provider if found],
            moment=now(),
            labels=enrolment_labels,
        )
    )


@blueprint.get("/facile-a-lire")
@sign_in_limits.browsing
def show_easy() -> Response:
    """Explain the most frequent acts in easy-to-read French."""
    return cacheable(
        render_template(
            "portal/town/easy.html",
            acts=easy_to_read.EASY_ACTS,
            reviewed=easy_to_read.REVIEWED,
        )
    )


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Say to search engines which pages are everybody's."""
    allowed = [f"Allow: {url_for(page)}$" for page in OPEN_PAGES]
    lines = ["User-agent: *", *allowed, "Allow: /theme/", "Disallow: /", ""]
    return Response("\n".join(lines), mimetype="text/plain")


@sign_in_limits.browsing
def _visitors_page() -> Response:
    return _town_page(kept_seconds=0)


def _town_page(kept_seconds: int) -> Response:
    register, day = shell_here().register, today()
    with store.read() as read:
        offered = offers_from_day(read, day)
        published = open_prices_queries.published_tariffs(read, register)
    return cacheable(
        render_template(
            "portal/town/landing.html",
            activities=len(offered),
            dates=dates_to_come(offered, now()),
            prices=choose_prices(published, [*price_labels.KINDS], day),
            notices=register.now.town.notices_on(day),
            labels=labels,
            price_labels=price_labels,
        ),
        kept_seconds,
    )
