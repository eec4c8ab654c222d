"""A parent at the portal and an agent at a desk, by what they see and press."""

import re
import time
from functools import cache
from typing import Any
from urllib.parse import urljoin

import lxml.html
import requests
from playwright.sync_api import Locator, Page, expect

from shared.contracts.dossier import guardians
from shared.dates.clock import today
from tests.journeys.bus import guardian, until
from tests.journeys.town import PASSWORD, DemoTown, agent_code
from tests.night import longest_wait

UNDRAWN_SECONDS, ASKED_AGAIN_SECONDS = 2.0, 0.2
SEE_OTHER = 303
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')

_SIGNED_IN: dict[tuple[str, str], list[Any]] = {}
"""
Cookies by address of a desk and login: a session of one desk is none at another.

An agent signs in once for all journeys: a one-time code serves once, and the next comes late.
"""


class Parent:
    """A parent who signs in to the portal."""

    def __init__(self, town: DemoTown, page: Page, login: str) -> None:
        self.town = town
        self.page = page
        self.login = login

    def sign_in(self) -> None:
        """Sign in, and stand on no page yet: the form is sent, and none is drawn."""
        address, request = f"{self.town.portal}/connexion", self.page.context.request
        token = TOKEN.search(request.get(address).text())
        assert token is not None, f"{self.login} finds no form at {address}"
        form = {"csrf_token": token[1], "login": self.login, "password": PASSWORD}
        status = request.post(address, form=form, max_redirects=0).status
        assert status == SEE_OTHER, f"{self.login} is not signed in: {status}"

    def sign_in_by_form(self) -> None:
        """Sign in as a hand does."""
        self.page.goto(f"{self.town.portal}/connexion")
        self.page.get_by_label("Adresse").or_(self.page.locator("input[name=login]")).first.fill(
            self.login
        )
        self.page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="Se connecter").click()
        expect(self.page.get_by_role("heading", level=1)).to_contain_text("Bon")

    def open_child(self, first_name: str) -> None:
        """Open a child's page by its link, whose own page is asked for and not drawn."""
        self.page.goto(self._address_of(first_name))
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(first_name)

    def open_page(self, child: str, slug: str) -> None:
        """Open one of a child's pages, of which only this one is drawn."""
        self.page.goto(f"{self._address_of(child).rstrip('/')}/{slug}")

    def _address_of(self, first_name: str) -> str:
        """Return where the list of children leads from a child, once it stands there."""

        def found() -> list[str]:
            links = links_as_sent(self.page, f"{self.town.portal}/enfants")
            return [leads_to for words, leads_to in links if first_name in words]

        return str(until(found)[0])

    def tell_diet(self, child: str, menu: str) -> None:
        self.open_page(child, "alimentation")
        self.page.get_by_label(menu, exact=True).check()
        self.save()

    def tell_allergy_and_plan(
        self, child: str, substance: str, signs: str, conduct: str, kit: str, until: str
    ) -> None:
        self.open_page(child, "sante")
        self.page.get_by_role("button", name="Ajouter une allergie").click()
        self.page.get_by_label("À quoi ?").last.fill(substance)
        self.page.get_by_label("Sévère").last.check()
        self.page.get_by_label("Oui", exact=True).check()
        self.page.get_by_label("Ce que l’on voit").fill(signs)
        self.page.get_by_label("Ce que l’on fait").fill(conduct)
        self.page.get_by_label("Où est la trousse").fill(kit)
        self.page.get_by_label("Valable jusqu’au").fill(until)
        self.save()

    def apply_for(self, activity: str, child: str) -> None:
        """Ask for a place from today on in the one group of an activity."""
        every = f"{self.town.portal}/activites"
        of_child = dict(links_as_sent(self.page, every, "//nav[contains(@class, 'segments')]"))
        address = of_child.get(child, every)  # who has one child alone is not asked which
        until(lambda: activity in dict(links_as_sent(self.page, address)))
        self.page.goto(address)
        self.page.get_by_role("link", name=activity, exact=True).first.click()
        self.page.get_by_label(child, exact=True).check()
        self.page.get_by_label("Groupe " + activity).check()
        self.page.get_by_label("À partir du").fill(today().isoformat())
        sends(self.page.get_by_role("button", name="Envoyer la demande"))
        anyway = self.page.get_by_label("Envoyer la demande quand même")
        if anyway.count():  # another journey gave the child a place at these hours
            anyway.check()
            sends(self.page.get_by_role("button", name="Envoyer la demande"))

    def save(self) -> None:
        self.page.get_by_role("button", name="Enregistrer").last.click()

    def text(self) -> str:
        return self.page.locator("main").inner_text()


class Agent:
    """An agent who signs in to the desk of a provider."""

    def __init__(self, town: DemoTown, page: Page, provider: str, login: str) -> None:
        self.desk = town.desk(provider)
        self.page = page
        self.login = login

    def sign_in(self, code: str = "") -> None:
        """Sign in, and stand on no page yet: forms are sent, and none is drawn."""
        self.page.context.add_cookies(session_of_agent(self.desk, self.login, code))

    def sign_in_with(self, code: str) -> None:
        """Sign in by password and a one-time code, as a hand does."""
        self.page.goto(self.desk)
        self.page.get_by_label("Identifiant").fill(self.login)
        self.page.get_by_label("Mot de passe").fill(PASSWORD)
        self.page.get_by_role("button", name="Continuer").click()
        self.page.get_by_label("Code à 6 chiffres").fill(code)
        self.page.get_by_role("button", name="Se connecter").click()
        expect(self.page.get_by_role("heading", level=1)).not_to_contain_text("code")

    def change_password(self, former: str, password: str) -> None:
        """Choose another password, from the page behind one's own name."""
        self.page.locator("header .account").click()
        self.page.get_by_label("Mot de passe actuel").fill(former)
        self.page.get_by_label("Nouveau mot de passe").fill(password)
        self.page.get_by_role("button", name="Changer de mot de passe").click()
        expect(self.page.locator("main")).to_contain_text("Votre mot de passe est changé")
        self.keep_session()

    def keep_session(self) -> None:
        """Keep this session as the one in which the agent comes in from now on."""
        _SIGNED_IN[self.desk, self.login] = self.page.context.cookies()

    def find(self, name: str) -> None:
        """Search; the only child who answers is opened at once."""
        self.page.goto(f"{self.desk}/enfants?q={name}")
        if self.page.get_by_role("heading", level=1).inner_text() != name:
            words = "".join(f"(?=.*{re.escape(word)})" for word in name.split())
            self.page.get_by_role("link", name=re.compile(words)).first.click()
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(name)

    def text(self) -> str:
        return self.page.locator("main").inner_text()

    def mark_seen(self, projection: str) -> None:
        self.page.locator(f"#{projection}").get_by_role("button").click()
        expect(self.page.locator(f"#{projection}").get_by_role("button")).to_have_count(0)


def session_of_agent(desk: str, login: str, code: str = "") -> list[Any]:
    """Return the cookies of an agent who is signed in at a desk, by password and one-time code."""
    if (desk, login) not in _SIGNED_IN:
        with requests.Session() as http:
            http.trust_env = False
            step = http.get(f"{desk}/connexion", timeout=20)
            for typed in (
                {"login": login, "password": PASSWORD},
                {"code": code or agent_code(login)},
            ):
                token = TOKEN.search(step.text)
                assert token is not None, f"{login} finds no form at {step.url}"
                form = {"csrf_token": token[1], **typed}
                step = http.post(step.url, data=form, timeout=20)
            assert step.ok and "/connexion" not in step.url, f"{login} is not signed in: {step.url}"
            _SIGNED_IN[desk, login] = [
                {"name": name, "value": value, "url": desk, "httpOnly": True, "sameSite": "Lax"}
                for name, value in http.cookies.items()
            ]
    return _SIGNED_IN[desk, login]


@cache
def child_id(town: DemoTown, login: str, first_name: str) -> str:
    """Return the id of a guardian's child; it stays, and who asks signs in for it."""
    with guardian(town, login) as ask:
        children = {row["first_name"]: row["id"] for row in ask(guardians.my_children).children}
    return str(children[first_name])


def until_shown(page: Page, text: str, address: str = "", seconds: float = 40.0) -> None:
    """
    Load a page, or the open one anew, once it says so: cards and facts travel for a moment.

    Until then it is asked for and not drawn, which takes most of a load; now and then it is, for a
    script may write the words.
    """
    wanted, end = _plain(text), time.monotonic() + longest_wait(seconds)
    while True:
        _wait_until_sent(page, wanted, address)
        page.goto(address or page.url)
        said = page.locator("main").inner_text()
        if wanted in _plain(said):
            return
        if time.monotonic() > end:
            raise AssertionError(f"no « {text} » at {page.url}, which says:\n{said}")
        time.sleep(ASKED_AGAIN_SECONDS)


def _wait_until_sent(page: Page, wanted: str, address: str) -> None:
    end = time.monotonic() + UNDRAWN_SECONDS
    while wanted not in words_as_sent(page, address) and time.monotonic() < end:
        time.sleep(ASKED_AGAIN_SECONDS)


def words_as_sent(page: Page, address: str = "") -> str:
    """
    Return the words of a page as it is sent now, undrawn and with plain spaces.

    As in a browser, a page is asked for again whose connection, open since the last one, the server
    closed at that moment.
    """
    return words_of(page.request.get(address or page.url, max_retries=2).text())


def words_of(html: str) -> str:
    """Return the words of a page's main part, or of all of it, with plain spaces."""
    sent = lxml.html.fromstring(html or "<html>")
    main = sent.find(".//main")
    return _plain((sent if main is None else main).text_content())


def links_as_sent(page: Page, address: str, within: str = "//main") -> list[tuple[str, str]]:
    """Return the words of a page's links as it is sent now, undrawn, and where each leads."""
    links = as_sent(page, address).xpath(f"{within}//a[@href]")
    return [(_plain(each.text_content()), urljoin(address, each.get("href"))) for each in links]


def as_sent(page: Page, address: str) -> lxml.html.HtmlElement:
    """Return a page as it is sent now, undrawn."""
    return lxml.html.fromstring(page.request.get(address).text() or "<html>")


def is_received(page: Page) -> bool:
    """Return whether a page of corrections says that every provider has them; it is loaded then."""
    words = words_as_sent(page)
    if "reçu" not in words or "en route" in words:
        return False
    page.goto(page.url)
    return True


def _plain(text: str) -> str:
    return " ".join(text.split())


def reloaded(page: Page) -> str:
    """Return the words of a page that was loaded again, with plain spaces."""
    page.goto(page.url)
    return _plain(page.locator("main").inner_text())


def sends(button: Locator) -> None:
    """Press a button and wait for the page that answers: a load before that takes the form back."""
    with button.page.expect_navigation():
        button.click()
