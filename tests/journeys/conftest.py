"""One demo town for all journeys, and a browser."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.factories.api_particulier import TOKEN
from tests.factories.identity import OPENID_SECRET
from tests.journeys.demo_families import Family, home_that_wrote
from tests.journeys.killing import struck
from tests.journeys.town import CLUSTERED, DemoTown
from tests.night import longest_wait
from tests.ports import PORT_BASE

TOWN_PORT_BASE = PORT_BASE + (300 if CLUSTERED else 100)
"""A cluster's ports reach 300 further: there is nothing else behind them."""
OUTSIDE_PORT = TOWN_PORT_BASE - 9
"""Port at which a journey may have a push service and an SMS gateway; mostly nothing answers."""
STRUCK = os.environ.get("PREAU_TEST_STRUCK") == "yes"
"""True where each journey begins with a broker node and an instance of everything killed."""

collect_ignore = [] if CLUSTERED else ["test_killed.py"]

PHONE, DESK = (390, 844), (1280, 900)
PATIENCE = longest_wait(20_000)
"""Milliseconds until what should show counts as missing: the machine may do much else at once."""

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def town() -> Iterator[DemoTown]:
    """Give a running demo town with its families."""
    home = Path(tempfile.mkdtemp(prefix="preau-town-"))
    town = DemoTown(home / "var", TOWN_PORT_BASE)
    outside = f"http://127.0.0.1:{OUTSIDE_PORT}"
    named = {"PUSH_STAND_IN": outside, "SMS_GATEWAY": f"{outside}/sms"}
    town.applied.secrets.update_values("portal", SMS_TOKEN="of the gateway", **named)
    elsewhere = {"OPENID_FAMILIES_SECRET": OPENID_SECRET, "OPENID_AGENTS_SECRET": OPENID_SECRET}
    town.applied.secrets.update_values("identity", **elsewhere)
    town.applied.secrets.update_values("billing", API_PARTICULIER_TOKEN=TOKEN)
    try:
        town.start()
        town.preau("demo")
        yield town
    finally:
        town.remove()


@pytest.fixture(scope="session")
def besson(town: DemoTown) -> Family:
    """Give the mother's home of Jade, who has another one; she has written, and asked alone."""
    return home_that_wrote(town)


@pytest.fixture(autouse=True)
def blow(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let a journey through a clustered town go on though a node and an instance have died."""
    if not STRUCK or "town" not in request.fixturenames:
        yield
        return
    with struck(request.getfixturevalue("town")):
        yield


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Give Debian's chromium that has no windows, without any traffic of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium-headless-shell",
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--in-process-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                # A new page begins empty, and goes on in the same process where it is the one.
                "--renderer-process-limit=1",
                # Pages live for seconds: what a script is optimised by takes longer than it saves.
                "--js-flags=--no-opt --no-maglev",
            ],
        )
        yield browser
        browser.close()


NewPage = Callable[..., Page]


@pytest.fixture
def new_page(browser: Browser) -> Iterator[NewPage]:
    """Give a function that opens a page for one person, with cookies of its own; a phone's size."""
    contexts = []

    def make(size: tuple[int, int] = PHONE, *, touch: bool = False) -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale="fr-FR",
            reduced_motion="reduce",
            has_touch=touch,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        return page

    yield make
    for context in contexts:
        context.close()
