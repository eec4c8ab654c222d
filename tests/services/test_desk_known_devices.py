"""Signing in at a desk: the device that an office's agents share, and waiting for one's turn."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import Database, sqlite_in
from tests.factories import enrolment as make
from tests.factories import identity as people
from tests.factories.enrolment import Desk, Provider
from tests.factories.identity import AGG, Person, Town, Wire
from tests.services.identity.test_known_devices import slowed_at

AT_DESK = f"{AGG}|agent"


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


def test_an_office_s_browser_is_known_to_its_agents_whatever_strangers_try(
    desk: Desk, agg: Provider, town: Town, nadia: Person
) -> None:
    assert signs_in(desk, nadia) == 303
    desk.sends("/deconnexion", at="/")
    town.time_passes(seconds=30)
    slowed_at(AT_DESK, nadia.login)

    assert signs_in(another(agg, town), nadia) == 429
    assert signs_in(desk, nadia) == 303


def test_a_new_browser_waits_for_its_turn_once_and_asks_by_itself(
    desk: Desk, town: Town, nadia: Person
) -> None:
    slowed_at(AT_DESK, nadia.login)
    page = desk.sends("/connexion", login=nadia.login, password=nadia.password).text
    assert 'data-again="5"' in page
    assert nadia.password not in page
    fields = dict(re.findall(r'name="(login|held)" value="([^"]*)"', page))

    town.time_passes(seconds=5)
    slowed_at(AT_DESK, nadia.login)
    answer = desk.sends("/connexion", **fields)
    assert answer.location.startswith("/connexion/code")
    assert desk.sends("/connexion/code", at="/connexion/code", code=nadia.code()).status_code == 303


def test_who_has_just_chosen_a_password_is_known(desk: Desk, town: Town) -> None:
    claire = people.agent("claire.aubry", ("agg", "administrator"), name="Claire Aubry")
    sonia = people.agent("sonia.petit", ("agg", "coach"), name="Sonia Petit")
    town.opens(claire, sonia)
    code = town.invites_again(town.signs_in(claire, AGG).token, sonia.subject, AGG)
    chosen = "quatre mots sans rapport"

    desk.sends("/activation", code=code, password=chosen, again=chosen)
    slowed_at(AT_DESK, sonia.login)

    assert desk.sends("/connexion", login=sonia.login, password=chosen).status_code == 303
