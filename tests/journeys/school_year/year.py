"""A town of its own whose clock a test moves, and who acts in it at each moment."""

import re
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path

from playwright.sync_api import Page

from shared.dates.clock import PARIS
from tests.journeys.bus import until
from tests.journeys.conftest import DESK, PHONE, NewPage
from tests.journeys.people import Agent, Parent
from tests.journeys.town import DemoTown, agent_code
from tests.moments import MovedClock

LONGEST_LOAD = 60_000
"""Milliseconds of a page: after weeks at once services have more to do than any morning brings."""
AT_WORK = (
    ("ens", "claire.aubry"),
    ("ens", "karim.haddad"),
    ("ens", "odile.marchand"),
    ("front_desk", "mathilde.besson"),
)


class Year:
    """A demo town from a moment on: everybody signs in anew whenever the clock is moved."""

    def __init__(self, home: Path, port_base: int, begins: datetime, new_page: NewPage) -> None:
        self.clock = MovedClock(home / "clock", begins)
        self.town = DemoTown(home / "var", port_base, clustered=False, clock=self.clock)
        self._parents: dict[str, Parent] = {}
        self._agents: dict[tuple[str, str], Agent] = {}
        self._new_page = new_page

    @property
    def today(self) -> date:
        return self.clock.now().astimezone(PARIS).date()

    def comes_to(self, day: date, hour: int = 10) -> None:
        """Let it be this day's hour in the town; sessions of before are over."""
        self.clock.move_to(datetime.combine(day, time(hour), PARIS))
        self._parents, self._agents = {}, {}

    def parent(self, login: str) -> Parent:
        """Return a parent at a phone, signed in."""
        if login not in self._parents:
            parent = Parent(self.town, self._page(PHONE), login)
            parent.sign_in()
            parent.page.goto(self.town.portal)
            self._parents[login] = parent
        return self._parents[login]

    def agent(self, provider: str, login: str) -> Agent:
        """Return an agent at a desk, signed in."""
        if (provider, login) not in self._agents:
            agent = Agent(self.town, self._page(DESK), provider, login)
            agent.sign_in_with(agent_code(login, self.clock.now()))
            self._agents[provider, login] = agent
        return self._agents[provider, login]

    def everybody_works(self) -> None:
        """Let each agent sign in: an account that nobody uses for ninety days is shut."""
        for provider, login in AT_WORK:
            self.agent(provider, login)

    def _page(self, size: tuple[int, int]) -> Page:
        page = self._new_page(size)
        page.set_default_navigation_timeout(LONGEST_LOAD)
        page.clock.set_system_time(self.clock.now())
        return page


def words(page: Page) -> str:
    """Return what a page says, with plain spaces."""
    return re.sub(r"\s+", " ", page.locator("main").inner_text())


def loaded_again(page: Page) -> str:
    """Return what a page says when its address is opened anew: open pages refresh by themselves."""
    page.goto(page.url)
    return words(page)


def says(page: Page, text: str) -> Callable[[], bool]:
    """Return a question: whether a page that is loaded again says this."""

    def asked() -> bool:
        return text in loaded_again(page)

    return asked


def comes_to_say(page: Page, text: str, seconds: float = 40.0) -> None:
    """Wait until a page that is loaded again and again says this."""
    until(says(page, text), seconds)
