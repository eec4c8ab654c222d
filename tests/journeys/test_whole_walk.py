"""
Every page that the maps of portal, desks and front desk have can be reached, and is sound.

It comes last, in a town in which all other journeys have happened: what they left makes the pages.
"""

import pytest

from tests.journeys.conftest import DESK, PHONE, NewPage
from tests.journeys.people import Agent, Parent
from tests.journeys.route_map import routes_of
from tests.journeys.test_strangers import DESKS, FRONT_DESK, PORTAL, whose
from tests.journeys.town import DemoTown
from tests.journeys.walk import pages_of, walk

LANGUAGES = pytest.mark.parametrize("language", ["fr", "en"])
AGENTS = {
    "karim.haddad": {"roll_call", "applications", "day", "children", "conversations"},
    "claire.aubry": {"administrator"},
    "odile.marchand": {"regie"},
}
"""Agents of the school service who find all of its desk's pages between them."""


@LANGUAGES
def test_every_page_of_the_portal_is_sound(
    town: DemoTown, new_page: NewPage, language: str
) -> None:
    parent = Parent(town, new_page(PHONE), "claire.lefevre@example.org")
    parent.sign_in()
    parent.page.goto(f"{town.portal}/langue/{language}?retour=/")
    pages = pages_of(routes_of(town, "portal", PORTAL))

    found = walk(parent.page, town.portal, pages)

    assert found.faults == []
    assert {page.rule for page in pages} - found.seen == set()
    assert parent.page.locator("html").get_attribute("lang") == language


@LANGUAGES
@pytest.mark.parametrize("login", AGENTS)
def test_every_page_of_a_desk_is_sound(
    town: DemoTown, new_page: NewPage, login: str, language: str
) -> None:
    agent = Agent(town, new_page(DESK), "ens", login)
    agent.sign_in()
    agent.page.goto(f"{agent.desk}/langue/{language}?retour=/")
    pages = [
        route
        for route in pages_of(routes_of(town, "enrolment_ens", DESKS))
        if route.blueprint and whose(route) & AGENTS[login]
    ]

    found = walk(agent.page, agent.desk, pages)

    assert found.faults == []
    assert {page.rule for page in pages} - found.seen == set()


@LANGUAGES
def test_every_page_of_the_front_desk_is_sound(
    town: DemoTown, new_page: NewPage, language: str
) -> None:
    agent = Agent(town, new_page(DESK), "front_desk", "mathilde.besson")
    agent.sign_in()
    agent.page.goto(f"{agent.desk}/langue/{language}?retour=/")
    pages = pages_of(routes_of(town, "front_desk", FRONT_DESK))

    found = walk(agent.page, agent.desk, pages)

    assert found.faults == []
    assert {page.rule for page in pages} - found.seen == set()
