"""The copy that answers an access request: of all services, and nothing of the other parent."""

import json
import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.journeys.bus import stopped
from tests.journeys.conftest import DESK, PHONE, NewPage
from tests.journeys.databases import database
from tests.journeys.looks import is_sound_at_every_width
from tests.journeys.people import Agent, Parent, child_id
from tests.journeys.reader import Reader
from tests.journeys.town import DemoTown
from tests.journeys.walked_tables import AS_READ, SERVICES, walked

FATHER, CHILD = "mickael.roux@example.net", "Nolan"
MOTHER, HER_NAME = "berengere.quillet@example.com", "Bérengère Quillet"
OFFICE = "frederique.arnaud"

TOLD_OF_HER = {"section"}
"""Groups in which his own page names her too: whom to call, and who may come."""


def test_a_father_gets_all_of_his_child_and_nothing_of_the_mothers_home(
    town: DemoTown, new_page: NewPage
) -> None:
    _asks(town, new_page, FATHER, child=CHILD)
    office = Agent(town, new_page(DESK), "front_desk", OFFICE)
    office.sign_in()
    page = office.page
    page.goto(f"{office.desk}/droits")
    page.get_by_role("link", name=re.compile("Mickaël Roux")).first.click()
    expect(page.get_by_role("heading", name="La copie de ses données")).to_be_visible()
    request = page.url

    with stopped(town, "agg"):
        page.get_by_role("button", name="Document à lire").click()
        expect(page.locator("main")).to_contain_text("la copie n’est pas faite", timeout=40_000)
        expect(page.locator("main")).to_contain_text("Sports de l’agglomération ne répond pas")
        expect(page.locator("main")).not_to_contain_text("copie des données faite")
        is_sound_at_every_width(page)

    given = _copy(page)
    nolan = child_id(town, FATHER, CHILD)
    father, mother = _person(town, "Mickaël Roux"), _person(town, "Aurélie Besson")
    others = {mother, *_homes(town, mother)} - set(_homes(town, father))
    assert _keys(given) == walked(town, SERVICES, {nolan}, others)
    text = json.dumps(given, ensure_ascii=False)
    assert all(each not in text for each in others)
    elsewhere = [row for rows in given.values() for row in rows if row["table"] not in TOLD_OF_HER]
    assert [row for row in elsewhere if "Aurélie" in str(row)] == []
    assert {row["table"] for row in given["dossier"]} >= {"section", "link", "child"}

    with page.expect_download(timeout=60_000) as saved:
        page.get_by_role("button", name="Document à lire").click()
    assert saved.value.path().read_bytes().startswith(b"%PDF")
    page.goto(request)
    expect(page.locator("main")).to_contain_text("copie des données faite")
    said = Reader(town, FATHER).reads(f"/enfants/{nolan}/qui-a-lu")
    # Of other journeys' breaches the office writes to homes.
    of_breaches = said.count("pour vous écrire après une violation de données")
    assert said.count("Protection des données") == of_breaches


def test_a_mother_gets_what_every_service_keeps_of_her_and_her_home(
    town: DemoTown, new_page: NewPage
) -> None:
    _asks(town, new_page, MOTHER)
    office = Agent(town, new_page(DESK), "front_desk", OFFICE)
    office.sign_in()
    page = office.page
    page.goto(f"{office.desk}/droits")
    page.get_by_role("link", name=re.compile(HER_NAME)).first.click()

    given = _copy(page)

    mother, father = _person(town, HER_NAME), _person(town, "Florent Quillet")
    mine = {mother, *_homes(town, mother)}
    assert _keys(given) == walked(town, SERVICES, mine, {father})
    assert father not in json.dumps(given)
    assert {row["table"] for row in given["identity"]} >= {"subject", "sign_in"}


def _asks(town: DemoTown, new_page: NewPage, login: str, child: str = "") -> None:
    parent = Parent(town, new_page(PHONE), login)
    parent.sign_in()
    page = parent.page
    page.goto(f"{town.portal}/vos-droits")
    page.get_by_role("link", name="Faire une demande").click()
    page.get_by_label("Voir").check()
    if child:
        page.get_by_role("radio", name=re.compile(child)).check()
    else:
        page.get_by_role("group", name="Qui cela concerne").get_by_role("radio").first.check()
    page.get_by_role("group", name="À qui").get_by_role("radio").first.check()
    page.get_by_label("En quelques mots").fill("Une copie, s’il vous plaît.")
    page.get_by_role("button", name="Envoyer la demande").click()
    expect(page.locator("main")).to_contain_text("Votre demande est envoyée")


def _copy(page: Page) -> dict[str, list[dict[str, Any]]]:
    """Take the copy for another software, and return it."""
    with page.expect_download(timeout=60_000) as saved:
        page.get_by_role("button", name="Fichier pour un logiciel").click()
    return dict(json.loads(saved.value.path().read_text("utf-8")))


def _keys(given: dict[str, list[dict[str, Any]]]) -> set[tuple[str, str, str]]:
    return {
        (principal, row["table"], row["key"])
        for principal, rows in given.items()
        for row in rows
        if not (principal == "dossier" and row["table"] in AS_READ)
    }


def _person(town: DemoTown, name: str) -> str:
    with database(town, "dossier") as connection:
        (found,) = connection.exec_driver_sql(
            f"SELECT id FROM guardian WHERE name = '{name}'"
        ).scalars()
    return str(found)


def _homes(town: DemoTown, guardian: str) -> list[str]:
    with database(town, "dossier") as connection:
        return list(
            connection.exec_driver_sql(
                f"SELECT household_id FROM household_guardian WHERE guardian_id = '{guardian}'"
            ).scalars()
        )
