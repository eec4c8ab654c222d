"""
Pages, each test on one of the two databases: what pages ask of them is tested on both elsewhere.
"""

from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

import pytest
from flask.testing import FlaskClient

from tests.conftest import fresh_database
from tests.databases import KINDS, Database, sqlite_in
from tests.factories.portal import CLAIRE, Portal, sign_in


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Give where a database may be made, of the kind that falls to the name of the test."""
    kind = KINDS[crc32(request.node.nodeid.encode()) % len(KINDS)]
    with fresh_database(kind, request, sqlite_in(tmp_path)) as fresh:
        yield fresh


@pytest.fixture
def browser(portal: Portal) -> FlaskClient:
    """Give Claire's browser, at the portal that a file's tests have."""
    browser = portal.site.test_client()
    sign_in(browser, CLAIRE)
    return browser
