"""Claire's browser, for the tests of pages."""

import pytest
from flask.testing import FlaskClient

from tests.factories.portal import CLAIRE, Portal, sign_in


@pytest.fixture
def browser(portal: Portal) -> FlaskClient:
    """Give Claire's browser, at the portal that a file's tests have."""
    browser = portal.site.test_client()
    sign_in(browser, CLAIRE)
    return browser
