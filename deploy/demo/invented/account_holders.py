"""Persons who sign in to a town of demonstration: its agents, and the content of their accounts."""

import csv
import hashlib
from base64 import b32encode
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid5

import pyotp

from services.enrolment.children.rules.place_codes_of_rights import place_code_of_site
from shared.contracts.identity.accounts import WHOLE_OFFICE, ReadyAccount, ReadyRight

PASSWORD = "une-ville-de-demonstration"
"""The one password of the demo's accounts; a real town has no such thing."""

AGENTS = Path(__file__).resolve().parents[2] / "towns" / "demo-agents.csv"
_AGENTS_NAMESPACE = UUID("6f0f0f1e-5d0c-4c1b-9a53-0c6a2f1b7a10")


@dataclass(frozen=True)
class DemoAgent:
    """An agent with a ready account."""

    login: str
    name: str
    provider: str
    roles: tuple[str, ...]
    site: str = ""
    """Site where the roles hold, "" for the whole provider."""

    @property
    def totp_secret(self) -> str:
        """Return the secret of the second factor, the same each time, for the demo alone."""
        digest = hashlib.sha256(f"preau-demo:{self.login}".encode()).digest()
        return b32encode(digest[:20]).decode()

    @property
    def code_of_now(self) -> str:
        """Return the code of this half minute."""
        return pyotp.TOTP(self.totp_secret).now()


def read_agents(path: Path = AGENTS) -> list[DemoAgent]:
    """Return a demo's agents from their file; who works at two providers has a line for each."""
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
    return [
        DemoAgent(
            row["login"],
            row["name"],
            row["provider"],
            tuple(row["roles"].split()),
            row["site"] or "",
        )
        for row in csv.DictReader(lines, delimiter=";")
    ]


def accounts_of_agents(agents: Iterable[DemoAgent]) -> list[ReadyAccount]:
    """Return accounts as identity opens them: one for each login, with all its rights."""
    accounts: dict[str, ReadyAccount] = {}
    for agent in agents:
        account = accounts.setdefault(agent.login, _account_of_agent(agent))
        place = place_code_of_site(agent.site) if agent.site else WHOLE_OFFICE
        account["rights"] += [
            ReadyRight(provider=agent.provider, role=role, place=place) for role in agent.roles
        ]
    return list(accounts.values())


def family_account(subject: str, login: str, name: str) -> ReadyAccount:
    """Return a guardian's account as identity opens it."""
    return {
        "subject": subject,
        "kind": "family",
        "login": login,
        "name": name,
        "password": PASSWORD,
        "totp_secret": "",
        "rights": [],
    }


def _account_of_agent(agent: DemoAgent) -> ReadyAccount:
    return {
        "subject": str(uuid5(_AGENTS_NAMESPACE, agent.login)),
        "kind": "agent",
        "login": agent.login,
        "name": agent.name,
        "password": PASSWORD,
        "totp_secret": agent.totp_secret,
        "rights": [],
    }
