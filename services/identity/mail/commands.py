"""Posting a letter, in the transaction of what decides it."""

from sqlalchemy import select

from services.identity.accounts.rules.accounts import FAMILY
from services.identity.mail.rules import WAITING
from services.identity.mail.texts import FRENCH, TEMPLATES, require_values
from services.identity.models import Account, Letter, place_of
from services.identity.store import store
from shared.database import Write
from shared.dates.clock import now
from shared.runtime.ids import new_id


def post(
    write: Write, to: str, template: str, key: str, *, language: str = FRENCH, **values: str
) -> bool:
    """
    Post a letter to an address, or to the family's account of a subject; once per key.

    Return whether it will leave: False where the key was used before, or the subject has no address
    or no open account. It leaves only if this transaction commits. Raises NoSuchLetter where the
    template does not take these values. A family's login is its address.
    """
    require_values(template, values)
    address = to if "@" in to else _address_of(write, to)
    if not address:
        return False
    letter_id, at = new_id(), now()
    content = {"to": address, "language": language, "values": values}
    row = write.upsert(Letter).values(
        id=letter_id,
        key=key,
        template=template,
        urgent=TEMPLATES[template].urgent,
        content=store.seal(place_of(letter_id), content),
        state=WAITING,
        attempts=0,
        posted_at=at,
        next_at=at,
        reason="",
    )
    once = row.on_conflict_do_nothing(index_elements=["key"]).returning(Letter.id)
    return write.scalar(once) is not None


def _address_of(write: Write, subject: str) -> str:
    login = write.scalar(
        select(Account.login).where(
            Account.subject == subject, Account.kind == FAMILY, Account.active
        )
    )
    return login if login and "@" in login else ""
