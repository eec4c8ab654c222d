"""A parent who signs in at the portal by the town's OpenID provider, identity behind its pages."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.identity.openid.client.provider import openid_client_at
from shared.register import Register
from tests.databases import sqlite_in
from tests.factories import identity as people
from tests.factories.identity import PORTAL_URL, Town
from tests.factories.openid import Citizen, OpenIdProviderStub, provider
from tests.ports import PORT_BASE

BEGIN, RETURN, LINK = "/connexion/ailleurs", "/connexion/ailleurs/retour", "/compte/acces/ailleurs"
CLIENT = "portal-of-tests"


@pytest.fixture(scope="module")
def running() -> Iterator[OpenIdProviderStub]:
    with provider(PORT_BASE + 41) as stub:
        stub.registers(CLIENT, PORTAL_URL)
        yield stub


@pytest.fixture
def op(running: OpenIdProviderStub) -> OpenIdProviderStub:
    names = {"given_name": "Camille", "family_name": "FERRAND"}
    running.comes, running.denies = Citizen("c" * 64, names), False
    return running


def named(op: OpenIdProviderStub) -> dict[str, dict[str, object]]:
    """Return what the town file says of it."""
    families = {
        "kind": "franceconnect",
        "issuer": op.issuer,
        "client_id": CLIENT,
        "algorithm": "ES256",
        "levels": ["eidas1"],
    }
    return {"families_openid": families}


@pytest.fixture
def register(register: Register, op: OpenIdProviderStub, tmp_path: Path) -> Register:
    """Give the register of the demo town, with a provider for families."""
    path = tmp_path / "register.json"
    rows = json.loads(path.read_text())
    rows["town"] |= named(op)
    path.write_text(json.dumps(rows))
    return Register(path)


@pytest.fixture
def town(tmp_path: Path, op: OpenIdProviderStub) -> Iterator[Town]:
    """Give identity beside the portal, of a town that names a provider for families."""
    home = tmp_path / "identity"
    home.mkdir()
    openid_client_at.cache_clear()
    with people.town(sqlite_in(home), home, openid=named(op)) as town:
        yield town
