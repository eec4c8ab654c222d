"""A provider on each database, for the tests of what it does alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import Database
from tests.factories import enrolment as make
from tests.factories.enrolment import Provider


@pytest.fixture
def full_hashes() -> None:
    """Let secrets of people be hashed with the memory that a town gives to it."""


@pytest.fixture
def ens(database: Database, tmp_path: Path) -> Iterator[Provider]:
    """Give the school service of the demo town, which has a canteen."""
    with make.provider_on(database, tmp_path) as provider:
        yield provider


@pytest.fixture
def agg(database: Database, tmp_path: Path) -> Iterator[Provider]:
    """Give the sports club of the demo town."""
    with make.provider_on(database, tmp_path, "enrolment_agg") as provider:
        yield provider
