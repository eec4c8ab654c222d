"""
Strangers at every door: what stands for the variable parts of an address, who goes there, and what
they must not find.
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import unescape
from typing import Any

import requests
from sqlalchemy import String, TextClause, bindparam, inspect, text

from shared.runtime.ids import new_id
from tests.journeys.databases import database
from tests.journeys.demo_families import Family
from tests.journeys.people import SEE_OTHER, TOKEN, session_of_agent
from tests.journeys.route_map import Route
from tests.journeys.town import PASSWORD, DemoTown

SHUT = (301, 302, 303, 400, 401, 403, 404, 405, 410, 422)
"""Answers of a door to a stranger: elsewhere, not so, or nothing there."""

VOLATILE = re.compile(
    r"outbox|inbox|kit_|lease|alembic|session|sign_in|login_tries|read_log|chain|card_version|silent"
    r"|notice_sent|^document$|list_read"
)
"""
Tables that change by themselves: of sessions, of the kit, the logs of reads (where an agent who may
opens a list of the day), notices of the clock (rule R5), and bills as they were typeset at the
first look at them.
"""


class Unknown(LookupError):
    """A route has a variable part for which nothing stands here yet."""


@dataclass
class Visitor:
    """A person with a browser: its cookies, and a form's token of its own."""

    name: str
    base: str
    http: requests.Session = field(default_factory=requests.Session)
    token: str = ""

    def __post_init__(self) -> None:
        self.http.trust_env = False

    def takes_token(self, path: str) -> None:
        """Take a form's token from a page of its own, as its browser would have one."""
        found = TOKEN.search(self.http.get(self.base + path, timeout=20).text)
        assert found is not None, f"{self.name} found no form at {path}"
        self.token = found[1]

    def goes(self, route: Route, values: Mapping[str, str]) -> requests.Response:
        """Go to a route with these values; a POST carries the token and all fields of a form."""
        path = fill(route, values)
        options: dict[str, Any] = {"timeout": 20, "allow_redirects": False}
        if route.method == "GET":
            return self.http.get(self.base + path, **options)
        form = {**FORM, **values, "csrf_token": self.token, "act": new_id()}
        return self.http.request(route.method, self.base + path, data=form, **options)


FORM = {
    "reason": "sick",
    "do": "cancel",
    "accept": "1",
    "weekdays": "1",
    "from_day": "2027-01-04",
    "quotient": "500",
    "confirm": "1",
}
"""Fields that forms ask for and that name nobody."""


def fill(route: Route, values: Mapping[str, str]) -> str:
    """Return the address of a route with these values; raises Unknown."""
    path = route.rule
    for argument in route.arguments:
        if argument not in values:
            raise Unknown(f"{route.rule}: what stands for <{argument}>?")
        path = re.sub(rf"<(?:[^:<>]+:)?{argument}>", values[argument], path)
    return path


def signs_in(town: DemoTown, login: str) -> Visitor:
    """Let a family sign in to the portal over http."""
    visitor = Visitor(login, town.portal)
    visitor.takes_token("/connexion")
    form = {"csrf_token": visitor.token, "login": login, "password": PASSWORD}
    address = f"{town.portal}/connexion"
    answer = visitor.http.post(address, data=form, timeout=20, allow_redirects=False)
    assert answer.status_code == SEE_OTHER, f"{login} is not signed in: {answer.status_code}"
    visitor.takes_token("/quotient")
    return visitor


def signed_in_at(town: DemoTown, provider: str, login: str) -> Visitor:
    """Let an agent sign in with a second factor over http."""
    visitor = Visitor(login, town.desk(provider))
    for cookie in session_of_agent(visitor.base, login):
        visitor.http.cookies.set(cookie["name"], cookie["value"])
    visitor.takes_token("/changer-de-service")
    return visitor


def words(answer: requests.Response) -> str:
    """Return what an answer shows, with plain spaces."""
    if "html" not in answer.headers.get("content-type", ""):
        return answer.text
    return re.sub(r"[\s\u00a0\u202f]+", " ", unescape(answer.text))


def leaks(visitor: Visitor, routes: list[Route], victim: Family) -> Iterator[str]:
    """Give every route that shows a stranger something of a family, or breaks on it."""
    for route in routes:
        answer = visitor.goes(route, victim.values)
        shown = words(answer)
        found = [secret for secret in victim.secrets if secret in shown]
        if found or answer.status_code >= 500:
            yield f"{visitor.name} {route.method} {route.rule}: {answer.status_code} {found}"


def state_of(town: DemoTown, principals: Collection[str], ids: Collection[str]) -> dict[str, str]:
    """Return a digest, by table, of all rows that name one of these ids."""
    digests = {}
    for principal in principals:
        with database(town, principal) as connection:
            for table, rows_that_name in _queries(town, principal).items():
                rows = connection.execute(rows_that_name, {"ids": list(ids)})
                digests[f"{principal}.{table}"] = _digest(rows)
    return digests


@cache
def _queries(town: DemoTown, principal: str) -> dict[str, TextClause]:
    """Return by table what finds the rows that name one of some `ids` in any column of text."""
    queries = {}
    with database(town, principal) as connection:
        tables = inspect(connection)
        for table in tables.get_table_names():
            columns = tables.get_columns(table)
            names = [each["name"] for each in columns if isinstance(each["type"], String)]
            if names and not VOLATILE.search(table):
                named = " OR ".join(f'"{name}" IN :ids' for name in names)
                query = text(f'SELECT * FROM "{table}" WHERE {named}')
                queries[table] = query.bindparams(bindparam("ids", expanding=True))
    return queries


def _digest(rows: Iterable[Sequence[Any]]) -> str:
    told = (
        repr([bytes(value) if isinstance(value, memoryview) else value for value in row])
        for row in rows
    )
    return hashlib.sha256("\n".join(sorted(told)).encode()).hexdigest()
