"""
Client of billing for the régisseur's pages: requests, writes done once, documents, timeouts.

Everything that these pages show is billing's answer to the agent's own token. The desk keeps
nothing of it: no amount, quotient or payer in its database, log, addresses or cookies (rule R11).
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar, Unpack
from uuid import UUID, uuid5

from flask import Blueprint, Response, abort, render_template, request
from flask_babel import gettext as _

from services.enrolment.desk.access import agent
from services.enrolment.desk.access.list_export_log import note_payers_in_export
from services.enrolment.desk.page_parts.blueprints import desk_blueprint
from services.enrolment.desk.regie.labels import billing as regie_labels
from shared.bus.client import DEADLINE_SECONDS
from shared.contracts.billing.regie import payers as contracts
from shared.contracts.errors import BadRequest, NoAnswer, Refusal, Unavailable
from shared.contracts.message import Method
from shared.contracts.values import FilePart, OfHousehold, PageAnswer, PageRequest, PartRequest
from shared.files.file_parts import FileChanged, fetch_whole_file
from shared.register import Regie
from shared.runtime.ids import new_id
from shared.web.agents.lists.columns import List
from shared.web.agents.lists.filtering_and_sorting import MOST_SHOWN, is_answered_exactly
from shared.web.agents.lists.list_request import asks_anything, parse_list_request
from shared.web.base import downloads
from shared.web.base.app import shell_here
from shared.web.forms.form_data import Form, flat_errors
from shared.web.prices.price_labels import euros, price_of_part, reason_sentence
from shared.web.session.request_rounds import AskOptions

Q = TypeVar("Q")
A = TypeVar("A")
R = TypeVar("R", bound=PartRequest)
P = TypeVar("P", bound=PageRequest)
S = TypeVar("S", bound=contracts.SearchedPageRequest)
L = TypeVar("L", bound=PageAnswer)
T = TypeVar("T")

PERMISSION = "regie"
LONG_SECONDS = 15.0
"""Seconds that a page waits for a long answer: a document, a whole month."""


def regie_blueprint(name: str, address: str) -> Blueprint:
    """Return a blueprint for régie pages that show a notice when billing does not answer."""
    blueprint = desk_blueprint(
        name,
        address,
        labels=regie_labels,
        euros=euros,
        price_of_part=price_of_part,
        because=lambda reason: reason_sentence(reason, _),
        new_id=new_id,
        regies=regies,
    )
    for refusal_type in (NoAnswer, Unavailable):
        blueprint.register_error_handler(refusal_type, _show_unavailable)
    return blueprint


def ask_billing(method: Method[Q, A], request: Q, **options: Unpack[AskOptions]) -> A:
    """Ask billing in the agent's own name; an address that names nothing is not found."""
    try:
        return agent.ask(method, request, **options)
    except BadRequest:
        abort(404)


def write_at_billing_once(
    method: Method[Q, A], order: Q, deadline: float = DEADLINE_SECONDS, nth: int = 0
) -> A:
    """
    Do what a form wants, once: the same form with the same content is the same request.

    What was changed and sent again from the same page is another one, and so is each `nth` part of
    what is done in several. Raises a Refusal.
    """
    try:
        key = UUID(request.form.get("act", ""))
    except ValueError:
        abort(400)
    content = json.dumps([method.name, method.dump_request(order), nth], sort_keys=True)
    request_id = str(uuid5(key, content))
    return agent.ask(method, order, request_id=request_id, deadline=deadline)


def ask_every_page(
    method: Method[P, L],
    request: P,
    rows: Callable[[L], Sequence[T]],
    **options: Unpack[AskOptions],
) -> tuple[L, list[T]]:
    """Return the first page of an answer, and the rows of all: a list sorts and filters whole."""
    pages = list(_ask_page_after_page(method, request, **options))
    return pages[0], [row for page in pages for row in rows(page)]


def ask_shown_pages(
    of: List[T], method: Method[S, L], request: S, rows: Callable[[L], Sequence[T]]
) -> tuple[L, list[T], bool]:
    """
    Return as `ask_every_page`, but the rows that a page shows where its address asks nothing.

    Where it asks for words billing leaves out what cannot have them; all is read once nothing has,
    since then a letter is forgiven. The last value says whether there are rows that were not read.
    """
    asked = parse_list_request(of)
    if asked.query:
        narrowed = replace(request, query=asked.query)
        first, found = ask_every_page(method, narrowed, rows)
        if is_answered_exactly(of, found, asked):
            return first, found, True
    if asks_anything(of):
        return *ask_every_page(method, request, rows), False
    pages: list[L] = []
    listed: list[T] = []
    for page in _ask_page_after_page(method, request):
        pages.append(page)
        listed += rows(page)
        if page.next and len(listed) >= MOST_SHOWN:
            return pages[0], listed, True
    return pages[0], listed, False


def _ask_page_after_page(
    method: Method[P, L], request: P, **options: Unpack[AskOptions]
) -> Iterator[L]:
    after = ""
    while True:
        answer = ask_billing(method, replace(request, after=after) if after else request, **options)
        yield answer
        if answer.next in ("", after):  # the last page; one that led to itself would be none
            return
        after = answer.next


def note_exported_payers(rows: Sequence[Mapping[str, object]]) -> None:
    """Note that a list of these payers leaves as a file."""
    note_payers_in_export(
        {str(row["household_id"]) for row in rows if row.get("household_id")}, PERMISSION
    )


def find_payers(text: str) -> list[contracts.FoundPayer]:
    """Return the payers of a name or a bill's number; of no text none."""
    return (
        ask_billing(contracts.find_payers, contracts.FindPayersRequest(text)).payers if text else []
    )


def payer_account(household_id: str) -> contracts.PayerAccountAnswer:
    """Return a household's account with this provider."""
    return ask_billing(contracts.payer_account, OfHousehold(household_id))


def regies() -> tuple[Regie, ...]:
    """Return the régies of this provider; without one there is no such page."""
    provider = shell_here().registered_provider()
    return (provider.regies if provider else ()) or abort(404)


def chosen_regie() -> Regie:
    """Return the régie that the address or the form names, the first where it names none."""
    code = request.values.get("regie", "")
    candidates = [candidate for candidate in regies() if not code or candidate.code == code]
    return candidates[0] if candidates else abort(404)


def document_response(method: Method[R, FilePart], request: R) -> Response:
    """
    Return a document from billing as it is, to be looked at or printed and kept nowhere.

    Raises Unavailable where it changed in between.
    """
    name, content = _fetch_file(method, request)
    return downloads.file_to_view(content, name, "application/pdf")


def file_response(method: Method[R, FilePart], media: str, request: R) -> Response:
    """
    Return a file from billing that comes in parts, to be kept nowhere here.

    Raises Unavailable where it changed in between.
    """
    name, content = _fetch_file(method, request)
    return downloads.file_to_save(content, name, media)


def _fetch_file(method: Method[R, FilePart], request: R) -> tuple[str, bytes]:
    """Return a file's name and all of its parts; raises Unavailable where it changed meanwhile."""

    def fetch_part(number: int) -> FilePart:
        return ask_billing(method, replace(request, part=number), deadline=LONG_SECONDS)

    first = ask_billing(method, request, deadline=LONG_SECONDS)
    try:
        return first.name, fetch_whole_file(first, fetch_part)
    except FileChanged:
        raise Unavailable from None


def say_refusal_on_form(form: Form, refusal: Refusal, field: str) -> Form:
    """Say on a form why billing refused; raises the refusal again where no typing mends it."""
    if isinstance(refusal, BadRequest):
        form.errors |= flat_errors(refusal.detail.get("errors", {}))
        return form
    sentence = regie_labels.refusal_sentence(refusal)
    if not sentence:
        raise refusal
    form.errors[field] = sentence
    return form


def _show_unavailable(_refusal: Refusal) -> tuple[str, int]:
    """Show that billing does not answer; the posted fields are on that page, to be sent again."""
    sent = [] if request.method == "GET" else list(request.form.items(multi=True))
    kept = [(name, value) for name, value in sent if name != "csrf_token"]
    return render_template("desk/regie/unavailable.html", kept=kept), 503
