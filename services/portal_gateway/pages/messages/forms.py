"""Messages of families to a provider as forms: fields, mistakes, and the files with them."""

from collections.abc import Mapping, Sequence

from flask import request
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.portal_gateway.pages.page_parts import parsing
from services.portal_gateway.session.queries.children import Child
from services.portal_gateway.store import store
from shared.contracts.enrolment.messages import conversations
from shared.contracts.portal_gateway import portal_events
from shared.files.file_parts import split_into_parts
from shared.files.types import digest_of_file
from shared.web.base.app import shell_here
from shared.web.forms import uploads
from shared.web.forms.form_data import Form
from shared.web.forms.uploads import Upload

KINDS: dict[str, LazyString] = {
    "question": _l("Une question"),
    "absence": _l("Une absence ou un retard"),
    "enrolment": _l("Une inscription"),
    "billing": _l("Une facture"),
    "practical": _l("L’organisation, un objet oublié"),
}


def parse_values(sent: Mapping[str, Sequence[str]]) -> dict[str, object]:
    """Return what was typed, as a form holds it."""
    first = {name: next(iter(sent.get(name, ())), "") for name in ("kind", "title", "body")}
    return {
        "kind": first["kind"],
        "title": first["title"].strip(),
        "body": first["body"].replace("\r\n", "\n").strip(),
        "children": list(sent.get("children", ())),
        "share": next(iter(sent.get("share", ())), ""),
    }


def read_files() -> tuple[list[Upload], dict[str, str]]:
    """Return the files of this request and, under their field, the sentence that they earn."""
    files, mistake = uploads.read_uploads(shell_here().register.now.conversations.attachment_bytes)
    return files, {uploads.FIELD: mistake} if mistake else {}


def mistakes(form: Form, children: Sequence[Child]) -> dict[str, str]:
    """Return what is wrong with a first message."""
    errors = {}
    if form.value("kind") not in KINDS:
        errors["kind"] = _("Choisissez de quoi il s’agit.")
    if not 0 < len(form.value("title")) <= conversations.MOST_TITLE:
        errors["title"] = _("Écrivez un objet, de 80 caractères au plus.")
    if not set(form.values["children"]) <= {child.id for child in children}:
        errors["children"] = _("Choisissez parmi les enfants que ce service accueille.")
    return errors | mistakes_of_text(form)


def mistakes_of_text(form: Form) -> dict[str, str]:
    """Return what is wrong with a text."""
    if not form.value("body"):
        return {"body": _("Écrivez votre message.")}
    if len(form.value("body")) > conversations.MOST_BODY:
        return {"body": _("Votre message est trop long : 4 000 caractères au plus.")}
    return {}


def announced_files(files: Sequence[Upload]) -> list[conversations.AnnouncedFile]:
    """Return the files as their message announces them; sent again they have the same ids."""
    return [
        {
            "attachment_id": parsing.request_id(
                parsing.form_key(), "file", at, digest_of_file(file.content)
            ),
            "name": file.name,
            "media_type": file.media_type,
            "size": len(file.content),
            "digest": digest_of_file(file.content),
        }
        for at, file in enumerate(files)
    ]


def send_files(
    principal: str, announced: Sequence[conversations.AnnouncedFile], files: Sequence[Upload]
) -> None:
    """
    Send the files in parts, before the message that announces them.

    Should nothing follow, the provider erases them; the other way round one could be lost.
    """
    if not files:
        return
    with store.write() as write:
        for row, file in zip(announced, files, strict=True):
            for number, data in split_into_parts(file.content):
                part = portal_events.AttachmentPart(row["attachment_id"], number, data)
                write.publish(portal_events.attachment_part, part, to=principal)


def has_files() -> bool:
    """Say whether this request brought files, which a page cannot give back."""
    return any(file.filename for file in request.files.getlist(uploads.FIELD))
