"""
Sessions with food: who is booked at them, and marks that a day has turned (rule R3).

Nothing is published here: `sharing/streams/commands/conditional_grants.py` does.
"""

from collections.abc import Collection

from sqlalchemy import delete, select

from services.dossier.models import Child, FoodEvent, FoodEventChild
from services.dossier.sharing.rules.projection_targets import Target, food_targets
from shared.contracts.enrolment.sharing.food_on_occasion import AFTER, BEFORE, FoodAnnounced
from shared.database import Write
from shared.dates.instant import Instant
from shared.dates.periods import next_change_of_period


def store_food_on_occasion(
    write: Write, provider: str, event: FoodAnnounced, when: Instant
) -> set[str]:
    """
    Store who is booked at a session with food, if that is newer; return the children concerned.

    A session belongs to the provider that announced it first; no other provider changes it.
    """
    row = write.get(FoodEvent, event.session_id)
    if row is None:
        row = FoodEvent(id=event.session_id, provider=provider, version=0)
        write.add(row)
    elif row.provider != provider or row.version >= event.version:
        return set()
    row.version = event.version
    row.first_day, row.last_day = event.day - BEFORE, event.day + AFTER
    row.turns_on = next_change_of_period(row.first_day, row.last_day, when.day)
    write.flush()
    booked = FoodEventChild.occasion_id == row.id
    before = set(write.scalars(select(FoodEventChild.child_id).where(booked)))
    known = set(write.scalars(select(Child.id).where(Child.id.in_(event.child_ids))))
    write.execute(delete(FoodEventChild).where(booked))
    write.add_all(
        FoodEventChild(occasion_id=row.id, child_id=child_id) for child_id in sorted(known)
    )
    write.flush()
    return before | known


def note_next_changes_by_food(
    write: Write, child_ids: Collection[str], when: Instant
) -> set[Target]:
    """Note when these children's sessions next open or close; return the targets due today."""
    query = select(FoodEvent, FoodEventChild.child_id).join(
        FoodEventChild, FoodEventChild.occasion_id == FoodEvent.id
    )
    due = write.execute(
        query.where(FoodEvent.turns_on <= when.day, FoodEventChild.child_id.in_(child_ids))
    ).all()
    booked = write.execute(query.where(FoodEvent.id.in_({row.id for row, _ in due}))).all()
    for row, _ in booked:
        row.turns_on = next_change_of_period(row.first_day, row.last_day, when.day)
    write.flush()
    return food_targets((child_id, row.provider) for row, child_id in booked)
