"""An OpenID provider that is away, slow or answers as none does: the password still opens."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Response

from services.identity.openid.client import provider as client_module
from shared.contracts.errors import NotFound
from shared.contracts.identity import openid as contracts
from shared.contracts.identity.openid import OpenIdAway, OpenIdRefused
from shared.settings import OpenIdSecrets
from tests.factories.identity import Person, Town
from tests.factories.openid import Lies, OpenIdProviderStub
from tests.factories.refusals import refused
from tests.factories.signing_in.elsewhere import (
    enters,
    linked,
    op,
    proves,
    running,
    town,
    town_file_says,
)

__all__ = ["linked", "op", "running", "town"]


def test_who_goes_back_at_the_provider_is_told_so_and_a_provider_in_trouble_is_away(
    town: Town, op: OpenIdProviderStub
) -> None:
    op.denies = True
    denied = refused(lambda: proves(town, op), OpenIdRefused)
    assert denied.detail["reason"] == "denied"

    op.denies = False
    refused(lambda: proves(town, op, error="temporarily_unavailable"), OpenIdAway)


ANSWERS: dict[str, Any] = {
    "breaks down": lambda: Response("Erreur", status=500),
    "shows a page": lambda: Response("<h1>Maintenance</h1>", mimetype="text/html"),
    "is endless": lambda: Response((b"x" * 65_536 for _ in range(64)), mimetype="application/json"),
    "leads elsewhere": lambda: Response(status=302, headers={"Location": "http://127.0.0.1:9/"}),
}


@pytest.mark.parametrize("answer", list(ANSWERS), ids=[each.replace(" ", "-") for each in ANSWERS])
def test_a_provider_that_does_not_answer_as_one_is_away_and_the_password_opens(
    town: Town, op: OpenIdProviderStub, camille: Person, answer: str
) -> None:
    op.lies = Lies(answer=ANSWERS[answer]())

    refused(lambda: town.ask(contracts.begin_openid), OpenIdAway)

    assert town.signs_in(camille).token


def test_where_nothing_listens_the_provider_is_away(
    town: Town, op: OpenIdProviderStub, tmp_path: Path
) -> None:
    town_file_says(tmp_path, issuer="http://127.0.0.1:9/api/v2")

    refused(lambda: town.ask(contracts.begin_openid), OpenIdAway)


def test_a_provider_that_says_it_is_another_is_away(town: Town, op: OpenIdProviderStub) -> None:
    said = json.dumps({"issuer": "https://oidc.evil.example", "authorization_endpoint": "x"})
    op.lies = Lies(answer=Response(said, mimetype="application/json"))

    refused(lambda: town.ask(contracts.begin_openid), OpenIdAway)


def test_a_provider_whose_metadata_hang_is_asked_for_them_once_and_taken_as_it_was(
    town: Town, op: OpenIdProviderStub, linked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "KEPT_SECONDS", 0.0)
    client_module.openid_client_at.cache_clear()
    town.ask(contracts.begin_openid)
    op.asked.clear()
    op.lies = Lies(answer=Response("Erreur", status=500))

    for _ in range(3):
        assert town.ask(contracts.begin_openid).address.startswith(f"{op.issuer}/authorize?")

    assert len(op.asked) == 1


def test_a_token_too_long_for_an_address_opens_without_a_way_out_through_the_provider(
    town: Town, op: OpenIdProviderStub, linked: Any
) -> None:
    op.lies = Lies(claims={"groups": ["an office of the town"] * 500})

    proven = proves(town, op)

    assert proven.logout == ""
    assert town.ask(contracts.sign_in_by_openid, ticket=proven.ticket).token


def test_a_provider_that_changes_its_keys_is_read_anew_once(
    town: Town, op: OpenIdProviderStub, linked: Any
) -> None:
    op.renew_keys()
    op.asked.clear()

    assert enters(town, op).token
    assert op.asked.count("/jwks") == 1


def test_a_town_that_names_no_provider_has_none_and_one_without_its_secret_is_away(
    town: Town, op: OpenIdProviderStub, tmp_path: Path
) -> None:
    path = tmp_path / "register.json"
    rows = json.loads(path.read_text())
    settings = town.service.settings
    town.service.settings = replace(settings, openid=OpenIdSecrets())
    refused(lambda: town.ask(contracts.begin_openid), OpenIdAway)

    del rows["town"]["families_openid"]
    path.write_text(json.dumps(rows))
    town.service.settings = settings
    refused(lambda: town.ask(contracts.begin_openid), NotFound)
    assert op.asked == []
