"""A parent who signs in at the portal, with identity behind its pages."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from services.portal_gateway.models import WebSession
from services.portal_gateway.store import store
from shared.web.base.app import Site
from tests.databases import sqlite_in
from tests.factories import identity as people
from tests.factories.identity import Person, Town, Wire
from tests.factories.portal_alone import token_on

STRANGER = "2001:db8:0:1::1"

PAGE = "/compte/acces"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Give identity beside the portal."""
    home = tmp_path / "identity"
    home.mkdir()
    with people.town(sqlite_in(home), home) as town:
        yield town


@pytest.fixture
def camille(town: Town) -> Person:
    """Give a parent with an account."""
    person = people.family()
    town.opens(person)
    return person


@pytest.fixture
def portal(portal: Site, town: Town) -> Site:
    """Give the portal with identity behind it."""
    portal.extensions["preau_bus"] = Wire(town, "portal")
    return portal


def posts(browser: FlaskClient, at: str = "127.0.0.1", **fields: str) -> Any:
    """Send the sign-in form from an address, as the town's proxy passes it on."""
    form = {"csrf_token": token_on(browser, "/connexion"), **fields}
    return browser.post("/connexion", data=form, headers={"X-Forwarded-For": at})


def signs_in(browser: FlaskClient, person: Person, password: str = "", at: str = STRANGER) -> Any:
    return posts(browser, at, login=person.login, password=password or person.password)


def signed_out(browser: FlaskClient) -> None:
    browser.post("/deconnexion", data={"csrf_token": token_on(browser, "/compte")})


def device_of(browser: FlaskClient) -> str:
    cookie = browser.get_cookie("portal_device")
    return cookie.value if cookie else ""


def sends(browser: FlaskClient, path: str, **fields: str) -> Any:
    return browser.post(path, data={"csrf_token": token_on(browser, PAGE), **fields})


def is_asked_again(answer: Any, path: str) -> bool:
    location = urlparse(answer.location or "")
    return answer.status_code == 303 and (location.path, parse_qs(location.query)) == (
        "/compte/confirmer",
        {"retour": [path]},
    )


def grows_old(minutes: int) -> None:
    """Let a person have proved itself so long ago, and its session be in use."""
    with store.write() as write:
        for row in write.scalars(select(WebSession)):
            row.proven_at -= timedelta(minutes=minutes)
