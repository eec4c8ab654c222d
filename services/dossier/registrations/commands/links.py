"""The link in a letter: looked at, used up by who takes the draft up, refused, asked for anew."""

from types import SimpleNamespace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.models import Draft, DraftEmail
from services.dossier.registrations.commands.emails import (
    address_digest,
    email_in,
    post_link,
    replaced,
    row_of,
    same,
)
from services.dossier.registrations.commands.opening import (
    content_of_draft,
    draft_named,
    fits,
    keep_content,
)
from services.dossier.registrations.commands.writing import empty
from services.dossier.sections.rules.projections import Content
from shared.contracts.dossier.registrations import EMAIL
from shared.contracts.errors import NotFound
from shared.database import Write
from shared.dates.instant import When
from shared.person.codes import digest_of

AT_ONCE = 3
"""Links to the latest drafts of one address: there is one, or a second child's."""


def look(read: Session, request: SimpleNamespace) -> dict[str, Any]:
    """Return who began the draft of a letter, and when; raises NotFound."""
    draft, row = _of_letter(read, request)
    content = content_of_draft(draft)
    guardian = content.get("guardian", {})
    return {
        "state": draft.state,
        "way": draft.way,
        "opened_at": draft.opened_at,
        "name": f"{guardian.get('first_name', '')} {guardian.get('last_name', '')}".strip(),
        "address": email_in(content),
        "proven": row.proven_at is not None,
    }


def take_up(write: Write, request: SimpleNamespace, when: When) -> None:
    """
    Change the key of a draft by its letter, and note its e-mail as proven; raises NotFound.

    Whoever held it until now holds nothing any more. A button that is pressed twice comes with the
    same fresh key. From now on the holder comes back by letters to this address.
    """
    known = draft_named(write, request.reference, lock=True)
    if known is not None and fits(request.fresh, known.key_digest):
        return
    draft, row = _of_letter(write, request, known)
    draft.key_digest, draft.way = digest_of(request.fresh), EMAIL
    row.letter_digest = ""
    if row.proven_at is None:
        row.proven_at = when.moment


def disown(write: Write, request: SimpleNamespace, when: When) -> None:
    """
    Void the link of who did not begin.

    What nobody took up is erased; of what somebody holds by another key the address goes.
    """
    draft, row = _of_letter(write, request, draft_named(write, request.reference, lock=True))
    row.letter_digest = ""
    content = content_of_draft(draft)
    if row.proven_at is not None or not content:
        return
    if not draft.key_digest:
        empty(write, draft, when)
        return
    keep_content(draft, _without_email(content), when)
    replaced(write, draft, email_in(content), "", when)


def ask(write: Write, request: SimpleNamespace, when: When) -> None:
    """Post new links to the drafts of an address, if there are any."""
    digest = address_digest(write, request.email)
    theirs = (
        select(Draft)
        .where(Draft.contact_digest == digest, Draft.forget_on > when.day)
        .order_by(Draft.opened_at.desc(), Draft.id)
        .limit(AT_ONCE)
        .with_for_update()
    )
    for draft in write.scalars(theirs).all():
        content = content_of_draft(draft)
        if not content or same(email_in(content), request.email):
            post_link(write, draft, email_in(content) or request.email.strip(), when)


def _of_letter(
    session: Session, request: SimpleNamespace, known: Draft | None = None
) -> tuple[Draft, DraftEmail]:
    draft = known or draft_named(session, request.reference)
    row = row_of(session, draft) if draft else None
    if not fits(request.key, row.letter_digest if row else "") or draft is None or row is None:
        raise NotFound
    return draft, row


def _without_email(content: Content) -> Content:
    return content | {"guardian": content["guardian"] | {"email": ""}}
