"""The store: what a read shows, how a write keeps others out, what the database itself holds to."""

import subprocess
import sys
import threading
from collections.abc import Collection
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from psycopg2.extensions import set_wait_callback
from psycopg2.extras import wait_select
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, PendingRollbackError, StatementError

from deploy.instance.instance import PROJECT
from shared.database import Store, Write
from shared.database.bulk_rows import insert_rows
from shared.database.engines import WroteInRead
from shared.database.store import purge_kit_tables
from shared.database.watching.outbox_watch import OutboxWatch
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from shared.runtime.no_waiting_in_writes import YieldsInWrite
from tests.databases import Database
from tests.faults.writing import count, move, start_at, total
from tests.forked import processes
from tests.kit import contracts, models
from tests.kit.town import KitTown

pytestmark = pytest.mark.both_databases

SOMEBODY = "00000000-0000-7000-8000-000000000001"

answered, inbox, outbox = (
    models.Base.metadata.tables[name] for name in ("answered", "inbox", "outbox")
)


def rows(store: Store, table: Any) -> int:
    """Return how many rows a table has."""
    with store.read() as read:
        return read.scalar(select(func.count()).select_from(table)) or 0


# Reads


def test_a_read_shows_one_state_while_others_write(store: Store, database: Database) -> None:
    with store.write() as write:
        start_at(write, "first", 0)
        start_at(write, "second", 0)
    moved = processes.Event()
    mover = processes.Process(target=move, args=(database.url, "first", "second", moved))
    mover.start()
    assert moved.wait(30)

    sums, states = set(), set()
    for _ in range(200):
        with store.read() as read:
            found = [
                read.scalar(select(models.counter.c.total).where(models.counter.c.name == name))
                for name in ("first", "second")
            ]
        sums.add(sum(found))
        states.add(found[0])
    mover.kill()
    mover.join()

    assert sums == {0}
    assert len(states) > 1


def test_reads_that_share_one_see_one_state_and_those_after_them_the_next(store: Store) -> None:
    with store.write() as write:
        start_at(write, "shared", 1)

    with store.sharing_one_read():
        assert total(store, "shared") == 1
        with store.write() as write:
            write.execute(models.counter.update().values(total=2))
        assert total(store, "shared") == 1

    assert total(store, "shared") == 2


def test_nothing_done_in_a_read_is_kept(store: Store) -> None:
    with suppress(WroteInRead), store.read() as read:  # SQLite lets it through, and rolls it back
        start_at(read, "kept", 1)  # type: ignore[arg-type]

    assert total(store, "kept") is None


def test_a_read_waits_for_no_write(store: Store) -> None:
    with store.write() as write:
        start_at(write, "waiting", 1)

        assert total(store, "waiting") is None


# Writes


def test_writes_of_four_processes_take_turns(store: Store, database: Database) -> None:
    with store.write() as write:
        start_at(write, "turns", 0)
    turns = (database.url, "turns", 100)
    writers = [processes.Process(target=count, args=turns) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)

    assert [writer.exitcode for writer in writers] == [0] * 4
    assert total(store, "turns") == 400


def test_an_error_undoes_the_whole_write(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.write() as write:
        start_at(write, "undone", 1)
        write.publish(contracts.counted, contracts.Counted("undone", 1))
        raise ZeroDivisionError

    assert (total(store, "undone"), rows(store, outbox)) == (None, 0)


def test_a_write_that_goes_on_after_a_row_was_refused_stores_nothing(store: Store) -> None:
    with pytest.raises(PendingRollbackError), store.write() as write:
        start_at(write, "before", 1)
        write.add(models.SubjectRight(subject=new_id(), role="lead", valid_from=today()))
        with pytest.raises(IntegrityError):
            write.flush()  # of nobody who is known: not in a savepoint
        write.connection().execute(insert(models.counter), {"name": "after", "total": 1})

    assert (total(store, "before"), total(store, "after")) == (None, None)


def test_a_part_that_fails_takes_its_rows_and_what_it_told_along(store: Store) -> None:
    with store.write() as write:
        write.publish(contracts.counted, contracts.Counted("before", 1))
        with pytest.raises(IntegrityError), write.savepoint():
            start_at(write, "part", 1)
            write.publish(contracts.counted, contracts.Counted("inside", 1))
            start_at(write, "part", 2)
        write.publish(contracts.counted, contracts.Counted("after", 1))

    assert total(store, "part") is None
    with store.read() as read:
        bodies = [bytes(body).decode() for body in read.scalars(select(outbox.c.body))]
    assert sorted("inside" in body for body in bodies) == [False, False]


def test_a_name_stays_locked_until_the_commit_and_is_locked_again_after_a_part_that_failed(
    store: Store,
) -> None:
    taken: list[str] = []

    def takes() -> None:
        with store.write() as other:
            other.lock_names("name")
            taken.append("other")

    waiting = threading.Thread(target=takes)
    with store.write() as write:
        with pytest.raises(ZeroDivisionError), write.savepoint():
            write.lock_names("name")
            raise ZeroDivisionError
        write.lock_names("name")
        write.lock_names("name", "another")
        waiting.start()
        waiting.join(0.3)
        taken.append("first")
    waiting.join()

    assert taken == ["first", "other"]


def test_a_row_that_is_locked_is_read_anew_though_it_was_read_before(store: Store) -> None:
    claire = {"kind": "person", "version": 1, "not_before": now(), "active": True}
    people = models.Subject.__table__
    with store.write() as write:
        write.add(models.Subject(subject="claire", name="Claire", **claire))
    with store.write() as write:
        read_before = write.get_one(models.Subject, "claire")
        write.execute(people.update().values(name="Claire Lefèvre"))

        assert write.get_one(models.Subject, "claire").name == "Claire"
        write.get_one(models.Subject, "claire", with_for_update=True)

        assert read_before.name == "Claire Lefèvre"


@pytest.mark.parametrize("way", ["scalar", "scalars", "execute"])
def test_whatever_locks_rows_reads_them_anew(store: Store, way: str) -> None:
    """Nobody has to say so where a statement is written: one forgotten would lose an update."""
    claire = {"kind": "person", "version": 1, "not_before": now(), "active": True}
    people = models.Subject.__table__
    with store.write() as write:
        write.add(models.Subject(subject="claire", name="Claire", **claire))
    with store.write() as write:
        read_before = write.get_one(models.Subject, "claire")
        write.execute(people.update().values(name="Claire Lefèvre"))
        rows = select(models.Subject).where(models.Subject.subject == "claire")

        write.scalar(rows)
        assert read_before.name == "Claire"
        found = getattr(write, way)(rows.with_for_update())
        _ = found if way == "scalar" else found.all()

        assert read_before.name == "Claire Lefèvre"


def test_listeners_hear_of_what_was_committed_and_of_nothing_else(store: Store) -> None:
    heard: list[int] = []
    store.notify_when_published(lambda: heard.append(rows(store, outbox)))

    with store.write() as write:
        start_at(write, "silent", 1)
    with pytest.raises(ZeroDivisionError), store.write() as write:
        write.publish(contracts.counted, contracts.Counted("x", 1))
        raise ZeroDivisionError
    with store.write() as write:
        write.publish(contracts.counted, contracts.Counted("x", 1))

    assert heard == [1]


def test_what_was_touched_is_completed_once_before_the_commit(store: Store) -> None:
    done: list[tuple[list[str], datetime]] = []

    def complete(write: Write, ids: Collection[str], at: datetime) -> None:
        start_at(write, "completed", len(ids))
        done.append((sorted(ids), at))

    store.complete_before_commit("cards", complete)
    first, last = now(), now() + timedelta(minutes=1)
    with store.write() as write:
        write.note_for_completion("cards", ["b"], first)
        write.note_for_completion("cards", ["a", "b"], last)
        assert done == []

    assert done == [(["a", "b"], last)]
    assert total(store, "completed") == 2


def test_what_a_completion_touches_is_completed_after_it(store: Store) -> None:
    done: list[str] = []

    def decide(write: Write, _ids: Collection[str], at: datetime) -> None:
        done.append("decided")
        write.note_for_completion("cards", ["a"], at)

    store.complete_before_commit("decisions", decide)
    store.complete_before_commit("cards", lambda _write, ids, _at: done.extend(ids))
    with store.write() as write:
        write.note_for_completion("decisions", ["x"], now())

    assert done == ["decided", "a"]


def test_what_nobody_completes_is_not_committed(store: Store) -> None:
    with pytest.raises(KeyError), store.write() as write:
        start_at(write, "touched", 1)
        write.note_for_completion("unknown", ["a"], now())

    assert total(store, "touched") is None


def test_a_write_inside_a_write_is_refused(store: Store) -> None:
    with store.write(), pytest.raises(YieldsInWrite), store.write():
        pass


def test_whatever_yields_inside_a_write_is_refused_in_a_service(
    kit: KitTown, store: Store, database: Database
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.yielding", database.url],
        cwd=PROJECT,
        env=kit.environment("portal", database.url),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    tried = ["ask", "publish", "run_in_native_thread", "nested"]
    if store.engine.dialect.name == "sqlite":
        tried = ["sleep", "yield", *tried]
    assert done.stderr == ""
    assert done.stdout.splitlines() == [f"{act} YieldsInWrite 0" for act in tried] + ["alive"]


# What the database holds to


def refused(store: Store, table: Any, **values: Any) -> bool:
    """Return whether the database, not the library before it, refuses a row."""
    try:
        with store.write() as write:
            write.execute(insert(table), [values])
    except (DBAPIError, StatementError):
        return True
    return False


def test_text_longer_than_declared_is_refused(store: Store) -> None:
    assert refused(store, models.counter, name="x" * 41, total=1)
    assert not refused(store, models.counter, name="é" * 40, total=1)


def test_text_in_a_number_is_refused(store: Store) -> None:
    with pytest.raises(DBAPIError), store.write() as write:
        write.execute(text("INSERT INTO counter (name, total) VALUES ('x', 'many')"))


def test_a_missing_value_is_refused(store: Store) -> None:
    assert refused(store, models.counter, name="x", total=None)


def test_an_orphan_is_refused(store: Store) -> None:
    table = models.SubjectRight.__table__
    assert refused(store, table, subject=SOMEBODY, role="agent", valid_from=today())


def test_a_number_keeps_all_its_cents(store: Store) -> None:
    with store.write() as write:
        start_at(write, "cents", 2**62)

    assert total(store, "cents") == 2**62


def test_a_moment_needs_its_zone_and_comes_back_in_utc(store: Store) -> None:
    at_noon = datetime(2026, 7, 1, 12, 0, 0, 250, tzinfo=ZoneInfo("Europe/Paris"))
    with pytest.raises(StatementError), store.write() as write:
        write.execute(insert(inbox), [{"id": "naive", "received_at": datetime(2026, 7, 1)}])
    with store.write() as write:
        write.execute(insert(inbox), [{"id": "noon", "received_at": at_noon}])

    with store.read() as read:
        found = read.scalar(select(inbox.c.received_at).where(inbox.c.id == "noon"))
        earlier = read.scalar(select(inbox.c.id).where(inbox.c.received_at < at_noon))
        same = read.scalar(select(inbox.c.id).where(inbox.c.received_at == at_noon))
    assert (found, found.tzinfo) == (at_noon, UTC)
    assert (found.hour, earlier, same) == (10, None, "noon")


# The kit's own tables


def test_a_message_is_handled_for_the_first_time_once(store: Store) -> None:
    with store.write() as write:
        assert [write.claim_message("dossier:x") for _ in range(2)] == [True, False]
    with store.write() as write:
        assert not write.claim_message("dossier:x")
        assert write.claim_message("identity:x")


def test_a_claimed_request_is_free_again_where_it_failed(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.write() as write:
        assert write.claim_request("portal", "a-request", "count")
        raise ZeroDivisionError

    with store.write() as write:
        assert write.claim_request("portal", "a-request", "count")
        write.keep_answer("portal", "a-request", '{"total": 1}')
    with store.write() as write:
        assert not write.claim_request("portal", "a-request", "count")
        assert write.claim_request("ops", "a-request", "count")
        assert write.earlier_answer("portal", "a-request", "count") == '{"total": 1}'
        assert write.earlier_answer("portal", "a-request", "shout") is None


def test_what_was_handled_long_ago_is_forgotten_and_nothing_else(store: Store) -> None:
    moment = now()
    with store.write() as write:
        _remember(write, "fresh", moment, moment)
        _remember(write, "kept", moment - timedelta(days=29), moment - timedelta(hours=23))
        _remember(write, "old", moment - timedelta(days=31), moment - timedelta(hours=25))

    with store.write() as write:
        purge_kit_tables(write)

    with store.read() as read:
        assert set(read.scalars(select(inbox.c.id))) == {"fresh", "kept"}
        assert set(read.scalars(select(answered.c.request_id))) == {"fresh", "kept"}


def _remember(write: Write, name: str, received: datetime, answered_at: datetime) -> None:
    write.execute(insert(inbox), [{"id": name, "received_at": received}])
    row = {"caller": "portal", "request_id": name, "method": "count", "answer": "{}"}
    write.execute(insert(answered), [{**row, "answered_at": answered_at}])


# The outbox watch, and rows in numbers


def test_a_glance_notices_what_another_process_told_and_nothing_else(
    database: Database, store: Store
) -> None:
    glance, other = OutboxWatch(store), Store("kit", models.Base.metadata)
    other.connect(database.url)
    glance.may_be_due()

    assert not glance.may_be_due()
    with other.write() as write:
        write.publish(contracts.counted, contracts.Counted("bonjour", 1))
    assert glance.may_be_due()

    other.close()
    glance.close()


def test_a_glance_that_lost_its_connection_says_look_and_opens_another(store: Store) -> None:
    glance = OutboxWatch(store)
    glance.may_be_due()
    glance._connection.close()

    assert glance.may_be_due()
    glance.may_be_due()
    assert not glance.may_be_due()
    glance.close()


@pytest.mark.parametrize("waiting", [None, wait_select], ids=["by the driver", "by a callback"])
def test_many_rows_come_as_they_are_however_the_driver_waits(store: Store, waiting: Any) -> None:
    """A service on eventlet waits by a callback, with which the driver refuses to COPY."""
    heard = [(new_id(), text) for text in ("tab\tici", "ligne\nlà", "\\N", "é’")]
    set_wait_callback(waiting)
    try:
        store.engine.dispose()
        with store.write() as write:
            insert_rows(write, models.heard, ("message_id", "text"), heard)
        with store.read() as read:
            found = read.execute(select(models.heard).order_by(models.heard.c.message_id)).all()
    finally:
        set_wait_callback(None)
        store.engine.dispose()

    assert list(map(tuple, found)) == sorted(heard)
