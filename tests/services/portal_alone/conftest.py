"""The portal of the demo town on both databases, without a broker."""

import base64
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from services.portal_gateway.app import create_app
from services.portal_gateway.store import store
from shared.register import Register
from shared.settings import Settings
from shared.web.base.app import Site
from tests.databases import Database
from tests.factories.portal import NOBODY_LISTENS
from tests.factories.register import demo_rows


@pytest.fixture
def register(tmp_path: Path) -> Register:
    """Give the register of the demo town."""
    path = tmp_path / "register.json"
    path.write_text(json.dumps(demo_rows()))
    return Register(path)


@pytest.fixture
def portal(database: Database, register: Register, tmp_path: Path) -> Iterator[Site]:
    """Give the portal on a fresh database, while the broker is down."""
    database.migrated("portal_gateway")
    env = {
        "PREAU_HOME": str(tmp_path),
        "PREAU_PRINCIPAL": "portal",
        "AMQP_URI": NOBODY_LISTENS,
        "DATABASE_URL": database.url,
        "SECRET_KEY": "for this test alone",
        "KEY_ENCRYPTION_KEY": base64.b64encode(os.urandom(32)).decode(),
    }
    yield create_app(Settings.from_env(env))
    store.close()


@pytest.fixture
def browser(portal: Site) -> FlaskClient:
    """Give a browser that has not signed in."""
    return portal.test_client()
