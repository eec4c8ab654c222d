"""Providers' cards of some households, as last received."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from services.portal_gateway.models import FamilyCard
from services.portal_gateway.models.sealed_value_bindings import family_card_binding
from services.portal_gateway.schedule.rules.family_days import Card
from services.portal_gateway.store import open_sealed

_card = FamilyCard.__table__

# Made once: it runs on every page.
_CARDS = (
    select(_card.c.household_id, _card.c.provider, _card.c.content)
    .where(_card.c.household_id.in_(bindparam("households", expanding=True)))
    .order_by(_card.c.provider)
)


def cards_of_households(
    read: Session, households: Sequence[str], children: Sequence[str]
) -> list[Card]:
    """Return the cards of these households, of these children alone."""
    if not households:
        return []
    rows = read.connection().execute(_CARDS, {"households": list(households)})
    return [
        Card.from_content(
            provider, open_sealed(family_card_binding(household_id, provider), content), children
        )
        for household_id, provider, content in rows
    ]
