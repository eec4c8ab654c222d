"""
Fixtures of running things: a supervisor, or a town of the demonstration's providers with
one family.
"""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.instance.instance import ENGINES_FILE
from tests.deploy.one_family import COPIED_IN_CLEAR, settle
from tests.deploy.supervised import Supervised
from tests.journeys.town import DemoTown
from tests.ports import PORT_BASE

TOWN_PORT_BASE = PORT_BASE + 200


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Supervised]:
    """Give a supervisor that was not started yet."""
    town = Supervised(tmp_path)
    yield town
    town.finish()


@pytest.fixture(scope="package")
def small_town() -> Iterator[DemoTown]:
    """Give a running town with one child, whom both providers have."""
    home = Path(tempfile.mkdtemp(prefix="preau-small-"))
    town = DemoTown(home / "var", TOWN_PORT_BASE)
    town.instance.home.mkdir()
    (town.instance.home / ENGINES_FILE).write_text(f"own: files\n{COPIED_IN_CLEAR}", "utf-8")
    try:
        town.preau("up", "--detach")
        settle(town)
        yield town
    finally:
        town.preau("down")
        shutil.rmtree(home, ignore_errors=True)
