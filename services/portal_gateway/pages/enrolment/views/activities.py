"""« Activités »: what one child can join, for how much; what it has; and why not the rest."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from flask import Blueprint, render_template, request, url_for

from services.portal_gateway.bills import labels as bill_labels
from services.portal_gateway.calls import prices
from services.portal_gateway.calls.applicants_and_prices import ask_applicants_and_prices
from services.portal_gateway.enrolment.queries import offers
from services.portal_gateway.enrolment.rules.joinable_offers import Offer
from services.portal_gateway.enrolment.rules.search_words import SAID, best_matches
from services.portal_gateway.labels import enrolment as enrolment_labels
from services.portal_gateway.overview.queries.family import FamilyOverview, current_overview
from services.portal_gateway.pages.enrolment import activity_labels
from services.portal_gateway.pages.enrolment.pages_found_by_search import pages_for_query
from services.portal_gateway.pages.enrolment.rules import child_offers
from services.portal_gateway.pages.enrolment.rules.child_offers import (
    ClosedOffer,
    Key,
    OpenOffer,
    Wishes,
)
from services.portal_gateway.pages.page_parts import parsing
from services.portal_gateway.pages.page_parts.list_lines import Line
from services.portal_gateway.pages.public.prices.labels import KINDS
from services.portal_gateway.schedule.rules.family_days import Application, Place
from services.portal_gateway.session import current_user
from services.portal_gateway.session.queries.children import Child
from services.portal_gateway.store import store
from shared.contracts.enrolment.place_conditions import Applicant
from shared.contracts.enrolment.places import states
from shared.dates.clock import now, today
from shared.register.entitlement import REGIMES, Activity
from shared.text import folded
from shared.web.base.app import shell_here

blueprint = Blueprint("finding", __name__)

LONGEST_SEARCH = 80
HOLIDAYS = "v"
ASKED = (states.EN_ROUTE, states.DECIDING, states.WAITING, states.OFFERED)


@blueprint.get("/activites")
@current_user.signed_in
def show_activities_of_child() -> str:
    """Show what one child can join, in one round of questions; without children, whom to call."""
    overview = current_overview()
    if not overview.family.wards:
        return render_template("portal/activities.html", child=None)
    child = _child_asked_in_address(overview)
    words = request.args.get("q", "")[:LONGEST_SEARCH].strip()
    everything = _running_offers()
    sought = _offers_answering_query(everything, words)
    answers = ask_applicants_and_prices(sought, replace(overview.family, children=(child,)), child)
    applicant, moment = answers.applicants[child.id], now()
    outgrown = _places_that_end_with_school(overview, child, applicant, sought)
    has = _places_and_applications(overview, child, outgrown)
    replaced = {key: place for key, place in has.items() if place in outgrown}
    open_offers, closed = child_offers.offers_for_child(
        [each for each in sought if has.get(_key_of_offer(each)) in (None, *outgrown)],
        applicant,
        [place for place in overview.places if place not in outgrown],
        child.ids,
        moment,
        today(),
        dict.fromkeys(replaced, child_offers.last_known_day(applicant, today())),
    )
    wishes, kind = _wishes_asked_in_address(), _kind_asked_in_address()
    found = _offers_of_kind(child_offers.narrow_by_wishes(open_offers, wishes), kind)
    return render_template(
        "portal/activities.html",
        child=child,
        family=overview.family,
        known_of=activity_labels.what_child_was_judged_by(child, applicant),
        found=found,
        replaced=replaced,
        changes_school=applicant.next_schooling,
        hidden=len(open_offers) - len(found),
        held=_lines_of_places_and_applications(has, sought if words else None),
        **_closed_offers_in_words(closed, child, moment),
        pages=pages_for_query(words),
        anything=bool(everything),
        words=words,
        wishes=wishes,
        kind=kind,
        kinds=_regimes_of_offers(everything),
        kind_labels=KINDS,
        prices=prices.least_prices(answers.prices),
        today=today(),
        finding_labels=activity_labels,
        labels=enrolment_labels,
        bill_labels=bill_labels,
    )


def _child_asked_in_address(overview: FamilyOverview) -> Child:
    """Return the child that the address names, or the first."""
    wards = overview.family.wards
    asked = request.args.get("enfant", "")
    return next((ward for ward in wards if asked in ward.ids), wards[0])


def _running_offers() -> list[Offer]:
    running = {provider.code for provider in shell_here().register.running_providers}
    with store.read() as read:
        return [each for each in offers.offers_from_day(read, today()) if each.provider in running]


def _wishes_asked_in_address() -> Wishes:
    days = request.args.getlist("jour")
    order = request.args.get("tri", "")
    return Wishes(
        weekdays=parsing.parse_weekdays(days),
        holidays=HOLIDAYS in days,
        with_room=request.args.get("libres") == "1",
        clear=request.args.get("compatible") == "1",
        order=order if order in child_offers.ORDERS else child_offers.FREE_FIRST,
    )


def _kind_asked_in_address() -> str:
    kind = request.args.get("genre", "")
    return kind if kind in REGIMES else ""


def _offers_answering_query(everything: Sequence[Offer], words: str) -> list[Offer]:
    """Return the offers that answer to what was typed; all where nothing was."""
    if not folded(words):
        return list(everything)
    return best_matches([(_searched_words_of_offer(offer), offer) for offer in everything], words)[
        0
    ]


def _searched_words_of_offer(offer: Offer) -> set[str]:
    """Return what an offer answers to: its own names, its provider's, and what families call it."""
    content, activity = offer.content, _town_file_activity(offer)
    said = (
        [activity.label, *(SAID.get(each, "") for each in (activity.regime, *activity.tags))]
        if activity
        else []
    )
    names = [content["label"], content["description"], content["site"], *said]
    names += [name for group in offer.groups for name in (group["label"], group.get("site", ""))]
    return set(folded(" ".join(names)).split())


def _town_file_activity(offer: Offer) -> Activity | None:
    """Return what the town file says of an offer's activity."""
    return next(
        (
            activity
            for provider in shell_here().register.now.providers
            if provider.code == offer.provider
            for activity in provider.activities
            if activity.code == offer.content["code"]
        ),
        None,
    )


def _regime_of_offer(offer: Offer) -> str:
    activity = _town_file_activity(offer)
    return activity.regime if activity else ""


def _offers_of_kind(found: Iterable[OpenOffer], kind: str) -> list[OpenOffer]:
    return [each for each in found if kind in ("", _regime_of_offer(each.offer))]


def _regimes_of_offers(offers: Collection[Offer]) -> list[str]:
    found = {_regime_of_offer(each) for each in offers}
    return [regime for regime in REGIMES if regime in found]


def _places_that_end_with_school(
    overview: FamilyOverview, child: Child, applicant: Applicant, sought: Collection[Offer]
) -> list[Place]:
    """Return the places that a child no longer fits, at the latest when it changes school."""
    day = child_offers.last_known_day(applicant, today())
    return child_offers.outgrown_places(sought, applicant, overview.places, child.ids, today(), day)


def _places_and_applications(
    overview: FamilyOverview, child: Child, outgrown: Collection[Place]
) -> dict[Key, Place | Application]:
    """
    Return what a child has or has asked for, by activity: a place before an application.

    A place that it does not fit comes behind both: they are for the one in its stead.
    """
    asked = {
        (each.provider, each.activity_id): each
        for each in overview.applications
        if each.child_id in child.ids and each.state in ASKED
    }
    given = {
        (place.provider, place.activity_id): place
        for place in sorted(overview.places, key=lambda place: place in outgrown)[::-1]
        if place.child_id in child.ids and not _is_place_over(place)
    }
    ends = {key: place for key, place in given.items() if place in outgrown}
    return ends | asked | {key: place for key, place in given.items() if key not in ends}


def _is_place_over(place: Place) -> bool:
    return place.hours.last_day is not None and place.hours.last_day < today()


def _lines_of_places_and_applications(
    has: dict[Key, Place | Application], sought: Collection[Offer] | None
) -> list[Line]:
    """Return the ways to what a child has; where words were typed, to what answers to them."""
    keys = None if sought is None else {_key_of_offer(offer) for offer in sought}
    return [
        _line_of_place_or_application(each)
        for key, each in has.items()
        if keys is None or key in keys
    ]


def _line_of_place_or_application(held: Place | Application) -> Line:
    if isinstance(held, Place):
        days = enrolment_labels.fixed_days_in_words(held.weekdays)
        return Line(
            url_for("week.show"),
            held.activity,
            ", ".join(filter(None, [days, held.site])),
            provider=held.provider,
        )
    return Line(
        url_for("applications.show", provider=held.provider, application_id=held.application_id),
        held.activity,
        str(enrolment_labels.APPLICATIONS[held.state][2]),
        provider=held.provider,
    )


def _closed_offers_in_words(
    closed: Iterable[ClosedOffer], child: Child, moment: datetime
) -> dict[str, object]:
    """Return which offers open later than a moment, and why the others are closed."""
    later: list[ClosedOffer] = []
    others: list[ClosedOffer] = []
    for each in closed:
        (later if each.opens_later(moment) else others).append(each)
    return {
        "coming": _lines_of_offers_to_come(later, child),
        "reasons": activity_labels.reasons_for_closed_offers(others, child),
    }


def _lines_of_offers_to_come(later: Iterable[ClosedOffer], child: Child) -> list[Line]:
    """Return the ways to forms that may be filled in now and are sent once requests open."""
    return [
        Line(
            url_for(
                "applying.show_offer",
                provider=each.offer.provider,
                activity_id=each.offer.activity_id,
                enfant=child.id,
            ),
            each.offer.content["label"],
            activity_labels.opening_sentence(each.offer),
            provider=each.offer.provider,
        )
        for each in sorted(later, key=lambda each: each.offer.opens_at)
    ]


def _key_of_offer(offer: Offer) -> Key:
    return offer.provider, offer.activity_id
