"""Somebody who opens every page that can be reached from the first one, each kind once."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from playwright.sync_api import Page

from tests.journeys.looks import faults
from tests.journeys.route_map import Route

ELSEWHERE = ("languages.", "passing.", "sign_in.", "activation.")
"""Parts that lead out of what one is looking at: another language, another desk, out."""


@dataclass
class Walk:
    """What was seen, by the rules of its addresses, and what was wrong with it."""

    seen: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


def pages_of(routes: Iterable[Route], *, without: Collection[str] = ()) -> list[Route]:
    """Return the routes that show something, those aside that lead elsewhere."""
    return [
        route
        for route in routes
        if route.method == "GET" and not route.endpoint.startswith((*ELSEWHERE, *without))
    ]


def walk(page: Page, base: str, pages: Collection[Route]) -> Walk:
    """Open what has a plain address, and follow every link; look at each kind of page once."""
    found, waiting = Walk(), [base + route.rule for route in pages if not route.arguments]
    kinds = [(re.compile(_pattern(base, route)), route.rule) for route in pages]
    tried: set[str] = set()
    while waiting:
        address = waiting.pop(0).partition("#")[0]
        rule = next((rule for kind, rule in kinds if kind.match(address)), None)
        if rule is None or rule in found.seen or address in tried:
            continue
        tried.add(address)
        if _shows_a_page(page, address):
            page.goto(address)
            found.seen.add(rule)
            found.faults += faults(page)
            waiting += page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
    return found


def _shows_a_page(page: Page, address: str) -> bool:
    """Say whether there is a page at this very address, and not a file or a way to another one."""
    answer = page.request.get(address, max_redirects=0)
    return answer.status == 200 and "text/html" in answer.headers.get("content-type", "")


def _pattern(base: str, route: Route) -> str:
    """Return what addresses of a route look like, their queries too."""
    parts = re.split(r"(<[^>]+>)", route.rule)
    path = "".join("[^/?]+" if part.startswith("<") else re.escape(part) for part in parts)
    return re.escape(base) + path + r"(\?.*)?$"
