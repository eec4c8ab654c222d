"""Alternating weeks of a child between two households; guardianships that begin or end."""

from collections.abc import Collection

from sqlalchemy import select

from services.dossier.models import CarerAccess, ChildWeeks, Guardianship
from shared.database import Write
from shared.dates.instant import Instant
from shared.dates.periods import next_change_of_period


def keep_alternating_weeks(
    write: Write, child_id: str, household_id: str, weeks: str, changes_on: int
) -> None:
    """
    Note that the child lives in this household in the "even" or in the "odd" weeks.

    Of the other weeks the other household's import says whose they are.
    """
    row = write.get(ChildWeeks, child_id)
    if row is None:
        row = ChildWeeks(child_id=child_id)
        write.add(row)
    row.changes_on = changes_on
    for parity, column in (("even", "even_household"), ("odd", "odd_household")):
        if parity == weeks:
            setattr(row, column, household_id)
        elif getattr(row, column) == household_id:
            setattr(row, column, None)
    write.flush()


def schedule_guardianship_turns(write: Write, child_ids: Collection[str], when: Instant) -> None:
    """Note, of guardianships and accesses that began or ended, when to look at them again."""
    turned = select(Guardianship).where(
        Guardianship.turns_on <= when.day, Guardianship.child_id.in_(child_ids)
    )
    accesses = select(CarerAccess).where(
        CarerAccess.turns_on <= when.day, CarerAccess.child_id.in_(child_ids)
    )
    for row in (*write.scalars(turned), *write.scalars(accesses)):
        row.turns_on = next_change_of_period(row.valid_from, row.valid_to, when.day)
    write.flush()
