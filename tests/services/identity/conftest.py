"""Identity of the demo town on both databases, with people who sign in."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from services.identity.accounts.rules import passwords
from tests.databases import Database
from tests.factories import identity as make
from tests.factories.credentials import DESK
from tests.factories.identity import Person, Town

LIGHT_KIB = 1024


@pytest.fixture(autouse=True)
def light_hashes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash with little memory, which is a third of these tests' time, where that is not asked."""
    if "full_hashes" in request.fixturenames:
        return
    light = PasswordHasher(
        time_cost=passwords.PASSES, memory_cost=LIGHT_KIB, parallelism=passwords.LANES
    )
    monkeypatch.setattr(passwords, "MEMORY_KIB", LIGHT_KIB)
    monkeypatch.setattr(passwords, "_hasher", light)


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Iterator[Town]:
    """Give identity of the demo town on a fresh database."""
    with make.town(database, tmp_path) as town:
        yield town


@pytest.fixture
def camille(town: Town) -> Person:
    """Give a parent with an account."""
    person = make.family()
    town.opens(person)
    return person


@pytest.fixture
def samir(town: Town) -> Person:
    """Give the canteen's agent."""
    person = make.agent("samir.benali", ("ens", "kitchen"))
    town.opens(person)
    return person


@pytest.fixture
def claire(town: Town) -> Person:
    """Give the administrator of the school service."""
    person = make.agent("claire.aubry", ("ens", "administrator"), name="Claire Aubry")
    town.opens(person)
    return person


@pytest.fixture
def malik(town: Town) -> Person:
    """Give the administrator of sports."""
    person = make.agent("malik.perrin", ("agg", "administrator"), name="Malik Perrin")
    town.opens(person)
    return person


@pytest.fixture
def at_desk(town: Town) -> str:
    """Give the token of an agent of the central desk."""
    helene = make.agent("helene.marais", (DESK, "counter"), name="Hélène Marais")
    town.opens(helene)
    return str(town.signs_in(helene, DESK).token)
