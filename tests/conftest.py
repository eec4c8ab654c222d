"""What tests stand on: a private broker and a private PostgreSQL, one of each for the whole run."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from deploy.broker_node import BrokerNode
from deploy.instance import Instance
from deploy.postgres import PostgresCluster
from shared.database.migrations import migrate
from tests import compiled
from tests.memory import memory

PORT_BASE = int(os.environ.get("PREAU_TEST_PORT_BASE", "9600"))

# How long an example takes says more of the machine than of it. A failure prints what replays it.
settings.register_profile(
    "whole", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("whole")

compiled.keep()


@pytest.fixture(scope="session")
def ground() -> Iterator[Instance]:
    """Give a place and ports for what this test run starts."""
    home = Path(tempfile.mkdtemp(prefix="preau-tests-", dir=memory()))
    home.chmod(0o711)  # PostgreSQL runs as another user, and finds its way in
    yield Instance(home / "var", PORT_BASE)
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def node(ground: Instance) -> Iterator[BrokerNode]:
    """Give a running broker."""
    node = BrokerNode(ground)
    node.start()
    node.wait_ready()
    yield node
    node.stop()


@pytest.fixture(scope="session")
def cluster(ground: Instance) -> Iterator[PostgresCluster]:
    """Give a running PostgreSQL cluster."""
    cluster = PostgresCluster(ground)
    cluster.start()
    yield cluster
    cluster.stop()
    cluster.remove()


@dataclass(frozen=True)
class Database:
    """
    A database to be made: `url` to serve, `owner_url` to migrate, `keys_url` for its vault.
    """

    url: str
    owner_url: str
    keys_url: str
    cluster: PostgresCluster | None = None

    def empty(self) -> None:
        """Make it, with nothing in it: a file makes itself."""
        if self.cluster is not None:
            self.cluster.copy_database(_of_everybody(self.cluster), self._name)

    def migrated(self, service: str) -> None:
        """
        Make it, with the newest schema of a service: a copy of one that was migrated once.

        To migrate each of thousands of databases takes a third of the tests' time.
        """
        if self.cluster is not None:
            self.cluster.copy_database(_migrated_once(service, self.cluster), self._name, ROLES)
        else:
            shutil.copy(_migrated_once(service, None), self.url.removeprefix("sqlite:///"))

    @property
    def _name(self) -> str:
        return self.url.rsplit("/", 1)[1]


def sqlite_in(folder: Path) -> Database:
    """Return where a folder has its one database on SQLite, and the keys beside it."""
    url = f"sqlite:///{folder}/data.sqlite"
    return Database(url, url, f"sqlite:///{folder}/keys.sqlite")


ROLES = "tests"
DATABASES = ("sqlite", "postgresql")
_made = 0


@cache
def _migrated_once(service: str, cluster: PostgresCluster | None) -> str:
    """Return the name, or the path, of an empty database of a service."""
    if cluster is None:
        folder = tempfile.mkdtemp(prefix="preau-schema-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        migrate(service, f"sqlite:///{folder}/schema.sqlite")
        return f"{folder}/schema.sqlite"
    name = f"{ROLES}_{service.replace('/', '_')}"
    cluster.copy_database(_of_everybody(cluster), name, ROLES)
    migrate(service, cluster.owner_url(name, ROLES))
    return name


@cache
def _of_everybody(cluster: PostgresCluster) -> str:
    """Return the empty database whose roles enter all of the tests' databases."""
    cluster.create_database(ROLES)
    return ROLES


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Give where a database may be made, once on SQLite and once on PostgreSQL."""
    with fresh_database(request, tmp_path) as fresh:
        yield fresh


@contextmanager
def fresh_database(request: pytest.FixtureRequest, folder: Path) -> Iterator[Database]:
    """Give where to make a database of the kind that a fixture's parameter names."""
    on_sqlite = sqlite_in(folder)
    if request.param == "sqlite":
        yield on_sqlite
        return
    global _made
    _made += 1
    cluster: PostgresCluster = request.getfixturevalue("cluster")
    name = f"test_{os.getpid()}_{_made}"
    urls = cluster.url(name, ROLES), cluster.owner_url(name, ROLES)
    yield Database(*urls, on_sqlite.keys_url, cluster)
    cluster.drop_database(name)


@pytest.fixture
def another_database(database: Database, tmp_path: Path) -> Iterator[Database]:
    """Give where to make a second one on the same kind of server."""
    global _made
    keys = f"sqlite:///{tmp_path}/other-keys.sqlite"
    if database.cluster is None:
        url = f"sqlite:///{tmp_path}/other.sqlite"
        yield Database(url, url, keys)
        return
    _made += 1
    cluster, name = database.cluster, f"test_{os.getpid()}_{_made}"
    yield Database(cluster.url(name, ROLES), cluster.owner_url(name, ROLES), keys, cluster)
    cluster.drop_database(name)
