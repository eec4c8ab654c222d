"""A page that renews itself calls nobody back who is on the way to another one."""

import time
from pathlib import Path

from playwright.sync_api import Page, Route, expect

from deploy.instance import PROJECT
from tests.journeys.conftest import NewPage

SCRIPT = Path(PROJECT, "shared/web/static/refresh.js").read_text()
HERE, THERE = "http://preau.test/here", "http://preau.test/there"
SLOW_SECONDS = 1.0


def waiting_page(state: str) -> str:
    return (
        f"<main><section class=card data-refresh>{state}</section>"
        f"<a href={THERE}>Ailleurs</a></main><script>{SCRIPT}</script>"
    )


def serve(page: Page) -> None:
    """Serve a page whose part that waits is another at each look, and one that is slow to come."""
    looks = iter(range(1000))

    def elsewhere(route: Route) -> None:
        time.sleep(SLOW_SECONDS)
        route.fulfill(body="<h1>Ailleurs</h1>", content_type="text/html")

    page.route(
        HERE,
        lambda route: route.fulfill(body=waiting_page(str(next(looks))), content_type="text/html"),
    )
    page.route(THERE, elsewhere)


def test_the_part_that_waits_is_renewed_when_it_changed(new_page: NewPage) -> None:
    page = new_page()
    serve(page)
    page.goto(HERE)

    page.evaluate("document.dispatchEvent(new Event('preau:changed'))")

    expect(page.locator("section")).not_to_have_text("0")


def test_who_is_on_the_way_to_another_page_arrives_there(new_page: NewPage) -> None:
    page = new_page()
    serve(page)
    page.goto(HERE)

    page.evaluate(
        """() => {
            document.querySelector('a').click();
            document.dispatchEvent(new Event('preau:changed'));
        }"""
    )

    expect(page.get_by_role("heading", name="Ailleurs")).to_be_visible()
    assert page.url == THERE
