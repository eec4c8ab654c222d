"""
Every page that the maps of portal and front desk have: axe finds nothing, in either language.

Run by hand, in a town of its own: `python -m pytest tests/journeys/every_page.py`. Its family
writes to a provider, which the journeys that count unread messages would stumble over.
"""

from collections.abc import Iterable, Mapping

import pytest
from playwright.sync_api import Page

from tests.journeys.conftest import DESK, NewPage
from tests.journeys.people import Agent, Parent
from tests.journeys.route_map import Route, routes_of
from tests.journeys.strangers import fill
from tests.journeys.test_pages import violations
from tests.journeys.test_strangers import FRONT_DESK, OWN_DOORS, Family, besson, routes
from tests.journeys.town import DemoTown

__all__ = ["besson", "routes"]

ANOTHER_VISIT = "passing."


@pytest.mark.parametrize("language", ["fr", "en"])
def test_axe_finds_nothing_on_any_page_of_the_portal(
    town: DemoTown, new_page: NewPage, routes: list[Route], besson: Family, language: str
) -> None:
    parent = Parent(town, new_page(), "aurelie.besson@example.org")
    parent.sign_in()
    parent.page.goto(f"{town.portal}/langue/{language}?retour=/")

    found, seen = _looked_at(parent.page, town.portal, routes, besson.values)

    assert found == []
    assert len(seen) > 40
    assert parent.page.locator("html").get_attribute("lang") == language


@pytest.mark.parametrize("language", ["fr", "en"])
def test_axe_finds_nothing_on_any_page_of_the_front_desk(
    town: DemoTown, new_page: NewPage, besson: Family, language: str
) -> None:
    agent = Agent(town, new_page(DESK), "front_desk", "mathilde.besson")
    agent.sign_in()
    agent.page.goto(f"{agent.desk}/langue/{language}?retour=/")
    doors = routes_of(town, "front_desk", FRONT_DESK)
    pages = [route for route in doors if not route.endpoint.startswith(OWN_DOORS)]

    found, seen = _looked_at(agent.page, agent.desk, pages, besson.values)

    assert found == []
    assert len(seen) > 5


def _looked_at(
    page: Page, base: str, routes: Iterable[Route], values: Mapping[str, str]
) -> tuple[list[str], list[str]]:
    """Return what axe finds on every route that shows a page here, and which those are."""
    found, seen = [], []
    for route in routes:
        if route.method != "GET" or route.endpoint.startswith(ANOTHER_VISIT):
            continue
        if "language" in route.arguments or set(route.arguments) - values.keys():
            continue
        address = base + fill(route, values)
        answer = page.request.get(address)
        if answer.status != 200 or "text/html" not in answer.headers["content-type"]:
            continue
        page.goto(address)
        found += violations(page)
        seen.append(route.rule)
    return found, seen
