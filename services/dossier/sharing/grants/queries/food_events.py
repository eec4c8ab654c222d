"""Sessions with food: of whom a provider has diet and allergies for some days (rule R3)."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.dossier.models import FoodEvent, FoodEventChild
from services.dossier.sharing.rules.targets import Target, food_targets
from shared.database.chunks import chunks


def food_targets_of_day(session: Session, child_ids: Collection[str], day: date) -> set[Target]:
    """Return what of these children is sent that day for the sake of a session with food."""
    targets: set[Target] = set()
    for batch in chunks(child_ids):
        rows = session.execute(
            select(FoodEventChild.child_id, FoodEvent.provider)
            .join(FoodEvent, FoodEvent.id == FoodEventChild.occasion_id)
            .where(
                FoodEventChild.child_id.in_(batch),
                FoodEvent.first_day <= day,
                FoodEvent.last_day >= day,
            )
        )
        targets.update(food_targets(rows))
    return targets


def select_children_at_turns(day: date) -> Select[Any]:
    """Return the statement of children at a session whose days begin, or are over."""
    return (
        select(FoodEventChild.child_id)
        .join(FoodEvent, FoodEvent.id == FoodEventChild.occasion_id)
        .where(FoodEvent.turns_on <= day)
    )
