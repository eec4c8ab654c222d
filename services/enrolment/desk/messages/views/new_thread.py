"""An agent writes first: the child is found, the household chosen, its readers are said."""

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.children.queries.search_index import child_card, find_children
from services.enrolment.conversations.commands import guardian_locks, thread_writing
from services.enrolment.conversations.queries import inbox
from services.enrolment.conversations.queries.guardianships import guardianships_of_households
from services.enrolment.conversations.rules import thread_readers
from services.enrolment.desk.access import reach_of_agent
from services.enrolment.desk.messages import labels as message_labels
from services.enrolment.desk.messages.views.threads import (
    limits_of_files,
    message_of_agent,
    mistakes_of_text,
    read_attached_files,
    text_as_kept,
)
from services.enrolment.families.queries.muted_children import muted_children
from services.enrolment.store import store, vault
from shared.contracts.enrolment.messages.conversations import KINDS, MOST_TITLE
from shared.dates.clock import now
from shared.register.entitlement import CONVERSATIONS
from shared.web.forms import uploads
from shared.web.forms.form_data import Form

blueprint = Blueprint("message_opening", __name__, url_prefix="/messages/nouveau")

LONGEST_QUERY = 200


@blueprint.get("")
@reach_of_agent.requires_permission(CONVERSATIONS)
def search_child() -> str:
    """Find the child whose family one writes to."""
    query = request.args.get("q", "")[:LONGEST_QUERY].strip()
    with store.read() as read:
        children, more = find_children(read, query, reach_of_agent.reach_of_page_permission(read))
    return render_template("desk/messages/search.html", query=query, children=children, more=more)


@blueprint.get("/<uuid:child_id>")
@reach_of_agent.requires_permission(CONVERSATIONS)
def compose(child_id: UUID) -> str:
    """Show the form, with the households of the child: one thread is one household's."""
    return _page(str(child_id), Form({"kind": "practical"}))


@blueprint.post("/<uuid:child_id>")
@reach_of_agent.requires_permission(CONVERSATIONS)
def write(child_id: UUID) -> ResponseReturnValue:
    """Write to the guardians of one household."""
    parsed = {name: request.form.get(name, "").strip() for name in ("kind", "title", "household")}
    form = Form({**parsed, "body": text_as_kept(request.form.get("body", ""))})
    sent, wrong = read_attached_files()
    form.errors = _mistakes_in_form(form, str(child_id)) | wrong
    if form.errors or _is_family_left_in_peace(str(child_id)):
        return _page(str(child_id), form), 422
    with store.write() as opened:
        household = form.value("household")
        guardian_locks.lock_guardians(opened, [household])
        known = guardianships_of_households(opened, [household])
        readers = thread_readers.audience_opened_by_provider(household, [str(child_id)], known)
        if readers is None:
            abort(404)
        thread = thread_writing.start_thread_with_message(
            opened,
            vault,
            readers,
            form.value("kind"),
            form.value("title"),
            message_of_agent(opened, form.value("body"), sent),
            now(),
        )
    flash("sent")
    return redirect(url_for("messages.show_thread", thread_id=thread.id), 303)


def _mistakes_in_form(form: Form, child_id: str) -> dict[str, str]:
    homes = {}
    with store.read() as read:
        households = {
            home.household_id for home in inbox.households_to_write_to(read, vault, child_id)
        }
    if form.value("household") not in households:
        homes["household"] = _("Choisissez à quel foyer vous écrivez.")
    if form.value("kind") not in KINDS:
        homes["kind"] = _("Choisissez de quoi il s’agit.")
    if not 0 < len(form.value("title")) <= MOST_TITLE:
        homes["title"] = _("Écrivez un objet, de 80 caractères au plus.")
    return homes | mistakes_of_text(form)


def _is_family_left_in_peace(child_id: str) -> bool:
    """Say whether one agent alone speaks with the family, at the front desk (rules' test 10)."""
    with store.read() as read:
        return bool(muted_children(read, [child_id]))


def _page(child_id: str, form: Form) -> str:
    with store.read() as read:
        card = child_card(read, child_id) or abort(404)
        homes = inbox.households_to_write_to(read, vault, child_id)
    if len(homes) == 1:
        form.values.setdefault("household", homes[0].household_id)
    form.labels = {
        "household": _("Foyer"),
        "kind": _("De quoi s’agit-il ?"),
        "title": _("Objet"),
        "body": _("Message"),
        uploads.FIELD: _("Pièces jointes"),
    }
    return render_template(
        "desk/messages/new.html",
        card=card,
        homes=[(home.household_id, message_labels.household_label(home)) for home in homes],
        form=form,
        in_peace=_is_family_left_in_peace(child_id),
        labels=message_labels,
        **limits_of_files(),
    )
