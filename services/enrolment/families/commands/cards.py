"""
The cards of households that may have changed: noted here, told once, before the commit.

A card is put together from what every capability knows of a child; noting asks for none of them.
Changes to places, applications, bookings, sessions and marks note the children whom they concern.
"""

from collections.abc import Collection
from datetime import datetime

from services.enrolment.families.queries.guardians import households_of_children
from shared.database import Write

CARDS = "cards"


def touch(write: Write, child_ids: Collection[str], now: datetime) -> None:
    """Have the cards of these children's households told, those whose content changed."""
    if child_ids:
        touch_households(write, households_of_children(write, child_ids), now)


def touch_households(write: Write, household_ids: Collection[str], now: datetime) -> None:
    """Have the cards of these households told, those whose content changed."""
    if household_ids:
        write.touch(CARDS, household_ids, now)
