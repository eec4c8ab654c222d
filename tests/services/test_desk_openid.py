"""An agent links at a desk with the password given again, and enters by the town's provider."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.identity.openid.client.provider import openid_client_at
from tests.databases import sqlite_in
from tests.factories import identity as people
from tests.factories.enrolment import Desk, Provider
from tests.factories.identity import Person, Town
from tests.factories.openid import Citizen, OpenIdProviderStub, provider
from tests.factories.signing_in.at_desk import agg, desk, nadia, signs_in
from tests.ports import PORT_BASE

__all__ = ["agg", "desk", "nadia"]

DESK, LINK = "https://sports.ville.example", "/compte/acces/ailleurs"


@pytest.fixture
def op() -> Iterator[OpenIdProviderStub]:
    with provider(PORT_BASE + 43) as stub:
        stub.registers(
            "desk", DESK, id_token_signed_response_alg="RS256", auth_method="client_secret_basic"
        )
        stub.comes = Citizen("1c9f", {"given_name": "Nadia"}, amr=["mfa"])
        yield stub


@pytest.fixture
def town(tmp_path: Path, op: OpenIdProviderStub) -> Iterator[Town]:
    """Give identity of a town that names a provider for agents."""
    home = tmp_path / "identity"
    home.mkdir()
    openid_client_at.cache_clear()
    (home / "desks.json").write_text(json.dumps({"agg": DESK}))
    with people.town(sqlite_in(home), home, openid=named(op)) as town:
        yield town


def named(op: OpenIdProviderStub) -> dict[str, dict[str, object]]:
    """Return what the town file says of the provider."""
    agents = {"kind": "oidc", "label": "le compte de la ville", "factors": ["mfa"]}
    return {"agents_openid": {**agents, "issuer": op.issuer, "client_id": "desk"}}


def goes(desk: Desk, op: OpenIdProviderStub, path: str, at: str, **fields: str) -> Any:
    """Press a button that leads to the provider, and come back."""
    shown = desk.sends(path, at=at, **fields).text
    [address] = re.findall(r'content="0; url=([^"]+)"', shown)
    return desk.client.get(
        "/connexion/ailleurs/retour", query_string=op.visits(address.replace("&amp;", "&"))
    )


def test_an_agent_links_with_the_password_given_again_and_enters_by_it(
    desk: Desk, agg: Provider, nadia: Person, op: OpenIdProviderStub, tmp_path: Path
) -> None:
    path = tmp_path / "register.json"
    rows = json.loads(path.read_text())
    rows["town"] |= named(op)
    path.write_text(json.dumps(rows))
    while "le compte de la ville" not in desk.sees("/connexion"):
        time.sleep(0.1)
    signs_in(desk, nadia)

    wrong = desk.sends(LINK, at=LINK, password="quatre petits chats")
    assert wrong.status_code == 422 and "Ce n’est pas votre mot de passe" in wrong.text
    assert goes(desk, op, LINK, LINK, password=nadia.password).location == LINK
    assert "Votre compte est lié" in desk.sees(LINK)
    desk.sends("/deconnexion", at="/compte/acces")
    entered = goes(desk, op, "/connexion/ailleurs", "/connexion")

    assert entered.status_code == 303
    assert "Votre compte est lié" in desk.sees(LINK)
    left = desk.sends("/deconnexion", at="/compte/acces")
    assert f"{op.issuer}/session/end?id_token_hint=" in left.text
