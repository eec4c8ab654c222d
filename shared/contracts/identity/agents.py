"""Agents and their dated rights at the calling office, for its administrator."""

from dataclasses import dataclass, field
from typing import Annotated, TypedDict

from shared.contracts.identity.accounts import WHOLE_OFFICE, DatedRight, Login, Name, RightPlace
from shared.contracts.message import Empty, Method
from shared.contracts.values import Code, Day, Id, Moment, PageRequest, list_length

OWNER = "identity"
AGENTS_AT_ONCE = 100
MOST_PLACES = 40
"""The most places of one right, given at once."""


class RecentTownCode(TypedDict):
    """A code at the town's word of the last 90 days; `in_place_of` is the name of who left."""

    at: Moment
    by: str
    reason: str
    in_place_of: str


class ListedAgent(TypedDict):
    """An agent of the calling provider, with the rights that are not over."""

    subject: Id
    login: str
    name: str
    active: bool
    rights: list[DatedRight]
    code_by_town: RecentTownCode | None


@dataclass(frozen=True)
class ListAgentsAnswer:
    agents: list[ListedAgent]
    next: str


list_agents = Method(OWNER, "list_agents", PageRequest, ListAgentsAnswer)
"""The agents of the calling provider, for its administrator: by subject, AGENTS_AT_ONCE a page."""


@dataclass(frozen=True)
class GrantRightRequest:
    login: Login
    name: Name
    role: Code
    valid_from: Day
    valid_to: Day | None = None
    places: Annotated[list[RightPlace], list_length(0, MOST_PLACES)] = field(default_factory=list)


@dataclass(frozen=True)
class GrantRightAnswer:
    """`code` is "" for an agent of the calling provider, whose right begins at once."""

    code: str


grant_right = Method(OWNER, "grant_right", GrantRightRequest, GrantRightAnswer, once=True)
"""
A nominative, dated right at the calling provider, both days included; at places where some are
named, which is a right at each of them, at the whole provider otherwise.

To somebody without a right there it is an offer, whether the login is new or has an account: the
answer is the same code, which the provider hands over and with which that person says yes. An
agent of the provider has the right at once. Repeating it changes nothing but the code; to one's own
agent it also re-opens an account that slept for 90 days.
"""


@dataclass(frozen=True)
class WithdrawRightRequest:
    """A role at one place, or at the whole provider; the same role elsewhere stays."""

    subject: Id
    role: Code
    place: RightPlace = WHOLE_OFFICE


withdraw_right = Method(OWNER, "withdraw_right", WithdrawRightRequest, Empty, writes=True)


@dataclass(frozen=True)
class InviteAgainRequest:
    subject: Id


@dataclass(frozen=True)
class InviteAgainAnswer:
    name: Name
    code: str


invite_again = Method(OWNER, "invite_again", InviteAgainRequest, InviteAgainAnswer, once=True)
"""
A code for an agent of the calling provider who lost telephone or password.

Password, second factor and sessions end at once; with the code the agent chooses new ones. It is
not `writes`, as it answers with a secret. Refusals: NotFound, NotEntitled (oneself, or somebody who
has rights at another provider too).
"""


@dataclass(frozen=True)
class AgentNamesRequest:
    subjects: Annotated[list[Id], list_length(1, AGENTS_AT_ONCE)]


class NamedAgent(TypedDict):
    subject: Id
    name: Name


@dataclass(frozen=True)
class AgentNamesAnswer:
    agents: Annotated[list[NamedAgent], list_length(0, AGENTS_AT_ONCE)]


agent_names = Method(OWNER, "agent_names", AgentNamesRequest, AgentNamesAnswer)
"""
Names of agents of any office, for the data protection office: behind a read, once agreed.

Of a family's account nothing is said.
"""


@dataclass(frozen=True)
class AgentCalledRequest:
    name: Name


@dataclass(frozen=True)
class AgentCalledAnswer:
    subject: Id | None = None


agent_called = Method(OWNER, "agent_called", AgentCalledRequest, AgentCalledAnswer)
"""
The one agent of any office who has this name, for the data protection office: who asks for a copy.

Accents, capitals and the order of words make no difference. Of two agents of one name none is said.
"""
