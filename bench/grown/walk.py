"""Opens each kind of page of a town, and says what each took: status, bytes, seconds."""

import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

import requests
from lxml import html

from deploy.applied_town import Applied
from deploy.demo.journal import journal_of_instance
from deploy.demo.life.browser import Browser
from deploy.processes.public_addresses import pages_of_services
from tests.journeys.route_map import routes_of

FAMILY = "claire.lefevre@example.org"
WALKERS = (
    ("portal", FAMILY),
    ("enrolment_ens", "karim.haddad"),
    ("enrolment_ens", "sophie.bernard"),
    ("enrolment_ens", "nadia.roux"),
    ("enrolment_ens", "claire.aubry"),
    ("enrolment_ens", "odile.marchand"),
    ("front_desk", "helene.marais"),
    ("front_desk", "omar.delcourt"),
    ("front_desk", "mathilde.besson"),
    ("front_desk", "frederique.arnaud"),
)
"""Agents who open each desk's pages: between them they have all acts of the demonstration's."""

ALSO = {
    "enrolment_ens": ("/enfants?q=martin", "/regie/payeurs?q=martin", "/regie/encaisser?q=martin"),
}
LEADS_OUT = ("language", "passing.", "sign_in.", "activation.", "live.")
PATIENCE_SECONDS = 90.0
SLOW_SECONDS, LARGE_BYTES = 5.0, 2_000_000
OF_ONE_KIND = 2
"""Addresses of one kind that are opened: the first may be an empty one."""

UUID = "[0-9a-f]{8}-[0-9a-f-]{27}"


@dataclass(frozen=True)
class Seen:
    """One page that was opened."""

    principal: str
    who: str
    rule: str
    status: int
    size: int
    seconds: float

    @property
    def is_fault(self) -> bool:
        """True where a page failed, or is slower or larger than a town could live with."""
        return self.status >= 500 or self.seconds > SLOW_SECONDS or self.size > LARGE_BYTES


def main(applied: Applied) -> int:
    """Open every page, print what each took, the worst first; return 1 where one is a fault."""
    seen = [each for walker in WALKERS for each in pages_opened(applied, *walker)]
    for each in sorted(seen, key=lambda each: (each.is_fault, each.seconds), reverse=True):
        mark = "!" if each.is_fault else " "
        print(
            f"{mark} {each.status} {each.seconds:6.2f} s {each.size / 1000:8.1f} kB"
            f"  {each.principal} {each.who}  {each.rule}"
        )
    print(f"{len(seen)} pages of {len({each.rule for each in seen})} kinds")
    return int(any(each.is_fault for each in seen))


def pages_opened(applied: Applied, principal: str, login: str) -> Iterator[Seen]:
    """Give what each page took, as somebody who has signed in opens them link by link."""
    base = _address(applied, principal)
    browser = Browser(base)
    try:
        _sign_in(applied, browser, login)
    except requests.RequestException:
        yield Seen(principal, login, "sign-in", 599, 0, 0.0)
        return
    rules = [
        route.rule
        for route in routes_of(applied, principal)
        if route.method == "GET" and not route.endpoint.startswith(LEADS_OUT)
    ]
    kinds = [(re.compile(_pattern(base, rule)), rule) for rule in sorted(rules, key=_holes)]
    waiting = [base + path for path in ("/", *ALSO.get(principal, ()))]
    waiting += [base + rule for rule in rules if "<" not in rule]
    opened: dict[str, int] = {}
    tried: set[str] = set()
    while waiting:
        address = waiting.pop(0).partition("#")[0]
        rule = next((rule for kind, rule in kinds if kind.match(address)), None)
        if rule is None or address in tried or opened.get(rule, 0) >= OF_ONE_KIND:
            continue
        tried.add(address)
        opened[rule] = opened.get(rule, 0) + 1
        answer, seconds = _open(browser, address)
        if answer is None:
            yield Seen(principal, login, rule, 599, 0, seconds)
            continue
        yield Seen(principal, login, rule, answer.status_code, len(answer.content), seconds)
        waiting += _links(answer)


def _sign_in(applied: Applied, browser: Browser, login: str) -> None:
    if login == FAMILY:
        browser.sign_in_family(login)
        return
    agents = journal_of_instance(applied.instance).demo_town.read_demo_agents()
    browser.sign_in(next(each for each in agents if each.login == login))


def _open(browser: Browser, address: str) -> tuple[requests.Response | None, float]:
    begun = time.monotonic()
    try:
        answer = browser._session.get(address, timeout=PATIENCE_SECONDS, allow_redirects=False)
    except requests.RequestException:
        answer = None
    return answer, time.monotonic() - begun


def _links(answer: requests.Response) -> Iterable[str]:
    if "location" in answer.headers:
        return [urljoin(answer.url, answer.headers["location"])]
    if "text/html" not in answer.headers.get("content-type", "") or not answer.content:
        return []
    found = html.fromstring(answer.content).xpath("//a/@href")
    return list(dict.fromkeys(urljoin(answer.url, each) for each in found))


def _address(applied: Applied, principal: str) -> str:
    pages = pages_of_services(applied.engines_of_town, applied.register_in_force() or {})
    return next(each.address for each in pages.values() if each.principal == principal)


def _holes(rule: str) -> int:
    return rule.count("<")


def _pattern(base: str, rule: str) -> str:
    parts = re.split(r"(<[^>]+>)", rule)
    path = "".join(_part(part) if part.startswith("<") else re.escape(part) for part in parts)
    return re.escape(base) + path + r"(\?.*)?$"


def _part(variable: str) -> str:
    return UUID if variable.startswith("<uuid:") else "[^/?]+"
