"""Conversations at the desk: what waits for an answer, one thread, an answer with its files."""

from datetime import datetime
from uuid import UUID

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.conversations.commands import message_files, thread_writing
from services.enrolment.conversations.commands.thread_seen_or_answered import (
    mark_thread_answered,
    note_thread_seen,
)
from services.enrolment.conversations.commands.thread_writing import Written
from services.enrolment.conversations.queries import inbox
from services.enrolment.conversations.queries.guardianships import are_thread_readers_in_two_homes
from services.enrolment.conversations.queries.inbox import FILTERS, TO_ANSWER
from services.enrolment.conversations.queries.message_files import (
    file_description,
    whole_stored_file,
)
from services.enrolment.conversations.queries.messages import newest_messages_of_thread
from services.enrolment.conversations.queries.thread_readers_and_title import (
    unsealed_title_of_thread,
)
from services.enrolment.desk.access import agent, reach_of_agent
from services.enrolment.desk.messages import labels as message_labels
from services.enrolment.models import Attachment, Thread
from services.enrolment.store import store, vault
from shared.contracts.enrolment.messages.conversations import MOST_BODY, PROVIDER, STORED
from shared.contracts.errors import NotFound
from shared.database import Unreadable, Write
from shared.dates.clock import now
from shared.register.entitlement import CONVERSATIONS
from shared.web.base import downloads
from shared.web.base.app import shell_here
from shared.web.forms import uploads
from shared.web.forms.form_data import Form
from shared.web.forms.uploads import Upload

blueprint = Blueprint("messages", __name__, url_prefix="/messages")


@blueprint.get("")
@reach_of_agent.requires_permission(CONVERSATIONS)
def show() -> str:
    """Show the provider's conversations; those that wait for an answer first."""
    which = request.args.get("voir", TO_ANSWER)
    if which not in FILTERS:
        abort(404)
    subject = agent.require_agent().session.subject
    with store.read() as read:
        here = reach_of_agent.reach_of_page_permission(read)
        lines, more = inbox.conversation_lines(
            read, vault, which, subject, _moment_asked_after(), here
        )
        waiting = inbox.count_to_answer(read, here)
    return render_template(
        "desk/messages/list.html",
        which=which,
        lines=lines,
        more=more,
        waiting=waiting,
        says_away=CONVERSATIONS in agent.require_agent().sight.permissions,
        labels=message_labels,
    )


@blueprint.get("/<uuid:thread_id>")
@reach_of_agent.requires_permission(CONVERSATIONS)
def show_thread(thread_id: UUID) -> str:
    """Show one conversation; the family reads that it was opened, and when."""
    return _page(str(thread_id), Form())


@blueprint.post("/<uuid:thread_id>")
@reach_of_agent.requires_permission(CONVERSATIONS)
def reply(thread_id: UUID) -> ResponseReturnValue:
    """Answer to the readers of this conversation only."""
    form = Form({"body": text_as_kept(request.form.get("body", ""))})
    sent, wrong = read_attached_files()
    form.errors = mistakes_of_text(form) | wrong
    if form.errors:
        return _page(str(thread_id), form), 422
    with store.write() as write:
        thread = _lock_thread(write, str(thread_id))
        refused = _refusal_of_answer(write, thread)
        if not refused:
            written = message_of_agent(write, form.value("body"), sent)
            thread_writing.add_message(write, vault, thread, written, now())
    flash(refused or "sent")
    if refused:
        return _page(str(thread_id), form), 422
    return redirect(url_for("messages.show_thread", thread_id=thread_id), 303)


@blueprint.post("/<uuid:thread_id>/sans-reponse")
@reach_of_agent.requires_permission(CONVERSATIONS)
def mark_needs_no_answer(thread_id: UUID) -> ResponseReturnValue:
    """Say that a message needs no answer: it waits no more. An answer that was begun is kept."""
    form = Form({"body": text_as_kept(request.form.get("body", ""))})
    if form.value("body"):
        form.errors["body"] = _(
            "Votre réponse n’est pas partie : envoyez-la, ou effacez-la d’abord."
        )
    if uploads.has_files():
        form.errors[uploads.FIELD] = _(
            "Vos pièces jointes ne sont pas parties : joignez-les à une réponse, ou classez sans."
        )
    if form.errors:
        return _page(str(thread_id), form), 422
    try:
        with store.write() as write:
            mark_thread_answered(write, str(thread_id))
    except NotFound:
        abort(404)
    return redirect(url_for("messages.show"), 303)


@blueprint.get("/<uuid:thread_id>/<uuid:attachment_id>")
@reach_of_agent.requires_permission(CONVERSATIONS)
def send_attachment(thread_id: UUID, attachment_id: UUID) -> Response:
    """Hand out a file that was attached."""
    with store.read() as read:
        attachment = read.get(Attachment, str(attachment_id))
        if (
            attachment is None
            or attachment.thread_id != str(thread_id)
            or attachment.state != STORED
        ):
            abort(404)
        try:
            described = file_description(vault, attachment)
            content = whole_stored_file(read, vault, attachment)
        except Unreadable:
            abort(404)
    return downloads.sent_file_to_save(content, described["name"])


def message_of_agent(write: Write, body: str, sent: list[Upload]) -> Written:
    """Return a message as the agent of this request writes it, its files kept."""
    person, moment = agent.require_agent(), now()
    provider = shell_here().registered_provider()
    answers_as = person.sight.sight_anywhere.answers_as
    role = provider.role(answers_as) if provider else None
    kept = [
        message_files.store_agent_file(
            write, vault, message.name, message.media_type, message.content, moment
        )
        for message in sent
    ]
    return Written(
        PROVIDER,
        person.session.subject,
        person.session.name,
        body,
        moment,
        role.label if role else answers_as,
        kept,
    )


def read_attached_files() -> tuple[list[Upload], dict[str, str]]:
    """Return the files of this request and, under their field, what is wrong with them."""
    sent, mistake = uploads.read_uploads(message_files.size_limit_of_files())
    return sent, {uploads.FIELD: mistake} if mistake else {}


def mistakes_of_text(form: Form) -> dict[str, str]:
    """Return what is wrong with a text."""
    if not form.value("body"):
        return {"body": _("Écrivez le message.")}
    if len(form.value("body")) > MOST_BODY:
        return {"body": _("Le message est trop long : 4 000 caractères au plus.")}
    return {}


def text_as_kept(text: str) -> str:
    """Return a text as it is kept: plain line ends, no blanks around it."""
    return text.replace("\r\n", "\n").strip()


def limits_of_files() -> dict[str, object]:
    """Return what a form says of its files: how large (MB) and of which types."""
    return {
        "most": message_files.size_limit_of_files() // (1024 * 1024),
        "accepted": uploads.ACCEPTED,
    }


def _page(thread_id: str, form: Form) -> str:
    before = request.args.get("avant", 0, type=int)
    try:
        with store.write() as write:
            thread = note_thread_seen(write, thread_id, now())
            messages, earlier = newest_messages_of_thread(write, vault, thread, max(0, before))
            children = inbox.children_names_by_thread(write, [thread_id]).get(thread_id, [])
            parted = are_thread_readers_in_two_homes(write, thread)
            in_peace = inbox.is_child_of_thread_muted(write, thread_id)
    except NotFound:
        abort(404)
    form.labels = {"body": _("Réponse"), uploads.FIELD: _("Pièces jointes")}
    return render_template(
        "desk/messages/thread.html",
        thread=thread,
        title=unsealed_title_of_thread(vault, thread),
        children=children,
        parted=parted,
        in_peace=in_peace,
        texts=messages,
        earlier=earlier,
        form=form,
        labels=message_labels,
        **limits_of_files(),
    )


def _refusal_of_answer(write: Write, thread: Thread) -> str:
    """Return why nothing is written to a conversation any more, "" where it may be."""
    if thread.ended_at is not None:
        return "ended"
    if inbox.is_child_of_thread_muted(write, thread.id):
        return "in_peace"
    return "parted" if are_thread_readers_in_two_homes(write, thread) else ""


def _lock_thread(write: Write, thread_id: str) -> Thread:
    try:
        return thread_writing.lock_thread(write, thread_id)
    except NotFound:
        abort(404)


def _moment_asked_after() -> datetime | None:
    try:
        moment = datetime.fromisoformat(request.args.get("apres", ""))
    except ValueError:
        return None
    return moment if moment.tzinfo else None
