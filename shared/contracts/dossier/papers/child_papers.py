"""Contracts of the dossier: papers that families keep for a child, and what guardians allow."""

from dataclasses import dataclass
from typing import Annotated, NotRequired, TypedDict

from marshmallow import validate

from shared.contracts.dossier.guardians import OWNER
from shared.contracts.dossier.registrations import MOST_PARTS, PART_BYTES
from shared.contracts.errors import Refusal
from shared.contracts.message import Empty, Event, Method
from shared.contracts.schema_from_type import Default
from shared.contracts.sections import consents, papers
from shared.contracts.values import (
    EMPTY,
    NONE,
    Code,
    Day,
    Id,
    Moment,
    OfChild,
    Projection,
    list_length,
    maybe_text,
    one_of,
    text,
)

Kind = Annotated[str, one_of(tuple(papers.KINDS))]
PAPER_STATES = (*papers.STATES, papers.EXPIRED)


class PaperOfChild(TypedDict):
    """
    One paper as its family sees it today; `mine`: the reader kept it.

    `decided_by` is the office whose agent looked at it, "" while it waits.
    """

    id: Id
    kind: Kind
    valid_until: Annotated[Day | None, NONE]
    kept_on: Day
    mine: bool
    state: Annotated[str, one_of(PAPER_STATES)]
    reason: Annotated[str, EMPTY]
    decided_on: Annotated[Day | None, NONE]
    decided_by: Annotated[str, EMPTY]
    counts: NotRequired[Annotated[bool, Default(False)]]


@dataclass(frozen=True)
class ChildPapersAnswer:
    """`counts` marks, of each kind, the paper that services go by."""

    papers: Annotated[list[PaperOfChild], list_length(0, papers.MOST_KEPT)]


child_papers = Method(OWNER, "child_papers", OfChild, ChildPapersAnswer)
"""The papers kept for a child; of a protected home a guardian elsewhere sees its own alone (R9)."""


@dataclass(frozen=True)
class KeepPaperRequest:
    """One part of a paper's file, in base64, with what the paper is."""

    child_id: Id
    paper_id: Id
    kind: Kind
    valid_until: Day | None
    part: Annotated[int, validate.Range(0)]
    parts: Annotated[int, validate.Range(1, MOST_PARTS)]
    content: Annotated[str, text(PART_BYTES * 4 // 3 + 4)]


@dataclass(frozen=True)
class KeepPaperAnswer:
    """`recipients` are the services that learn of it, once it is `whole`."""

    whole: bool
    recipients: list[Code]


keep_paper = Method(OWNER, "keep_paper", KeepPaperRequest, KeepPaperAnswer, writes=True)
"""
Keep a paper of a child; with the last part it is checked, and services learn that it is there.

Refusals: NotFound, UnreadablePaper, TooManyPapers, BadRequest (a day that is missing or past).
"""


@dataclass(frozen=True)
class OfPaper:
    child_id: Id
    paper_id: Id


@dataclass(frozen=True)
class PaperPartRequest(OfPaper):
    part: Annotated[int, validate.Range(0)] = 0


@dataclass(frozen=True)
class PaperPartAnswer:
    media_type: Annotated[str, text(20)]
    parts: int
    content: Annotated[str, text(250_000)]


paper_part = Method(OWNER, "paper_part", PaperPartRequest, PaperPartAnswer)
"""One part of a paper's file, for its family."""

drop_kept_paper = Method(OWNER, "drop_kept_paper", OfPaper, Empty, writes=True)
"""Take a paper back: whoever kept it, and nobody else. One that is not there is gone already."""


@dataclass(frozen=True)
class ReadPaperRequest(OfPaper):
    """`projection` is the kind that the provider is entitled to, `role` that of its agent."""

    projection: Projection
    role: Code
    reader: Id
    part: Annotated[int, validate.Range(0)] = 0


read_paper = Method(OWNER, "read_paper", ReadPaperRequest, PaperPartAnswer, writes=True)
"""
One part of a paper's file, for an agent in a role that sees the kind; an opening leaves a line.

NotFound where the provider was not sent that paper, or is no longer entitled to it.
"""


@dataclass(frozen=True)
class DecidePaperRequest(OfPaper):
    projection: Projection
    role: Code
    reader: Id
    accepted: bool
    reason: Annotated[str, one_of(("", *papers.REASONS))] = ""


decide_paper = Method(OWNER, "decide_paper", DecidePaperRequest, Empty, writes=True)
"""
Note what an agent found: accepted for every service that goes by it, or refused with a reason.

Refusals: NotFound as above, PaperDecided, BadRequest (a refusal without a reason).
"""


class PaperDecided(Refusal):
    """Another agent has looked at this paper already."""

    code = "paper_decided"


@dataclass(frozen=True)
class PaperExpiring:
    """No kind: that a child has a care plan shows nowhere outside of its own pages."""

    key: Id
    subject: Id
    child_id: Id
    last_day: Day
    at: Moment


paper_expiring = Event(OWNER, "paper_expiring", PaperExpiring)
"""
Sent to the portal for one guardian: a paper ends within thirty days, and none is there after it.
"""


class ConsentOfChild(TypedDict):
    """
    The state of one act, and what the reader said last.

    `mine` is null where it has said nothing; `asks`: its word is missing, or was on an older text.
    """

    act: Annotated[str, one_of(tuple(consents.ACTS))]
    state: Annotated[str, one_of(consents.STATES)]
    since: Annotated[Day | None, NONE]
    mine: Annotated[bool | None, NONE]
    mine_on: Annotated[Day | None, NONE]
    asks: bool


class SaidWord(TypedDict):
    """One word of the reader's own, of whenever: `version` is the month of its text."""

    act: Annotated[str, one_of(tuple(consents.ACTS))]
    given: bool
    on: Day
    version: Annotated[str, maybe_text(20)]


@dataclass(frozen=True)
class ChildConsentsAnswer:
    consents: Annotated[list[ConsentOfChild], list_length(0, len(consents.ACTS))]
    said: Annotated[list[SaidWord], list_length(0, consents.MOST_WORDS)]


child_consents = Method(OWNER, "child_consents", OfChild, ChildConsentsAnswer)
"""The consents of a child; the words of the reader alone are shown one by one."""


@dataclass(frozen=True)
class SayConsentRequest:
    child_id: Id
    act: Annotated[str, one_of(tuple(consents.ACTS))]
    given: bool
    version: Annotated[str, maybe_text(20)]


say_consent = Method(OWNER, "say_consent", SayConsentRequest, Empty, writes=True)
"""
Give or withdraw one consent, in the reader's own name, from today on.

Outdated where `version` is not that of the present text: another was read.
"""
