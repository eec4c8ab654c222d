"""
Posts letters to the e-mail of a draft, and notes that it was proven or replaced.

Typing an address shows nothing about it. It is proven by its letter, or at the counter, and no
longer once another one is written in its place.
"""

import hmac
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, or_, select

from services.dossier.keys import DIGESTS, signing_key
from services.dossier.models import Draft, DraftLetter
from services.dossier.registrations.queries.emails import FORMER, former_of, row_of
from services.dossier.registrations.rules.drafts import KEY_GROUPS
from services.dossier.registrations.rules.emails import masked, same
from services.dossier.store import vault
from shared.contracts.dossier.registrations import (
    DraftEmailChanged,
    DraftOpened,
    draft_email_changed,
    draft_opened,
)
from shared.database import Write
from shared.dates.instant import When
from shared.person.codes import digest_of, grouped, new_code
from shared.register.declarations import IDENTITY
from shared.runtime.ids import new_id

LETTERS_A_DAY = 3
"""Letters to one address: nobody's letter box is filled by somebody else."""
LETTERS_OF_A_DRAFT = 6
"""In a day, to whatever addresses are written in it: no draft is a way to write to strangers."""


def address_digest(write: Write, address: str) -> str:
    """Return a keyed digest that finds the drafts of an address, and says nothing of it."""
    key = signing_key(write, DIGESTS)
    return hmac.new(key, f"contact|{address.strip().casefold()}".encode(), sha256).hexdigest()


def written(write: Write, draft: Draft, before: str, after: str, when: When) -> None:
    """
    Let another e-mail in a locked draft count as unproven, with a letter of its own to prove it.

    The former one is told, and stands beside it, masked: the one that was proven above all.
    """
    if same(before, after):
        return
    if before:
        _tell(write, draft, before, when)
    replaced(write, draft, before, after, when)
    if after:
        post_link(write, draft, after, when)


def replaced(write: Write, draft: Draft, before: str, after: str, when: When) -> None:
    """Note that another e-mail stands in a locked draft, or none, and that it is not proven."""
    row = row_of(write, draft)
    if before or row.changed_at:
        row.changed_at = when.moment
    if before and (row.proven_at or former_of(draft, row) in ("", masked(after))):
        row.former = vault.seal(draft.id, FORMER, masked(before))
    row.letter_digest, row.proven_at, row.confirmed_by = "", None, None
    draft.contact_digest = address_digest(write, after or draft.id)


def post_link(write: Write, draft: Draft, address: str, when: When) -> None:
    """Post the link to a locked draft, and void the one before; too many a day do not leave."""
    if not _may_post(write, draft, address, when):
        return
    secret = new_code(KEY_GROUPS)
    row_of(write, draft).letter_digest = digest_of(secret)
    event = DraftOpened(
        draft_id=draft.id,
        letter_id=_noted(write, draft, address, when),
        address=address,
        reference=grouped(draft.reference),
        secret=secret,
    )
    write.publish(draft_opened, event, to=IDENTITY)


def forget_former(write: Write, draft: Draft) -> None:
    """Forget the address before, with the content that the desk has decided on."""
    row_of(write, draft).former = None


def forget_letters(write: Write, when: When) -> None:
    """Forget the letters that count no more."""
    write.execute(delete(DraftLetter).where(DraftLetter.posted_at <= _since(when)))


def _tell(write: Write, draft: Draft, address: str, when: When) -> None:
    """
    Tell an address that a draft has another one.

    Of a proven one that is not counted: a letter, which is, had come before, and its reader must
    hear of it whatever else was sent there today.
    """
    proven = row_of(write, draft).proven_at is not None
    if proven or _may_post(write, draft, address, when):
        letter_id = new_id() if proven else _noted(write, draft, address, when)
        write.publish(draft_email_changed, DraftEmailChanged(letter_id, address), to=IDENTITY)


def _may_post(write: Write, draft: Draft, address: str, when: When) -> bool:
    digest = address_digest(write, address)
    rows = write.execute(
        select(DraftLetter.draft_id, DraftLetter.address_digest).where(
            DraftLetter.posted_at > _since(when),
            or_(DraftLetter.address_digest == digest, DraftLetter.draft_id == draft.id),
        )
    ).all()
    to_address = sum(row.address_digest == digest for row in rows)
    of_draft = sum(row.draft_id == draft.id for row in rows)
    return to_address < LETTERS_A_DAY and of_draft < LETTERS_OF_A_DRAFT


def _noted(write: Write, draft: Draft, address: str, when: When) -> str:
    letter_id = new_id()
    write.add(
        DraftLetter(
            id=letter_id,
            draft_id=draft.id,
            address_digest=address_digest(write, address),
            posted_at=when.moment,
        )
    )
    write.flush()
    return letter_id


def _since(when: When) -> datetime:
    return when.moment - timedelta(days=1)
