"""
Reads of a town grouped as the data protection office goes through them, unusual ones first. Pure.

One group is what one agent read of one part, for one purpose, within an hour of the clock of
France. The rule of what is unusual is here and nowhere else.
"""

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.contracts.dossier.data_protection.agent_reads import (
    EMERGENCY,
    MANY,
    NIGHT,
    PROTECTED,
    SIGNS,
    TAKEN,
    ReadGroup,
)
from shared.dates.clock import PARIS

MANY_CHILDREN = 200
"""Children whom one agent reads of within an hour, beyond any group and any list of a school."""
LIST_FILE, IN_EMERGENCY = "list_file", "emergency"
"""Purposes of reads, as providers report them."""


@dataclass(frozen=True)
class AgentRead:
    """One line of the log; `at` is aware."""

    line: int
    provider: str
    role: str
    part: str
    purpose: str
    subject: str | None
    child_id: str
    at: datetime
    unusual: bool

    @property
    def hour(self) -> tuple[int, int, int, int]:
        local = self.at.astimezone(PARIS)
        return local.year, local.month, local.day, local.hour


def group_agent_reads(
    reads: Iterable[AgentRead], protected: Collection[str], key: bytes
) -> list[ReadGroup]:
    """Return the groups, those with a sign first, the latest first."""
    groups: dict[tuple[object, ...], list[AgentRead]] = defaultdict(list)
    by_agent: dict[tuple[object, ...], set[str]] = defaultdict(set)
    for read in reads:
        at_desk = (read.provider, read.subject, read.hour)
        groups[(*at_desk, read.role, read.part, read.purpose)].append(read)
        by_agent[at_desk].add(read.child_id)
    many = {desk for desk, children in by_agent.items() if len(children) > MANY_CHILDREN}
    found = [_make_group_of_reads(each, key, protected, many) for each in groups.values()]
    found.sort(key=lambda group: group["last_at"], reverse=True)
    return [group for group in found if group["signs"]] + [
        group for group in found if not group["signs"]
    ]


def number_of_agent(subject: str | None, key: bytes) -> str:
    """Return a number that stays the agent's own and that nobody turns back without the key."""
    if subject is None:
        return ""
    digest = hmac.new(key, f"agent|{subject}".encode(), hashlib.sha256).digest()
    return str(int.from_bytes(digest[:4], "big") % 1_000_000).zfill(6)


def _make_group_of_reads(
    reads: list[AgentRead],
    key: bytes,
    protected: Collection[str],
    many: Collection[tuple[object, ...]],
) -> ReadGroup:
    latest = max(reads, key=lambda read: read.at)
    signs: Mapping[str, bool] = {
        NIGHT: any(read.unusual for read in reads) and latest.purpose != IN_EMERGENCY,
        EMERGENCY: latest.purpose == IN_EMERGENCY,
        MANY: (latest.provider, latest.subject, latest.hour) in many,
        PROTECTED: any(read.child_id in protected for read in reads),
        TAKEN: latest.purpose == LIST_FILE,
    }
    return {
        "line": latest.line,
        "provider": latest.provider,
        "role": latest.role,
        "part": latest.part,
        "purpose": latest.purpose,
        "agent": number_of_agent(latest.subject, key),
        "first_at": min(read.at for read in reads),
        "last_at": latest.at,
        "children": len({read.child_id for read in reads}),
        "times": len(reads),
        "signs": [sign for sign in SIGNS if signs[sign]],
    }
