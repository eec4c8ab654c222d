"""Locks of guardians until the commit, while a thread is opened or a guardianship changes."""

from collections.abc import Collection

from services.enrolment.conversations.queries.guardianships import around
from services.enrolment.conversations.rules.audience import Guardianship
from shared.database import Write


def kept_around(write: Write, subject: str) -> list[Guardianship]:
    """Return the guardianships around a person, locked until the commit."""
    keep(write, {guardianship.household_id for guardianship in around(write, subject)})
    return around(write, subject)


def keep(write: Write, household_ids: Collection[str]) -> None:
    """
    Lock the guardians of these households, to open a thread or after a change.

    Of two instances the second sees what the first has written.
    """
    write.lock_names(*(f"guardians|{household_id}" for household_id in household_ids))
