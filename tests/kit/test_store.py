"""The store: what a read shows, how a write keeps others out, what the database itself holds to."""

import sqlite3
import subprocess
import sys
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from psycopg2.extensions import set_wait_callback
from psycopg2.extras import wait_select
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from deploy.instance.instance import PROJECT
from shared.database import Store, Unreadable, Vault, Write
from shared.database.bulk_rows import insert_rows
from shared.database.outbox_watch import OutboxWatch
from shared.database.store import (
    WriteWaitedTooLong,
    is_away,
    open_engine,
    purge_kit_tables,
)
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from shared.runtime.write_guard import YieldsInWrite
from shared.settings import Settings, SettingsIncomplete
from tests.databases import Database
from tests.faults.writing import child, connected, start_at
from tests.kit import contracts, models
from tests.kit.town import KitTown, create_tables, until

pytestmark = pytest.mark.both_databases

SOMEBODY = "00000000-0000-7000-8000-000000000001"

answered, inbox, outbox = (
    models.Base.metadata.tables[name] for name in ("answered", "inbox", "outbox")
)


@pytest.fixture
def store(database: Database) -> Iterator[Store]:
    """Give a connected store with its tables."""
    create_tables(database)
    store = connected(database.url)
    yield store
    store.close()


def total(store: Store, name: str) -> int | None:
    """Return a counter as it is stored now."""
    with store.read() as read:
        return read.scalar(select(models.counter.c.total).where(models.counter.c.name == name))


def rows(store: Store, table: Any) -> int:
    """Return how many rows a table has."""
    with store.read() as read:
        return read.scalar(select(func.count()).select_from(table)) or 0


def run(*arguments: str, **options: Any) -> subprocess.Popen[str]:
    """Start a process that writes."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.faults.writing", *arguments],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
        **options,
    )


# Reads


def test_a_read_shows_one_state_while_others_write(store: Store, database: Database) -> None:
    with store.write() as write:
        start_at(write, "first", 0)
        start_at(write, "second", 0)
    mover = run("move", database.url, "first", "second")
    assert mover.stdout is not None
    assert mover.stdout.readline() == "moved\n"

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
    mover.communicate()

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
    try:
        with store.read() as read:
            start_at(read, "kept", 1)  # type: ignore[arg-type]
    except DBAPIError as error:
        assert "read-only" in str(error.orig)

    assert total(store, "kept") is None


def test_a_read_waits_for_no_write(store: Store) -> None:
    with store.write() as write:
        start_at(write, "waiting", 1)

        assert total(store, "waiting") is None


# Writes


def test_writes_of_four_processes_take_turns(store: Store, database: Database) -> None:
    with store.write() as write:
        start_at(write, "turns", 0)
    writers = [run("count", database.url, "turns", "100") for _ in range(4)]

    assert [writer.wait(60) for writer in writers] == [0] * 4
    assert total(store, "turns") == 400


def test_an_error_undoes_the_whole_write(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.write() as write:
        start_at(write, "undone", 1)
        write.publish(contracts.counted, contracts.Counted("undone", 1))
        raise ZeroDivisionError

    assert (total(store, "undone"), rows(store, outbox)) == (None, 0)


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


def test_listeners_hear_of_what_was_committed_and_of_nothing_else(store: Store) -> None:
    heard: list[int] = []
    store.when_published(lambda: heard.append(rows(store, outbox)))

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
        write.touch("cards", ["b"], first)
        write.touch("cards", ["a", "b"], last)
        assert done == []

    assert done == [(["a", "b"], last)]
    assert total(store, "completed") == 2


def test_what_a_completion_touches_is_completed_after_it(store: Store) -> None:
    done: list[str] = []

    def decide(write: Write, _ids: Collection[str], at: datetime) -> None:
        done.append("decided")
        write.touch("cards", ["a"], at)

    store.complete_before_commit("decisions", decide)
    store.complete_before_commit("cards", lambda _write, ids, _at: done.extend(ids))
    with store.write() as write:
        write.touch("decisions", ["x"], now())

    assert done == ["decided", "a"]


def test_what_nobody_completes_is_not_committed(store: Store) -> None:
    with pytest.raises(KeyError), store.write() as write:
        start_at(write, "touched", 1)
        write.touch("unknown", ["a"], now())

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


def test_a_write_that_waited_too_long_says_so(
    store: Store, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    if store.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL has no one write lock")
    monkeypatch.setattr("shared.database.store.WRITE_WAIT_SECONDS", 0.3)  # the figure alone
    other = sqlite3.connect(database.url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    started = time.monotonic()
    with pytest.raises(WriteWaitedTooLong) as waited, store.write():
        pass
    assert 0.3 <= time.monotonic() - started < 3
    assert is_away(waited.value)

    assert total(store, "free") is None  # reads went on
    other.execute("COMMIT")
    with store.write() as write:
        start_at(write, "free", 1)
    assert total(store, "free") == 1
    other.close()


def test_a_mistake_in_a_statement_is_not_taken_for_a_database_that_is_away(store: Store) -> None:
    with pytest.raises(DBAPIError) as mistaken, store.read() as read:
        read.execute(text("SELECT nothing FROM nowhere"))

    assert not is_away(mistaken.value)


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


def test_plain_postgresql_is_refused_at_start(kit: KitTown) -> None:
    plain = "postgresql://somebody@127.0.0.1/preau"

    with pytest.raises(SettingsIncomplete):
        Settings.from_env(kit.environment("dossier", plain))
    with pytest.raises(ValueError, match="psycopg2"):
        open_engine(plain)


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


# The vault


KEY = b64encode(b"k" * 32).decode()


@pytest.fixture
def vault(database: Database) -> Vault:
    """Give a vault with a store of keys of its own."""
    return Vault(database.keys_url, b64decode(KEY))


def test_what_was_sealed_is_opened_by_another_process_of_the_service(
    vault: Vault, database: Database
) -> None:
    sealed = vault.seal(SOMEBODY, "diet.text", {"allergy": "arachide"})

    other = Vault(database.keys_url, b64decode(KEY))

    assert b"arachide" not in sealed
    assert other.open(SOMEBODY, "diet.text", sealed) == {"allergy": "arachide"}


def test_moved_or_changed_bytes_are_unreadable(vault: Vault) -> None:
    other = new_id()
    sealed = vault.seal(SOMEBODY, "diet.text", "arachide")
    vault.prepare([other])

    for subject, place, moved in (
        (other, "diet.text", sealed),
        (SOMEBODY, "health.text", sealed),
        (SOMEBODY, "diet.text", sealed[:-1] + bytes([sealed[-1] ^ 1])),
        (SOMEBODY, "diet.text", b""),
    ):
        with pytest.raises(Unreadable):
            vault.open(subject, place, moved)


def test_a_shredded_subject_is_unreadable_in_every_process(
    vault: Vault, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.database.keys.vault.CACHED_SECONDS", 0.2)  # a figure, no code
    other = Vault(database.keys_url, b64decode(KEY))
    sealed = vault.seal(SOMEBODY, "diet.text", "arachide")
    assert other.open(SOMEBODY, "diet.text", sealed) == "arachide"

    vault.shred(SOMEBODY)

    with pytest.raises(Unreadable):
        vault.open(SOMEBODY, "diet.text", sealed)
    until(lambda: _is_unreadable(other, sealed), 2)
    again = vault.seal(SOMEBODY, "diet.text", "lait")
    assert vault.open(SOMEBODY, "diet.text", again) == "lait"
    with pytest.raises(Unreadable):
        vault.open(SOMEBODY, "diet.text", sealed)


def _is_unreadable(vault: Vault, sealed: bytes) -> bool:
    try:
        vault.open(SOMEBODY, "diet.text", sealed)
    except Unreadable:
        return True
    return False


def test_processes_that_begin_together_make_one_key_per_subject(database: Database) -> None:
    """Not even the keys' store is there before: they make that together too."""
    sealers = [run("seal", database.keys_url, KEY, "100") for _ in range(4)]
    for sealer in sealers:
        assert sealer.stdout is not None
        assert sealer.stdout.readline() == "ready\n"
    for sealer in sealers:
        assert sealer.stdin is not None
        sealer.stdin.write("now\n")
        sealer.stdin.flush()

    sealed = [sealer.communicate(timeout=30)[0].split() for sealer in sealers]

    vault = Vault(database.keys_url, b64decode(KEY))
    for lines in sealed:
        opened = [
            vault.open(child(number), "kit.value", b64decode(line))
            for number, line in enumerate(lines)
        ]
        assert opened == ["arachide"] * 100


def test_many_subjects_are_prepared_while_others_have_theirs(vault: Vault, tmp_path: Any) -> None:
    known, fresh = new_id(), [new_id() for _ in range(1200)]
    sealed = vault.seal(known, "diet.text", "arachide")

    vault.prepare([known, *fresh])

    assert vault.open(known, "diet.text", sealed) == "arachide"
    engine = open_engine(f"sqlite:///{tmp_path}/keys.sqlite")
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM subject_key")) == 1201
    engine.dispose()


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
