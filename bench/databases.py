"""Fresh databases for a bench: SQLite as on one machine, PostgreSQL as in a town's own."""

import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.ground import bench_home, laying, port_base
from deploy.engines.own_postgres import PostgresCluster
from deploy.instance.instance import Instance
from shared.database.migrations.migrate import migrate

SQLITE, POSTGRESQL = "sqlite", "postgresql"


@dataclass(frozen=True)
class BenchDatabase:
    """One migrated database; `url` is what the service connects with."""

    kind: str
    url: str


@contextmanager
def databases(
    service: str, count: int = 1, kinds: Collection[str] = (SQLITE, POSTGRESQL)
) -> Iterator[dict[str, list[BenchDatabase]]]:
    """Give `count` empty databases of a service on each kind of engine; all is gone afterwards."""
    with bench_home() as (home, ends):
        made: dict[str, list[BenchDatabase]] = {}
        with laying:
            if SQLITE in kinds:
                made[SQLITE] = _on_sqlite(service, home, count)
            if POSTGRESQL in kinds:
                cluster = PostgresCluster(Instance(home / "var", port_base()))
                ends.callback(cluster.remove)
                cluster.start()
                made[POSTGRESQL] = _on_postgresql(service, cluster, count)
        yield made


def _on_sqlite(service: str, home: Path, count: int) -> list[BenchDatabase]:
    """Migrate a file, and copy it."""
    files = [home / f"bench{number}.sqlite" for number in range(count)]
    migrate(service, f"sqlite:///{files[0]}")
    for copy in files[1:]:
        shutil.copy(files[0], copy)
    return [BenchDatabase(SQLITE, f"sqlite:///{each}") for each in files]


def _on_postgresql(service: str, cluster: PostgresCluster, count: int) -> list[BenchDatabase]:
    """Migrate a database, and copy it."""
    names = [f"bench{number}" for number in range(count)]
    cluster.create_database(names[0])
    migrate(service, cluster.owner_url(names[0]))
    for copy in names[1:]:
        cluster.copy_database(names[0], copy)
    return [BenchDatabase(POSTGRESQL, cluster.url(each, names[0])) for each in names]
