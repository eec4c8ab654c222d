"""Requests that a page makes of others: the portal in this process, its client counted."""

from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from typing import TypeVar

from bench.home_families import SignedIn
from bench.town import Town
from services.portal_gateway.app import create_app
from services.portal_gateway.store import store
from shared.bus.client import DEADLINE_SECONDS, Call, Client
from shared.contracts.errors import Refusal
from shared.dates.clock import today

A = TypeVar("A")


class Counting(Client):
    """A client that counts its calls and the parallel rounds in which they leave."""

    calls, rounds = 0, 0

    def ask_all(
        self, calls: Sequence[Call[A]], deadline: float = DEADLINE_SECONDS
    ) -> list[A | Refusal]:
        """Ask as ever, and count."""
        self.calls += len(calls)
        self.rounds += bool(calls)
        return super().ask_all(calls, deadline)


def rounds_of_pages(town: Town, family: SignedIn) -> tuple[int, int]:
    """Return the calls of the first page, and the most parallel rounds of any page for reading."""
    with redirect_stdout(StringIO()):  # where the portal in this process writes its log
        return _counted(town, family)


def _counted(town: Town, family: SignedIn) -> tuple[int, int]:
    settings = town.settings("portal")
    site, client = create_app(settings), Counting(settings)
    site.extensions["preau_bus"] = client
    browser, counted = site.test_client(), {}
    name, _, secret = family.cookie.partition("=")
    browser.set_cookie(name, secret)
    for page in _pages(family):
        client.calls = client.rounds = 0
        answer = browser.get(page)
        if answer.status_code != 200:
            raise AssertionError(f"{page} answers {answer.status}")
        counted[page] = client.calls, client.rounds
    client.close()
    store.close()
    return counted["/"][0], max(rounds for _, rounds in counted.values())


def _pages(family: SignedIn) -> list[str]:
    child = family.children[0]
    return [
        "/",
        "/semaine",
        f"/absence?enfant={child}&du={today()}",
        "/activites",
        "/nouvelles",
        "/enfants",
        f"/enfants/{child}",
        f"/enfants/{child}/parcours",
    ]
