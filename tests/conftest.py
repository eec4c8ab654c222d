"""What tests stand on: a private broker and a private PostgreSQL, one of each for the whole run."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.broker_node import BrokerNode
from deploy.instance import Instance
from deploy.postgres import PostgresCluster

PORT_BASE = int(os.environ.get("PREAU_TEST_PORT_BASE", "9600"))


@pytest.fixture(scope="session")
def ground() -> Iterator[Instance]:
    """Give a place and ports for what this test run starts."""
    home = Path(tempfile.mkdtemp(prefix="preau-tests-"))
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
    """A fresh database: `url` to serve, `owner_url` to migrate, `keys_url` for its vault."""

    url: str
    owner_url: str
    keys_url: str


_made = 0


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Give a fresh database, once on SQLite and once on PostgreSQL."""
    keys = f"sqlite:///{tmp_path}/keys.sqlite"
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/data.sqlite"
        yield Database(url, url, keys)
        return
    global _made
    _made += 1
    cluster: PostgresCluster = request.getfixturevalue("cluster")
    name = f"test_{os.getpid()}_{_made}"
    cluster.create_database(name)
    yield Database(cluster.url(name), cluster.owner_url(name), keys)
    cluster.drop_database(name)
