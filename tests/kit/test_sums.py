"""Sums by bucket: whatever changes rows, behind whose back ever, they equal a recount."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from sqlalchemy import BigInteger, Column, String, Table, delete, insert, select, text, update

from shared.contracts.every_service.bucket_sums import (
    Sum,
    differing_buckets,
    digests_by_bucket,
    sum_rows,
)
from shared.database import Id, Store, declarative_base_for
from shared.database.comparison.sums import (
    FOLDED_FROM,
    keep_sums_of,
    merge_sum_rows_of_buckets,
    read_sums,
    tables_in_copying_order,
)
from shared.database.copying import contents_of_tables
from shared.database.engines import engine_for_writing, open_engine
from shared.database.trigger_guards import install_guards
from shared.runtime.ids import new_id
from tests.databases import Database

pytestmark = pytest.mark.both_databases

Base = declarative_base_for("sums")

sheet = Table(
    "sheet",
    Base.metadata,
    Column("child_id", Id, primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("note", String(20), nullable=False, default=""),
)
SUMS = keep_sums_of(sheet, by=("kind",), subject="child_id", version="version")
KINDS = ("diet", "allergies")


@pytest.fixture
def store(database: Database) -> Iterator[Store]:
    """Give a connected store whose table keeps sums."""
    owner = open_engine(database.owner_url)
    with engine_for_writing(owner).begin() as connection:
        Base.metadata.create_all(connection)
        install_guards(connection, Base.metadata)
    owner.dispose()
    store = Store("sums", Base.metadata)
    store.connect(database.url)
    yield store
    store.close()


def kept(store: Store) -> list[Sum]:
    with store.read() as read:
        return sorted(each for each in read_sums(read, SUMS, "kind") if each.rows)


def recounted(store: Store) -> list[Sum]:
    with store.read() as read:
        rows = read.execute(select(sheet.c.child_id, sheet.c.kind, sheet.c.version)).all()
    return sum_rows(rows)


def test_after_any_changes_the_sums_equal_a_recount(store: Store) -> None:
    chance = random.Random(20260901)
    children = [new_id() for _ in range(300)]
    for _ in range(60):
        with store.write() as write:
            some = chance.sample(children, 20)
            rows = [
                {"child_id": each, "kind": chance.choice(KINDS), "version": chance.randint(1, 9)}
                for each in some
            ]
            insertion = write.upsert_into(sheet)
            write.execute(
                insertion.on_conflict_do_update(
                    index_elements=["child_id", "kind"],
                    set_={"version": insertion.excluded.version},
                ),
                rows,
            )
            write.execute(
                update(sheet).where(sheet.c.child_id == chance.choice(children)).values(note="x")
            )
            write.execute(delete(sheet).where(sheet.c.child_id.in_(chance.sample(children, 5))))

    assert kept(store) == recounted(store)
    assert sum(each.rows for each in kept(store)) > 200


def test_what_is_undone_leaves_no_trace_in_the_sums(store: Store) -> None:
    one = {"child_id": new_id(), "kind": "diet", "version": 1}
    with store.write() as write:
        write.execute(insert(sheet), one)
    before = kept(store)

    with pytest.raises(ZeroDivisionError), store.write() as write:
        write.execute(update(sheet).values(version=2))
        raise ZeroDivisionError
    with store.write() as write:
        try:
            with write.savepoint():
                write.execute(delete(sheet))
                raise ZeroDivisionError
        except ZeroDivisionError:
            pass

    assert kept(store) == before == recounted(store)


def test_a_row_that_moves_to_another_child_or_kind_changes_both_buckets(store: Store) -> None:
    first, second = new_id(), new_id()
    with store.write() as write:
        write.execute(insert(sheet), {"child_id": first, "kind": "diet", "version": 3})
        write.execute(update(sheet).values(child_id=second))
        write.execute(update(sheet).values(kind="allergies"))

    assert kept(store) == sum_rows([(second, "allergies", 3)])


def test_writers_at_the_same_time_neither_wait_for_ever_nor_lose_a_change(store: Store) -> None:
    children = [new_id() for _ in range(40)]

    def rounds(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(10):
            with store.write() as write:
                for child in chance.sample(children, 5):
                    row = {"child_id": child, "kind": f"kind {seed}", "version": seed}
                    write.execute(write.upsert_into(sheet).values(row).on_conflict_do_nothing())

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(rounds, range(4))) == [None] * 4

    assert kept(store) == recounted(store)


def test_many_changes_are_folded_and_say_the_same(store: Store) -> None:
    with store.write() as write:
        rows = [
            {"child_id": new_id(), "kind": "diet", "version": 1} for _ in range(FOLDED_FROM + 300)
        ]
        write.execute(insert(sheet), rows)
        write.execute(delete(sheet).where(sheet.c.child_id == rows[0]["child_id"]))
    before = kept(store)

    with store.write() as write:
        merge_sum_rows_of_buckets(write, SUMS)

    assert kept(store) == before == recounted(store)
    with store.read() as read:
        assert (read.scalar(text("SELECT count(*) FROM sheet_sum")) or 0) <= 256


def test_rows_that_were_there_before_the_triggers_are_counted(
    store: Store, database: Database
) -> None:
    with store.write() as write:
        rows = [{"child_id": new_id(), "kind": "diet", "version": 2**40 + n} for n in range(700)]
        write.execute(insert(sheet), rows)
        write.execute(delete(SUMS))
    assert kept(store) == []

    owner = open_engine(database.owner_url)
    with engine_for_writing(owner).begin() as connection:
        install_guards(connection, Base.metadata)
    owner.dispose()

    assert kept(store) == recounted(store)


def test_what_is_folded_while_the_triggers_are_made_anew_is_counted_once(
    store: Store, database: Database
) -> None:
    with store.write() as write:
        rows = [
            {"child_id": new_id(), "kind": "diet", "version": 1} for _ in range(FOLDED_FROM + 300)
        ]
        write.execute(insert(sheet), rows)
    owner = open_engine(database.owner_url)

    def made_anew() -> None:
        with engine_for_writing(owner).begin() as connection:
            install_guards(connection, Base.metadata)

    with ThreadPoolExecutor(1) as pool:
        with store.write() as write:
            merge_sum_rows_of_buckets(write, SUMS)
            made = pool.submit(made_anew)
            wait([made], timeout=1)
        made.result(timeout=20)
    owner.dispose()

    assert kept(store) == recounted(store)


def test_sums_are_no_content_of_a_copy(store: Store) -> None:
    with store.read() as read:
        assert contents_of_tables(read.connection(), Base.metadata).keys() == {
            "sheet",
            *(table.name for table in tables_in_copying_order(Base.metadata)),
        }
        assert "sheet_sum" not in {table.name for table in tables_in_copying_order(Base.metadata)}


def test_every_single_difference_shows_in_its_bucket_alone() -> None:
    chance = random.Random(11)
    rows = [(new_id(), chance.choice(KINDS), chance.randint(1, 5)) for _ in range(2_000)]
    whole = digests_by_bucket(sum_rows(rows))

    for child, kind, version in chance.sample(rows, 50):
        others = [row for row in rows if row[:2] != (child, kind)]
        for changed in ([], [(child, kind, version + 1)], [(child, f"{kind}s", version)]):
            found = differing_buckets(whole, digests_by_bucket(sum_rows([*others, *changed])))
            assert found == [child[34:36]]
