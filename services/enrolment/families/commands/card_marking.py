"""
Marks cards of households that may have changed: published once, before the commit.

A card is built from data of every capability; marking reads none of them. Changes to places,
applications, bookings, sessions and marks mark the children concerned.
"""

from collections.abc import Collection
from datetime import datetime

from services.enrolment.families.queries.guardians import households_of_children
from shared.database import Write

CARDS = "cards"


def mark_cards_of_children(write: Write, child_ids: Collection[str], now: datetime) -> None:
    """Publish the cards of these children's households before the commit, those that changed."""
    if child_ids:
        mark_cards_of_households(write, households_of_children(write, child_ids), now)


def mark_cards_of_households(write: Write, household_ids: Collection[str], now: datetime) -> None:
    """Publish the cards of these households before the commit, those that changed."""
    if household_ids:
        write.note_for_completion(CARDS, household_ids, now)
