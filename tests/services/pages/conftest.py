"""Browsers of a family and of agents, for the tests of pages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.databases import Database
from tests.factories import enrolment as make
from tests.factories import push as make_push
from tests.factories.enrolment import Desk, Provider
from tests.factories.front_desk.counter import Counter, front_desk_on
from tests.factories.portal import CLAIRE, Portal, portal_on, sign_in
from tests.factories.push import StandIn
from tests.factories.regie import Regisseur, regisseur_on
from tests.factories.two_sites import NORTH, SOUTH, Site, a_site


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """Give the portal; everybody whom it asks is silent."""
    with portal_on(database, tmp_path) as portal:
        yield portal


@pytest.fixture
def browser(portal: Portal) -> FlaskClient:
    """Give Claire's browser, at the portal that a file's tests have."""
    browser = portal.site.test_client()
    sign_in(browser, CLAIRE)
    return browser


@pytest.fixture
def push() -> Iterator[StandIn]:
    """Give a push service of this machine."""
    with make_push.stand_in() as server:
        yield server


@pytest.fixture
def gateway() -> Iterator[StandIn]:
    """Give an SMS gateway of this machine."""
    with make_push.stand_in() as server:
        yield server


@pytest.fixture
def desk(ens: Provider) -> Desk:
    """Give a browser at its desk."""
    return make.desk_of(ens)


@pytest.fixture
def lead(ens: Provider) -> Desk:
    """Give the desk with somebody signed in who answers for the day."""
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent("lead"))
    return desk


@pytest.fixture
def counter(database: Database, tmp_path: Path) -> Iterator[Counter]:
    """Give the front desk of the demo town."""
    with front_desk_on(database, tmp_path) as counter:
        yield counter


@pytest.fixture
def north(ens: Provider) -> Site:
    """Give one of two sites of the school service."""
    return a_site(ens, NORTH, "Nordil")


@pytest.fixture
def south(ens: Provider) -> Site:
    """Give the other one."""
    return a_site(ens, SOUTH, "Sudel")


@pytest.fixture
def odile(database: Database, tmp_path: Path) -> Iterator[Regisseur]:
    """Give a régisseur at the desk of the school service."""
    with regisseur_on(database, tmp_path) as regisseur:
        yield regisseur
