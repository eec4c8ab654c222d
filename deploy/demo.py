"""
The demo town's people, invented, sent through the services' own interfaces.

Only where the town file says `demo: true`: elsewhere the broker has no binding for it.
"""

import csv
import hashlib
import time
from base64 import b32encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

import pyotp

from deploy.apply import Applied
from deploy.demo_attendance import sheets
from deploy.demo_families import Families, read_families
from deploy.demo_offer import Child, Offer
from deploy.demo_tariffs import Tariffs, address, households, quotient
from deploy.instance import PROJECT
from deploy.operations import ops
from deploy.processes import office_urls, portal_url
from shared.bus.client import Client
from shared.clock import now, today
from shared.contracts import attendance, bills, dossier, identity, places, regie, tariffs
from shared.declarations import FRONT_DESK

PASSWORD = "une-ville-de-demonstration"
"""The one password of the demo's accounts; a real town has no such thing."""

AGENTS = PROJECT / "deploy" / "towns" / "demo-agents.csv"
_AGENTS_NAMESPACE = UUID("6f0f0f1e-5d0c-4c1b-9a53-0c6a2f1b7a10")
ACCOUNTS_AT_ONCE = 10
PLACES_AT_ONCE = 25
SHEETS_AT_ONCE = 40
BILLED_PROVIDER = "ens"
"""Whose first month is billed already; its one régie has its code."""
LOAD_SECONDS = 60.0
FILES_SECONDS = 60.0
"""How long a provider may take until the files of its children have arrived."""


class FilesLate(TimeoutError):
    """A provider never received the files of its children; the message names it."""


class BillsLate(TimeoutError):
    """The demo's past month was not billed in time; the message says how far it came."""


@dataclass(frozen=True)
class DemoAgent:
    """An agent with a ready account."""

    login: str
    name: str
    provider: str
    roles: tuple[str, ...]

    @property
    def totp_secret(self) -> str:
        """Return the secret of the second factor, the same each time, for the demo alone."""
        digest = hashlib.sha256(f"preau-demo:{self.login}".encode()).digest()
        return b32encode(digest[:20]).decode()

    @property
    def code(self) -> str:
        """Return the code of this half minute."""
        return pyotp.TOTP(self.totp_secret).now()


def agents() -> list[DemoAgent]:
    """Return the demo's agents from their file."""
    lines = [line for line in AGENTS.read_text("utf-8").splitlines() if not line.startswith("#")]
    return [
        DemoAgent(row["login"], row["name"], row["provider"], tuple(row["roles"].split()))
        for row in csv.DictReader(lines, delimiter=";")
    ]


def load(applied: Applied, say: Callable[[int, int], None] = lambda _done, _all: None) -> int:
    """
    Send households, accounts, offers and places, tariffs and quotients; return how many households.

    Repeating it changes nothing that was told since.

    `say(done, all)` is called after each step.
    """
    families = read_families()
    accounts = _accounts_of_agents()
    total = len(families.households) + len(accounts) + len(families.accounts)
    guardians: dict[str, str] = {}
    children: dict[str, str] = {}
    homes, lines = {}, households()
    with ops(applied) as client:
        for done, household in enumerate(families.households, start=1):
            line = lines[household["reference"]]
            answer = client.ask(
                dossier.import_household, deadline=LOAD_SECONDS, address=address(line), **household
            )
            guardians |= answer.guardians
            children |= answer.children
            homes[household["reference"]] = answer.household_id
            say(done, total)
        accounts += [
            _family_account(guardians[account.guardian], account.login, account.name)
            for account in families.accounts
        ]
        for start in range(0, len(accounts), ACCOUNTS_AT_ONCE):
            some = accounts[start : start + ACCOUNTS_AT_ONCE]
            client.ask(identity.open_accounts, deadline=LOAD_SECONDS, accounts=some)
            say(len(families.households) + start + len(some), total)
        _prices(applied, client)
        said = [quotient(lines[reference], home) for reference, home in homes.items()]
        told = [each for each in said if each]
        client.ask(bills.import_quotients, deadline=LOAD_SECONDS, quotients=told)
        _offer(applied, client, _children(families, children))
    return len(families.households)


def _offer(applied: Applied, client: Client, children: list[Child]) -> None:
    """Give each provider of the demo its offer, and the children their places."""
    register = applied.current() or {"town": {"school_year": ""}, "providers": []}
    offer = Offer(register["town"]["school_year"], now())
    principals = {row["code"]: row["principal"] for row in register["providers"]}
    for provider in [code for code in offer.providers if code in principals]:
        to, activities = principals[provider], offer.activities(provider)
        client.ask(places.import_offer, to=to, deadline=LOAD_SECONDS, activities=activities)
        wanted = offer.places(provider, children, today())
        for start in range(0, len(wanted), PLACES_AT_ONCE):
            _give(client, to, wanted[start : start + PLACES_AT_ONCE])
        past = list(sheets(offer, provider, children, offer.first_day, today()))
        _past_attendance(client, to, past)
        if provider == BILLED_PROVIDER:
            month = f"{offer.first_day:%Y-%m}"
            told = sum(f"{sheet['day']:%Y-%m}" == month for sheet in past)
            _bill_past_month(client, BILLED_PROVIDER, month, told)


def _bill_past_month(client: Client, regie_code: str, month: str, told: int) -> None:
    """
    Let the school service have billed the first month of its year; raises BillsLate.

    `told` are its sheets of that month, which travel for a moment.
    """
    end = time.monotonic() + FILES_SECONDS
    while True:
        asked = client.ask(
            regie.bill_demo_month,
            deadline=LOAD_SECONDS,
            regie=regie_code,
            month=month,
            sheets=told,
        )
        if asked.state == regie.ISSUED:
            return
        if time.monotonic() > end:
            raise BillsLate(f"{month} was not billed: {asked.state}")
        time.sleep(0.5)


def _past_attendance(client: Client, to: str, past: list[dict[str, Any]]) -> None:
    for start in range(0, len(past), SHEETS_AT_ONCE):
        some = past[start : start + SHEETS_AT_ONCE]
        client.ask(attendance.import_attendance, to=to, deadline=LOAD_SECONDS, sheets=some)


def _prices(applied: Applied, client: Client) -> None:
    """Give each provider of the demo its tariffs, before its places are counted."""
    register = applied.current() or {"communes": [], "providers": []}
    demo = Tariffs(register["communes"])
    principals = {row["code"]: row["principal"] for row in register["providers"]}
    for provider in [code for code in demo.providers if code in principals]:
        to = principals[provider]
        client.ask(tariffs.import_tariffs, to=to, deadline=LOAD_SECONDS, **demo.of(provider))


def _give(client: Client, to: str, wanted: list[dict[str, Any]]) -> None:
    """Ask until the children's files have come from the dossier; raises FilesLate."""
    end = time.monotonic() + FILES_SECONDS
    while client.ask(places.import_places, to=to, deadline=LOAD_SECONDS, places=wanted).waiting:
        if time.monotonic() > end:
            raise FilesLate(f"{to} has not received the files of its children")
        time.sleep(0.5)


def _children(families: Families, ids: dict[str, str]) -> list[Child]:
    """Return the demo's children; one of two households is told whole in its first line."""
    found: dict[str, Child] = {}
    for household in families.households:
        for told in household["children"]:
            sections = told["sections"]
            if told["reference"] in found or "identity" not in sections:
                continue
            found[told["reference"]] = Child(
                ids[told["reference"]],
                told["reference"],
                int(sections["identity"]["birth_date"][:4]),
                sections.get("schooling", {}).get("school", ""),
                tuple(told["links"]),
            )
    return list(found.values())


def sign_ins(applied: Applied) -> Iterable[tuple[str, str, str]]:
    """Return where to sign in as whom: (address, who, login)."""
    yield portal_url(applied), "Claire Lefèvre, a parent", "claire.lefevre@example.org"
    urls, register = office_urls(applied), applied.current() or {"providers": []}
    labels = {row["code"]: row["label"] for row in register["providers"]}
    labels[FRONT_DESK] = (register.get("front_desk") or {}).get("label", "")
    for agent in agents():
        if agent.provider in urls:
            roles = ", ".join(agent.roles)
            who = f"{agent.name}, {labels[agent.provider]} ({roles})"
            yield urls[agent.provider], who, agent.login


def _family_account(subject: str, login: str, name: str) -> dict[str, Any]:
    return {
        "subject": subject,
        "kind": "family",
        "login": login,
        "name": name,
        "password": PASSWORD,
    }


def _accounts_of_agents() -> list[dict[str, Any]]:
    """An agent of two providers has a line for each, and one account."""
    accounts: dict[str, dict[str, Any]] = {}
    for agent in agents():
        account = accounts.setdefault(agent.login, _account(agent))
        account["rights"] += [{"provider": agent.provider, "role": role} for role in agent.roles]
    return list(accounts.values())


def _account(agent: DemoAgent) -> dict[str, Any]:
    return {
        "subject": str(uuid5(_AGENTS_NAMESPACE, agent.login)),
        "kind": "agent",
        "login": agent.login,
        "name": agent.name,
        "password": PASSWORD,
        "totp_secret": agent.totp_secret,
        "rights": [],
    }
