"""A parent who reads: pages as they are sent, where their words are the point and no browser."""

from urllib.parse import urljoin

import requests

from tests.journeys.bus import until
from tests.journeys.people import words_of
from tests.journeys.strangers import signs_in
from tests.journeys.town import DemoTown

NOT_FOUND = 404


class Reader:
    """A parent who is signed in to the portal, and has no browser."""

    def __init__(self, town: DemoTown, login: str) -> None:
        self._visitor = signs_in(town, login)

    def reads(self, path: str = "/") -> str:
        """Return the words of a page, with plain spaces."""
        answer = self._asks(path)
        assert answer.ok, f"{path}: {answer.status_code}"
        return words_of(answer.text)

    def finds(self, address: str) -> bool:
        """Return whether there is a page at an address."""
        return self._asks(address).status_code != NOT_FOUND

    def until_told(self, text: str, path: str = "/") -> None:
        """Wait until a page says this: cards and facts travel for a moment."""
        until(lambda: text in self.reads(path))

    def _asks(self, address: str) -> requests.Response:
        return self._visitor.http.get(urljoin(self._visitor.base, address), timeout=20)
