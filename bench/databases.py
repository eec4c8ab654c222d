"""Fresh databases for a bench: SQLite as on one machine, PostgreSQL as in a town's own."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.ground import DEFAULT_PORT_BASE, PORT_BASE
from deploy.instance import Instance
from deploy.postgres import PostgresCluster
from shared.database.migrations import migrate

SQLITE, POSTGRESQL = "sqlite", "postgresql"


@dataclass(frozen=True)
class BenchDatabase:
    """One migrated database; `url` is what the service connects with."""

    kind: str
    url: str


@contextmanager
def databases(service: str) -> Iterator[list[BenchDatabase]]:
    """Give one empty database of a service on each engine; everything is gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="preau-bench-"))
    base = int(os.environ.get(PORT_BASE) or DEFAULT_PORT_BASE)
    cluster = PostgresCluster(Instance(home / "var", base))
    try:
        cluster.start()
        cluster.create_database("bench")
        file = f"sqlite:///{home}/bench.sqlite"
        migrate(service, file)
        migrate(service, cluster.owner_url("bench"))
        yield [BenchDatabase(SQLITE, file), BenchDatabase(POSTGRESQL, cluster.url("bench"))]
    finally:
        cluster.stop()
        cluster.remove()
        shutil.rmtree(home, ignore_errors=True)
