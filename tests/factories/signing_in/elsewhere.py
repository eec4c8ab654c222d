"""Identity of a town whose families and agents may sign in by an OpenID provider."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.identity.openid.client import provider as client_module
from shared.contracts.identity import openid as contracts
from tests.databases import Database
from tests.factories import identity as make
from tests.factories.identity import PORTAL_URL, Person, Town
from tests.factories.openid import Citizen, Lies, OpenIdProviderStub, provider
from tests.ports import PORT_BASE

FC, TOWN = "camille-ville", "agents-ville"
DESK = "https://ecoles.ville.example"
OTHER_DESK = "https://sports.ville.example"


@pytest.fixture(scope="module")
def running() -> Iterator[OpenIdProviderStub]:
    with provider(PORT_BASE + 40) as stub:
        stub.registers(FC, PORTAL_URL)
        stub.registers(
            TOWN,
            DESK,
            OTHER_DESK,
            id_token_signed_response_alg="RS256",
            signs_userinfo=False,
            auth_method="client_secret_basic",
        )
        yield stub


@pytest.fixture
def op(running: OpenIdProviderStub) -> OpenIdProviderStub:
    """Give the provider, which says the truth until a test lets it lie."""
    running.lies, running.denies, running.asked = Lies(), False, []
    running.comes = citizen()
    return running


def citizen(sub: str = "f" * 64 + "v1", **more: Any) -> Citizen:
    """Return Camille as FranceConnect knows her: by her name of birth, and that of use."""
    known = {"given_name": "Camille Marie", "family_name": "DURAND"}
    return Citizen(sub, {**known, "preferred_username": "FERRAND"}, **more)


def colleague(**more: Any) -> Citizen:
    """Return Samir as the town's own provider knows him."""
    claims = {"email": "samir.benali@ville.example", "given_name": "Samir"}
    return Citizen("1c9f", claims, acr="1", **more)


@pytest.fixture
def town(database: Database, tmp_path: Path, op: OpenIdProviderStub) -> Iterator[Town]:
    """Give identity of a town whose families have FranceConnect, and whose agents its own OIDC."""
    client_module.openid_client_at.cache_clear()
    desks = {"ens": DESK, "agg": OTHER_DESK}
    (tmp_path / "desks.json").write_text(json.dumps(desks))
    families = {
        "kind": "franceconnect",
        "issuer": op.issuer,
        "client_id": FC,
        "algorithm": "ES256",
        "levels": ["eidas1", "eidas2", "eidas3"],
        "factors": ["eidas2", "eidas3"],
    }
    agents = {
        "kind": "oidc",
        "label": "le compte de la ville",
        "issuer": op.issuer,
        "client_id": TOWN,
        "factors": ["mfa"],
        "email_domains": ["ville.example"],
    }
    openid = {"families_openid": families, "agents_openid": agents}
    with make.town(database, tmp_path, openid=openid) as town:
        yield town


def brings(op: OpenIdProviderStub, begun: Any, **changed: str) -> dict[str, str]:
    """Return what a browser comes back with, as the page passes it on."""
    back = op.visits(begun.address)
    told = {"state": "state", "code": "code", "iss": "issuer", "error": "error"}
    return {
        "secret": begun.secret,
        **{told[name]: value for name, value in back.items() if name in told},
        **changed,
    }


def town_file_says(home: Path, **of_families: str) -> None:
    """Change what the town file says of the provider of families."""
    path = home / "register.json"
    rows = json.loads(path.read_text())
    rows["town"]["families_openid"] |= of_families
    path.write_text(json.dumps(rows))


def links(
    town: Town, op: OpenIdProviderStub, signed_in: Any, at: str = "portal", **changed: str
) -> None:
    own = {"token": signed_in.token, "session": signed_in.session, "caller": at}
    begun = town.ask(contracts.begin_openid_link, **own)
    town.ask(contracts.link_openid, **own, **brings(op, begun, **changed))


def proves(town: Town, op: OpenIdProviderStub, at: str = "portal", **changed: str) -> Any:
    begun = town.ask(contracts.begin_openid, caller=at)
    return town.ask(contracts.prove_openid, caller=at, **brings(op, begun, **changed))


def enters(town: Town, op: OpenIdProviderStub, at: str = "portal", **browser: Any) -> Any:
    ticket = proves(town, op, at).ticket
    return town.ask(contracts.sign_in_by_openid, caller=at, ticket=ticket, **browser)


@pytest.fixture
def linked(town: Town, op: OpenIdProviderStub, camille: Person) -> Any:
    """Give Camille's session, in which she has linked her account."""
    signed_in = town.signs_in(camille)
    links(town, op, signed_in)
    return signed_in
