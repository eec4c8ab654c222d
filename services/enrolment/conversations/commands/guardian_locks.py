"""Locks of guardians until the commit, while a thread is opened or a guardianship changes."""

from collections.abc import Collection

from services.enrolment.conversations.queries.guardianships import guardianships_in_homes_of_person
from services.enrolment.conversations.rules.thread_readers import Guardianship
from shared.database import Write


def lock_guardians_around_person(write: Write, subject: str) -> list[Guardianship]:
    """Return the guardianships around a person, locked until the commit."""
    lock_guardians(
        write,
        {
            guardianship.household_id
            for guardianship in guardianships_in_homes_of_person(write, subject)
        },
    )
    return guardianships_in_homes_of_person(write, subject)


def lock_guardians(write: Write, household_ids: Collection[str]) -> None:
    """
    Lock the guardians of these households, to open a thread or after a change.

    Of two instances the second sees what the first has written.
    """
    write.lock_names(*(f"guardians|{household_id}" for household_id in household_ids))
