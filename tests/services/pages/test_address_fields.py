"""Addresses at the portal: completed from the town's list, checked, and never refused for it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from deploy.demo.towns import STREETS
from deploy.importing.ban_streets import read_streets
from shared.contracts.dossier import guardians
from shared.runtime.ids import new_id
from shared.web.base.sign_in_limits import limiter
from tests.databases import Database
from tests.factories import portal as make
from tests.factories.portal import CLAIRE, Child, Portal, main_of

HOUSEHOLD = new_id()
HOME = {
    "street": "3 rue du Moulin",
    "postcode": "28990",
    "insee": "28901",
    "commune": "",
    "valid_from": "2026-12-01",
}


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """Give the portal of a town that has brought its streets in."""
    (tmp_path / "streets.json").write_text(json.dumps(read_streets(STREETS, frozenset())))
    with make.portal_on(database, tmp_path) as portal:
        limiter.reset()
        portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], Child())
        portal.callees.answers("dossier", guardians.move_household, lambda _request: {"version": 4})
        yield portal


def moves(browser: FlaskClient, **changes: str) -> Any:
    return make.posts(browser, f"/adresse/{HOUSEHOLD}", **{"version": "3", **HOME, **changes})


def said(portal: Portal) -> list[Any]:
    asked = portal.callees.asked
    return [request for _, name, _, request in asked if name == guardians.move_household.name]


def test_anybody_learns_the_streets_and_communes_of_a_postcode(portal: Portal) -> None:
    answer = portal.site.test_client().get("/rues/28991")

    assert set(answer.json["communes"].values()) >= {"L’Épinette", "Orvilliers-sous-Bois"}
    assert ["rue du Moulin", "28908"] in answer.json["streets"]
    assert "public" in answer.headers["Cache-Control"]


def test_a_postcode_that_the_town_does_not_know_has_no_streets(portal: Portal) -> None:
    visitor = portal.site.test_client()

    assert visitor.get("/rues/75001").json == {"communes": {}, "streets": []}
    assert visitor.get("/rues/123").status_code == 404


def test_a_street_that_the_list_does_not_know_is_taken(
    portal: Portal, browser: FlaskClient
) -> None:
    assert moves(browser, street="1 rue Toute-Neuve", postcode=" 28 990").status_code == 303

    [request] = said(portal)
    assert (request.street, request.postcode) == ("1 rue Toute-Neuve", "28990")
    assert (request.insee, request.commune) == ("28901", "Démonstration")


@pytest.mark.parametrize("postcode", ["123", "00000", "2899O"])
def test_what_is_no_postcode_comes_back_with_a_sentence_at_the_field(
    portal: Portal, browser: FlaskClient, postcode: str
) -> None:
    answer = moves(browser, postcode=postcode)

    assert answer.status_code == 422 and not said(portal)
    assert "Un code postal de France a cinq chiffres." in main_of(answer.text)
    assert 'id="postcode-mistake"' in answer.text and f'value="{postcode}"' in answer.text


def test_the_postcode_of_another_commune_is_said_with_the_right_one(
    portal: Portal, browser: FlaskClient
) -> None:
    answer = moves(browser, postcode="28000")

    assert answer.status_code == 422 and not said(portal)
    assert "Le code postal de Démonstration est 28990." in main_of(answer.text)


def test_a_home_in_another_country_has_its_own_postcode(
    portal: Portal, browser: FlaskClient
) -> None:
    assert moves(browser, insee="abroad", postcode="L-1234").status_code == 422
    abroad = moves(browser, insee="abroad", postcode="L-1234", commune="Luxembourg, Luxembourg")
    assert abroad.status_code == 303

    [request] = said(portal)
    assert (request.postcode, request.insee) == ("L-1234", "")
    assert request.commune == "Luxembourg, Luxembourg"
