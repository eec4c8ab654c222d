"""Beginning a draft: by telephone or letter with a key, by e-mail with a letter alone."""

from datetime import timedelta

from sqlalchemy import func, select

from services.dossier.models import Draft, DraftEmail
from services.dossier.registrations.commands.emails import address_digest, post_link
from services.dossier.registrations.commands.opening import keep_content
from services.dossier.registrations.rules.drafts import KEPT_OPEN, KEY_GROUPS, REFERENCE_GROUPS
from shared.contracts.dossier import registrations as contracts
from shared.contracts.dossier.registrations import EMAIL, OPEN, TooManyDrafts
from shared.contracts.errors import BadRequest
from shared.database import Write
from shared.dates.instant import When
from shared.person.codes import digest_of, new_code, plain
from shared.runtime.ids import new_id

MOST_AN_HOUR = 400
"""Drafts in the whole town: in the busiest week of a school year there are some fifty."""


def open_draft(
    write: Write, request: contracts.OpenDraftRequest, when: When
) -> contracts.OpenDraftAnswer:
    """
    Begin a draft; return its reference and key, which stand nowhere else.

    By e-mail there is no key yet, and neither is returned: who typed an address has not shown that
    it is theirs. The same is done whoever may be known under the contact: nothing is looked up but
    drafts. Raises BadRequest for a contact of another shape, TooManyDrafts for a flood.
    """
    contact = _contact(request.way, request.contact)
    _refuse_flood(write, when)
    by_email = request.way == EMAIL
    reference, key, draft_id = new_code(REFERENCE_GROUPS), new_code(KEY_GROUPS), new_id()
    draft = Draft(
        id=draft_id,
        reference=plain(reference),
        key_digest="" if by_email else digest_of(key),
        way=request.way,
        contact_digest=address_digest(write, contact if by_email else draft_id),
        state=OPEN,
        version=0,
        opened_at=when.moment,
        forget_on=when.day + KEPT_OPEN,
    )
    keep_content(draft, {"guardian": {request.way: contact} if contact else {}}, when)
    write.add(draft)
    write.flush()
    write.add(DraftEmail(draft_id=draft_id))
    write.flush()
    if by_email:
        post_link(write, draft, contact, when)
        return contracts.OpenDraftAnswer(draft.forget_on)
    return contracts.OpenDraftAnswer(draft.forget_on, reference, key)


def _contact(way: str, contact: str) -> str:
    """Return the contact as it is kept; a letter is printed here and now, and needs none."""
    if way == contracts.LETTER:
        return ""
    checked, mistakes = contracts.check("guardian", {way: contact.strip()})
    if mistakes or not checked.get(way):
        raise BadRequest(errors={"contact": mistakes.get(way, ["À remplir."])})
    return str(checked[way])


def _refuse_flood(write: Write, when: When) -> None:
    since = when.moment - timedelta(hours=1)
    opened = select(func.count()).select_from(Draft).where(Draft.opened_at > since)
    if (write.scalar(opened) or 0) >= MOST_AN_HOUR:
        raise TooManyDrafts
