"""The two tiny services, running, on each database."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.engines.rabbitmq_cluster import BrokerCluster
from deploy.engines.rabbitmq_node import BrokerNode
from deploy.instance.instance import Instance
from shared.database import Store
from tests.databases import Database
from tests.faults.scene import Scene, scene_on
from tests.faults.writing import connected
from tests.kit.town import KitTown, create_tables, until
from tests.ports import PORT_BASE

NODES = 3
_numbers = itertools.count()


@pytest.fixture
def database(database: Database) -> Database:
    """Give an empty database: the kit's tests make tables of their own."""
    database.empty()
    return database


@pytest.fixture
def store(database: Database) -> Iterator[Store]:
    """Give a connected store with its tables of the kit."""
    create_tables(database)
    store = connected(database.url)
    yield store
    store.close()


@pytest.fixture
def kit(node: BrokerNode, tmp_path: Path) -> Iterator[KitTown]:
    """Give a town of two providers, nothing running yet."""
    town = KitTown(node, tmp_path / "town", f"kit{next(_numbers)}")
    yield town
    town.stop()


@pytest.fixture
def alpha(kit: KitTown, database: Database) -> Any:
    """Give a running alpha."""
    create_tables(database)
    return kit.start("dossier", "dossier", database)


@pytest.fixture(scope="module")
def scene_kind(request: pytest.FixtureRequest) -> str:
    """Give the kind of database that services have for all tests of a module to which it falls."""
    return str(request.param)


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[BrokerNode, ...]]:
    """Give three nodes that are one broker."""
    broker = BrokerCluster(
        Instance(tmp_path_factory.mktemp("nodes") / "var", PORT_BASE + 30), NODES
    )
    broker.start()
    try:
        broker.wait_ready()
        yield broker.nodes
    finally:
        broker.stop()


@pytest.fixture(scope="module")
def running(
    scene_kind: str,
    request: pytest.FixtureRequest,
    node: BrokerNode,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Scene]:
    """Give both services, running on one kind of database for all that have it."""
    folder = tmp_path_factory.mktemp("scene")
    with scene_on(scene_kind, node, folder, lambda: request.getfixturevalue("cluster")) as scene:
        yield scene


@pytest.fixture
def scene(running: Scene) -> Iterator[Scene]:
    """Give both services; whatever the test did, nothing is parked and nothing waits after it."""
    running.restore()
    parked = running.dead()
    yield running
    running.restore()
    until(lambda: running.waiting() == running.ready() == 0)
    assert running.dead() == parked
