"""
Reads by agents as the data protection office sees them: who, how often, why; never a content.

Agents have a number in place of a name (rule R13). The name behind a read is asked for with a
reason by one agent of the office and given by another, and both stay on record.
"""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from shared.contracts.dossier.data_protection.person_requests import Addressee
from shared.contracts.dossier.guardians import OWNER
from shared.contracts.errors import Refusal
from shared.contracts.message import Empty, Method
from shared.contracts.values import (
    NONE,
    Count,
    Day,
    Id,
    Moment,
    PageAnswer,
    PageRequest,
    list_length,
    maybe_text,
    one_of,
    text,
)

NIGHT, EMERGENCY, MANY, PROTECTED, TAKEN = "night", "emergency", "many", "protected", "taken"
SIGNS = (NIGHT, EMERGENCY, MANY, PROTECTED, TAKEN)
"""
Why a read is unusual: outside of the hours of work, an emergency, many children within an hour, a
child of a protected home, taken away as a file.
"""

PAGE, MOST_DAYS = 100, 92
"""Groups on a page; days of one question."""
REASON = 500
MOST_NAMES = 60


class ReadGroup(TypedDict):
    """
    Reads of one agent within an hour, of one part for one purpose; `line` is the latest of them.

    `agent` is a number that stays the agent's own, "" where nobody signed in.
    """

    line: Count
    provider: Addressee
    role: Annotated[str, maybe_text(40)]
    part: Annotated[str, maybe_text(20)]
    purpose: Annotated[str, maybe_text(40)]
    agent: Annotated[str, maybe_text(12)]
    first_at: Moment
    last_at: Moment
    children: Count
    times: Count
    signs: Annotated[list[Annotated[str, one_of(SIGNS)]], list_length(0, len(SIGNS))]


@dataclass(frozen=True, kw_only=True)
class AgentReadsRequest(PageRequest):
    """
    `until` counts whole; `provider` is "" for all of them.

    With a request of a person: of the child that it concerns alone.
    """

    since: Day
    until: Day
    provider: Addressee = ""
    person_request_id: Id | None = None


@dataclass(frozen=True, kw_only=True)
class AgentReadsAnswer(PageAnswer):
    """`left_out` counts the older ordinary lines that were too many to group."""

    reads: Annotated[list[ReadGroup], list_length(0, PAGE)]
    left_out: Count


agent_reads = Method(OWNER, "agent_reads", AgentReadsRequest, AgentReadsAnswer)
"""Unusual reads first, then the others, the latest first. Refusals: BadRequest for the days."""


@dataclass(frozen=True)
class AskReadNameRequest:
    """`line` is a line of the read log."""

    line: Count
    reason: Annotated[str, text(REASON)]


ask_read_name = Method(OWNER, "ask_read_name", AskReadNameRequest, Empty, writes=True)
"""
Ask who was behind a read; nothing is shown before another agent of the office agrees.

Asked twice for the same line, it is one question. Refusals: NotFound.
"""


class AskedName(TypedDict):
    """A question for a name; `subject` is null until it is given."""

    question_id: Id
    line: Count
    provider: Addressee
    role: Annotated[str, maybe_text(40)]
    part: Annotated[str, maybe_text(20)]
    read_at: Moment
    reason: Annotated[str, text(REASON)]
    asked_by: Id
    asked_at: Moment
    given_by: Annotated[Id | None, NONE]
    given_at: Annotated[Moment | None, NONE]
    subject: Annotated[Id | None, NONE]


@dataclass(frozen=True)
class ReadNamesAnswer:
    names: Annotated[list[AskedName], list_length(0, MOST_NAMES)]


read_names = Method(OWNER, "read_names", Empty, ReadNamesAnswer)
"""The questions for names, those that wait first; a name is the subject, for identity to say."""


@dataclass(frozen=True)
class GiveReadNameRequest:
    question_id: Id


give_read_name = Method(OWNER, "give_read_name", GiveReadNameRequest, Empty, writes=True)
"""Agree to a question of a colleague. Refusals: NotFound, OwnQuestion."""


class OwnQuestion(Refusal):
    """The agent who asked for a name does not give it to itself."""

    code = "own_question"
