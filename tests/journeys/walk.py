"""A walk to every page that can be reached from the first one, each kind once."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from urllib.parse import urljoin

import lxml.html
from playwright.sync_api import APIResponse, Error, Page, Response

from tests.journeys.looks import WIDTHS_OF_WALK, faults, faults_of_low_vision
from tests.journeys.route_map import Route

ELSEWHERE = ("language", "passing.", "sign_in.", "activation.", "streets")
"""
Parts that lead out of what one is looking at: another language, another desk, out; or that only a
page's script asks for.
"""

TAKEN_DOWN = "Download is starting"
"""Words of the browser where an address holds a file."""
BAD_REQUEST = 400


@dataclass
class Walk:
    """Pages seen on a walk, by the rules of their addresses, and what was wrong with them."""

    seen: set[str] = field(default_factory=set)
    no_page: set[str] = field(default_factory=set)
    """Rules at which there is a file, data, or a way to another page."""

    languages: set[str] = field(default_factory=set)
    """Languages in which its pages were."""

    def missed(self, pages: Iterable[Route]) -> set[str]:
        """Return the rules that were not come to."""
        return {page.rule for page in pages} - self.seen - self.no_page

    faults: list[str] = field(default_factory=list)


def pages_of(routes: Iterable[Route], *, without: Collection[str] = ()) -> list[Route]:
    """Return the routes that show something, those aside that lead elsewhere."""
    return [
        route
        for route in routes
        if route.method == "GET" and not route.endpoint.startswith((*ELSEWHERE, *without))
    ]


def walk(
    page: Page, base: str, pages: Collection[Route], *also: str, drawn: set[str] | None = None
) -> Walk:
    """
    Open what has a plain address, and follow every link; look at each kind of page once.

    The links of the page as it stands are followed too, and further addresses (`also`). Rules that
    are in `drawn` were looked at on a former walk: their pages are asked for and not drawn. Those
    that this walk draws are added.
    """
    drawn = set() if drawn is None else drawn
    found, waiting = Walk(), [base + path for path in also] + _links(page)
    waiting += [base + route.rule for route in pages if not route.arguments]
    by_arguments = sorted(pages, key=lambda route: len(route.arguments))  # the plainest is meant
    kinds = [(re.compile(_pattern(base, route)), route.rule) for route in by_arguments]
    tried: set[str] = set()
    while waiting:
        address = waiting.pop(0).partition("#")[0]
        rule = next((rule for kind, rule in kinds if kind.match(address)), None)
        if rule is None or rule in found.seen or address in tried:
            continue
        tried.add(address)
        sent = page.request.get(address, max_redirects=0) if rule in drawn else None
        answer = sent or _draw(page, address)
        if answer is None or not _is_page(answer):
            if answer is None or answer.status < BAD_REQUEST:
                found.no_page.add(rule)
            continue
        found.seen.add(rule)
        if sent:
            document = lxml.html.fromstring(sent.text())
            found.languages.add(document.get("lang") or "")
            waiting += [urljoin(address, link) for link in document.xpath("//a/@href")]
        else:
            drawn.add(rule)
            found.languages.add(page.evaluate("document.documentElement.lang"))
            found.faults += faults(page, WIDTHS_OF_WALK) + faults_of_low_vision(page)
            waiting += _links(page)
    return found


def _draw(page: Page, address: str) -> Response | None:
    """Draw a page and return its answer; None where a file is taken down, or another page comes."""
    try:
        answer = page.goto(address)
    except Error as error:
        if TAKEN_DOWN in error.message:
            return None
        raise
    return None if answer is None or answer.request.redirected_from else answer


def _is_page(answer: APIResponse | Response) -> bool:
    return answer.ok and "text/html" in answer.headers.get("content-type", "")


def _links(page: Page) -> list[str]:
    return list(page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)"))


def _pattern(base: str, route: Route) -> str:
    """Return what addresses of a route look like, their queries too."""
    parts = re.split(r"(<[^>]+>)", route.rule)
    path = "".join(_part(part) if part.startswith("<") else re.escape(part) for part in parts)
    return re.escape(base) + path + r"(\?.*)?$"


def _part(variable: str) -> str:
    return "[0-9a-f-]{36}" if variable.startswith("<uuid:") else "[^/?]+"
