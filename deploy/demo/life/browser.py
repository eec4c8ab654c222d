"""A browser as plain as can be: pages, and forms that are sent as they stand or filled in."""

import time
from urllib.parse import urljoin

import requests
from lxml import html

from deploy.demo.invented.account_holders import PASSWORD, DemoAgent

PAGE_SECONDS = 60.0
CODE_SECONDS = 30
UNFINISHED, BUSY = 422, 429
"""A form that says what is wrong with it; a sign-in that waits for its turn."""
TRY_NOW = "Essayer maintenant"
MOST_TURNS, TURN_SECONDS = 60, 2


class NotOnThePage(LookupError):
    """There is no such button or link; the message names it and the page."""


class Browser:
    """One person's pages at one address, with their cookies."""

    def __init__(self, address: str) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self._address = address
        self.url = address
        self._page = html.fromstring("<html></html>")

    def sign_in(self, agent: DemoAgent) -> None:
        """Sign an agent in; where this half minute's code has served, wait for the next."""
        self.open_page("/connexion")
        self.press_button("Continuer", login=agent.login, password=PASSWORD)
        self._wait_for_turn()
        self.press_button("Se connecter", code=agent.code_of_now)
        if "/connexion" in self.url or self._find_button("Se connecter") is not None:
            time.sleep(CODE_SECONDS - time.time() % CODE_SECONDS + 1)
            self.press_button("Se connecter", code=agent.code_of_now)

    def sign_in_family(self, login: str) -> None:
        """Sign a guardian in."""
        self.open_page("/connexion")
        self.press_button("Se connecter", login=login, password=PASSWORD)
        self._wait_for_turn()

    def _wait_for_turn(self) -> None:
        """Try again while other people's tries go before, as the page does by itself."""
        for _turn in range(MOST_TURNS):
            if not self.has_button(TRY_NOW):
                return
            time.sleep(TURN_SECONDS)
            self.press_button(TRY_NOW)

    def open_page(self, path: str) -> None:
        """Open a page of this address."""
        self._take_answer(self._session.get(urljoin(self._address, path), timeout=PAGE_SECONDS))

    def press_button(self, label: str, **filled: str) -> None:
        """Send the form of a button, as it is but for what is filled in."""
        button = self._find_button(label)
        form = next(button.iterancestors("form"), None) if button is not None else None
        if button is None or form is None:
            raise NotOnThePage(f"{label!r} on {self.url}")
        values = [(name, value) for name, value in form.form_values() if name not in filled]
        values += list(filled.items())
        if name := button.get("name"):
            values.append((name, button.get("value", "")))
        target = urljoin(self.url, button.get("formaction") or form.get("action") or self.url)
        # Pages are defended against other sites: like a browser, say where one comes from.
        origin = {"Origin": self._address, "Referer": self.url}
        self._take_answer(self._session.post(target, values, headers=origin, timeout=PAGE_SECONDS))

    def has_button(self, label: str) -> bool:
        """Return whether the page has a button of that label."""
        return self._find_button(label) is not None

    def links_holding(self, holding: str) -> list[str]:
        """Return the addresses on the page that hold a text, each once, in their order."""
        found = [urljoin(self.url, each) for each in self._page.xpath("//a/@href")]
        return list(dict.fromkeys(each for each in found if holding in each))

    def _find_button(self, label: str) -> html.HtmlElement | None:
        buttons = self._page.xpath("//button|//input[@type='submit']")
        texts = ((" ".join(each.text_content().split()), each) for each in buttons)
        return next((each for text, each in texts if text.startswith(label)), None)

    def _take_answer(self, answer: requests.Response) -> None:
        if answer.status_code not in (UNFINISHED, BUSY):
            answer.raise_for_status()
        self.url = answer.url
        self._page = html.fromstring(answer.text)
