"""Guards: what a service's own role cannot do to its history and its periods, on both databases."""

import threading
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    delete,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError

from shared.database import (
    Day,
    Id,
    Moment,
    Store,
    append_only,
    balanced_postings,
    declarative_base_for,
    no_overlap,
)
from shared.database.engines import open_engine
from shared.database.trigger_guards import install_guards
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.kit.town import until

pytestmark = pytest.mark.both_databases

Base = declarative_base_for("guards")

ledger = Table(
    "ledger",
    Base.metadata,
    Column("id", Id, primary_key=True),
    Column("cents", BigInteger, nullable=False),
    Column("at", Moment, nullable=True),
)
append_only(ledger)

stay = Table(
    "stay",
    Base.metadata,
    Column("id", Id, primary_key=True),
    Column("child", String(40), nullable=False),
    Column("place", String(40), nullable=False),
    Column("first", Day, nullable=False),
    Column("last", Day, nullable=True),
)
no_overlap(stay, same=("child", "place"), start="first", end="last")

entry_table = Table("written", Base.metadata, Column("id", Id, primary_key=True))
side = Table(
    "side",
    Base.metadata,
    Column(
        "entry_id",
        Id,
        ForeignKey("written.id", deferrable=True, initially="DEFERRED"),
        primary_key=True,
    ),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("cents", BigInteger, nullable=False),
)
balanced_postings(entry_table, side, amount="cents")

MONDAY = date(2026, 11, 23)


@pytest.fixture
def store(database: Database) -> Iterator[Store]:
    """Give a connected store whose guards were made twice, as by two migrations."""
    owner = open_engine(database.owner_url)
    with owner.begin() as connection:
        Base.metadata.create_all(connection)
        install_guards(connection, Base.metadata)
        install_guards(connection, Base.metadata)
    owner.dispose()
    store = Store("guards", Base.metadata)
    store.connect(database.url)
    yield store
    store.close()


def refused(store: Store, statement: Any) -> bool:
    """Return whether the database refuses a statement of the service's."""
    try:
        with store.write() as write:
            write.execute(statement)
    except DBAPIError:
        return True
    return False


# History


@pytest.fixture
def entry(store: Store) -> str:
    """Give a line of the ledger."""
    entry = new_id()
    with store.write() as write:
        write.execute(insert(ledger), [{"id": entry, "cents": 100}])
    return entry


def _cents(store: Store) -> list[int]:
    with store.read() as read:
        return list(read.scalars(select(ledger.c.cents)))


def test_what_was_written_stays_as_it_was_written(store: Store, entry: str) -> None:
    for statement in (
        update(ledger).where(ledger.c.id == entry).values(cents=1),
        update(ledger).values(cents=ledger.c.cents),
        delete(ledger),
        _replace(store, entry),
        _truncate(store),
    ):
        assert refused(store, statement), statement
        assert _cents(store) == [100]


def _replace(store: Store, entry: str) -> Any:
    """SQLite's REPLACE deletes without a trigger, unless triggers are made to recur."""
    if store.engine.dialect.name == "sqlite":
        return text(f"INSERT OR REPLACE INTO ledger (id, cents) VALUES ('{entry}', 1)")
    return text(
        f"INSERT INTO ledger (id, cents) VALUES ('{entry}', 1) "
        "ON CONFLICT (id) DO UPDATE SET cents = 1"
    )


def _truncate(store: Store) -> Any:
    on_sqlite = store.engine.dialect.name == "sqlite"
    return text("DELETE FROM ledger" if on_sqlite else "TRUNCATE ledger")


def test_history_can_be_added_to(store: Store, entry: str) -> None:
    assert not refused(store, insert(ledger).values(id=new_id(), cents=50))
    assert sorted(_cents(store)) == [50, 100]


def test_not_even_the_owner_of_the_tables_truncates_history(
    store: Store, database: Database, entry: str
) -> None:
    owner = open_engine(database.owner_url)
    if owner.dialect.name == "sqlite":
        pytest.skip("SQLite has no TRUNCATE and no roles")
    with pytest.raises(IntegrityError), owner.begin() as connection:
        connection.execute(text("TRUNCATE ledger"))
    owner.dispose()

    assert _cents(store) == [100]


def test_the_runtime_role_cannot_take_a_guard_away(store: Store, entry: str) -> None:
    if store.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has no roles")
    for statement in (
        "ALTER TABLE ledger DISABLE TRIGGER ALL",
        "DROP TRIGGER guard_ledger_no_update ON ledger",
        "DROP TABLE ledger",
        "SET session_replication_role = replica",
        "CREATE OR REPLACE FUNCTION guard_ledger_no_update() RETURNS trigger LANGUAGE plpgsql "
        "AS $$ BEGIN RETURN NEW; END $$",
    ):
        assert refused(store, text(statement)), statement


# Periods


def _stay(first: int, last: int | None, child: str = "Zoé", place: str = "crèche") -> Any:
    return insert(stay).values(
        id=new_id(),
        child=child,
        place=place,
        first=MONDAY + timedelta(days=first),
        last=None if last is None else MONDAY + timedelta(days=last),
    )


def test_two_periods_of_the_same_do_not_overlap(store: Store) -> None:
    overlapping = [(0, 2), (2, 2), (4, 9), (-3, 0), (-3, 9), (1, 1), (-1, None), (4, None)]
    assert not refused(store, _stay(0, 4))

    for first, last in overlapping:
        assert refused(store, _stay(first, last)), (first, last)


def test_periods_follow_each_other(store: Store) -> None:
    for child, (first, last) in enumerate([(5, 9), (-3, -1), (5, None)]):
        assert not refused(store, _stay(0, 4, child=str(child)))

        assert not refused(store, _stay(first, last, child=str(child))), (first, last)


def test_periods_of_others_are_none_of_its_business(store: Store) -> None:
    assert not refused(store, _stay(0, None))

    assert not refused(store, _stay(0, None, child="Noé"))
    assert not refused(store, _stay(0, None, place="cantine"))


def test_a_period_may_change_but_not_into_another(store: Store) -> None:
    assert not refused(store, _stay(0, 4))
    assert not refused(store, _stay(5, 9))
    first = update(stay).where(stay.c.first == MONDAY)

    assert not refused(store, first.values(last=MONDAY + timedelta(days=3)))
    assert refused(store, first.values(last=MONDAY + timedelta(days=5)))


def test_two_transactions_at_once_do_not_overlap_either(store: Store) -> None:
    """Neither sees the other's row: the second has to wait, and then be refused."""
    if store.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer")
    second: list[bool] = []
    thread = threading.Thread(target=lambda: second.append(refused(store, _stay(2, 6))))

    with store.write() as write:
        write.execute(_stay(0, 4))
        thread.start()
        until(lambda: _somebody_waits(store))
    thread.join(10)

    assert second == [True]


def _somebody_waits(store: Store) -> bool:
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'")
    with store.read() as read:
        return bool(read.scalar(waiting))


# Double entry


def write_entry(store: Store, *cents: int, entries: int = 1) -> bool:
    """Write entries with these sides each, all at once; return whether the database refuses."""
    ids = [new_id() for _ in range(entries)]
    try:
        with store.write() as write:
            sides = [
                {"entry_id": each, "seq": seq, "cents": amount}
                for each in ids
                for seq, amount in enumerate(cents)
            ]
            if sides:
                write.execute(insert(side), sides)
            write.execute(insert(entry_table), [{"id": each} for each in ids])
    except DBAPIError:
        return True
    return False


def _sum(store: Store) -> int:
    with store.read() as read:
        return sum(read.scalars(select(side.c.cents)))


def test_an_entry_is_written_only_where_its_sides_add_up_to_zero(store: Store) -> None:
    assert not write_entry(store, 100, -60, -40)
    assert not write_entry(store, 7, -7, entries=3)
    for sides in ((100, -99), (100,), (), (1, 2, -4)):
        assert write_entry(store, *sides), sides

    assert _sum(store) == 0


def test_of_many_entries_one_that_does_not_add_up_lets_none_through(store: Store) -> None:
    good, bad = new_id(), new_id()
    with pytest.raises(DBAPIError), store.write() as write:
        write.execute(
            insert(side),
            [
                {"entry_id": each, "seq": seq, "cents": amount}
                for each, sides in ((good, (5, -5)), (bad, (5, -4)))
                for seq, amount in enumerate(sides)
            ],
        )
        write.execute(insert(entry_table), [{"id": good}, {"id": bad}])

    with store.read() as read:
        assert not read.scalars(select(entry_table.c.id)).all()


def test_a_written_entry_takes_no_further_side(store: Store) -> None:
    entry_id = new_id()
    with store.write() as write:
        write.execute(
            insert(side),
            [{"entry_id": entry_id, "seq": at, "cents": c} for at, c in enumerate((3, -3))],
        )
        write.execute(insert(entry_table).values(id=entry_id))

    assert refused(store, insert(side).values(entry_id=entry_id, seq=2, cents=9))
    assert _sum(store) == 0


def test_a_side_that_no_entry_closes_is_not_kept(store: Store) -> None:
    assert refused(store, insert(side).values(entry_id=new_id(), seq=0, cents=9))
    assert _sum(store) == 0
