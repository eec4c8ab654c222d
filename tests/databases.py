"""
The databases of tests, one on SQLite and one on PostgreSQL for each test: thousands of times.

A schema is migrated once, and copied. On PostgreSQL one test after another has the same database,
emptied in between, and the same connections: to make and drop one takes as long as many a test.
"""

import atexit
import os
import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import psycopg2
from sqlalchemy import text

from deploy.engines.own_postgres import PostgresCluster
from shared.database import Store
from shared.database.migrations.migrate import migrate
from tests.kept_connections import kept_for

KINDS = tuple(os.environ.get("PREAU_TEST_DATABASES", "sqlite,postgresql").split(","))
"""Kinds of database on which tests run: SQLite alone where it is the hour that matters."""
ROLES = "tests"
"""Database whose roles enter all of the tests' ones on PostgreSQL; an empty one has this name."""

LEFT_BY_OTHERS = """\
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND NOT pid = ANY(%s::integer[])
"""
# A server that only follows another one fires no trigger: the walls that keep rows are triggers.
WALLS_DOWN = "SET session_replication_role = replica"
# To truncate makes new files for a table and each of its indexes, which takes longer than most
# tests; rows are deleted, and what they leave behind with the files of a table that has grown. Who
# was ended has left by then: a commit that was under way does not come after one has looked.
EMPTIED = """\
DO $$
DECLARE
    one text;
    start bigint;
    is_filled boolean;
BEGIN
    FOR one IN SELECT quote_ident(relname) FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
        AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0
    LOOP
        EXECUTE 'SELECT EXISTS (SELECT FROM ' || one || ')' INTO is_filled;
        CONTINUE WHEN NOT is_filled;
        EXECUTE 'LOCK ' || one;
        IF pg_table_size(one::regclass) > 128 * 1024 THEN
            EXECUTE 'TRUNCATE ' || one || ' CASCADE';
        ELSE
            EXECUTE 'DELETE FROM ' || one;
        END IF;
    END LOOP;
    FOR one, start IN SELECT quote_ident(sequencename), start_value FROM pg_sequences
        WHERE last_value IS NOT NULL
    LOOP
        PERFORM setval(one::regclass, start, false);
    END LOOP;
END $$
"""


class Database:
    """
    A database to be made: `url` to serve, `owner_url` to migrate, `keys_url` for its vault.
    """

    def __init__(self, url: str, owner_url: str, keys_url: str) -> None:
        self.url, self.owner_url, self.keys_url = url, owner_url, keys_url

    def take_new(self) -> None:
        """Be a database that no test has had: the server plans by what its files have grown to."""

    @property
    def on_postgresql(self) -> bool:
        """Say whether it is not a file."""
        return self.url.startswith("postgresql")

    def empty(self) -> None:
        """Make it, with nothing in it: a file makes itself."""

    def migrated(self, service: str) -> None:
        """Make it, with the newest schema of a service."""
        shutil.copy(_migrated_file(service), self._file)

    @contextmanager
    def copied(self, number: int) -> Iterator[str]:
        """Give the address of a copy of it, made while nobody uses it."""
        copy = Path(f"{self._file}.{number}")
        shutil.copy(self._file, copy)
        try:
            yield f"sqlite:///{copy}"
        finally:
            copy.unlink()

    @property
    def _file(self) -> str:
        return self.url.removeprefix("sqlite:///")


def sqlite_in(folder: Path, name: str = "data", keys: str = "keys") -> Database:
    """Return where a folder has a database on SQLite, and the keys beside it."""
    url = f"sqlite:///{folder}/{name}.sqlite"
    return Database(url, url, f"sqlite:///{folder}/{keys}.sqlite")


class LentDatabase(Database):
    """
    A database on the tests' cluster, which others have before and afterwards.
    """

    def __init__(self, cluster: PostgresCluster, keys_url: str) -> None:
        self._cluster = cluster
        self._taken: _Place | None = None
        self.keys_url = keys_url

    @property
    def on_postgresql(self) -> bool:
        """Say whether it is a server's and not a file, made or not."""
        return True

    @property
    def url(self) -> str:  # type: ignore[override]
        """The address to serve."""
        return self._cluster.url(self._place.name, ROLES)

    @property
    def owner_url(self) -> str:  # type: ignore[override]
        """The address for the migrations: who asks for it may change the schema."""
        self._place.schema = ""
        return self._cluster.owner_url(self._place.name, ROLES)

    def take_new(self) -> None:
        """Be a database that no test has had: the server plans by what its files have grown to."""
        self._taken = _Place(self._cluster)

    def empty(self) -> None:
        """Make it, with nothing in it."""
        self._take("").fill("")

    def migrated(self, service: str) -> None:
        """Make it, with the newest schema of a service."""
        self._take(service).fill(service)

    @contextmanager
    def copied(self, number: int) -> Iterator[str]:
        """Give the address of a copy of it, made while nobody uses it."""
        name = f"{self._place.name}_{number}"
        self._place.part()
        self._cluster.copy_database(self._place.name, name, ROLES)
        try:
            yield self._cluster.url(name, ROLES)
        finally:
            self._cluster.drop_database(name)

    def give_back(self) -> None:
        """Let another test have it."""
        if self._taken:
            self._taken.leave()
            _free[self._taken.schema].append(self._taken)

    def _take(self, schema: str) -> "_Place":
        """Take a place, one that has this schema if it is free."""
        if self._taken is None:
            self._taken = _free[schema].pop() if _free[schema] else _Place(self._cluster)
        return self._taken

    @property
    def _place(self) -> "_Place":
        assert self._taken, "a database is made before its address is asked for"
        return self._taken


class _Place:
    """
    A name on the cluster; the service whose schema the database there has, and whether it is empty.
    """

    def __init__(self, cluster: PostgresCluster) -> None:
        self.cluster = cluster
        self.name = f"test_{os.getpid()}_{next(_numbers)}"
        self.schema = ""
        self._is_ready = False
        self._kept = kept_for(self.name)
        self._hand = ExitStack()
        self._cursor: Any = None

    def fill(self, service: str) -> None:
        """Make the database with the schema of a service, or none, unless it waits for that."""
        if not self._is_ready or self.schema != service:
            source = _migrated_name(service, self.cluster) if service else ROLES
            self.part()
            self.cluster.copy_database(source, self.name, ROLES)
            self.schema = service
        self._is_ready = False

    def leave(self) -> None:
        """Let all leave and empty it, for who needs the same schema; else it is gone."""
        if not self.schema:
            self.part()
            self.cluster.drop_database(self.name)
            return
        try:
            self._empty()
        except psycopg2.OperationalError:  # the server was restarted in between
            self.part()
            self._empty()
        self._is_ready = True

    def _empty(self) -> None:
        if self._cursor is None:
            self._cursor = self._hand.enter_context(
                self.cluster.administrator_of_server.cursor(self.name)
            )
        self._cursor.execute(LEFT_BY_OTHERS, [self._kept.processes()])
        for statement in (WALLS_DOWN, EMPTIED):
            self._cursor.execute(statement)

    def part(self) -> None:
        """Close the connections to it that last from one test to the next."""
        self._kept.end()
        self._hand.close()
        self._cursor = None


_numbers = count(1)
_free: dict[str, list[_Place]] = defaultdict(list)


@contextmanager
def lent(cluster: PostgresCluster, keys_url: str) -> Iterator[LentDatabase]:
    """Give a database on PostgreSQL which is not made yet."""
    _of_everybody(cluster)
    database = LentDatabase(cluster, keys_url)
    yield database
    database.give_back()


@cache
def _migrated_file(service: str) -> str:
    """Return the path of an empty database of a service."""
    folder = tempfile.mkdtemp(prefix="preau-schema-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    migrate(service, f"sqlite:///{folder}/schema.sqlite")
    return f"{folder}/schema.sqlite"


@cache
def _migrated_name(service: str, cluster: PostgresCluster) -> str:
    """Return the name of an empty database of a service on PostgreSQL."""
    name = f"{ROLES}_{service.replace('/', '_')}"
    cluster.copy_database(ROLES, name, ROLES)
    migrate(service, cluster.owner_url(name, ROLES))
    return name


@cache
def _of_everybody(cluster: PostgresCluster) -> None:
    """Make the empty database whose roles enter all others."""
    cluster.create_database(ROLES)


def waits_for_locks(store: Store, transactions: int) -> None:
    """Wait until as many transactions of a database on PostgreSQL wait for another's rows."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    for _ in range(600):
        with store.read() as read:
            if (read.scalar(waiting) or 0) >= transactions:
                return
        time.sleep(0.05)
    raise AssertionError("nobody waits")
