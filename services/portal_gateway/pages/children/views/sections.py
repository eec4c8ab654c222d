"""
Form of a section: its recipients, its values, its mistakes, and another guardian's change.

A form is never lost: after a mistake, an unavailable dossier, another guardian's change or an
expired session it comes back as typed.
"""

import json
import uuid
from collections.abc import Collection
from typing import TypedDict

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from services.portal_gateway.labels import dossier as record_labels
from services.portal_gateway.pages.children import section_forms
from services.portal_gateway.session import current_user, saved_forms
from services.portal_gateway.session.queries.children import (
    Child,
    family_from_answer_and_remember,
    last_known_family,
)
from services.portal_gateway.session.recent_proof import check_recent_proof
from services.portal_gateway.sharing.labels import recipients
from shared.contracts.dossier import guardians
from shared.contracts.errors import BadRequest, NoAnswer, Outdated, Refusal, Unavailable
from shared.contracts.message import Empty
from shared.contracts.sections import SECTIONS
from shared.contracts.sections.adults.pickup import PICKUP
from shared.contracts.sections.care import health
from shared.contracts.sections.section import Field
from shared.contracts.values import OfChild
from shared.json_values import JsonObject
from shared.runtime.ids import new_id
from shared.web.base.app import shell_here
from shared.web.forms.form_data import Form, flat_errors
from shared.web.forms.form_rows import Sent
from shared.web.language.diet_labels import diet_words
from shared.web.language.languages import FRENCH
from shared.web.language.section_labels import lazy_labels, lines_in_words
from shared.web.session.request_rounds import round_request

blueprint = Blueprint("sections", __name__)

CARE_TEXTS = ("care_plan-signs", "care_plan-conduct", "care_plan-kit")
"""The three texts of a PAI, counted together."""
HANDED_OVER_BY = PICKUP.code
"""The section by which a door hands the child over: no passer-by at an open page adds a name."""

ADDRESS = f"/enfants/<child_id>/<any({', '.join(map(repr, record_labels.SECTION_AT))}):slug>"


@blueprint.get(ADDRESS)
@current_user.signed_in
def edit(child_id: str, slug: str) -> ResponseReturnValue:
    """Show the form with what is stored, or with what this person had begun to type."""
    section = _require_section(slug)
    children, stored, who_knows = current_user.ask_all(
        round_request(guardians.my_children, Empty()),
        round_request(guardians.read_section, guardians.ReadSectionRequest(child_id, section)),
        round_request(guardians.who_knows, OfChild(child_id)),
    )
    child = family_from_answer_and_remember(children).ward(child_id)
    kept = saved_forms.saved_form_of_page()
    if kept is not None:
        return _page(
            child, section, _parse_form(section, kept), **_version_and_form_key(kept), notice="kept"
        )
    if isinstance(stored, Refusal):
        raise stored
    form = section_forms.form_of_stored_content(section, stored.content)
    also = [] if isinstance(who_knows, Refusal) else who_knows.guardian_grants
    more = [(grant["provider"], grant["projection"]) for grant in also]
    return _page(child, section, form, version=stored.version, form_key=new_id(), also=more)


@blueprint.post(ADDRESS)
@current_user.signed_in
def save(child_id: str, slug: str) -> ResponseReturnValue:
    """Write the section; on any failure the form comes back as typed."""
    section = _require_section(slug)
    sent = current_user.sent_form_fields()
    child = _last_known_child(child_id)
    if "add" in sent or "remove" in sent:
        return _page(child, section, _form_with_rows(section, sent), **_version_and_form_key(sent))
    form = _parse_form(section, sent)
    offered = shell_here().register.now.diets.codes_offered
    content, form.errors = section_forms.check_values(section, form.values, offered)
    if form.errors:
        return _page(child, section, form, **_version_and_form_key(sent)), 422
    try:
        recipient_codes = _write_section(child_id, section, content, **_version_and_form_key(sent))
    except (NoAnswer, Unavailable):
        return _page(child, section, form, **_version_and_form_key(sent), notice="unavailable"), 503
    except Outdated:
        return _conflict_page(child, section, form, content, **_version_and_form_key(sent))
    except BadRequest as refusal:
        form.errors = flat_errors(refusal.detail.get("errors", {}))
        if not form.errors:
            raise
        return _page(child, section, form, **_version_and_form_key(sent)), 422
    return _confirm_saved(child_id, section, recipient_codes)


@blueprint.post(f"{ADDRESS}/juste")
@current_user.signed_in
def confirm(child_id: str, slug: str) -> ResponseReturnValue:
    """Write what came from the former software anew, unchanged: its family has read it again."""
    section = record_labels.SECTION_AT[slug]  # no name is added: no proof is asked for
    carried = _version_and_form_key(current_user.sent_form_fields())
    request = guardians.ReadSectionRequest(child_id, section)
    content = current_user.ask(guardians.read_section, request).content
    try:
        recipient_codes = _write_section(child_id, section, content, **carried)
    except Outdated:  # somebody has changed it: the page shows what stands there now
        return redirect(url_for("child.show", child_id=child_id), 303)
    except BadRequest:  # the former software knew less than a form asks for
        return redirect(url_for("sections.edit", child_id=child_id, slug=slug), 303)
    return _confirm_saved(child_id, section, recipient_codes)


def _require_section(slug: str) -> str:
    """Return the section at an address, once its reader has proved itself where it has to."""
    section = record_labels.SECTION_AT[slug]
    if section == HANDED_OVER_BY:
        check_recent_proof()
    return section


def _last_known_child(child_id: str) -> Child:
    """
    Return the child without a request, so that a form comes back while the dossier is unavailable.
    """
    session = current_user.current_session()
    if session is not None and session.children:
        return last_known_family(session).ward(child_id)
    (children,) = current_user.ask_all(round_request(guardians.my_children, Empty()))
    return family_from_answer_and_remember(children).ward(child_id)


def _write_section(
    child_id: str, section: str, content: JsonObject, version: int, form_key: str
) -> list[str]:
    """
    Write under a request id made of the form and its content.

    The same form sent twice is one change; sent again with another content it is another.
    """
    body = json.dumps(content, sort_keys=True, ensure_ascii=False)
    once = uuid.uuid5(uuid.NAMESPACE_OID, f"{form_key}|{child_id}|{section}|{version}|{body}")
    return current_user.ask(
        guardians.write_section,
        guardians.WriteSectionRequest(child_id, section, version, content),
        request_id=str(once),
    ).recipients


def _conflict_page(
    child: Child,
    section: str,
    form: Form,
    content: JsonObject,
    version: int,
    form_key: str,
) -> ResponseReturnValue:
    """Show both versions; saving now replaces the stored one, knowingly."""
    try:
        request = guardians.ReadSectionRequest(child.id, section)
        stored = current_user.ask(guardians.read_section, request)
    except (NoAnswer, Unavailable):
        return _page(
            child, section, form, version=version, form_key=form_key, notice="unavailable"
        ), 503
    if stored.content == content:
        return _confirm_saved(child.id, section, [])
    form.values["had_plan"] = "yes" if stored.content.get("care_plan") else ""
    page = _page(
        child,
        section,
        form,
        version=stored.version,
        form_key=new_id(),
        stored=stored,
        stored_lines=lines_in_words(SECTIONS[section].lines(stored.content)),
        own_lines=lines_in_words(SECTIONS[section].lines(content)),
    )
    return page, 409


def _confirm_saved(child_id: str, section: str, recipient_codes: list[str]) -> ResponseReturnValue:
    saved_forms.drop_saved_form()
    flash({"section": section, "recipients": recipient_codes}, "saved")  # type: ignore[arg-type]
    return redirect(url_for("child.show", child_id=child_id), 303)


def _parse_form(section: str, sent: Sent) -> Form:
    return Form(section_forms.parse_values(section, sent))


def _form_with_rows(section: str, sent: dict[str, list[str]]) -> Form:
    """Answer the buttons of a repeatable row where the browser runs no script."""
    for row in sent.get("remove", ())[:1]:
        sent = dict(section_forms.values_without_row(sent, row))  # type: ignore[arg-type]
    form = _parse_form(section, sent)
    for name in sent.get("add", ())[:1]:
        if name not in section_forms.repeatable_rows(section):
            abort(400)
        section_forms.add_row(form, section, name)
    return form


class _Carried(TypedDict):
    version: int
    form_key: str


def _version_and_form_key(sent: Sent) -> _Carried:
    """Return what the form carries unseen: the version it was made from, and its own name."""
    version, form_key = (next(iter(sent.get(name, ())), "") for name in ("version", "act"))
    if not version.isdecimal() or len(version) > 9 or not 0 < len(form_key) <= 40:
        abort(400)
    return {"version": int(version), "form_key": form_key}


def _page(
    child: Child,
    section: str,
    form: Form,
    also: Collection[tuple[str, str]] = (),
    **more: object,
) -> str:
    register = shell_here().register
    form.labels = _field_labels(section, form)
    form.spoken = FRENCH
    return render_template(
        [f"portal/edit_{section}.html", "portal/edit_section.html"],
        child=child,
        section=section,
        slug=SECTIONS[section].slug,
        label=record_labels.section_label(register, section),
        form=form,
        rows=section_forms.repeatable_rows(section),
        parts_of_form=SECTIONS[section].form,
        choices={
            part.name: _choice_labels_of_field(part)
            for part in SECTIONS[section].form
            if isinstance(part, Field)
        },
        left_behind=_choices_no_longer_offered(section, form),
        translated=_translate_message,
        recipients=recipients.recipients_of_section(register, section, child.providers, also),
        allergens=lazy_labels(health.ALLERGEN_CHOICES),
        most_care=health.CARE_TEXT_MOST,
        care_texts=CARE_TEXTS,
        record_labels=record_labels,
        **more,
    )


def _choice_labels_of_field(part: Field) -> dict[str, object]:
    """Return the labels of a field by code: the section's own, or what the town offers."""
    if not part.of_town:
        return lazy_labels(part.choices)
    offered = shell_here().register.now.diets.codes_offered[part.of_town]
    return {code: diet_words(code) for code in offered}


def _choices_no_longer_offered(section: str, form: Form) -> list[str]:
    """Name what was chosen of the town's lists and is no longer offered."""
    chosen: list[str] = []
    for part in SECTIONS[section].form:
        if isinstance(part, Field) and part.of_town:
            value = form.values.get(part.name)
            chosen += value if isinstance(value, list) else [str(value or "")]
    offered = shell_here().register.now.diets
    return [diet_words(code) for code in chosen if code and not offered.is_offered(code)]


def _translate_message(message: str) -> str:
    """Translate a message of a form; an empty one is no message, though gettext has one for it."""
    return gettext(message) if message else ""


def _field_labels(section: str, form: Form) -> dict[str, str]:
    """Name each wrong field for the summary: « Personne 2, téléphone »."""
    return {name: record_labels.field_label(section, name) for name in form.errors}
