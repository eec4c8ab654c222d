"""Readers of threads follow the guardianships: readers leave, and a thread without any ends."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from services.enrolment.conversations.commands import guardian_locks
from services.enrolment.conversations.commands.thread_card import publish_thread_card
from services.enrolment.conversations.commands.thread_writing import lock_threads_of_households
from services.enrolment.conversations.queries.guardianships import (
    audiences_of_threads,
    guardianships_of_children,
    guardianships_of_households,
)
from services.enrolment.conversations.queries.thread_readers_and_title import readers_of_thread
from services.enrolment.conversations.rules.thread_readers import (
    current_readers,
    household_of_audience,
)
from services.enrolment.models import Thread
from shared.database import Vault, Write


def update_readers_of_threads(
    write: Write, vault: Vault, household_ids: Collection[str], now: datetime
) -> None:
    """
    Update who may read the threads of these households, and publish the cards.

    A thread that no guardian may read has ended; if one comes back to its audience it is open
    again, until it is erased. One whose readers have all gone to another home goes with them.
    """
    guardian_locks.lock_guardians(write, household_ids)
    threads = lock_threads_of_households(write, household_ids) if household_ids else []
    if not threads:
        return
    audiences = audiences_of_threads(write, threads)
    children = {child for audience in audiences.values() for child in audience.child_ids}
    known = set(guardianships_of_households(write, household_ids))
    known |= set(guardianships_of_children(write, children))
    for thread in threads:
        audience = audiences[thread.id]
        thread.household_id = household_of_audience(audience, known)
        audience = replace(audience, household_id=thread.household_id)
        if _update_readers_of_thread(write, thread, current_readers(audience, known), now):
            publish_thread_card(write, vault, thread)


def _update_readers_of_thread(
    write: Write, thread: Thread, may_read: Collection[str], now: datetime
) -> bool:
    moved = False
    for reader in readers_of_thread(write, thread.id):
        if reader.reads != (reader.subject in may_read):
            reader.reads, moved = not reader.reads, True
    if not may_read and thread.ended_at is None:
        thread.ended_at, thread.to_answer = now, False
    elif may_read:
        thread.ended_at = None
    return moved
