"""Guardians held until the commit, while a thread is opened for them or they have changed."""

from collections.abc import Collection

from services.enrolment.conversations.queries.guardianships import around
from services.enrolment.conversations.rules.audience import Guardianship
from shared.database import Write


def kept_around(write: Write, subject: str) -> list[Guardianship]:
    """Return the same, as it stays until the commit."""
    keep(write, {guardianship.household_id for guardianship in around(write, subject)})
    return around(write, subject)


def keep(write: Write, household_ids: Collection[str]) -> None:
    """
    Hold the guardians of these households: a thread is opened for them, or they have changed.

    Two instances may do both at once: the one that comes second sees what the first has written.
    """
    write.alone(*(f"guardians|{household_id}" for household_id in household_ids))
