"""Leases on periodic tasks: written when they have to be, and seldom."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from shared.bus.lease import keep_lease, this_process_as_holder
from shared.database import Store
from shared.database.tables.kit_tables import kit_table
from shared.database.watching.commit_watch import CommitWatch
from shared.dates.clock import now
from tests.databases import Database
from tests.faults.writing import connected
from tests.kit import contracts
from tests.kit.town import create_tables

pytestmark = pytest.mark.both_databases

TASK, SECONDS = "send", 30.0
ELSEWHERE = "another-1-1"
"""A process of another machine, of which nobody here knows whether it runs."""


@pytest.fixture
def store(database: Database) -> Iterator[Store]:
    """Give a connected store with its tables."""
    create_tables(database)
    store = connected(database.url)
    yield store
    store.close()


def until(store: Store) -> datetime:
    """Return until when the lease on the task lasts."""
    lease = kit_table(store.metadata, "lease")
    with store.read() as read:
        return read.scalars(select(lease.c.until).where(lease.c.name == TASK)).one()


def has_left(store: Store, seconds: float, holder: str) -> None:
    """Let a holder's lease last for so long from now."""
    lease = kit_table(store.metadata, "lease")
    assert keep_lease(store, TASK, holder, SECONDS)
    with store.write() as write:
        write.execute(update(lease).values(holder=holder, until=now() + timedelta(seconds=seconds)))


def test_a_lease_is_renewed_once_half_of_it_is_over_and_not_before(store: Store) -> None:
    mine = this_process_as_holder()
    assert keep_lease(store, TASK, mine, SECONDS)
    taken = until(store)

    assert keep_lease(store, TASK, mine, SECONDS)
    assert until(store) == taken

    has_left(store, SECONDS / 2 - 1, mine)
    assert keep_lease(store, TASK, mine, SECONDS)
    assert until(store) >= taken


def test_a_lease_of_another_machine_is_waited_for_until_it_is_over(store: Store) -> None:
    mine = this_process_as_holder()

    has_left(store, 5, ELSEWHERE)
    assert not keep_lease(store, TASK, mine, SECONDS)

    has_left(store, 0, ELSEWHERE)
    assert keep_lease(store, TASK, mine, SECONDS)
    assert not keep_lease(store, TASK, ELSEWHERE, SECONDS)


def test_a_lease_that_was_taken_while_a_clock_was_a_day_ahead_holds_up_nobody(store: Store) -> None:
    """The machine was started again with the right time: its former processes are another's."""
    mine = this_process_as_holder()

    has_left(store, 86_400 + SECONDS, ELSEWHERE)
    assert keep_lease(store, TASK, mine, SECONDS)
    assert until(store) <= now() + timedelta(seconds=SECONDS)


def test_a_lease_of_a_process_that_was_killed_here_is_taken_at_once(store: Store) -> None:
    machine = this_process_as_holder().partition("-")[0]
    has_left(store, SECONDS, f"{machine}-1-0")

    assert keep_lease(store, TASK, this_process_as_holder(), SECONDS)


def test_a_watch_notices_what_another_connection_committed(store: Store) -> None:
    watch = CommitWatch(store)
    assert watch.may_have_changed()
    assert any(not watch.may_have_changed() for _ in range(100))  # a server has work of its own

    with store.write() as write:
        write.publish(contracts.counted, contracts.Counted("bonjour", 1))
    assert watch.may_have_changed()

    watch._connection.close()
    assert watch.may_have_changed()
    watch.close()


def test_a_watch_notices_what_was_under_way_when_it_looked(store: Store) -> None:
    watch = CommitWatch(store)
    with store.write() as write:
        write.publish(contracts.counted, contracts.Counted("bonjour", 1))
        write.flush()
        while watch.may_have_changed():
            pass

    assert watch.may_have_changed()
    watch.close()
