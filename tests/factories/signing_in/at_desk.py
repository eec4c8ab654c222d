"""An agent who signs in at a desk, with identity behind its pages."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import Database, sqlite_in
from tests.factories import enrolment as make
from tests.factories import identity as people
from tests.factories.enrolment import Desk, Provider
from tests.factories.identity import AGG, Person, Town, Wire


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Give identity, beside the provider whose desk is opened."""
    home = tmp_path / "identity"
    home.mkdir()
    with people.town(sqlite_in(home), home) as town:
        yield town


@pytest.fixture
def nadia(town: Town) -> Person:
    """Give an agent of the sports service."""
    person = people.agent("nadia.roux", ("agg", "coach"), name="Nadia Roux")
    town.opens(person)
    return person


@pytest.fixture
def agg(database: Database, tmp_path: Path) -> Iterator[Provider]:
    """Give the sports service."""
    with make.provider_on(database, tmp_path, AGG) as provider:
        yield provider


@pytest.fixture
def desk(agg: Provider, town: Town, nadia: Person) -> Desk:
    """Give a browser at its desk."""
    agg.has_agent("coach", name="Nadia Roux", subject=nadia.subject)
    return another(agg, town)


def another(agg: Provider, town: Town) -> Desk:
    """Return a browser that nobody has used."""
    opened = make.desk_of(agg)
    opened.client.application.extensions["preau_bus"] = Wire(town, AGG)
    return opened


def signs_in(desk: Desk, agent: Person) -> int:
    """Sign in with password and code; return what the desk says to the password."""
    first = desk.sends("/connexion", login=agent.login, password=agent.password)
    if first.status_code == 303:
        second = desk.sends("/connexion/code", at="/connexion/code", code=agent.code())
        assert second.status_code == 303
    return int(first.status_code)
