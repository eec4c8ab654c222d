"""A page that renews itself: when, and that it calls nobody back who is on the way to another."""

import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, Route, expect

from deploy.instance.instance import PROJECT
from tests.journeys.conftest import NewPage

SCRIPTS = Path(PROJECT, "shared/web/static")
HERE, THERE, STREAM = (f"http://preau.test/{at}" for at in ("here", "there", "stream"))
SLOW_SECONDS = 1.0


def waiting_page(state: str) -> str:
    return (
        f"<main><section class=card data-refresh>{state}</section>"
        f"<a href={THERE}>Ailleurs</a></main>{_scripts('refresh.js')}"
    )


def open_page(state: str) -> str:
    return (
        f"<body data-live={STREAM} data-since=0 data-home={HERE}><main>"
        f"<section id=day data-parts=day data-again=1>{state}</section></main>{_scripts('live.js')}"
    )


def _scripts(name: str) -> str:
    """Return a script after the one that every page has."""
    both = ((SCRIPTS / each).read_text("utf-8") for each in ("confirmation.js", name))
    return "".join(f"<script>{text}</script>" for text in both)


def serve(page: Page, made: Callable[[str], str] = waiting_page) -> None:
    """Serve a page that is another at each look, and one that is slow to come."""
    looks = iter(range(1000))

    def elsewhere(route: Route) -> None:
        time.sleep(SLOW_SECONDS)
        route.fulfill(body="<h1>Ailleurs</h1>", content_type="text/html")

    page.route(
        HERE,
        lambda route: route.fulfill(body=made(str(next(looks))), content_type="text/html"),
    )
    page.route(f"{STREAM}*", lambda route: route.fulfill(status=204))
    page.route(THERE, elsewhere)


def test_the_part_that_waits_is_renewed_when_it_changed(new_page: NewPage) -> None:
    page = new_page()
    serve(page)
    page.goto(HERE)

    page.evaluate("document.dispatchEvent(new Event('preau:changed'))")

    expect(page.locator("section")).not_to_have_text("0")


def test_what_the_clock_alone_changes_is_read_again_without_being_told(new_page: NewPage) -> None:
    page = new_page()
    serve(page, open_page)

    page.goto(HERE)

    for look in ("0", "1", "2"):
        expect(page.locator("section")).to_have_text(look)


def test_a_confirmation_stays_the_element_it_is_and_keeps_the_focus(new_page: NewPage) -> None:
    page = new_page()
    said = "<div data-stays>{}<p id=confirmation tabindex=-1 role=status>Réservé.</p></div>"
    serve(page, lambda look: open_page(said.format(look)))
    page.goto(HERE)
    page.evaluate("(window.first = document.getElementById('confirmation')).focus()")

    expect(page.locator("section")).to_contain_text("1")

    expect(page.locator("#confirmation")).to_be_focused()
    assert page.evaluate("window.first === document.getElementById('confirmation')")


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
