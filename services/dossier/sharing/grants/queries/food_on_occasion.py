"""Sessions with food: of whom a provider has diet and allergies for some days (rule R3)."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from services.dossier.models import FoodEvent, FoodEventChild
from services.dossier.sharing.rules.projection_targets import Target, food_targets
from shared.database import Day
from shared.database.prebuilt_statements import among_parameter, rows_among

_day = bindparam("day", type_=Day)
_AT_SESSIONS = (
    select(FoodEventChild.child_id, FoodEvent.provider)
    .join(FoodEvent, FoodEvent.id == FoodEventChild.occasion_id)
    .where(
        FoodEventChild.child_id.in_(among_parameter()),
        FoodEvent.first_day <= _day,
        FoodEvent.last_day >= _day,
    )
)


def food_targets_of_day(session: Session, child_ids: Collection[str], day: date) -> set[Target]:
    """Return what of these children is sent that day for the sake of a session with food."""
    return food_targets(rows_among(session, _AT_SESSIONS, child_ids, day=day))


def providers_of_food_to_come(session: Session, child_ids: Collection[str], day: date) -> set[str]:
    """Return the providers with a session with food that is not over, at which one is booked."""
    booked = select(FoodEvent.provider).join(
        FoodEventChild, FoodEventChild.occasion_id == FoodEvent.id
    )
    ahead = booked.where(FoodEventChild.child_id.in_(child_ids), FoodEvent.last_day >= day)
    return set(session.scalars(ahead))


def select_children_at_food_change(day: date) -> Select[Any]:
    """Return the statement of children at a session whose days begin, or are over."""
    return (
        select(FoodEventChild.child_id)
        .join(FoodEvent, FoodEvent.id == FoodEventChild.occasion_id)
        .where(FoodEvent.turns_on <= day)
    )
