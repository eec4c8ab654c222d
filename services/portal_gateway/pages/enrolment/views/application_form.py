"""Form of an application for a place; the page shows the recipients before it is sent."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.portal_gateway.bills import labels as bill_labels
from services.portal_gateway.calls.applicants_and_prices import (
    OfferAnswers,
    ask_applicants_and_prices,
)
from services.portal_gateway.enrolment.queries import offers
from services.portal_gateway.enrolment.rules.joinable_offers import (
    Offer,
    first_fitting_day,
    hours_of_child_in_group,
    split_offers_by_joinability,
)
from services.portal_gateway.labels import enrolment as enrolment_labels
from services.portal_gateway.orders.commands import sending as orders
from services.portal_gateway.orders.last_order_flash import outcome_as_codes
from services.portal_gateway.overview.queries.completeness import (
    MissingSection,
    asked_papers,
    missing_sections_of,
)
from services.portal_gateway.overview.queries.family import current_overview
from services.portal_gateway.pages.account.access import accompanied_hooks
from services.portal_gateway.pages.children.views.provider_links import projections_received
from services.portal_gateway.pages.enrolment import forms as application_form
from services.portal_gateway.pages.enrolment.rules.child_offers import (
    last_known_day,
    outgrown_places,
)
from services.portal_gateway.pages.page_parts import parsing
from services.portal_gateway.schedule.rules.family_days import Place, clashing_places
from services.portal_gateway.session import current_accompanied_session, current_user, saved_forms
from services.portal_gateway.session.queries.children import Child, Family
from services.portal_gateway.store import store
from shared.contracts.dossier import guardians
from shared.contracts.enrolment.places import family_acts
from shared.contracts.errors import NoAnswer, NotFound, Refusal, Unavailable
from shared.contracts.values import OfChild
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from shared.web.base.app import shell_here
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_cents, read_day
from shared.web.language.provider_badges import badge_by_code
from shared.web.session.request_rounds import Asked, round_request

blueprint = Blueprint("applying", __name__)

ADDRESS = "/activites/<provider>/<activity_id>"

_FIELD_LABELS = {
    "child": _l("Enfant"),
    "group": _l("Groupe"),
    "weekdays": _l("Jours"),
    "from_day": _l("À partir du"),
    "quotient": _l("Quotient"),
}


@blueprint.get(ADDRESS)
@current_user.signed_in
def show_offer(provider: str, activity_id: str) -> str:
    """Show one activity and the form that asks for a place in it."""
    offer, family = _require_offer(provider, activity_id), current_overview().family
    kept = saved_forms.saved_form_of_page()
    if kept is not None:
        form = Form(application_form.parse_values(kept))
        answers = _ask_dossier_without_prices(family, form)
        return _page(offer, family, form, answers, now(), restored=True)
    child = next((ward for ward in family.wards if ward.id == request.args.get("enfant")), None)
    chosen = child or _only_child(family)
    day, more = application_form.first_possible_day(offer), _paper_questions(chosen)
    answers = ask_applicants_and_prices([offer], family, child, day, more=more)
    former = _places_that_end_with_school(offer, chosen, answers) if chosen else []
    if chosen and former:
        day = max(day, last_known_day(answers.applicants[chosen.id], today()))
    form = Form(application_form.initial_values(offer, chosen, answers.applicants, day))
    for place in former:
        form.values["weekdays"] = [str(weekday) for weekday in place.weekdays]  # those it had
        form.values["no_fixed_day"] = "" if place.weekdays else "yes"
    return _page(offer, family, form, answers, now())


@blueprint.post(f"{ADDRESS}/prix")
@current_user.signed_in
def simulate_price(provider: str, activity_id: str) -> ResponseReturnValue:
    """Say what a place would cost with another quotient; an amount is never in an address."""
    offer, family = _require_offer(provider, activity_id), current_overview().family
    child = next((ward for ward in family.wards if ward.id == request.form.get("child")), None)
    cents = read_cents(request.form.get("quotient", ""))
    chosen = child or _only_child(family)
    day, more = application_form.first_possible_day(offer), _paper_questions(chosen)
    tried = [offer] if cents is not None else []
    answers = ask_applicants_and_prices(tried, family, child, day, cents, more)
    form = Form(
        application_form.initial_values(offer, chosen, answers.applicants, day)
        | {"quotient": request.form.get("quotient")}
    )
    if cents is None:
        form.errors = {"quotient": _("Écrivez un montant, par exemple 742 ou 742,50.")}
        return _page(offer, family, form, answers, now(), asks_price=True), 422
    return _page(offer, family, form, answers, now(), asks_price=True, quotient_cents=cents)


@blueprint.post(ADDRESS)
@current_user.signed_in
def apply(provider: str, activity_id: str) -> ResponseReturnValue:
    """Attach the provider where it is not, then ask it for the place."""
    offer, family = _require_offer(provider, activity_id), current_overview().family
    form = Form(application_form.parse_values(current_user.sent_form_fields()))
    answers = _ask_dossier_without_prices(family, form)
    page = partial(_page, offer, family, form, answers, moment := now())
    if not offer.takes_applications(moment):  # nothing of a child leaves for what is refused
        return page(too_early=True), 422
    form.errors = application_form.mistakes(offer, family, form, answers.applicants)
    if form.errors:
        return page(), 422
    child = family.ward(form.value("child"))
    clashes = _clashes_with_places(offer, child, form.value("group"), form, answers)
    if clashes.firm:
        form.errors = {"group": clashes.sentences[0]}
        return page(), 422
    if clashes.sentences and form.value("anyway") != "yes":
        return page(clashes=clashes.sentences), 409
    try:
        link = _open_link_to_provider(child, provider)
    except (NoAnswer, Unavailable):
        return page(notice="dossier"), 503
    order = _application_order(offer, child, form, link)
    outcome = orders.send_order(order)
    if isinstance(outcome, family_acts.AlreadyApplied) and outcome.detail.get("application_id"):
        application_id = outcome.detail["application_id"]
        if current_overview().renewals and not current_overview().is_on_card(application_id):
            return redirect(url_for("renewal.show"), 303)  # it is kept for an answer there
        flash("already", "application")
        address = url_for("applications.show", provider=provider, application_id=application_id)
        return redirect(address, 303)
    if isinstance(outcome, Refusal):
        message = outcome_as_codes(outcome, provider)
        status = 503 if message["state"] == "lost" else 422
        return page(notice=message["state"], outcome=message), status
    if not isinstance(outcome, orders.OnItsWay):
        orders.store_answer(order, outcome)
    saved_forms.drop_saved_form()
    return redirect(url_for("applications.show_order", order_id=order.order_id), 303)


def _open_link_to_provider(child: Child, provider: str) -> int:
    """Open the link, or find it open; return its version, which the application carries."""
    once = parsing.request_id(parsing.form_key(), "link", child.id, provider)
    request = guardians.LinkRequest(child.id, provider)
    return current_user.ask(guardians.open_link, request, request_id=once).version


@dataclass(frozen=True)
class Clashes:
    """Sentences on a child's places at the same hours; `firm` where it cannot be in both."""

    sentences: list[str]
    firm: bool


def _clashes_with_places(
    offer: Offer, child: Child | None, group_id: str, form: Form, answers: OfferAnswers
) -> Clashes:
    """
    Return what a child already has when a group meets; warnings, but for one provider.

    A place that the one asked for will replace is none.
    """
    group = offer.find_group(group_id)
    if child is None or group is None:
        return Clashes([], False)
    by_day = offer.content["booking"] == "by_day"
    if by_day and application_form.has_no_fixed_day(form):
        return Clashes([], False)
    chosen = parsing.parse_weekdays(form.values["weekdays"]) if by_day else ()
    first = read_day(form.value("from_day")) or application_form.first_possible_day(offer)
    wanted = hours_of_child_in_group(group, first, chosen)
    own = (offer.activity_id, group["label"])  # of this one the provider says so itself
    replaced = _outgrown_places_of_offer(offer, child, answers, first)
    held = [
        place
        for place in current_overview().places
        if (place.activity_id, place.group) != own and place not in replaced
    ]
    found = clashing_places(held, child.ids, wanted)
    return Clashes(
        [enrolment_labels.clash_in_words(child.first_name, place, days) for place, days in found],
        not by_day
        and any(
            place.provider == offer.provider and place.booking == "whole" for place, _ in found
        ),
    )


def _places_that_end_with_school(offer: Offer, child: Child, answers: OfferAnswers) -> list[Place]:
    """Return the places of this offer that the child no longer fits once it changes school."""
    applicant = answers.applicants.get(child.id)
    if applicant is None:
        return []
    day = last_known_day(applicant, today())
    return _outgrown_places_of_offer(offer, child, answers, day)


def _outgrown_places_of_offer(
    offer: Offer, child: Child, answers: OfferAnswers, day: date
) -> list[Place]:
    """Return the places of this offer that one of the child from a day on will replace."""
    applicant = answers.applicants.get(child.id)
    if applicant is None:
        return []
    places = current_overview().places
    return outgrown_places([offer], applicant, places, child.ids, today(), day)


def _other_school_sentences_by_group(
    offer: Offer, child: Child | None, family: Family, answers: OfferAnswers
) -> dict[str, list[str]]:
    """Say by group which children can come to it from a later day alone, at another school."""
    said: dict[str, list[str]] = {}
    for ward in [child] if child else family.wards:
        applicant = answers.applicants[ward.id]
        for group in offer.groups:
            day = first_fitting_day(offer, group, applicant, today())
            if applicant.next_schooling is not None and day == applicant.next_schooling.day:
                sentence = enrolment_labels.other_school_sentence(
                    ward.first_name, applicant.next_schooling
                )
                said.setdefault(group["group_id"], []).append(sentence)
    return said


def _application_order(
    offer: Offer, child: Child, form: Form, link_version: int
) -> orders.Order[family_acts.ApplyRequest, family_acts.ApplyAnswer]:
    by_day = offer.content["booking"] == "by_day"
    group = offer.find_group(form.value("group"))
    assert group is not None  # _mistakes saw to it
    request = family_acts.ApplyRequest(
        child_id=child.id_at_service(offer.provider),
        group_id=group["group_id"],
        link_version=link_version,
        weekdays=parsing.parse_weekdays(form.values["weekdays"]) if by_day else [],
        from_day=read_day(form.value("from_day")),
        criteria=list(form.values["criteria"]),
        no_fixed_day=by_day and application_form.has_no_fixed_day(form),
    )
    return orders.Order(
        parsing.request_id(parsing.form_key(), *asdict(request).values()),
        family_acts.apply,
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


def _ask_dossier_without_prices(family: Family, form: Form) -> OfferAnswers:
    """Ask what decides on the children of a family, and for the papers of the chosen one."""
    more = _paper_questions(_chosen_child(family, form))
    return ask_applicants_and_prices([], family, None, more=more)


def _chosen_child(family: Family, form: Form) -> Child | None:
    return next((ward for ward in family.wards if ward.id == form.value("child")), None)


def _only_child(family: Family) -> Child | None:
    return family.wards[0] if len(family.wards) == 1 else None


def _sections_to_complete(offer: Offer, child: Child | None) -> list[MissingSection]:
    """Return what the activity asks of a child's dossier that nobody has filled in yet."""
    if child is None:
        return []
    code, open_here = (
        offer.content["code"],
        accompanied_hooks.sections_that_may_be_opened().values(),
    )
    missing = missing_sections_of(shell_here().register, child, offer.provider, code)
    return [section for section in missing if section.slug in open_here]


def _paper_questions(
    child: Child | None,
) -> list[Asked[guardians.CompletenessAnswer]]:
    """Return the question for a child's papers, none where nobody may read the answer."""
    if child is None or current_accompanied_session.current_accompanied_session() is not None:
        return []
    return [round_request(guardians.completeness, OfChild(child.id))]


def _page(
    offer: Offer,
    family: Family,
    form: Form,
    answers: OfferAnswers,
    moment: datetime,
    **more: object,
) -> str:
    """Return the page as of a moment, one for all: it may be that in which requests open."""
    register = shell_here().register
    child = _chosen_child(family, form)
    form.labels = {name: str(label) for name, label in _FIELD_LABELS.items()}
    meets = sorted({day for group in offer.groups for day in group["weekdays"]})
    (suggestion,) = split_offers_by_joinability([offer], answers.applicants, today())
    return render_template(
        "portal/apply.html",
        offer=offer,
        provider=badge_by_code(register, offer.provider),
        to_complete=_sections_to_complete(offer, child),
        papers=[
            paper
            for answer in answers.more
            for paper in asked_papers(register, offer.provider, offer.content["code"], answer)
        ],
        prices=answers.prices,
        **_projections_received_for(offer),
        suggestion=suggestion,
        family=family,
        child=child,
        follows=child is not None and offer.provider in child.providers,
        form=form,
        other_school=_other_school_sentences_by_group(offer, child, family, answers),
        clash_of=lambda group_id: (
            _clashes_with_places(offer, child, group_id, form, answers).sentences
        ),
        days=[(str(day), str(enrolment_labels.WEEKDAYS[day])) for day in meets],
        open_now=offer.takes_applications(moment),
        opens_in=offer.seconds_until_open(moment),
        form_key=new_id(),
        labels=enrolment_labels,
        bill_labels=bill_labels,
        **more,
    )


def _projections_received_for(offer: Offer) -> dict[str, object]:
    """Return what a service receives for an offer, and what it receives for all it does besides."""
    register = shell_here().register
    received = projections_received(register, register.provider(offer.provider))
    activity = offer.content["code"]
    own = [each for each in received if each.is_received_for_activity(activity)]
    besides = [each for each in received if not each.narrowed and each not in own]
    return {"receives": own, "receives_besides": besides}
