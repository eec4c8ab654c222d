"""« École »: a guardian asks for a school, follows the request, and keeps the certificate."""

from typing import Any, cast

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.portal_gateway.labels import enrolment as enrolment_labels
from services.portal_gateway.labels.record import ELSEWHERE
from services.portal_gateway.orders.commands import sending as orders
from services.portal_gateway.orders.flash import outcome_message
from services.portal_gateway.overview.queries import schools
from services.portal_gateway.overview.queries.family import current_overview
from services.portal_gateway.pages import parsing
from services.portal_gateway.pages.children.views.address import communes
from services.portal_gateway.pages.downloads import download_pdf
from services.portal_gateway.session import current_user
from services.portal_gateway.session.queries.children import Child
from shared.contracts.dossier import dossier
from shared.contracts.enrolment import school_enrolments as contracts
from shared.contracts.enrolment.schools import LEVELS
from shared.contracts.errors import NoAnswer, NotFound, Refusal, Unavailable
from shared.contracts.message import Method
from shared.contracts.values import FilePart
from shared.dates.clock import today
from shared.register.completeness import CHILD_IDENTITY, DOMICILE, GUARDIAN_IDENTITY, PAPERS
from shared.register.entitlement import SCHOOL
from shared.runtime.ids import new_id
from shared.web.base.app import shell_here
from shared.web.forms.forms import Form
from shared.web.language.provider_marks import marks_of

blueprint = Blueprint("school", __name__)

ADDRESS = "/enfants/<child_id>/ecole"
FIELDS = ("provider", "school_year", "level", "street", "postcode", "insee", "commune", *PAPERS)

PAPER_LABELS: dict[str, Any] = {
    CHILD_IDENTITY: _l("Identité de l’enfant"),
    GUARDIAN_IDENTITY: _l("Identité des responsables"),
    DOMICILE: _l("Domicile"),
}
PAPER_WAYS: dict[str, Any] = {
    contracts.SHOWN: _l("déjà montrée à la mairie"),
    contracts.SWORN: _l("je l’atteste sur l’honneur"),
    contracts.LATER: _l("je la montrerai plus tard"),
}


WAIVER_STATES: dict[str, tuple[str, str, Any]] = {
    contracts.WAITING: ("blue", "waiting", _l("dérogation à l’étude")),
    contracts.GRANTED: ("green", "check", _l("dérogation accordée")),
    contracts.REFUSED: ("red", "info", _l("dérogation refusée")),
}


@blueprint.get(ADDRESS)
@current_user.signed_in
def show(child_id: str) -> str:
    """Show requests and certificates of a child, and the form that asks for a school."""
    child = _require_ward(child_id)
    return _page(child, Form({"school_year": _usual_year(), **dict.fromkeys(PAPERS, "later")}))


@blueprint.post(ADDRESS)
@current_user.signed_in
def ask(child_id: str) -> Any:
    """Attach the school service where it is not, then send it the request."""
    child = _require_ward(child_id)
    form = Form({name: request.form.get(name, "").strip() for name in FIELDS})
    form.errors = _mistakes(form)
    if form.errors:
        return _page(child, form), 422
    provider = form.value("provider")
    once = parsing.request_id(parsing.form_key(), "link", child.id, provider)
    try:
        link = current_user.ask(
            dossier.open_link,
            dossier.LinkRequest(child.id, provider),
            request_id=once,
        ).version
    except (NoAnswer, Unavailable):
        return _page(child, form, unsaved=True), 503
    wanted = _request_of_form(child.known_at(provider), form, link)
    key = parsing.request_id(parsing.form_key(), *form.values.values())
    label = f"{form.value('level')}, {form.value('school_year')}"
    outcome = orders.send_order(
        orders.Order(key, contracts.request_school, provider, wanted, label)
    )
    return _answer(child, provider, outcome, "asked", form)


@blueprint.post(f"{ADDRESS}/<provider>/<request_id>/retrait")
@current_user.signed_in
def withdraw(child_id: str, provider: str, request_id: str) -> Any:
    """Take a request back that is not decided."""
    child = _require_ward(child_id)
    asked = next(
        (
            each
            for each in schools.school_requests(current_overview().cards, child.ids)
            if each.request_id == request_id
        ),
        None,
    )
    if asked is None or asked.provider != provider:
        raise NotFound
    key = parsing.request_id(parsing.form_key(), "withdraw", request_id)
    order = orders.Order(
        key,
        contracts.withdraw_school_request,
        provider,
        contracts.WithdrawSchoolRequestRequest(asked.child_id, request_id),
        f"{asked.level}, {asked.school_year}",
    )
    outcome = orders.send_order(order)
    return _answer(child, provider, outcome, "withdrawn")


@blueprint.get(f"{ADDRESS}/<provider>/<enrolment_id>/certificat")
@current_user.signed_in
def certificate(child_id: str, provider: str, enrolment_id: str) -> Response:
    """Hand over a certificate, as the school service has it now."""
    child = _require_ward(child_id)
    known = {
        (each.provider, each.enrolment_id): each.child_id
        for each in schools.certificates(current_overview().cards, child.ids)
    }
    if (provider, enrolment_id) not in known:
        raise NotFound
    wanted = contracts.EnrolmentCertificateRequest(
        child_id=known[provider, enrolment_id], enrolment_id=enrolment_id
    )
    return _download(provider, contracts.enrolment_certificate, wanted)


@blueprint.get(f"{ADDRESS}/<provider>/derogations/<waiver_id>/lettre")
@current_user.signed_in
def letter(child_id: str, provider: str, waiver_id: str) -> Response:
    """Hand over the letter of a refused waiver."""
    child = _require_ward(child_id)
    refused = {
        (each.provider, each.waiver_id): each.child_id
        for each in schools.school_waivers(current_overview().cards, child.ids)
        if each.is_refused
    }
    if (provider, waiver_id) not in refused:
        raise NotFound
    wanted = contracts.WaiverLetterRequest(
        child_id=refused[provider, waiver_id], waiver_id=waiver_id
    )
    return _download(provider, contracts.waiver_letter, wanted)


def school_services() -> list[str]:
    """Return the codes of the providers that run and enrol in schools."""
    return [
        provider.code
        for provider in shell_here().register.running_providers
        if any(activity.regime == SCHOOL for activity in provider.activities)
    ]


def _require_ward(child_id: str) -> Child:
    child = current_overview().family.ward(child_id)
    if child.carer or not school_services():
        raise NotFound
    return child


def _download(provider: str, method: Method[Any, FilePart], wanted: Any) -> Response:
    principal = shell_here().register.provider(provider).principal
    return download_pdf(lambda asked: current_user.ask(method, asked, to=principal), wanted)


def _years() -> list[str]:
    """Return the school year of today and the next: it turns on 1 September."""
    first = today().year if today().month >= 9 else today().year - 1
    return [f"{year}-{year + 1}" for year in (first, first + 1)]


def _usual_year() -> str:
    """Return the year that most ask for: from January on, the next one."""
    return _years()[0 if today().month >= 9 else 1]


def _mistakes(form: Form) -> dict[str, str]:
    errors = {}
    if len(school_services()) == 1:
        form.values["provider"] = school_services()[0]
    if form.value("provider") not in school_services():
        errors["provider"] = _("Choisissez le service.")
    if form.value("school_year") not in _years():
        errors["school_year"] = _("Choisissez l’année scolaire.")
    if form.value("level") not in LEVELS:
        errors["level"] = _("Choisissez le niveau.")
    if not form.value("street"):
        errors["street"] = _("Écrivez le numéro et la rue.")
    if not form.value("postcode"):
        errors["postcode"] = _("Écrivez le code postal.")
    listed = {commune.insee for commune in communes()}
    if form.value("insee") not in {*listed, ELSEWHERE}:
        errors["insee"] = _("Choisissez la commune.")
    elif form.value("insee") == ELSEWHERE and not form.value("commune"):
        errors["commune"] = _("Écrivez le nom de la commune.")
    for paper in PAPERS:
        if form.value(paper) not in contracts.PAPER_WAYS:
            errors[paper] = _("Choisissez une des réponses proposées.")
    return errors


def _request_of_form(child_id: str, form: Form, link: int) -> contracts.RequestSchoolRequest:
    names = {commune.insee: commune.name for commune in communes()}
    insee = form.value("insee")
    return contracts.RequestSchoolRequest(
        child_id=child_id,
        link_version=link,
        school_year=form.value("school_year"),
        level=form.value("level"),
        address=contracts.HomeAddress(
            street=form.value("street")[:160],
            postcode=form.value("postcode")[:10],
            insee=insee if insee in names else "",
            commune=(names.get(insee) or form.value("commune"))[:80],
        ),
        papers=cast(contracts.PapersGiven, {paper: form.value(paper) for paper in PAPERS}),
    )


def _answer(
    child: Child, provider: str, outcome: object, did: str, form: Form | None = None
) -> Any:
    """Return the page after an order: what was done, what is on its way, or why it was refused."""
    message = outcome_message(outcome, provider)
    if isinstance(outcome, Refusal) and form is not None:
        status = 503 if message["state"] == "lost" else 422
        return _page(child, form, refused=message, unsaved=message["state"] == "lost"), status
    if isinstance(outcome, Refusal):
        did = "refused"
    flash("on_its_way" if isinstance(outcome, orders.OnItsWay) else did, "school")
    return redirect(url_for("school.show", child_id=child.id), 303)


def _page(child: Child, form: Form, **more: Any) -> str:
    form.labels = {
        "provider": _("Service"),
        "school_year": _("Année scolaire"),
        "level": _("Niveau"),
        "street": _("Numéro et rue"),
        "postcode": _("Code postal"),
        "insee": _("Commune"),
        "commune": _("Nom de la commune"),
        **{paper: str(label) for paper, label in PAPER_LABELS.items()},
    }
    waiting = [
        order
        for order in current_overview().news.waiting
        if order.child_id in child.ids and order.method == contracts.request_school.name
    ]
    return render_template(
        "portal/school.html",
        child=child,
        form=form,
        requests=schools.school_requests(current_overview().cards, child.ids),
        certificates=schools.certificates(current_overview().cards, child.ids),
        waivers=schools.school_waivers(current_overview().cards, child.ids),
        waiver_states=WAIVER_STATES,
        waiting=waiting,
        services=marks_of(shell_here().register, school_services()),
        years=[(year, year) for year in _years()],
        levels=LEVELS,
        papers=PAPERS,
        paper_labels=PAPER_LABELS,
        paper_ways=PAPER_WAYS,
        communes=communes(),
        elsewhere=ELSEWHERE,
        form_key=new_id(),
        labels=enrolment_labels,
        **more,
    )
