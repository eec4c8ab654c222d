"""A page of the browser that one person left holds nothing of it for the next."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, Request

from tests.journeys.conftest import PHONE
from tests.journeys.people import Parent
from tests.journeys.town import DemoTown
from tests.journeys.windows import Windows

LOGIN = "claire.lefevre@example.org"
KEPT = "[localStorage.length, sessionStorage.length, document.cookie]"


def test_the_next_person_finds_nothing_of_the_one_before(town: DemoTown, windows: Windows) -> None:
    width, height = PHONE
    first = windows.give(width, height, touch=True)
    asked: list[Request] = []
    page = first.begin({"width": width, "height": height})
    page.on("request", lambda each: asked.append(each))
    Parent(town, page, LOGIN).sign_in()
    page.evaluate("localStorage.typed = sessionStorage.typed = 'Bonjour'")
    page.context.set_offline(True)
    windows.take_back(first)

    second = windows.give(width, height, touch=True)
    asked.clear()
    page = second.begin({"width": width, "height": height})
    page.goto(town.portal)

    assert second is first
    assert "Claire" not in page.inner_text("body")
    assert page.evaluate(KEPT) == [0, 0, ""]
    assert asked == []
    assert not [each for each in page.context.cookies() if "session" in each["name"]]
    windows.take_back(second)


def _changes_answers(page: Page) -> None:
    page.route("**/*.css", lambda route: route.abort())


def _moves_the_clock(page: Page) -> None:
    page.clock.set_system_time(datetime(2027, 1, 11, tzinfo=UTC))


@pytest.mark.parametrize("act", [_changes_answers, _moves_the_clock])
def test_a_page_to_which_something_lasting_was_done_is_given_to_nobody_else(
    town: DemoTown, windows: Windows, act: Callable[[Page], None]
) -> None:
    width, height = PHONE
    changed = windows.give(width, height, touch=True)
    page = changed.begin({"width": width, "height": height})
    act(page)
    page.goto(town.portal)
    windows.take_back(changed)

    another = windows.give(width, height, touch=True)
    assert another is not changed and page.is_closed()
    another.close()
