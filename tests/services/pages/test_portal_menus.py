"""Menus as anybody reads them: published, changed, taken back, and gone with their week."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.portal_gateway.models import PublishedMenu
from services.portal_gateway.notices.commands.retention import delete_past_notices_and_orders
from services.portal_gateway.store import store
from shared.contracts.dossier import guardians
from shared.contracts.enrolment.kitchen.menus import menu_published
from shared.dates.clock import now, today
from shared.dates.periods import monday_of
from shared.dates.school_holidays import ZONE_B
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories.kitchen import a_dish
from tests.factories.portal import CLAIRE, Child, Portal, main_of

ENS, FERRY, VEIL = "enrolment_ens", "École Jules-Ferry", "École Simone-Veil"


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    with make.portal_on(database, tmp_path) as portal:
        yield portal


@pytest.fixture
def visitor(portal: Portal) -> FlaskClient:
    """Give the browser of somebody without an account."""
    return portal.site.test_client()


def thursday(weeks: int = 0) -> date:
    return monday_of(today()) + timedelta(days=3, weeks=weeks)


def hears(portal: Portal, *dishes: dict[str, Any], **more: Any) -> str:
    menu = {"menu_id": new_id(), "site": FERRY, "day": thursday(), "version": 1} | more
    portal.receives(menu_published, ENS, dishes=list(dishes), **menu)
    return str(menu["menu_id"])


def shown(visitor: FlaskClient, path: str = "/menus") -> str:
    answer = visitor.get(path)
    assert answer.status_code == 200
    return main_of(answer.text)


def test_anybody_reads_a_canteens_week_with_its_allergens(
    portal: Portal, visitor: FlaskClient
) -> None:
    assert "Aucun menu n’est publié" in shown(visitor)
    hears(portal, a_dish("Gratin", "milk", "gluten"), a_dish("Riz"), a_dish("Tarte", known=False))
    hears(portal, a_dish("Omelette", "eggs"), site=VEIL)

    page = shown(visitor)

    assert "Gratin" in page and "lait, gluten" in page and "Omelette" not in page
    assert "Aucun des 14 allergènes" in page and "allergènes non renseignés" in page
    assert "Omelette" in shown(visitor, f"/menus?lieu={VEIL}")
    assert 'href="/menus"' in visitor.get("/").text


def test_a_family_reads_first_what_its_child_gets_and_a_visitor_all_menus(
    portal: Portal, visitor: FlaskClient, browser: FlaskClient
) -> None:
    me = {"guardian": {"id": CLAIRE, "name": "Claire Lefèvre"}, "households": [new_id()]}
    mine = me | {"children": [Child("Manon").row]}
    portal.callees.answers("dossier", guardians.my_children, lambda _: mine)
    browser.get("/enfants")
    roast, curry = a_dish("Rôti", "milk"), a_dish("Curry", menus=["vegetarian"])
    hears(portal, roast, curry)
    hears(portal, a_dish("Omelette", "eggs"), site="Avant les autres")
    told = {"section": "diet", "version": 1, "changed_by": "you"}
    content = {"menu": "vegetarian", "without": []}
    portal.callees.answers("dossier", guardians.read_section, lambda _: told | {"content": content})

    own, others = shown(browser).split("Les autres menus")
    everybody = shown(visitor, f"/menus?lieu={FERRY}")

    assert "Curry" in own and "Rôti" not in own and "Rôti" in others
    assert "Rôti" in everybody and "Plat principal : Végétarien" in everybody
    assert (
        "Curry" not in shown(visitor, f"/menus?lieu={FERRY}&menu=standard").split("Les autres")[0]
    )
    portal.callees.answers("dossier", guardians.read_section, None)
    assert "Rôti" in shown(browser), "without the dossier all menus are shown"


def test_on_the_eve_a_family_reads_that_a_menu_is_to_be_looked_at_and_goes_there(
    portal: Portal,
) -> None:
    child, household, subject = Child("Manon"), new_id(), new_id()
    portal.receives_guardian_card(subject, [household], child)
    detail = {"days": [thursday(1).isoformat()], "phone": "02 00 00 00 09"}
    told = {"kind": "menu_to_check", "child_ids": [child.id], "detail": detail}
    portal.receives_notice(ENS, household, f"menu_to_check-{child.id}", **told)
    family = portal.site.test_client()
    make.sign_in(family, subject)

    page = family.get("/nouvelles").text
    news = main_of(page)

    assert "Un menu de la cantine est à regarder" in news and "Manon" in news
    assert f'href="/menus?semaine={thursday(1).isoformat()}"' in page
    assert "02 00 00 00 09" in news.replace("\u00a0", " ")


def test_a_week_that_no_calendar_has_shows_this_one(portal: Portal, visitor: FlaskClient) -> None:
    hears(portal, a_dish("Gratin"))

    for week in ("9999-12-31", "0001-01-01", "hier"):
        assert "Gratin" in shown(visitor, f"/menus?semaine={week}")


def test_the_newest_menu_is_shown_and_one_that_was_taken_back_is_not(
    portal: Portal, visitor: FlaskClient
) -> None:
    menu = hears(portal, a_dish("Gratin"), version=2)
    hears(portal, a_dish("Hachis"), menu_id=menu, version=1)
    assert "Gratin" in shown(visitor)

    hears(portal, menu_id=menu, version=3)

    assert "Aucun menu n’est publié" in shown(visitor)


def test_a_later_week_is_one_step_away_and_a_past_one_is_deleted(
    portal: Portal, visitor: FlaskClient
) -> None:
    hears(portal, a_dish("Gratin"))
    hears(portal, a_dish("Raclette"), day=thursday(1))
    hears(portal, a_dish("Vieux plat"), day=thursday(-1))
    assert "Semaine suivante" in shown(visitor)
    assert "Raclette" in shown(visitor, f"/menus?semaine={thursday(1).isoformat()}")
    assert "Vieux plat" not in shown(visitor, f"/menus?semaine={thursday(-1).isoformat()}")

    with store.write() as write:
        delete_past_notices_and_orders(write, now())

    with store.read() as read:
        days = {row.day for row in read.query(PublishedMenu).all()}
    assert days == {thursday(), thursday(1)}


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_week_that_nobody_means_shows_this_one(visitor: FlaskClient, day: str) -> None:
    assert "Aucun menu n’est publié" in shown(visitor, f"/menus?semaine={day}")


def test_a_week_without_menus_is_said_to_be_of_the_holidays_where_it_is(
    visitor: FlaskClient,
) -> None:
    mondays = [monday_of(today()) + timedelta(weeks=ahead) for ahead in range(1, 60)]

    def is_off(monday: date) -> bool:
        return all(ZONE_B.shared_holidays_on(monday + timedelta(days=day)) for day in range(5))

    off = next(monday for monday in mondays if is_off(monday))
    school = next(monday for monday in mondays if not is_off(monday))

    assert "Ce sont les vacances scolaires." in shown(visitor, f"/menus?semaine={off}")
    assert "dès que la cuisine les écrit" in shown(visitor, f"/menus?semaine={school}")
