"""Requests of persons on their data: the list by its days, one request, what is done about it."""

from typing import Any, TypeVar
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.front_desk import protecting_agents
from services.portal_gateway.front_desk.pages.person_requests import labels as request_labels
from services.portal_gateway.front_desk.pages.person_requests.erasure_answer import (
    draft_of_answer,
    is_file_guarded,
    names_of_services,
)
from services.portal_gateway.front_desk.pages.safeguarding import (
    seen_paper_forms as safeguarding_forms,
)
from shared.contracts.dossier.data_protection import person_requests, request_erasures
from shared.contracts.dossier.data_protection.person_requests import (
    ANSWER,
    ANSWERED,
    ERASURE,
    REASON,
    REFUSED,
    WITH_COPY,
    OpenPersonRequestAnswer,
    RequestClosed,
)
from shared.contracts.dossier.data_protection.request_erasures import ErasablePartsAnswer
from shared.contracts.errors import BadRequest
from shared.contracts.message import Empty, Method
from shared.dates.clock import today
from shared.register.entitlement import PERSON_REQUESTS
from shared.web.agents import current_agent as agent
from shared.web.base.app import shell_here
from shared.web.forms.form_data import Form
from shared.web.language.provider_badges import Mark, badge_by_code

blueprint = Blueprint("person_requests", __name__, url_prefix="/droits")

Q = TypeVar("Q")

ONE = "/<uuid:person_request_id>"


@blueprint.get("")
@agent.for_agents_who_may(PERSON_REQUESTS)
def list_requests() -> str:
    """List what waits by its day, late ones first, and what was closed last."""
    requests = agent.ask(person_requests.person_requests, Empty())
    return render_template(
        "front_desk/person_requests.html",
        requests=requests,
        labels=request_labels,
        mark=_badge_of_provider,
        today=today(),
    )


@blueprint.get(ONE)
@agent.for_agents_who_may(PERSON_REQUESTS)
def show(person_request_id: UUID) -> str:
    """Show one request, what was done about it, and what can be."""
    return request_page(person_request_id, Form())


@blueprint.post(f"{ONE}/prendre")
@agent.for_agents_who_may(PERSON_REQUESTS)
def take_in_hand(person_request_id: UUID) -> ResponseReturnValue:
    """Note that this agent takes the request in hand."""
    return _send_change(
        person_request_id,
        person_requests.take_person_request,
        _make_reference_to_request(person_request_id),
    )


@blueprint.post(f"{ONE}/preuve")
@agent.for_agents_who_may(PERSON_REQUESTS)
def note_proof(person_request_id: UUID) -> ResponseReturnValue:
    """Note that the proof of identity came."""
    return _send_change(
        person_request_id, person_requests.note_proof, _make_reference_to_request(person_request_id)
    )


@blueprint.post(f"{ONE}/retirer")
@agent.for_agents_who_may(PERSON_REQUESTS)
def note_withdrawal(person_request_id: UUID) -> ResponseReturnValue:
    """Note that a person without an account withdraws its request, and how it said so."""
    form = safeguarding_forms.form_with_sent_fields("said")
    _check_text(form, "said", REASON, _("Écrivez comment et quel jour la personne l’a dit."))
    if form.errors:
        return request_page(person_request_id, form), 422
    change = person_requests.NoteWithdrawalRequest(str(person_request_id), form.value("said"))
    try:
        return _send_change(person_request_id, person_requests.note_withdrawal, change)
    except BadRequest:
        form.errors["said"] = _("La demande vient d’un compte : la personne la retire elle-même.")
        return request_page(person_request_id, form), 422


@blueprint.post(f"{ONE}/prolonger")
@agent.for_agents_who_may(PERSON_REQUESTS)
def prolong(person_request_id: UUID) -> ResponseReturnValue:
    """Prolong by one month or two; the person is notified today, with the reason."""
    form = safeguarding_forms.form_with_sent_fields("more", "reason")
    if form.value("more") not in ("1", "2"):
        form.errors["more"] = _("Choisissez un mois de plus, ou deux.")
    _check_text(form, "reason", REASON)
    if form.errors:
        return request_page(person_request_id, form), 422
    change = person_requests.ProlongPersonRequestRequest(
        str(person_request_id), int(form.value("more")), form.value("reason")
    )
    try:
        return _send_change(person_request_id, person_requests.prolong_person_request, change)
    except BadRequest:
        form.errors["more"] = _("Une seule fois, et avant la fin du premier mois.")
        return request_page(person_request_id, form), 422


@blueprint.post(f"{ONE}/repondre")
@agent.for_agents_who_may(PERSON_REQUESTS)
def answer(person_request_id: UUID) -> ResponseReturnValue:
    """Answer: the person reads it, and nothing changes any more."""
    return _close_request(person_request_id, ANSWERED, "answer")


@blueprint.post(f"{ONE}/refuser")
@agent.for_agents_who_may(PERSON_REQUESTS)
def refuse(person_request_id: UUID) -> ResponseReturnValue:
    """Refuse, with the reason; the page adds how to complain."""
    return _close_request(person_request_id, REFUSED, "refusal")


def _close_request(person_request_id: UUID, outcome: str, field: str) -> ResponseReturnValue:
    form = safeguarding_forms.form_with_sent_fields(field)
    _check_text(form, field, ANSWER)
    if form.errors:
        return request_page(person_request_id, form), 422
    change = person_requests.ClosePersonRequestRequest(
        str(person_request_id), outcome, form.value(field)
    )
    try:
        return _send_change(person_request_id, person_requests.close_person_request, change)
    except BadRequest:
        form.errors[field] = _("La preuve d’identité demandée n’est pas encore notée.")
        return request_page(person_request_id, form), 422


def _check_text(form: Form, field: str, most: int, missing: str = "") -> None:
    form.values[field] = form.value(field).replace("\r\n", "\n")
    if not form.value(field):
        form.errors[field] = missing or _("Écrivez ce que la personne lira.")
    elif len(form.value(field)) > most:
        form.errors[field] = _("Écrivez %(most)s caractères au plus.", most=most)


def _make_reference_to_request(person_request_id: UUID) -> person_requests.RequestOfPerson:
    return person_requests.RequestOfPerson(str(person_request_id))


def _send_change(person_request_id: UUID, method: Method[Q, Any], change: Q) -> ResponseReturnValue:
    """Send the change and show the request; say so if a colleague has closed it meanwhile."""
    try:
        agent.ask(method, change)
    except RequestClosed:
        flash("closed")
    return redirect(url_for("person_requests.show", person_request_id=person_request_id), 303)


def _badge_of_provider(provider: str) -> Mark:
    return badge_by_code(shell_here().register, provider)


def _files_to_erase(person_request: OpenPersonRequestAnswer) -> ErasablePartsAnswer:
    """Return the files that an open request to erase is about, with their parts."""
    if person_request.kind != ERASURE or person_request.closed_on:
        return ErasablePartsAnswer([], 0)
    reference = person_requests.RequestOfPerson(person_request.person_request_id)
    return agent.ask(request_erasures.erasable_parts, reference)


def request_page(person_request_id: UUID, form: Form) -> str:
    """Return the page of one request, with the mistakes of a form that was sent."""
    person_request = agent.ask(
        person_requests.open_person_request, _make_reference_to_request(person_request_id)
    )
    register = shell_here().register
    found = _files_to_erase(person_request)
    files = found.children
    form.values.setdefault("person_name", person_request.name)
    draft = draft_of_answer(person_request.acts, files)
    form.values.setdefault("answer", draft)
    form.labels = {
        **{f"parts-{child['child_id']}": _("Ce qui est effacé") for child in files},
        "copy": _("La copie"),
        "person": _("Dans les registres"),
        "paper": _("Pièce vue"),
        "person_name": _("Son nom"),
        "child": _("L’enfant"),
        "born": _("Naissance"),
        "phone": _("Téléphone"),
        "more": _("Combien de temps en plus"),
        "reason": _("Pourquoi"),
        "answer": _("La réponse"),
        "refusal": _("Pourquoi c’est refusé"),
        "said": _("Comment, et quel jour"),
    }
    return render_template(
        "front_desk/person_request.html",
        person_request=person_request,
        form=form,
        draft=draft,
        labels=request_labels,
        mark=_badge_of_provider(person_request.provider),
        controller=register.controller_of(person_request.provider),
        own=register.controller_of(person_requests.TOWN),
        names=protecting_agents.agent_names(),
        limits={"answer": ANSWER, "reason": REASON},
        opened=request.method == "POST",
        with_copy=person_request.kind in WITH_COPY,
        files=files,
        files_left_out=found.left_out,
        is_guarded=is_file_guarded,
        services=names_of_services,
        said_of=request_labels.COPY_OF,
        today=today(),
    )
