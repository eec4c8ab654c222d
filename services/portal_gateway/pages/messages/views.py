"""« Messages »: all conversations on one page from cards, each read from its provider."""

from functools import partial

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.portal_gateway.labels import enrolment as enrolment_labels
from services.portal_gateway.messages import queries as conversations
from services.portal_gateway.messages.commands.read_marks import (
    note_bulletins_read,
    note_thread_read,
)
from services.portal_gateway.orders.commands import sending as orders
from services.portal_gateway.orders.last_order_flash import flash_outcome, outcome_as_codes
from services.portal_gateway.overview.queries.family import current_overview
from services.portal_gateway.pages.messages import forms as message_form
from services.portal_gateway.pages.messages import providers_and_form_of_message as conversing
from services.portal_gateway.session import current_user, saved_forms
from services.portal_gateway.store import store
from shared.contracts.enrolment.messages import conversations as contracts
from shared.contracts.errors import NotFound, Refusal
from shared.dates.clock import today
from shared.files.file_parts import join_parts
from shared.register import Provider
from shared.web.base import downloads
from shared.web.forms.form_data import Form
from shared.web.session.request_rounds import round_request

blueprint = Blueprint("messages", __name__, url_prefix="/messages")

METHODS = (contracts.start_thread.name, contracts.reply.name)


@blueprint.get("")
@current_user.signed_in
def show() -> str:
    """Show the conversations with all providers, from cards; sends no request."""
    overview = current_overview()
    with store.read() as read:
        threads = conversations.threads_of_guardian(read, current_user.subject_of_user())
        bulletins = conversations.bulletins_concerning(
            read,
            current_user.subject_of_user(),
            conversations.places_by_provider(overview.cards, overview.family.answered_for_since),
        )
    return render_template(
        "portal/messages/list.html",
        threads=threads,
        bulletins=bulletins,
        waiting=[order for order in overview.news.orders_waiting if order.method in METHODS],
        names=conversing.child_names(),
        providers=conversing.family_providers(),
        kinds=message_form.KINDS,
        labels=enrolment_labels,
    )


@blueprint.get("/ecrire")
@current_user.signed_in
def choose_provider() -> str:
    """Show to whom the family may write."""
    with store.read() as read:
        away = conversations.absences_by_provider(
            read, [provider.code for provider in conversing.family_providers()], today()
        )
    return render_template(
        "portal/messages/choose.html", providers=conversing.family_providers(), away=away
    )


@blueprint.get("/ecrire/<provider>")
@current_user.signed_in
def compose(provider: str) -> str:
    """Show the form of a first message; what is known of absences is said before one writes."""
    callee, kept = conversing.require_family_provider(provider), saved_forms.saved_form_of_page()
    if kept is not None:
        return _compose_page(callee, Form(message_form.parse_values(kept)), restored=True)
    children = conversing.children_at_provider(provider)
    chosen = [child.id for child in children if child.id == request.args.get("enfant")]
    return _compose_page(callee, Form({"kind": "", "children": chosen}))


@blueprint.post("/ecrire/<provider>")
@current_user.signed_in
def write(provider: str) -> ResponseReturnValue:
    """Send a first message; an unavailable provider receives it later."""
    callee = conversing.require_family_provider(provider)
    form = Form(message_form.parse_values(current_user.sent_form_fields()))
    files, wrong = message_form.read_files()
    form.errors = message_form.mistakes(form, conversing.children_at_provider(provider)) | wrong
    if form.errors:
        return _compose_page(callee, form), 422
    message = contracts.StartThreadRequest(
        kind=form.value("kind"),
        title=form.value("title"),
        child_ids=[
            current_overview().family.child(each).id_at_service(provider)
            for each in form.values["children"]
        ],
        share=form.value("share") == "yes",
        body=form.value("body"),
        name=conversing.writer_name(),
        attachments=message_form.announced_files(files),
    )
    order = conversing.order_of_form(contracts.start_thread, callee, message, message.title)
    message_form.send_files(callee.principal, message.attachments, files)
    outcome = orders.send_order(order)
    if isinstance(outcome, Refusal):
        outcome_notice = outcome_as_codes(outcome, provider)
        if isinstance(outcome, NotFound):
            outcome_notice["code"] = "no_child_there"
        return _compose_page(callee, form, outcome=outcome_notice), conversing.returned_form_status(
            outcome_notice
        )
    saved_forms.drop_saved_form()
    if isinstance(outcome, orders.OnItsWay):
        return redirect(url_for("applications.show_order", order_id=order.order_id), 303)
    flash_outcome(outcome, provider)
    return redirect(_thread_url(provider, outcome.thread_id), 303)


@blueprint.get("/<provider>/informations")
@current_user.signed_in
def read_bulletins(provider: str) -> str:
    """
    Show what a provider wrote to many families; what is on the page counts as read.

    Who has a placed child in care reads it too, and writes to no service.
    """
    callee, before = (
        conversing.require_informing_provider(provider),
        conversing.parse_number(request.args.get("avant", "")),
    )
    answer = conversing.ask_provider(
        callee, contracts.read_bulletins, contracts.ReadBulletinsRequest(before)
    )
    if answer is not None and answer.bulletins:
        newest = max(bulletin["number"] for bulletin in answer.bulletins)
        note_bulletins_read(current_user.subject_of_user(), provider, newest)
    return render_template(
        "portal/messages/bulletins.html",
        provider=callee,
        answer=answer,
        is_written_to=callee in conversing.family_providers(),
    )


@blueprint.get("/<provider>/<uuid:thread_id>")
@current_user.signed_in
def read_thread(provider: str, thread_id: object) -> str:
    """Show one conversation as its provider has it; what was shown counts as read."""
    kept = saved_forms.saved_form_of_page()
    form = Form(message_form.parse_values(kept)) if kept else Form()
    return _thread_page(
        conversing.require_running_provider(provider),
        str(thread_id),
        form,
        restored=kept is not None,
    )


@blueprint.post("/<provider>/<uuid:thread_id>")
@current_user.signed_in
def reply(provider: str, thread_id: object) -> ResponseReturnValue:
    """Answer in a conversation; who reads it stays as it was."""
    callee = conversing.require_running_provider(provider)
    form = Form(message_form.parse_values(current_user.sent_form_fields()))
    files, wrong = message_form.read_files()
    form.errors = message_form.mistakes_of_text(form) | wrong
    if form.errors:
        return _thread_page(callee, str(thread_id), form), 422
    message = contracts.ReplyRequest(
        thread_id=str(thread_id),
        body=form.value("body"),
        name=conversing.writer_name(),
        attachments=message_form.announced_files(files),
    )
    message_form.send_files(callee.principal, message.attachments, files)
    title = _thread_title(provider, message.thread_id)
    outcome = orders.send_order(conversing.order_of_form(contracts.reply, callee, message, title))
    if isinstance(outcome, NotFound):
        raise outcome
    if isinstance(outcome, Refusal):
        outcome_notice = outcome_as_codes(outcome, provider)
        return _thread_page(
            callee, str(thread_id), form, outcome=outcome_notice
        ), conversing.returned_form_status(outcome_notice)
    saved_forms.drop_saved_form()
    flash_outcome(outcome, provider)
    return redirect(_thread_url(provider, str(thread_id)), 303)


@blueprint.get("/<provider>/<uuid:thread_id>/<uuid:attachment_id>")
@current_user.signed_in
def download_attachment(provider: str, thread_id: object, attachment_id: object) -> Response:
    """Hand out a file, read from its provider part by part."""
    callee = conversing.require_running_provider(provider)
    ids, to = (str(thread_id), str(attachment_id)), callee.principal
    of_part = partial(contracts.ReadAttachmentRequest, *ids)
    first = current_user.ask(contracts.read_attachment, of_part(0), to=to)
    rest = current_user.ask_all(
        *(
            round_request(contracts.read_attachment, of_part(part), to=to)
            for part in range(1, first.parts)
        )
    )
    parts = []
    for answer in (first, *rest):
        if isinstance(answer, Refusal):
            raise answer
        parts.append(answer.data)
    return downloads.sent_file_to_save(join_parts(parts), first.name)


def _thread_page(provider: Provider, thread_id: str, form: Form, **more: object) -> str:
    """
    Return the page of a conversation; falls back to the card while the provider is unavailable.
    """
    before = conversing.parse_number(request.args.get("avant", ""))
    part = contracts.ReadThreadRequest(thread_id, before)
    answer = conversing.ask_provider(provider, contracts.read_thread, part)
    if answer is not None and not before:
        note_thread_read(current_user.subject_of_user(), provider.code, thread_id, answer.version)
    with store.read() as read:
        card = conversations.thread_of_guardian(
            read, current_user.subject_of_user(), provider.code, thread_id
        )
        away = conversations.absences_by_provider(read, [provider.code], today()).get(
            provider.code, []
        )
    if answer is None and card is None:
        raise NotFound
    form.labels = conversing.field_labels()
    return render_template(
        "portal/messages/thread.html",
        provider=provider,
        thread_id=thread_id,
        answer=answer,
        card=card,
        about=answer or card,
        away=away,
        form=form,
        lost_files=message_form.has_files(),
        **conversing.template_values_of_form(),
        **more,
    )


def _compose_page(provider: Provider, form: Form, **more: object) -> str:
    with store.read() as read:
        away = conversations.absences_by_provider(read, [provider.code], today()).get(
            provider.code, []
        )
    form.labels = conversing.field_labels()
    return render_template(
        "portal/messages/write.html",
        provider=provider,
        children=conversing.children_at_provider(provider.code),
        away=away,
        form=form,
        lost_files=message_form.has_files(),
        **conversing.template_values_of_form(),
        **more,
    )


def _thread_title(provider: str, thread_id: str) -> str:
    with store.read() as read:
        card = conversations.thread_of_guardian(
            read, current_user.subject_of_user(), provider, thread_id
        )
    return card.title if card else ""


def _thread_url(provider: str, thread_id: str) -> str:
    return url_for("messages.read_thread", provider=provider, thread_id=thread_id)
