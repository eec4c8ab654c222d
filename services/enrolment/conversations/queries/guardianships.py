"""Guardianships as rules take them, and the audiences of threads as they are stored."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import Select, select
from sqlalchemy.orm import Session as Database

from services.enrolment.conversations.rules import thread_readers
from services.enrolment.conversations.rules.thread_readers import Audience, Guardianship
from services.enrolment.models import ChildGuardian, Thread, ThreadChild, ThreadReader


def guardianships_of_households(
    read: Database, household_ids: Collection[str]
) -> list[Guardianship]:
    """Return all that is known of the guardians of these households."""
    return _read_guardianships(
        read, _select_guardianships().where(ChildGuardian.household_id.in_(list(household_ids)))
    )


def guardianships_of_children(read: Database, child_ids: Collection[str]) -> list[Guardianship]:
    """Return the guardians of these children, in whichever household."""
    return _read_guardianships(
        read, _select_guardianships().where(ChildGuardian.child_id.in_(list(child_ids)))
    )


def guardianships_in_homes_of_person(read: Database, subject: str) -> list[Guardianship]:
    """Return what is known of the households in which a person has a child here."""
    household_ids = select(ChildGuardian.household_id).where(ChildGuardian.subject == subject)
    return guardianships_of_households(read, list(read.scalars(household_ids.distinct())))


def audiences_of_threads(read: Database, threads: Collection[Thread]) -> Mapping[str, Audience]:
    """Return by thread its audience, as it was fixed."""
    ids = [thread.id for thread in threads]
    children: dict[str, set[str]] = defaultdict(set)
    for row in read.scalars(select(ThreadChild).where(ThreadChild.thread_id.in_(ids))):
        children[row.thread_id].add(row.child_id)
    subjects: dict[str, set[str]] = defaultdict(set)
    for reader in read.scalars(select(ThreadReader).where(ThreadReader.thread_id.in_(ids))):
        subjects[reader.thread_id].add(reader.subject)
    return {
        thread.id: Audience(
            thread.household_id, frozenset(subjects[thread.id]), frozenset(children[thread.id])
        )
        for thread in threads
    }


def _select_guardianships() -> Select[str, str, str]:
    return select(ChildGuardian.subject, ChildGuardian.household_id, ChildGuardian.child_id)


def _read_guardianships(read: Database, query: Select[str, str, str]) -> list[Guardianship]:
    return [Guardianship(*row) for row in read.execute(query)]


def guardianships_of_thread(
    read: Database, thread: Thread, fixed: thread_readers.Audience
) -> list[thread_readers.Guardianship]:
    """Return who answers for a thread's children and in its household, as it is now."""
    of_household = guardianships_of_households(read, [thread.household_id])
    return [*of_household, *guardianships_of_children(read, fixed.child_ids)]


def are_thread_readers_in_two_homes(read: Database, thread: Thread) -> bool:
    """Say whether the readers of a thread live in two homes since it was opened."""
    fixed = audiences_of_threads(read, [thread])[thread.id]
    return thread_readers.are_readers_in_two_homes(
        fixed, guardianships_of_thread(read, thread, fixed)
    )
