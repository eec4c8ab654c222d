"""« École »: a guardian asks for a school, or for another one, and keeps the certificate."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.portal_gateway.labels import enrolment as enrolment_labels
from services.portal_gateway.notices.queries.news import StoredOrder
from services.portal_gateway.orders.commands import sending as orders
from services.portal_gateway.orders.last_order_flash import outcome_as_codes
from services.portal_gateway.overview.queries import schools
from services.portal_gateway.overview.queries.family import current_overview
from services.portal_gateway.pages.children import school_forms
from services.portal_gateway.pages.children.school_forms import read_school_wish, usual_school_year
from services.portal_gateway.pages.page_parts import households, parsing
from services.portal_gateway.pages.page_parts.downloads import download_pdf
from services.portal_gateway.session import current_user, saved_forms
from services.portal_gateway.session.queries.children import Child
from shared.contracts.dossier import guardians
from shared.contracts.enrolment.school_year import enrolments as contracts
from shared.contracts.enrolment.school_year.schools import LEVELS
from shared.contracts.errors import NoAnswer, NotFound, Refusal, Unavailable
from shared.contracts.message import Method
from shared.contracts.values import FilePart, PartRequest
from shared.register.completeness import PAPERS
from shared.register.entitlement import SCHOOL
from shared.runtime.ids import new_id
from shared.town.schools.choice import schools_by_commune
from shared.web.base.app import shell_here
from shared.web.forms.form_data import Form
from shared.web.language.provider_badges import badges_of_providers
from shared.web.language.school_enrolment_labels import MOTIVES_OF_LAW
from shared.web.language.translated_labels import State

Q = TypeVar("Q", bound=PartRequest)

blueprint = Blueprint("school", __name__)

ADDRESS = "/enfants/<child_id>/ecole"
WAIVER = f"{ADDRESS}/<provider>/<request_id>/derogation"

WAIVER_STATES: dict[str, State] = {
    contracts.WAITING: ("blue", "waiting", _l("dérogation à l’étude")),
    contracts.GRANTED: ("green", "check", _l("dérogation accordée")),
    contracts.REFUSED: ("red", "info", _l("dérogation refusée")),
}


@blueprint.get(ADDRESS)
@current_user.signed_in
def show(child_id: str) -> str:
    """Show requests and certificates of a child, and the form that asks for a school."""
    child, kept = _require_ward(child_id), saved_forms.saved_form_of_page()
    if kept is not None:
        return _page(child, school_forms.form_of_fields(kept), restored=True)
    usual = {"school_year": usual_school_year(), **dict.fromkeys(PAPERS, "later")}
    return _page(child, Form(usual | households.own_address_as_fields()))


@blueprint.post(ADDRESS)
@current_user.signed_in
def ask(child_id: str) -> ResponseReturnValue:
    """Attach the school service where it is not, then send it the request, with a waiver or not."""
    child, form = _require_ward(child_id), school_forms.sent_form()
    school_forms.check_request(form, school_providers())
    provider = form.value("provider")
    wish = (
        read_school_wish(form, provider, form.value("level"))
        if "provider" not in form.errors
        else None
    )
    if form.errors:
        return _page(child, form), 422
    once = parsing.request_id(parsing.form_key(), "link", child.id, provider)
    try:
        link = current_user.ask(
            guardians.open_link,
            guardians.LinkRequest(child.id, provider),
            request_id=once,
        ).version
    except (NoAnswer, Unavailable):
        return _page(child, form, unsaved=True), 503
    label = f"{form.value('level')}, {form.value('school_year')}"
    wanted = school_forms.request_of_form(child.id_at_service(provider), form, link, wish)
    order = orders.Order(_order_id_of_form(form), contracts.request_school, provider, wanted, label)
    outcome = orders.send_order(order)
    return _page_after_order(child, provider, outcome, "asked", partial(_page, child, form))


@blueprint.get(WAIVER)
@current_user.signed_in
def show_waiver_form(child_id: str, provider: str, request_id: str) -> str:
    """Show the form that asks for another school than that of the area."""
    child = _require_ward(child_id)
    return _waiver_page(child, _require_open_request(child, provider, request_id), Form({}))


@blueprint.post(WAIVER)
@current_user.signed_in
def ask_for_waiver(child_id: str, provider: str, request_id: str) -> ResponseReturnValue:
    """Send the wish of another school to the service that decides on the request."""
    child = _require_ward(child_id)
    asked, form = _require_open_request(child, provider, request_id), school_forms.sent_form()
    wish = read_school_wish(form, provider, asked.level)
    if wish is None and not form.errors:
        form.errors["wish_school"] = _("Choisissez une école.")
    if form.errors or wish is None:
        return _waiver_page(child, asked, form), 422
    wanted = contracts.RequestWaiverRequest(
        child_id=asked.child_id, request_id=request_id, wish=wish
    )
    label = f"{asked.level}, {asked.school_year}"
    order = orders.Order(_order_id_of_form(form), contracts.request_waiver, provider, wanted, label)
    outcome = orders.send_order(order)
    page = partial(_waiver_page, child, asked, form)
    return _page_after_order(child, provider, outcome, "waiver_asked", page)


@blueprint.post(f"{ADDRESS}/<provider>/derogations/<waiver_id>/retrait")
@current_user.signed_in
def withdraw_waiver(child_id: str, provider: str, waiver_id: str) -> ResponseReturnValue:
    """Take a waiver back that is not decided."""
    child = _require_ward(child_id)
    waiver = _require_waiver(child, provider, waiver_id, contracts.WAITING)
    order = orders.Order(
        parsing.request_id(parsing.form_key(), "withdraw", waiver_id),
        contracts.withdraw_waiver,
        provider,
        contracts.WithdrawWaiverRequest(waiver.child_id, waiver_id),
        str(_("Dérogation")),
    )
    outcome = orders.send_order(order)
    return _page_after_order(child, provider, outcome, "waiver_withdrawn")


@blueprint.post(f"{ADDRESS}/<provider>/<request_id>/retrait")
@current_user.signed_in
def withdraw(child_id: str, provider: str, request_id: str) -> ResponseReturnValue:
    """Take a request back that is not decided."""
    child = _require_ward(child_id)
    asked = _require_open_request(child, provider, request_id)
    key = parsing.request_id(parsing.form_key(), "withdraw", request_id)
    order = orders.Order(
        key,
        contracts.withdraw_school_request,
        provider,
        contracts.WithdrawSchoolRequestRequest(asked.child_id, request_id),
        f"{asked.level}, {asked.school_year}",
    )
    outcome = orders.send_order(order)
    return _page_after_order(child, provider, outcome, "withdrawn")


@blueprint.get(f"{ADDRESS}/<provider>/<enrolment_id>/certificat")
@current_user.signed_in
def download_certificate(child_id: str, provider: str, enrolment_id: str) -> Response:
    """Hand over a certificate, as the school service has it now."""
    child = _require_ward(child_id)
    known = {
        (each.provider, each.enrolment_id): each.child_id
        for each in schools.school_certificates(current_overview().cards, child.ids)
    }
    if (provider, enrolment_id) not in known:
        raise NotFound
    wanted = contracts.EnrolmentCertificateRequest(
        child_id=known[provider, enrolment_id], enrolment_id=enrolment_id
    )
    return _download(provider, contracts.enrolment_certificate, wanted)


@blueprint.get(f"{ADDRESS}/<provider>/derogations/<waiver_id>/lettre")
@current_user.signed_in
def download_refusal_letter(child_id: str, provider: str, waiver_id: str) -> Response:
    """Hand over the letter of a refused waiver."""
    child = _require_ward(child_id)
    waiver = _require_waiver(child, provider, waiver_id, contracts.REFUSED)
    wanted = contracts.WaiverLetterRequest(child_id=waiver.child_id, waiver_id=waiver_id)
    return _download(provider, contracts.waiver_letter, wanted)


def school_providers() -> list[str]:
    """Return the codes of the providers that run and enrol in schools."""
    return [
        provider.code
        for provider in shell_here().register.running_providers
        if any(activity.regime == SCHOOL for activity in provider.activities)
    ]


def _require_ward(child_id: str) -> Child:
    child = current_overview().family.ward(child_id)
    if child.carer or not school_providers():
        raise NotFound
    return child


def _download(provider: str, method: Method[Q, FilePart], wanted: Q) -> Response:
    principal = shell_here().register.provider(provider).principal
    return download_pdf(lambda asked: current_user.ask(method, asked, to=principal), wanted)


def _require_open_request(child: Child, provider: str, request_id: str) -> schools.Asked:
    """Return a request of the child's that is not decided; raises NotFound."""
    for asked in schools.school_requests(current_overview().cards, child.ids):
        if (asked.provider, asked.request_id) == (provider, request_id):
            return asked
    raise NotFound


def _require_waiver(child: Child, provider: str, waiver_id: str, state: str) -> schools.Waiver:
    """Return a waiver asked for the child, in this state; raises NotFound."""
    for waiver in schools.school_waivers(current_overview().cards, child.ids):
        if (waiver.provider, waiver.waiver_id, waiver.state) == (provider, waiver_id, state):
            return waiver
    raise NotFound


def _order_id_of_form(form: Form) -> str:
    """Return the id of a form's order: sent twice it is one, changed it is another."""
    typed = (
        ",".join(value) if isinstance(value, list) else value for value in form.values.values()
    )
    return parsing.request_id(parsing.form_key(), *typed)


def _page_after_order(
    child: Child,
    provider: str,
    outcome: object,
    did: str,
    page: Callable[..., str] | None = None,
) -> ResponseReturnValue:
    """Return the page after an order: what was done, what is on its way, or why it was refused."""
    message = outcome_as_codes(outcome, provider)
    if isinstance(outcome, Refusal) and page is not None:
        lost = message["state"] == "lost"
        return page(refused=message, unsaved=lost), 503 if lost else 422
    if isinstance(outcome, Refusal):
        did = "refused"
    else:
        saved_forms.drop_saved_form()
    flash("on_its_way" if isinstance(outcome, orders.OnItsWay) else did, "school")
    return redirect(url_for("school.show", child_id=child.id), 303)


def _orders_on_their_way(child: Child, method: Method[Any, Any]) -> list[StoredOrder]:
    """Return the orders of this method for the child that its service has not had yet."""
    return [
        order
        for order in current_overview().news.orders_waiting
        if order.child_id in child.ids and order.method == method.name
    ]


def _choices_of_wish(provider: str) -> dict[str, object]:
    """Return what the fields of a wish show: schools, motives, ways to give a paper."""
    return {
        "town_schools": schools_by_commune(school_forms.schools_of(provider)),
        "motives": schools.waiver_motives_of(provider) if provider else [],
        "motives_of_law": MOTIVES_OF_LAW,
        "paper_ways": school_forms.PAPER_WAYS,
        "form_key": new_id(),
        "labels": enrolment_labels,
    }


def _waiver_page(child: Child, asked: schools.Asked, form: Form, **more: object) -> str:
    return render_template(
        "portal/school_waiver.html",
        child=child,
        asked=asked,
        form=school_forms.form_with_labels(form),
        **_choices_of_wish(asked.provider),
        **more,
    )


def _page(child: Child, form: Form, **more: object) -> str:
    cards, services = current_overview().cards, school_providers()
    provider = services[0] if len(services) == 1 else form.value("provider")
    return render_template(
        "portal/school.html",
        child=child,
        form=school_forms.form_with_labels(form),
        requests=schools.school_requests(cards, child.ids),
        certificates=schools.school_certificates(cards, child.ids),
        waivers=schools.school_waivers(cards, child.ids),
        waiver_states=WAIVER_STATES,
        waiting=_orders_on_their_way(child, contracts.request_school),
        waiting_waivers=_orders_on_their_way(child, contracts.request_waiver),
        services=badges_of_providers(shell_here().register, services),
        years=[(year, year) for year in school_forms.school_years()],
        levels=LEVELS,
        papers=PAPERS,
        missing_papers=school_forms.papers_in_words,
        paper_labels=school_forms.PAPER_LABELS,
        optional_wish=True,
        **_choices_of_wish(provider),
        **more,
    )
