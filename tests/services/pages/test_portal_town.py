"""The town's first page: published facts alone, for anybody, whoever is silent."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.contracts.enrolment import tariffs
from shared.contracts.enrolment.places import published_offer
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories import tariffs as write
from tests.factories.portal import AGG, CLAIRE, ENS, Portal, main_of
from tests.factories.register import demo_rows

BANDS = [write.band(0, 400, 100), write.band(400, None, 460)]
MEAL = write.part(write.column(BANDS, write.TOWN, write.OUTSIDE))
YEAR = write.part(write.column([write.band(0, None, 4500)], write.TOWN, write.OUTSIDE))


def rows_with(*notices: dict[str, Any]) -> dict[str, Any]:
    rows = demo_rows()
    return {**rows, "town": {**rows["town"], "notices": list(notices)}}


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """Give the portal; everybody whom it asks is silent."""
    ended = (today() - timedelta(days=1)).isoformat()
    rows = rows_with(
        {"text": "Le chauffage de l’école est réparé.", "text_en": "", "until": ended},
        {"text": "Pas d’étude jeudi.", "text_en": "No study on Thursday.", "until": None},
    )
    with make.portal_on(database, tmp_path, rows=rows) as portal:
        yield portal


@pytest.fixture
def visitor(portal: Portal) -> FlaskClient:
    """Give the browser of somebody without an account, which refuses cookies."""
    return portal.site.test_client(use_cookies=False)


def offers(portal: Portal, source: str, **more: Any) -> None:
    told = {"activity_id": new_id(), "version": 1, "content": make.offer(**more)}
    portal.receives(published_offer.activity_published, source, **told)


def prices(portal: Portal, source: str, activity: str, label: str, part: dict[str, Any]) -> None:
    grid = write.grid(date(2020, 9, 1), parts=[part])
    tariff = write.tariff([grid], activity=activity, label=label)
    portal.receives(tariffs.tariff_published, source, tariff=activity, version=1, content=tariff)


def in_days(days: int) -> datetime:
    return now() + timedelta(days=days)


def shown(browser: FlaskClient, path: str = "/") -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return main_of(answer.text)


def test_who_has_no_account_finds_the_town_and_what_can_be_done(visitor: FlaskClient) -> None:
    page = visitor.get("/").text

    for leads in ("/connexion", "/demande", "/tarifs", "/ville/activites", "/payer", "/aide"):
        assert f'href="{leads}"' in page
    assert "1 place de la Mairie" in page
    assert 'name="description"' in page
    assert 'name="password"' not in page


def test_the_page_of_the_town_asks_nobody(portal: Portal, visitor: FlaskClient) -> None:
    offers(portal, AGG)

    shown(visitor)

    assert portal.callees.asked == []


def test_it_says_what_opens_and_what_closes_the_next_first(
    portal: Portal, visitor: FlaskClient
) -> None:
    offers(portal, AGG, label="Judo", opens_at=in_days(20))
    offers(portal, AGG, label="Natation", opens_at=in_days(-20), closes_at=in_days(9))
    offers(portal, ENS, label="Étude", opens_at=in_days(-20), closes_at=in_days(-1))

    page = shown(visitor)

    assert page.index("Dernier jour pour demander une place") < page.index("Les demandes ouvrent")
    assert page.index("Natation") < page.index("Judo")
    assert "Étude" not in page


def test_it_says_some_prices_from_the_lowest_to_the_highest_and_of_each_kind_one_first(
    portal: Portal, visitor: FlaskClient
) -> None:
    prices(portal, AGG, "judo", "Judo, à l’année", YEAR)
    prices(portal, ENS, "canteen", "Repas", MEAL)

    page = shown(visitor)

    assert "de 1,00 € à 4,60 €" in page
    assert page.index("Repas") < page.index("Judo, à l’année")


def test_what_is_out_of_order_stands_there_up_to_its_last_day(visitor: FlaskClient) -> None:
    page = shown(visitor)

    assert "Pas d’étude jeudi." in page
    assert "chauffage" not in page


def test_in_english_the_town_and_its_providers_go_on_in_french_and_say_so(
    portal: Portal, browser: FlaskClient
) -> None:
    offers(portal, AGG, label="Natation", opens_at=in_days(9))
    browser.delete_cookie("portal_session")
    browser.get("/langue/en")

    page = browser.get("/").text

    assert "No study on Thursday." in page
    assert '<span lang="fr">Natation</span>' in page
    assert '<span lang="fr">1 place de la Mairie' in page


def test_without_a_cookie_it_is_kept_and_asked_again_each_time(visitor: FlaskClient) -> None:
    first = visitor.get("/")
    again = visitor.get("/", headers={"If-None-Match": first.headers["ETag"]})

    assert first.headers["Cache-Control"] == "public, no-cache"
    assert again.status_code == 304
    assert "max-age=300" in visitor.get("/ville").headers["Cache-Control"]
    assert "Set-Cookie" not in first.headers


def test_a_robot_is_slowed_down_at_the_first_page_as_at_the_others(visitor: FlaskClient) -> None:
    answers = [visitor.get("/").status_code for _ in range(181)]

    assert answers == [*[200] * 180, 429]


def test_who_is_signed_in_finds_home_there_and_the_town_beside_it(
    portal: Portal, browser: FlaskClient
) -> None:
    portal.receives_guardian_card(CLAIRE, [new_id()], make.Child())

    assert "Bon" in shown(browser)
    assert "Aller à l’accueil" in shown(browser, "/ville")


def test_who_was_signed_in_signs_in_again_and_comes_back(browser: FlaskClient) -> None:
    browser.set_cookie("portal_session", "of-another-day")

    answer = browser.get("/")

    assert answer.location == "/connexion?retour=/&etat=fin"


def test_the_open_activities_stand_under_their_providers_and_say_until_when(
    portal: Portal, visitor: FlaskClient
) -> None:
    offers(portal, AGG, label="Judo")
    offers(portal, ENS, label="Étude", opens_at=in_days(30))

    page = shown(visitor, "/ville/activites")

    assert page.index("Étude") < page.index("Judo")
    assert "demandes ouvertes" in page
    assert "Les demandes ouvrent" in page
    assert "enfants nés de 2018 à 2020" in page


def test_search_engines_are_told_what_is_everybodys(visitor: FlaskClient) -> None:
    lines = visitor.get("/robots.txt").text.splitlines()

    assert "Allow: /ville$" in lines
    assert lines[-1] == "Disallow: /"


def test_pages_have_the_towns_name_its_arms_and_the_shades_of_its_colour(
    visitor: FlaskClient,
) -> None:
    page = visitor.get("/aide").text
    (colours,) = re.findall(r'href="(/ville/couleurs\.css[^"]*)"', page)
    (arms,) = re.findall(r'class="arms" src="([^"]+)"', page)

    assert "--town: #17489b;" in visitor.get(colours).text
    assert visitor.get(arms).mimetype == "image/svg+xml"
    assert "max-age=31536000" in visitor.get(arms).headers["Cache-Control"]
    assert "Ville de Démonstration <small>" in page


def test_a_town_that_says_nothing_of_its_look_has_that_of_the_product(
    database: Database, tmp_path: Path
) -> None:
    rows = demo_rows()
    rows = {**rows, "town": {**rows["town"], "identity": None}}
    with make.portal_on(database, tmp_path, rows=rows) as portal:
        visitor = portal.site.test_client(use_cookies=False)

        assert "/ville/couleurs.css" not in visitor.get("/aide").text
        assert visitor.get("/ville/couleurs.css").status_code == 404
        assert visitor.get("/ville/armes").status_code == 404


def test_ten_acts_are_explained_in_easy_french_and_lead_where_they_are_done(
    visitor: FlaskClient,
) -> None:
    page = visitor.get("/facile-a-lire").text

    assert page.count("<section") == 11
    assert 'href="/absence"' in page and 'href="/payer"' in page
    assert "ne l’ont pas encore relue" in page
    assert 'href="/facile-a-lire"' in visitor.get("/aide").text
