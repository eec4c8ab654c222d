"""Machines on which towns are installed: each has the tree that is made once."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosts.machine import Machine, install, over
from tests.hosts.town import prepare


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """Give a folder on the disk for what machines write."""
    path = Path(tempfile.mkdtemp(prefix="preau-hosts-", dir="/var/tmp"))
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def debian(folder: Path) -> Path:
    """Give a tree of Debian with this project and what it needs, and nothing that runs."""
    return install(folder)


@pytest.fixture
def prefecture(debian: Path, folder: Path) -> Iterator[Machine]:
    """Give one machine on a network of nobody else's."""
    with over(debian, folder / "prefecture") as tree:
        machine = Machine(tree, "prefecture", "--private-network")
        machine.boot()
        try:
            prepare(machine)
            yield machine
        finally:
            machine.off()
