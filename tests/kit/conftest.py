"""The two tiny services, running, on each database."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.engines.rabbitmq_node import BrokerNode
from tests.databases import Database
from tests.kit.town import KitTown, create_tables

_numbers = itertools.count()


@pytest.fixture
def database(database: Database) -> Database:
    """Give an empty database: the kit's tests make tables of their own."""
    database.empty()
    return database


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
