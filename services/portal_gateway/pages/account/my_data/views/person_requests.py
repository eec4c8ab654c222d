"""« Vos droits sur vos données »: what is done at once, what was asked and what came of it."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.overview.queries.family import current_overview
from services.portal_gateway.pages.account.my_data import person_request_labels as request_labels
from services.portal_gateway.pages.page_parts import parsing
from services.portal_gateway.session import current_user, saved_forms
from services.portal_gateway.session.queries.children import (
    Child,
    Family,
    family_from_answer_and_remember,
)
from shared.contracts.dossier import guardians
from shared.contracts.dossier.data_protection import person_requests
from shared.contracts.dossier.data_protection.person_requests import (
    KINDS,
    RECTIFICATION,
    TEXT,
    TOWN,
    FilePersonRequestRequest,
    NobodyAnswers,
    RequestClosed,
    RequestOfPerson,
    TooManyRequests,
)
from shared.contracts.errors import NoAnswer, NotFound, Refusal, Unavailable
from shared.contracts.message import Empty
from shared.dates.clock import today
from shared.register import Controller
from shared.runtime.ids import new_id
from shared.web.base.app import shell_here
from shared.web.forms.form_data import Form
from shared.web.language.provider_badges import Mark, badge_by_code, badges_of_providers
from shared.web.session.request_rounds import round_request

blueprint = Blueprint("person_requests", __name__, url_prefix="/vos-droits")

ABOUT_WEEKS = "semaines"
"""Value by which a page asks for a correction of whose days are whose."""

ME, THE_TOWN = "moi", "ville"
"""Stand in the form for who is signed in, and for the town itself."""

FIELDS = ("kind", "whom", "provider", "text", "correcting")


@blueprint.get("")
@current_user.signed_in
def list_requests() -> str:
    """Say what one does oneself, at once, and show what was asked."""
    children, answer = current_user.ask_all(
        round_request(guardians.my_children, Empty()),
        round_request(person_requests.my_person_requests, Empty()),
    )
    family = family_from_answer_and_remember(children)
    unavailable = isinstance(answer, Refusal)
    return render_template(
        "portal/person_requests.html",
        family=family,
        requests=[] if isinstance(answer, Refusal) else answer.requests,
        unavailable=unavailable,
        names=family.first_names,
        controllers=_controllers(family),
        somebody_answers=shell_here().register.now.handles_data_requests,
        labels=request_labels,
        today=today(),
    )


@blueprint.get("/nouvelle")
@current_user.signed_in
def show_form() -> ResponseReturnValue:
    """Show the form, short for a child's correction; what was typed before is given back."""
    if not shell_here().register.now.handles_data_requests:
        return redirect(url_for("person_requests.list_requests"))
    kept = saved_forms.saved_form_of_page()
    if kept is not None:
        return _page(Form(_form_values(kept)), _form_key_of(kept), restored=True)
    form = Form({"whom": ME, "provider": THE_TOWN})
    if child_id := request.args.get("corriger", ""):
        form.values |= {"whom": child_id, "kind": RECTIFICATION, "correcting": "yes"}
        if request.args.get("quoi") == ABOUT_WEEKS:
            form.values["text"] = _("À qui la semaine, à partir du … : …")
    return _page(form, new_id())


@blueprint.post("/nouvelle")
@current_user.signed_in
def file_request() -> ResponseReturnValue:
    """Send what is asked; the month begins today."""
    form_key, form = parsing.form_key(), Form(_form_values(current_user.sent_form_fields()))
    family = current_overview().family
    request = _request_of_form(form, family)
    if form.errors:
        return _page(form, form_key), 422
    once = parsing.request_id(
        form_key, request.kind, request.provider, request.child_id, request.text
    )
    try:
        answer = current_user.ask(person_requests.file_person_request, request, request_id=once)
    except (NoAnswer, Unavailable):
        return _page(form, form_key, unsent=True), 503
    except NobodyAnswers:
        return redirect(url_for("person_requests.list_requests"), 303)
    except NotFound:
        form.errors["provider"] = _("Ce service ne suit pas cet enfant.")
    except TooManyRequests as refusal:
        most = refusal.detail.get("most", 0)
        form.errors["text"] = _("%(most)s demandes attendent déjà une réponse.", most=most)
    if form.errors:
        return _page(form, form_key), 422
    saved_forms.drop_saved_form()
    flash("filed", "person_requests")
    return redirect(
        url_for("person_requests.show", person_request_id=answer.person_request_id), 303
    )


@blueprint.get("/<uuid:person_request_id>")
@current_user.signed_in
def show(person_request_id: object) -> str:
    """Show one request with its day, what was done about it, and the answer."""
    request = RequestOfPerson(str(person_request_id))
    person_request = current_user.ask(person_requests.read_my_request, request)
    child = next(
        (c for c in current_overview().family.children if person_request.child_id in c.ids), None
    )
    register = shell_here().register
    return render_template(
        "portal/person_request.html",
        person_request=person_request,
        about=child.name
        if child
        else ""
        if person_request.child_id
        else current_user.name_of_user(),
        mark=badge_by_code(register, person_request.provider),
        controller=_controller_name(badge_by_code(register, person_request.provider)),
        labels=request_labels,
        today=today(),
    )


@blueprint.post("/<uuid:person_request_id>/retirer")
@current_user.signed_in
def withdraw(person_request_id: object) -> ResponseReturnValue:
    """Withdraw a request; one that was answered meanwhile shows its answer."""
    request = RequestOfPerson(str(person_request_id))
    try:
        current_user.ask(person_requests.withdraw_my_request, request)
        flash("withdrawn", "person_requests")
    except RequestClosed:
        flash("answered", "person_requests")
    return redirect(url_for("person_requests.show", person_request_id=person_request_id), 303)


def _provider_codes(family: Family) -> list[str]:
    return sorted({code for child in family.wards for code in child.providers})


def _controllers(family: Family) -> list[Controller]:
    """Return who answers for the data of this family, the town first, each once."""
    register = shell_here().register
    controllers = [register.controller_of(code) for code in (TOWN, *_provider_codes(family))]
    return list(dict.fromkeys(controllers))


def _controller_name(mark: Mark) -> str:
    """Name who answers for an office's data, where that is not its own name."""
    named = shell_here().register.controller_of(mark.code).name
    return named if named != mark.label else ""


def _form_key_of(kept: dict[str, list[str]]) -> str:
    form_key = (kept.get("act") or [""])[0]
    return form_key if parsing.is_id(form_key) else new_id()


def _form_values(sent: dict[str, list[str]]) -> dict[str, str]:
    return {name: (sent.get(name) or [""])[0].replace("\r\n", "\n").strip() for name in FIELDS}


def _request_of_form(form: Form, family: Family) -> FilePersonRequestRequest:
    """Return the form's request to the dossier; mistakes stand in the form."""
    wards = {child.id: child for child in family.wards}
    whom, provider = form.value("whom"), form.value("provider")
    if form.value("kind") not in KINDS:
        form.errors["kind"] = _("Choisissez ce que vous demandez.")
    if whom != ME and whom not in wards:
        form.errors["whom"] = _("Choisissez qui cela concerne.")
    if provider not in (THE_TOWN, *_provider_codes(family)):
        form.errors["provider"] = _("Choisissez à qui vous le demandez.")
    elif whom in wards and provider not in (THE_TOWN, *wards[whom].providers):
        form.errors["provider"] = _("Ce service ne suit pas cet enfant.")
    if not form.value("text"):
        form.errors["text"] = _("Écrivez votre demande en quelques mots.")
    elif len(form.value("text")) > TEXT:
        form.errors["text"] = _("Écrivez %(most)s caractères au plus.", most=TEXT)
    return FilePersonRequestRequest(
        kind=form.value("kind"),
        provider=TOWN if provider == THE_TOWN else provider,
        child_id=None if whom == ME else whom,
        text=form.value("text"),
    )


def _page(form: Form, form_key: str, **more: object) -> str:
    family, register = current_overview().family, shell_here().register
    form.labels = {
        "kind": _("Votre demande"),
        "whom": _("Qui cela concerne"),
        "provider": _("À qui"),
        "text": _("En quelques mots"),
    }
    offices = [
        badge_by_code(register, TOWN),
        *badges_of_providers(register, _provider_codes(family)),
    ]
    to = [(office.code or THE_TOWN, office.label, _controller_name(office)) for office in offices]
    return render_template(
        "portal/person_request_form.html",
        form=form,
        form_key=form_key,
        kinds=[(code, label, hint) for code, (label, hint) in request_labels.KINDS.items()],
        whom=[
            (ME, current_user.name_of_user()),
            *((child.id, child.name) for child in family.wards),
        ],
        to=to,
        most=TEXT,
        correcting=_child_to_correct(form, family),
        **more,
    )


def _child_to_correct(form: Form, family: Family) -> Child | None:
    """Return the child of the short form, which asks for a correction from the child's page."""
    if not form.value("correcting") or form.value("kind") != RECTIFICATION:
        return None
    return next((child for child in family.wards if child.id == form.value("whom")), None)
