"""Fresh databases for a bench: SQLite as on one machine, PostgreSQL as in a town's own."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.ground import DEFAULT_PORT_BASE, PORT_BASE
from deploy.engines.own_postgres import PostgresCluster
from deploy.instance.instance import Instance
from shared.database.migrations import migrate

SQLITE, POSTGRESQL = "sqlite", "postgresql"


@dataclass(frozen=True)
class BenchDatabase:
    """One migrated database; `url` is what the service connects with."""

    kind: str
    url: str


@contextmanager
def databases(service: str, count: int = 1) -> Iterator[list[BenchDatabase]]:
    """Give `count` empty databases of a service on each engine; all is gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="preau-bench-"))
    base = int(os.environ.get(PORT_BASE) or DEFAULT_PORT_BASE)
    cluster = PostgresCluster(Instance(home / "var", base))
    try:
        cluster.start()
        yield [
            each
            for number in range(1, count + 1)
            for each in (_sqlite(service, home, number), _postgresql(service, cluster, number))
        ]
    finally:
        cluster.stop()
        cluster.remove()
        shutil.rmtree(home, ignore_errors=True)


def _sqlite(service: str, home: Path, number: int) -> BenchDatabase:
    url = f"sqlite:///{home}/bench{number}.sqlite"
    migrate(service, url)
    return BenchDatabase(SQLITE, url)


def _postgresql(service: str, cluster: PostgresCluster, number: int) -> BenchDatabase:
    name = f"bench{number}"
    cluster.create_database(name)
    migrate(service, cluster.owner_url(name))
    return BenchDatabase(POSTGRESQL, cluster.url(name))
