"""
Sessions with food: whose diet and allergies a provider has for some days by them (rule R3).

Queries and marks alone; what leaves by them is told in `sharing/streams/commands/conditional.py`.
"""

from collections.abc import Collection, Iterable
from datetime import date
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from services.dossier.models import Child, FoodOccasion, FoodOccasionChild
from services.dossier.sharing.rules.targets import Target
from shared.contracts.enrolment.food_events import AFTER, BEFORE
from shared.database import Write
from shared.database.chunks import chunks
from shared.dates.instant import When
from shared.dates.periods import period_turns_on
from shared.register.entitlement import ON_OCCASION


def opened(session: Session, child_ids: Collection[str], day: date) -> set[Target]:
    """Return what of these children is sent that day for the sake of a session with food."""
    found: set[Target] = set()
    for some in chunks(child_ids):
        rows = session.execute(
            select(FoodOccasionChild.child_id, FoodOccasion.provider)
            .join(FoodOccasion, FoodOccasion.id == FoodOccasionChild.occasion_id)
            .where(
                FoodOccasionChild.child_id.in_(some),
                FoodOccasion.first_day <= day,
                FoodOccasion.last_day >= day,
            )
        )
        found.update(targets(rows))
    return found


def targets(pairs: Iterable[Any]) -> set[Target]:
    """Return what a session with food opens of these children at these providers."""
    return {
        Target(child_id, provider, projection)
        for child_id, provider in pairs
        for projection in ON_OCCASION
    }


def take(write: Write, provider: str, fact: SimpleNamespace, when: When) -> set[str]:
    """
    Keep who is booked at a session with food, if that is newer; return the children concerned.

    A session is its first teller's: another provider changes nothing of it.
    """
    row = write.get(FoodOccasion, fact.session_id)
    if row is None:
        row = FoodOccasion(id=fact.session_id, provider=provider, version=0)
        write.add(row)
    elif row.provider != provider or row.version >= fact.version:
        return set()
    row.version = fact.version
    row.first_day, row.last_day = fact.day - BEFORE, fact.day + AFTER
    row.turns_on = period_turns_on(row.first_day, row.last_day, when.day)
    write.flush()
    mine = FoodOccasionChild.occasion_id == row.id
    before = set(write.scalars(select(FoodOccasionChild.child_id).where(mine)))
    known = set(write.scalars(select(Child.id).where(Child.id.in_(fact.child_ids))))
    write.execute(delete(FoodOccasionChild).where(mine))
    write.add_all(FoodOccasionChild(occasion_id=row.id, child_id=one) for one in sorted(known))
    write.flush()
    return before | known


def children_of_the_day(day: date) -> Select[Any]:
    """Return the statement of children at a session whose days begin, or are over."""
    return (
        select(FoodOccasionChild.child_id)
        .join(FoodOccasion, FoodOccasion.id == FoodOccasionChild.occasion_id)
        .where(FoodOccasion.turns_on <= day)
    )


def turn(write: Write, child_ids: Collection[str], when: When) -> set[Target]:
    """Mark the day as turned for these children's sessions; return what may change by it."""
    found = select(FoodOccasion, FoodOccasionChild.child_id).join(
        FoodOccasionChild, FoodOccasionChild.occasion_id == FoodOccasion.id
    )
    due = write.execute(
        found.where(FoodOccasion.turns_on <= when.day, FoodOccasionChild.child_id.in_(child_ids))
    ).all()
    everybody = write.execute(found.where(FoodOccasion.id.in_({row.id for row, _ in due}))).all()
    for row, _ in everybody:
        row.turns_on = period_turns_on(row.first_day, row.last_day, when.day)
    write.flush()
    return targets((child_id, row.provider) for row, child_id in everybody)
