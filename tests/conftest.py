"""The ground of tests: a private broker and a private PostgreSQL, one of each for the whole run."""

import gc
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import HealthCheck, settings

from deploy.engines.own_postgres import PostgresCluster
from deploy.engines.rabbitmq_node import BrokerNode
from deploy.instance.instance import Instance
from shared.dates.clock import midnight, now, today
from shared.runtime.code_loading import garbage_collection_held_back
from tests import compiled
from tests.databases import KINDS, Database, lent, sqlite_in
from tests.memory import memory
from tests.night import ALL, give_time
from tests.ports import PORT_BASE
from tests.shares import shared_out

# How long an example takes says more of the machine than of it. A failure prints what replays it.
settings.register_profile(
    "whole", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("whole")

compiled.keep()

A_TEST = timedelta(seconds=20)
"""Time that nearly every test takes at most, on a machine that has other things to do."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[object]:
    """Let the collector pass over what stays for the whole run: it takes an eighth of the time."""
    with garbage_collection_held_back():
        found = yield
    gc.set_threshold(10_000, 20, 20)
    return found


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let workers begin with what waits, so that who ends last has work for both cores."""
    give_time(items)
    items[:] = shared_out(items, workers=int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def pytest_runtest_setup() -> None:
    """Let a test that would see midnight pass begin after it: to a test, today is one day."""
    left = midnight(today() + timedelta(days=1)) - now()
    if left < A_TEST:
        time.sleep(left.total_seconds())


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
    try:
        node.wait_ready()
        yield node
    finally:  # one that is late under load runs all the same, and keeps its ports
        node.stop()


@pytest.fixture(scope="session")
def cluster(ground: Instance) -> Iterator[PostgresCluster]:
    """Give a running PostgreSQL cluster."""
    cluster = PostgresCluster(ground)
    cluster.start()
    yield cluster
    cluster.stop()
    cluster.remove()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """
    Give a test that needs a database the kind that falls to its name.

    Both where the database is the point: who is second, what a constraint refuses, in which order
    rows are locked. `make test-all` runs every such test on both.
    """
    name = metafunc.definition.nodeid.encode()
    on_both = ALL or metafunc.definition.get_closest_marker("both_databases")
    kinds = KINDS if on_both else (KINDS[crc32(name) % len(KINDS)],)
    for fixture in ("database", "scene_kind"):
        if fixture in metafunc.fixturenames:
            metafunc.parametrize(fixture, kinds, indirect=True)


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Give where a database may be made, on SQLite or on PostgreSQL."""
    with fresh_database(request.param, request, sqlite_in(tmp_path)) as fresh:
        yield fresh


@pytest.fixture
def another_database(
    request: pytest.FixtureRequest, database: Database, tmp_path: Path
) -> Iterator[Database]:
    """Give where to make a second one on the same kind of server."""
    kind = "postgresql" if database.on_postgresql else "sqlite"
    with fresh_database(kind, request, sqlite_in(tmp_path, "other", "other-keys")) as another:
        yield another


@contextmanager
def fresh_database(
    kind: str, request: pytest.FixtureRequest, on_sqlite: Database
) -> Iterator[Database]:
    """Give where to make a database of a kind."""
    if kind == "sqlite":
        yield on_sqlite
        return
    with lent(request.getfixturevalue("cluster"), on_sqlite.keys_url) as lent_database:
        yield lent_database
