"""Browsers at the portal's sign-in: strangers by the dozen, and people with the right password."""

import http.client
import random
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import NamedTuple
from urllib.parse import urlencode

from bench.pages import connect

PASSWORD, WRONG = "quatre mots sans rapport", "une clef qui n’est pas la bonne"
PATH = "/connexion"
OPENED, ASKED_TO_WAIT, UNAVAILABLE = 303, 429, 503
MOST_PATIENT_SECONDS = 30.0

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
AGAIN = re.compile(r'data-again="(\d+)"')
HELD = re.compile(r'name="held" value="([^"]+)"')


class Page(NamedTuple):
    """Status and text of an answer."""

    status: int
    text: str


@dataclass
class Browser:
    """One browser behind the town's web server, which notes from where it asks."""

    port: int
    address: str
    cookies: SimpleCookie = field(default_factory=SimpleCookie)

    def token(self) -> str:
        """Open the page of the sign-in, and return what its form has to bring."""
        while True:
            try:
                return TOKEN.findall(self._ask("GET", "").text)[0]
            except (OSError, http.client.HTTPException):
                time.sleep(1)

    def sends(self, **form: str) -> Page:
        """Send the form."""
        return self._ask("POST", urlencode(form))

    def _ask(self, method: str, body: str) -> Page:
        cookies = "; ".join(f"{each.key}={each.value}" for each in self.cookies.values())
        headers = {"X-Forwarded-For": self.address, "Cookie": cookies}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = connect(self.port)
        try:
            connection.request(method, PATH, body, headers)
            answer = connection.getresponse()
            for cookie in answer.headers.get_all("Set-Cookie", []):
                self.cookies.load(cookie)
            return Page(answer.status, answer.read().decode())
        finally:
            connection.close()


@dataclass(frozen=True)
class Tried:
    """Sign-in of somebody with the right password: seconds until it was let in, and tries."""

    seconds: float
    tries: int
    opened: bool


def sign_in(browser: Browser, login: str, token: str, *, patient: bool = False) -> Tried:
    """Sign in with the right password; who is `patient` comes back as the page does by itself."""
    begun, tries, form = time.perf_counter(), 0, {"password": PASSWORD}
    while True:
        page = _sent(browser, {"csrf_token": token, "login": login, **form})
        tries += 1
        taken = time.perf_counter() - begun
        again = AGAIN.findall(page.text)
        if page.status == OPENED or not patient or taken > MOST_PATIENT_SECONDS:
            return Tried(taken, tries, page.status == OPENED)
        if again:
            form = {"held": HELD.findall(page.text)[0]}
        time.sleep(int(again[0]) if again else 1)


def _sent(browser: Browser, form: dict[str, str]) -> Page:
    try:
        return browser.sends(**form)
    except (OSError, http.client.HTTPException):
        return Page(0, "")


def people(
    port: int, logins: Sequence[str], seconds: float, devices: Sequence[str] = ()
) -> list[Tried]:
    """
    Let people sign in, spread over some seconds, each at home.

    Those with `devices` have signed in with them before; the others are as patient as the page.
    """
    browsers = [Browser(port, home(number)) for number in range(len(logins))]
    for browser, device in zip(browsers, devices, strict=False):
        browser.cookies.load(device)
    with ThreadPoolExecutor(min(len(logins), 96)) as pool:
        tokens = list(pool.map(Browser.token, browsers))
        asked = []
        for _, browser, login, token in zip(
            _moments(len(logins), seconds), browsers, logins, tokens, strict=False
        ):
            asked.append(pool.submit(sign_in, browser, login, token, patient=not devices))
        return [each.result() for each in asked]


def home(number: int) -> str:
    """Return the address of somebody at home."""
    return f"198.51.{100 + number // 250}.{number % 250 + 1}"


def strangers(
    port: int, logins: Sequence[str], addresses: int, a_second: int, seconds: float
) -> Counter[int]:
    """Try wrong passwords from many addresses, whatever comes back; count the answers by status."""
    browsers = [
        Browser(port, f"203.0.{113 + number // 250}.{number % 250 + 1}")
        for number in range(addresses)
    ]
    token = browsers[0].token()
    for browser in browsers:
        browser.cookies = browsers[0].cookies
    count, answers = int(a_second * seconds), Counter[int]()
    with ThreadPoolExecutor(200) as pool:
        asked = []
        for number in _moments(count, seconds):
            form = {"csrf_token": token, "login": random.choice(logins), "password": WRONG}
            asked.append(pool.submit(_sent, browsers[number % addresses], form))
        answers.update(each.result().status for each in asked)
    return answers


def _moments(count: int, seconds: float) -> Iterator[int]:
    """Yield so many numbers, evenly over the seconds."""
    begun = time.perf_counter()
    for number in range(count):
        time.sleep(max(0.0, begun + seconds * number / count - time.perf_counter()))
        yield number
