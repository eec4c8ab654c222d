"""Parts of the pages of messages: services written to, requests to them, what surrounds a form."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import TypeVar

from flask import request
from flask_babel import gettext as _

from services.portal_gateway.labels import enrolment as enrolment_labels
from services.portal_gateway.orders.commands import sending as orders
from services.portal_gateway.overview.queries.family import current_overview
from services.portal_gateway.pages.messages import forms as message_form
from services.portal_gateway.pages.page_parts import parsing
from services.portal_gateway.session import current_user, provider_health
from services.portal_gateway.session.queries.children import Child
from shared.contracts.enrolment.messages import conversations as contracts
from shared.contracts.errors import NotFound, Refusal
from shared.contracts.message import Method
from shared.dates.clock import now
from shared.json_values import JsonObject
from shared.register import Provider
from shared.runtime.ids import new_id
from shared.web.base.app import shell_here
from shared.web.forms import uploads
from shared.web.session.request_rounds import round_request

Q = TypeVar("Q")
A = TypeVar("A")
M = TypeVar("M", bound=contracts.GuardianMessage)


def family_providers() -> list[Provider]:
    """Return the running providers that have a child of this guardian; a carer's write to none."""
    return _running_providers_of(current_overview().family.wards)


def require_informing_provider(code: str) -> Provider:
    """Return a provider of one's own children, or placed ones; raises NotFound for any other."""
    children = [child for child in current_overview().family.children if not child.carer_in]
    for provider in _running_providers_of(children):
        if provider.code == code:
            return provider
    raise NotFound


def _running_providers_of(children: Iterable[Child]) -> list[Provider]:
    codes = {code for child in children for code in child.providers}
    return [
        running_provider
        for running_provider in shell_here().register.running_providers
        if running_provider.code in codes
    ]


def require_family_provider(code: str) -> Provider:
    """Return one of the family's providers; raises NotFound for any other."""
    for provider in family_providers():
        if provider.code == code:
            return provider
    raise NotFound


def require_running_provider(code: str) -> Provider:
    """Return a running provider: whether it has a thread of this guardian's, it says itself."""
    for running_provider in shell_here().register.running_providers:
        if running_provider.code == code:
            return running_provider
    raise NotFound


def children_at_provider(code: str) -> list[Child]:
    """Return the guardian's children whom a provider follows."""
    return [child for child in current_overview().family.wards if code in child.providers]


def child_names() -> dict[str, str]:
    """Return the first names of the guardian's children, by id."""
    return current_overview().family.first_names


def ask_provider(provider: Provider, method: Method[Q, A], request: Q) -> A | None:
    """Ask a provider; None where it does not answer, which is noted. Raises other refusals."""
    question = round_request(method, request, to=provider.principal)
    [outcome] = current_user.ask_all(question, deadline=orders.SHORT_SECONDS)
    provider_health.note_which_providers_answered([(provider.code, outcome)], now())
    if isinstance(outcome, Refusal):
        if provider_health.is_unavailable(outcome):
            return None
        raise outcome
    return outcome


def order_of_form(
    method: Method[M, A], provider: Provider, request: M, label: str
) -> orders.Order[M, A]:
    """Return the order of a form; the same form with the same content is one order."""
    content = [value for _, value in sorted(asdict(request).items())]
    return orders.Order(
        parsing.request_id(parsing.form_key(), method.name, *content),
        method,
        provider.code,
        request,
        label,
    )


def writer_name() -> str:
    """Return the name by which the portal greets the writer, as it is shown under a message."""
    return current_user.session_with_token().name[: contracts.MOST_NAME]


def template_values_of_form() -> dict[str, object]:
    """Return what templates need around a form of a message."""
    rule = shell_here().register.now.conversations
    return {
        "names": child_names(),
        "kinds": message_form.KINDS,
        "answer_days": rule.answer_days,
        "most": rule.attachment_bytes // (1024 * 1024),
        "accepted": uploads.ACCEPTED,
        "form_key": form_key(),
        "labels": enrolment_labels,
    }


def field_labels() -> dict[str, str]:
    """Return how the list of mistakes names each field."""
    return {
        "kind": _("De quoi s’agit-il ?"),
        "title": _("Objet"),
        "children": _("Pour qui"),
        "body": _("Votre message"),
        uploads.FIELD: _("Pièces jointes"),
    }


def form_key() -> str:
    """Return the form's own name: a form that comes back keeps it, sent again it is one message."""
    sent = request.form.get("act", "")
    return sent if parsing.is_id(sent) else new_id()


def parse_number(text: str) -> int:
    """Return the number of a message or bulletin in an address; 0 for anything else."""
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def returned_form_status(message: JsonObject) -> int:
    """Return the HTTP status of a form that comes back: 503 if nothing was stored, else 422."""
    return 503 if message["state"] == "lost" else 422
