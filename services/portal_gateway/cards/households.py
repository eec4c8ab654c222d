"""Which households are a guardian's, as the dossier last said on its card."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.orm import Session

from services.portal_gateway.models import GuardianCard, Guardianship
from services.portal_gateway.models.seals import of_guardian
from services.portal_gateway.store import opened
from shared.database import Write

# Made once: it runs on every page.
_CARD = select(GuardianCard.__table__.c.content).where(
    GuardianCard.__table__.c.subject == bindparam("subject")
)


def card_of(read: Session, subject: str) -> dict[str, Any] | None:
    """Return the content of a guardian's card, None before the dossier told one."""
    sealed = read.connection().scalar(_CARD, {"subject": subject})
    return opened(of_guardian(subject), sealed) if sealed else None


def households_of(read: Session, subject: str) -> Sequence[str]:
    """Return a guardian's households, none before its card came."""
    return list((card_of(read, subject) or {}).get("households", ()))


def guardians_of(read: Session, household_id: str) -> list[str]:
    """Return the guardians whose household it is."""
    found = select(Guardianship.subject).where(Guardianship.household_id == household_id)
    return list(read.scalars(found.order_by(Guardianship.subject)))


def keep_guardianship(write: Write, subject: str, households: Iterable[str]) -> None:
    """Keep which households are a guardian's, whole."""
    write.execute(delete(Guardianship).where(Guardianship.subject == subject))
    rows = [{"subject": subject, "household_id": each} for each in sorted(set(households))]
    if rows:
        write.execute(insert(Guardianship), rows)


def fill_guardianship(write: Write) -> int:
    """Note the households of cards that came before they were noted; return of how many."""
    noted = select(Guardianship.subject)
    cards = select(GuardianCard).where(GuardianCard.subject.not_in(noted)).limit(500)
    filled = 0
    for card in write.scalars(cards):
        content = opened(of_guardian(card.subject), card.content)
        keep_guardianship(write, card.subject, content["households"])
        filled += bool(content["households"])
    return filled
