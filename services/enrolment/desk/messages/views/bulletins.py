"""One text to many families: written, looked at with how many it reaches, then sent once."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session as Database

from services.enrolment.children.queries.reach_of_right import EVERYWHERE
from services.enrolment.conversations.commands import bulletins
from services.enrolment.conversations.commands.bulletins import Draft
from services.enrolment.conversations.queries import bulletins as bulletins_queries
from services.enrolment.desk.access import agent, reach_of_agent
from services.enrolment.desk.messages.views.threads import mistakes_of_text, text_as_kept
from services.enrolment.store import store, vault
from shared.contracts.enrolment.messages.bulletin_audience import ACTIVITY, ALL, GROUP
from shared.contracts.enrolment.messages.conversations import MOST_TITLE
from shared.dates.clock import now, today
from shared.register.entitlement import CONVERSATIONS
from shared.runtime.ids import new_id
from shared.web.forms.form_data import Form

blueprint = Blueprint("bulletins", __name__, url_prefix="/messages/informations")

Choices = list[tuple[str, str]]


@blueprint.get("")
@reach_of_agent.requires_permission(CONVERSATIONS)
def show() -> str:
    """Show the form, and what was sent lately."""
    return _page(Form({"target": ALL}))


@blueprint.post("")
@reach_of_agent.requires_permission(CONVERSATIONS)
def preview_or_send() -> ResponseReturnValue:
    """Show the bulletin as families read it and how many it reaches; then send it, once."""
    parsed = {name: request.form.get(name, "").strip() for name in ("target", "title", "key")}
    form = Form({**parsed, "body": text_as_kept(request.form.get("body", ""))})
    with store.read() as read:
        choices = _target_choices(read)
    form.errors = _mistakes_in_form(form, choices)
    if form.errors:
        return _page(form), 422
    draft = _draft_of_form(form)
    if request.form.get("do") != "send":
        with store.read() as read:
            reached = bulletins_queries.count_households_reached(
                read, draft.target, draft.target_id, today()
            )
        return _page(form, preview=dict(choices)[form.value("target")], reached=reached)
    with store.write() as write:
        author = agent.require_agent().session.subject
        bulletins.send_bulletin(write, vault, draft, author, _key_of_form(form), now())
    flash("sent")
    return redirect(url_for("bulletins.show"), 303)


def _key_of_form(form: Form) -> str:
    """Return the name of this form: sent twice it is one bulletin."""
    try:
        return str(UUID(form.value("key")))
    except ValueError:
        return new_id()


def _draft_of_form(form: Form) -> Draft:
    kind, _separator, target_id = form.value("target").partition(":")
    return Draft(form.value("title"), form.value("body"), kind, target_id or None)


def _mistakes_in_form(form: Form, choices: Choices) -> dict[str, str]:
    audiences = {}
    if form.value("target") not in dict(choices):
        audiences["target"] = _("Choisissez à qui s’adresse l’information.")
    if not 0 < len(form.value("title")) <= MOST_TITLE:
        audiences["title"] = _("Écrivez un titre, de 80 caractères au plus.")
    return audiences | mistakes_of_text(form)


def _target_choices(read: Database) -> Choices:
    here = reach_of_agent.reach_of_page_permission(read)
    everybody = [(ALL, _("Toutes les familles accueillies"))]
    choices: Choices = everybody if here is EVERYWHERE else []
    for activity_id, label, groups in bulletins_queries.bulletin_targets(read, here):
        whole = here.has_whole_activity(read, activity_id)
        if whole:
            choices.append((f"{ACTIVITY}:{activity_id}", label))
        if len(groups) > 1 or not whole:
            choices += [(f"{GROUP}:{group_id}", f"{label} · {group}") for group_id, group in groups]
    return choices


def _page(form: Form, **more: object) -> str:
    with store.read() as read:
        choices = _target_choices(read)
        sent = bulletins_queries.sent_bulletins(
            read, vault, reach_of_agent.reach_of_page_permission(read)
        )
    form.values["key"] = _key_of_form(form)
    form.labels = {"target": _("Pour qui"), "title": _("Titre"), "body": _("Texte")}
    return render_template(
        "desk/messages/bulletins.html", form=form, choices=choices, sent=sent, **more
    )
