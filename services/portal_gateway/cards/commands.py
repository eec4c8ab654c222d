"""Keeps the households of each guardian, as the dossier publishes them on its card."""

from collections.abc import Iterable

from sqlalchemy import delete, insert, select

from services.portal_gateway.models import GuardianCard, Guardianship
from services.portal_gateway.models.seals import of_guardian
from services.portal_gateway.store import opened
from shared.database import Write


def keep_guardianship(write: Write, subject: str, households: Iterable[str]) -> None:
    """Keep which households are a guardian's, whole."""
    write.execute(delete(Guardianship).where(Guardianship.subject == subject))
    rows = [
        {"subject": subject, "household_id": household} for household in sorted(set(households))
    ]
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
