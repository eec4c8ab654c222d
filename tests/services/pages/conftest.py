"""Claire's browser, for the tests of pages."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from tests.factories import enrolment as make
from tests.factories import push as make_push
from tests.factories.enrolment import Desk, Provider
from tests.factories.portal import CLAIRE, Portal, sign_in
from tests.factories.push import StandIn


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
