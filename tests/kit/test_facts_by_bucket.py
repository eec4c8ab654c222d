"""Told facts that were lost, altered, put back or added at random are found by sums, and mended."""

import json
import random
import re
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Annotated, Any

import pytest
from sqlalchemy import (
    BigInteger,
    Column,
    String,
    Table,
    delete,
    event,
    insert,
    select,
    update,
)

from shared.bus.comparison import Comparisons
from shared.bus.service_declarations import Service
from shared.contracts.every_service import comparison as contracts
from shared.contracts.every_service import operations
from shared.contracts.message import Caller, Event, Method
from shared.contracts.values import Id as IdText
from shared.contracts.values import Version, text
from shared.database import Id, Store, Write, declarative_base_for
from shared.database.comparison.compared_states import (
    Published,
    Stored,
    StoredState,
    joined_key,
    make_page_reader,
    parts_of_key,
)
from shared.database.comparison.sums import keep_sums_of, merge_sum_rows_of_all_tables
from shared.database.comparison.sums_found_equal import (
    OPEN,
    Equal,
    KeptSums,
    condition_of_rows_within,
    read_held,
    remember_equal,
)
from shared.database.engines import engine_for_writing, open_engine
from shared.database.tables.kit_tables import kit_table
from shared.database.trigger_guards import install_guards
from shared.runtime.ids import new_id
from tests.databases import Database

pytestmark = pytest.mark.both_databases

ME = "alpha"
Base = declarative_base_for("facts_by_bucket")

told = Table(
    "told",
    Base.metadata,
    Column("child_id", Id, primary_key=True),
    Column("month", String(7), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("note", String(20), nullable=False),
)
heard = Table(
    "heard",
    Base.metadata,
    Column("child_id", Id, primary_key=True),
    Column("month", String(7), primary_key=True),
    Column("version", BigInteger, nullable=False),
)
heard_line = Table(
    "heard_line",
    Base.metadata,
    Column("child_id", Id, primary_key=True),
    Column("month", String(7), primary_key=True),
    Column("note", String(20), nullable=False),
)
KEY = {"subject": "child_id", "version": "version", "month": "month"}
TOLD_SUMS = keep_sums_of(told, **KEY)
HEARD_SUMS = keep_sums_of(heard, **KEY, beside={heard_line: "child_id"})
MONTHS = ("2026-09", "2026-10", "2026-11")


@dataclass(frozen=True)
class Noted:
    child_id: IdText
    month: Annotated[str, text(7)]
    version: Version
    note: Annotated[str, text(20)]


noted = Event(ME, "noted", Noted)


def _as_told(read: Any, _route: Any, keys: Collection[str]) -> dict[str, Noted]:
    rows = (read.execute(select(told).where(*_is(told, key))).one() for key in keys)
    return {joined_key(row.child_id, row.month): Noted(*row) for row in rows}


def _tell_again(write: Write, route: Any, versions: dict[str, int]) -> None:
    for key, version in versions.items():
        newer = max(version, write.scalar(select(told.c.version).where(*_is(told, key))) or 0) + 1
        write.execute(update(told).where(*_is(told, key)).values(version=newer))
    for content in _as_told(write, route, versions).values():
        write.publish(noted, content)


def _stored(read: Any, _source: str, within: Collection[str] = ()) -> Iterator[StoredState]:
    notes = {
        (row.child_id, row.month): row.note
        for row in read.execute(
            select(heard_line).where(condition_of_rows_within(heard_line.c.child_id, within))
        )
    }
    for row in read.execute(
        select(heard).where(condition_of_rows_within(heard.c.child_id, within))
    ):
        key = (row.child_id, row.month)
        content = {"child_id": row.child_id, "month": row.month, "note": notes.get(key)}
        yield StoredState(joined_key(*key), row.version, content)


def _forget(write: Write, _source: str, keys: Collection[str]) -> None:
    for key in keys:
        for table in (heard, heard_line):
            write.execute(delete(table).where(*_is(table, key)))


def _declined(_read: Any, _source: str, keys: Collection[str]) -> set[str]:
    return {key for key in keys if key.endswith("2026-09")}


def _is(table: Table, key: str) -> tuple[Any, ...]:
    child_id, month = parts_of_key(key, 2)
    return table.c.child_id == child_id, table.c.month == month


class Noting(Service):
    """A service that stores what it publishes itself."""

    name = ME
    store = Store("facts_by_bucket", Base.metadata)
    published = (
        Published(
            noted,
            make_page_reader(
                lambda _route: select(told.c.child_id, told.c.month, told.c.version).where(
                    told.c.version > 0
                ),
                columns=2,
            ),
            _as_told,
            _tell_again,
            lambda each: [joined_key(each.child_id, each.month)],
            sums=lambda _route: [KeptSums(TOLD_SUMS)],
        ),
    )
    stored = (
        Stored(noted, _stored, _forget, _declined, sums=lambda _source: KeptSums(HEARD_SUMS)),
    )

    def take_in(self, content: Noted) -> None:
        """Store a fact as its event is handled."""
        row = {"child_id": content.child_id, "month": content.month}
        with self.store.write() as write:
            if not write.claim_message(new_id()):
                return
            present = write.scalar(
                select(heard.c.version).where(*_is(heard, joined_key(*row.values())))
            )
            if (present or 0) >= content.version:
                return
            _forget(write, ME, [joined_key(*row.values())])
            write.execute(insert(heard), {**row, "version": content.version})
            write.execute(insert(heard_line), {**row, "note": content.note})


class OwnBus:
    """A bus on which a service asks itself, and is answered at once."""

    def __init__(self, comparisons: Comparisons, store: Store) -> None:
        self._comparisons, self._store = comparisons, store

    def ask(self, method: Method[Any, Any], request: Any, **_how: Any) -> Any:
        asked = method.load_request(method.dump_request(request))
        caller = Caller(ME, None, new_id())
        if method is contracts.published_versions:
            return self._comparisons.published_versions(asked, caller)
        with self._store.write() as write:
            return self._comparisons.publish_again(write, asked, caller)


@pytest.fixture
def service(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Noting]:
    """Give the service, connected, its events never sent."""
    owner = open_engine(database.owner_url)
    with engine_for_writing(owner).begin() as connection:
        Base.metadata.create_all(connection)
        install_guards(connection, Base.metadata)
    owner.dispose()
    Noting.store.connect(database.url)
    register = SimpleNamespace(
        sources=lambda _consumer, _event: frozenset([ME]),
        consumers=lambda _source, _event: [SimpleNamespace(consumer=ME)],
    )
    Noting.settings = SimpleNamespace(principal=ME, register=register)
    Noting.comparisons = Comparisons(Noting())
    Noting.bus = OwnBus(Noting.comparisons, Noting.store)
    monkeypatch.setattr("shared.bus.comparison.SECOND_LOOK_SECONDS", 0.0)
    yield Noting()
    Noting.store.close()


def arrives(service: Noting) -> int:
    """Let what waits in the outbox arrive; return how much it was."""
    outbox = kit_table(Base.metadata, "outbox")
    with service.store.write() as write:
        bodies = [row.body for row in write.execute(delete(outbox).returning(outbox.c.body))]
    for body in bodies:
        service.take_in(noted.load(json.loads(body)))
    return len(bodies)


def tells(service: Noting, chance: random.Random, rows: int) -> None:
    """Tell facts that were not told before, and let them arrive."""
    with service.store.write() as write:
        for _ in range(rows):
            key = {"child_id": new_id(), "month": chance.choice(MONTHS)}
            write.execute(insert(told), {**key, "version": chance.randint(1, 4), "note": "as told"})
            for content in _as_told(write, None, [joined_key(*key.values())]).values():
                write.publish(noted, content)
    arrives(service)


def harm(service: Noting, chance: random.Random) -> str:
    """Do one thing to stored rows that no event did."""
    with service.store.write() as write:
        keys = write.execute(select(heard.c.child_id, heard.c.month)).all()
        key = joined_key(*chance.choice(sorted(map(tuple, keys))))
        what = chance.choice(
            ["lost", "altered", "line lost", "former", "later", "stranger", "moved", "unpublished"]
        )
        match what:
            case "lost":
                write.execute(delete(heard).where(*_is(heard, key)))
            case "altered":
                changed = update(heard_line).where(*_is(heard_line, key))
                write.execute(changed.values(note="not as told"))
            case "line lost":
                write.execute(delete(heard_line).where(*_is(heard_line, key)))
            case "former" | "later":
                by = 1 if what == "later" else -1
                changed = update(heard).where(*_is(heard, key))
                write.execute(changed.values(version=heard.c.version + by))
            case "stranger" | "unpublished":
                child = {"child_id": new_id(), "month": MONTHS[1], "version": chance.randint(1, 4)}
                write.execute(
                    insert(heard if what == "stranger" else told), {**child, **NOTE[what]}
                )
            case "moved":
                moved = update(heard).where(*_is(heard, key))
                write.execute(moved.values(month="2024-01"))
    return what


NOTE: dict[str, dict[str, str]] = {"stranger": {}, "unpublished": {"note": "never sent"}}


def differences(service: Noting, *, mend: bool = False) -> contracts.Differences:
    (row,) = service.comparisons.resync(operations.ResyncRequest(mend)).states
    return row


def is_as_told(service: Noting) -> bool:
    """Return whether all rows say what was told, each compared with each."""
    with service.store.read() as read:
        wanted = {tuple(row) for row in read.execute(select(told))}
        lines = heard.join(
            heard_line,
            (heard.c.child_id == heard_line.c.child_id) & (heard.c.month == heard_line.c.month),
        )
        rows = select(heard.c.child_id, heard.c.month, heard.c.version, heard_line.c.note)
        found = {tuple(row) for row in read.execute(rows.select_from(lines))}
        return found == {row for row in wanted if row in found or row[1] != "2026-09"}


@contextmanager
def tables_read(service: Noting) -> Iterator[set[str]]:
    """Give the tables of facts that were read meanwhile."""
    found: set[str] = set()

    def note(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        found.update(re.findall(r"FROM (told|heard|heard_line)\b", statement))

    event.listen(service.store.engine, "before_cursor_execute", note)
    yield found
    event.remove(service.store.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happened_to_stored_facts_is_found_and_mended(service: Noting, seed: int) -> None:
    chance = random.Random(seed)
    tells(service, chance, 40)
    assert not contracts.differs(differences(service))

    for _ in range(4):
        done = [harm(service, chance) for _ in range(6)]
        tells(service, chance, 3)
        found = differences(service)
        assert contracts.differs(found) or set(done) <= {"line lost", "lost"}, done
        differences(service, mend=True)
        arrives(service)

        assert not contracts.differs(differences(service)), done
        assert is_as_told(service), done
        with service.store.write() as write:
            merge_sum_rows_of_all_tables(write, Base.metadata)
        with tables_read(service) as read:
            differences(service)
        assert read == set(), done


def test_equal_facts_are_compared_without_a_row_of_them_read(service: Noting) -> None:
    tells(service, random.Random(1), 60)

    with tables_read(service) as read:
        found = differences(service)

    assert (found["equal"], contracts.differs(found), read) == (60, False, set())


def test_a_row_altered_at_its_version_is_found_in_its_bucket_alone(service: Noting) -> None:
    tells(service, random.Random(2), 30)
    with service.store.write() as write:
        key = write.execute(select(heard_line.c.child_id).limit(1)).scalar_one()
        changed = update(heard_line).where(heard_line.c.child_id == key)
        write.execute(changed.values(note="not as told"))

    with service.store.read() as read:
        held = read_held(read, Base.metadata, KeptSums(HEARD_SUMS), noted.full_name, ME)
    found = differences(service)

    assert [bucket for bucket, digest in held.expected_digests().items() if digest == OPEN] == [
        key[34:36]
    ]
    assert (found["altered"], found["equal"]) == (1, 29)


def test_what_rightly_differs_is_opened_once_until_something_moves(service: Noting) -> None:
    tells(service, random.Random(3), 10)
    with service.store.write() as write:  # not stored here: declined
        child = {"child_id": new_id(), "month": "2026-09", "version": 1, "note": "declined"}
        write.execute(insert(told), child)
    assert not contracts.differs(differences(service))

    with tables_read(service) as read:
        assert not contracts.differs(differences(service))
    assert read == set()

    with service.store.write() as write:
        write.execute(update(told).where(told.c.child_id == child["child_id"]).values(version=2))
    with tables_read(service) as read:
        differences(service)
    assert "told" in read


def test_what_an_event_wrote_beside_one_that_failed_counts_as_its_own(service: Noting) -> None:
    row = {"child_id": new_id(), "month": MONTHS[0]}
    with service.store.write() as write:
        with write.savepoint():
            assert write.claim_message(new_id())
            write.execute(insert(heard), {**row, "version": 1})
        with pytest.raises(ZeroDivisionError), write.savepoint():
            write.claim_message(new_id())
            raise ZeroDivisionError
        with write.savepoint():
            assert write.claim_message(new_id())
            write.execute(insert(heard_line), {**row, "note": "as told"})

    with service.store.read() as read:
        assert KeptSums(HEARD_SUMS).changes_without_event(read) == {}
        assert read.execute(select(kit_table(Base.metadata, "taking_in"))).all() == []


def test_rows_that_were_there_before_their_sums_are_looked_at_once(
    service: Noting, database: Database
) -> None:
    tells(service, random.Random(5), 20)
    owner = open_engine(database.owner_url)
    with engine_for_writing(owner).begin() as connection:
        connection.execute(delete(HEARD_SUMS))
        install_guards(connection, Base.metadata)
    owner.dispose()

    with tables_read(service) as read:
        assert not contracts.differs(differences(service))
    assert "heard" in read
    with tables_read(service) as read:
        differences(service)
    assert read == set()


def test_a_line_that_moves_to_another_child_opens_the_buckets_of_both(service: Noting) -> None:
    tells(service, random.Random(6), 1)
    with service.store.write() as write:
        child = {"child_id": new_id()[:-2] + "0a", "month": MONTHS[1]}
        write.execute(insert(heard_line), {**child, "note": "of nobody"})
    differences(service)
    with service.store.read() as read:
        former = read.execute(select(heard.c.child_id)).scalar_one()
        before = KeptSums(HEARD_SUMS).changes_without_event(read)

    with service.store.write() as write:
        moved = update(heard_line).where(heard_line.c.child_id == former)
        write.execute(moved.values(child_id=child["child_id"], month=MONTHS[2]))

    with service.store.read() as read:
        after = KeptSums(HEARD_SUMS).changes_without_event(read)
    assert {each for each, count in after.items() if count != before.get(each, 0)} == {
        former[-2:],
        child["child_id"][-2:],
    }
    assert differences(service)["altered"] == 1


def test_a_fact_that_came_while_it_was_asked_for_is_missed_once_it_is_lost(
    service: Noting, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {"child_id": new_id(), "month": MONTHS[1]}
    with service.store.write() as write:
        write.execute(insert(told), {**row, "version": 1, "note": "as told"})
        write.publish(noted, Noted(**row, version=1, note="as told"))
    ask = service.bus.ask

    def ask_while_it_comes(*asked: Any, **how: Any) -> Any:
        answer = ask(*asked, **how)
        arrives(service)
        return answer

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(service.bus, "ask", ask_while_it_comes)
        assert not contracts.differs(differences(service))

    with service.store.write() as write:  # by a handler that is wrong
        assert write.claim_message(new_id())
        _forget(write, ME, [joined_key(*row.values())])

    assert differences(service)["missing"] == 1


def test_two_comparisons_that_end_together_remember_the_same_bucket(service: Noting) -> None:
    def remember(said: str) -> None:
        with service.store.write() as write:
            remember_equal(write, noted.full_name, ME, {"0a": Equal(0, said, said)})

    with ThreadPoolExecutor(1) as pool:
        with service.store.write() as write:
            remember_equal(write, noted.full_name, ME, {"0a": Equal(0, "first", "first")})
            second = pool.submit(remember, "second")
            with pytest.raises(TimeoutError):
                second.result(0.5)
        second.result(30)

    with service.store.read() as read:
        held = read_held(read, Base.metadata, KeptSums(HEARD_SUMS), noted.full_name, ME)
    assert held.equal == {"0a": Equal(0, "second", "second")}


def test_triggers_made_anew_keep_what_was_touched(service: Noting, database: Database) -> None:
    tells(service, random.Random(4), 20)
    harmed = update(heard_line).values(note="not as told")
    with service.store.write() as write:
        write.execute(harmed)

    owner = open_engine(database.owner_url)
    with engine_for_writing(owner).begin() as connection:
        install_guards(connection, Base.metadata)
    owner.dispose()

    assert differences(service)["altered"] == 20
