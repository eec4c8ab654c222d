"""Words that the law asks of the portal: to anybody, whoever is silent, and from the register."""

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.databases import Database
from tests.factories import portal as make
from tests.factories.portal import Portal, main_of
from tests.factories.register import demo_rows

PAGES = ("/accessibilite", "/mentions-legales", "/donnees-personnelles")


@pytest.fixture
def visitor(portal: Portal) -> FlaskClient:
    return portal.site.test_client(use_cookies=False)


def shown(visitor: FlaskClient, path: str) -> str:
    answer = visitor.get(path)
    assert answer.status_code == 200
    return main_of(answer.text)


@pytest.mark.parametrize("page", ["/ville", "/connexion", "/aide", "/nulle-part", *PAGES])
def test_every_page_leads_to_what_the_law_asks_for(visitor: FlaskClient, page: str) -> None:
    text = visitor.get(page).text

    assert [path for path in PAGES if f'href="{path}"' not in text] == []
    assert "Accessibilité\u00a0: non conforme" in text


def test_the_notice_says_who_publishes_and_who_hosts(visitor: FlaskClient) -> None:
    page = shown(visitor, "/mentions-legales")

    assert "Le maire de Démonstration" in page
    assert "Direction des systèmes d’information" in page


def test_a_town_that_has_not_written_its_notice_says_so(database: Database, tmp_path: Path) -> None:
    rows: dict[str, Any] = demo_rows()
    rows = {**rows, "town": {**rows["town"], "legal": None}}
    with make.portal_on(database, tmp_path, rows=rows) as portal:
        page = shown(portal.site.test_client(), "/mentions-legales")

    assert "ne sont pas encore écrits ici" in page
    assert "Ville de Démonstration" in page


def test_the_statement_shows_its_criteria_and_no_rate(visitor: FlaskClient) -> None:
    page = shown(visitor, "/accessibilite")

    assert page.count("12.10") == 1, "in the list, and no barrier any more"
    assert "13.12" in page
    assert "Défenseur des droits" in page
    assert "%" not in page.replace("200 %", "")


def test_the_page_of_personal_data_is_the_register(visitor: FlaskClient) -> None:
    page = shown(visitor, "/donnees-personnelles")

    said = " ".join(page.split())
    for row in demo_rows()["treatments"]:
        texts = (row["holder"], row["purpose"], *row["retention"])
        assert [text for text in texts if " ".join(text.split()) not in said] == []
    assert "dpo@ville-demonstration.example" in page
    assert "cnil.fr/plaintes" in page


def test_what_the_register_says_is_marked_as_french_on_the_english_page(
    portal: Portal,
) -> None:
    browser = portal.site.test_client()
    browser.get("/langue/en")

    page = browser.get("/donnees-personnelles").text

    assert '<h3 lang="fr">Servir un repas qui convient à l’enfant</h3>' in page
