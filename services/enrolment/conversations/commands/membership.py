"""Readers of threads follow the guardianships: readers leave, and a thread without any ends."""

from collections.abc import Collection
from datetime import datetime

from services.enrolment.conversations.commands import guardianships
from services.enrolment.conversations.commands.thread_card import thread_changed
from services.enrolment.conversations.commands.writing import locked_many
from services.enrolment.conversations.queries.guardianships import (
    audiences_of,
    of_children,
    of_households,
)
from services.enrolment.conversations.queries.threads import readers_of
from services.enrolment.conversations.rules.audience import reading
from services.enrolment.models import Thread
from shared.database import Vault, Write


def follow(write: Write, vault: Vault, household_ids: Collection[str], now: datetime) -> None:
    """
    Update who may read the threads of these households, and publish the cards.

    A thread that no guardian may read has ended; if one comes back to its audience it is open
    again, until it is erased.
    """
    guardianships.keep(write, household_ids)
    threads = locked_many(write, household_ids) if household_ids else []
    if not threads:
        return
    audiences = audiences_of(write, threads)
    children = {child for audience in audiences.values() for child in audience.child_ids}
    known = set(of_households(write, household_ids))
    known |= set(of_children(write, children))
    for thread in threads:
        if _moved(write, thread, reading(audiences[thread.id], known), now):
            thread_changed(write, vault, thread, now)


def _moved(write: Write, thread: Thread, may_read: Collection[str], now: datetime) -> bool:
    moved = False
    for reader in readers_of(write, thread.id):
        if reader.reads != (reader.subject in may_read):
            reader.reads, moved = not reader.reads, True
    if not may_read and thread.ended_at is None:
        thread.ended_at, thread.to_answer = now, False
    elif may_read:
        thread.ended_at = None
    return moved
