"""Contracts of the dossier: papers of a household, kept once and checked at the front desk."""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from marshmallow import validate

from shared.contracts.dossier.guardians import OWNER
from shared.contracts.dossier.papers.child_papers import PaperPartAnswer
from shared.contracts.dossier.registrations import MOST_PARTS, PART_BYTES
from shared.contracts.errors import Refusal
from shared.contracts.message import Empty, Method
from shared.contracts.values import EMPTY, NONE, Day, Id, OfHousehold, list_length, one_of, text

ADDRESS_PROOF, JUDGMENT = "address_proof", "judgment"
KINDS = (ADDRESS_PROOF, JUDGMENT)

WAITING, ACCEPTED, REFUSED = "waiting", "accepted", "refused"
EXPIRED, FORMER = "expired", "former"
STATES = (WAITING, ACCEPTED, REFUSED, EXPIRED, FORMER)
"""
`former`: a proof of address that was kept, or looked at, before the household said another address.

It may be of the new one all the same: a lease is signed before one moves.
"""

REASONS = ("unreadable", "wrong_paper", "other_person", "other_address", "too_old", "incomplete")
"""Why an agent refuses such a paper; nothing is written freely about a family."""

MOST_KEPT = 12
"""Papers that one guardian keeps for a household: what another keeps shows in no limit (R7)."""
MOST_HOMES = 60
"""Households of which papers wait in one answer, those that wait longest first."""
MOST_IN_HOME = 8 * MOST_KEPT

Kind = Annotated[str, one_of(KINDS)]


class PaperOfHousehold(TypedDict):
    """One paper as it is today."""

    id: Id
    kind: Kind
    kept_on: Day
    state: Annotated[str, one_of(STATES)]
    reason: Annotated[str, EMPTY]
    valid_until: Annotated[Day | None, NONE]
    decided_on: Annotated[Day | None, NONE]


@dataclass(frozen=True)
class HouseholdPapersAnswer:
    papers: Annotated[list[PaperOfHousehold], list_length(0, MOST_IN_HOME)]


household_papers = Method(OWNER, "household_papers", OfHousehold, HouseholdPapersAnswer)
"""The papers that the reader itself kept; what another parent keeps shows nowhere (R7, R9)."""


@dataclass(frozen=True)
class KeepHouseholdPaperRequest:
    """One part of a paper's file, in base64."""

    household_id: Id
    paper_id: Id
    kind: Kind
    part: Annotated[int, validate.Range(0)]
    parts: Annotated[int, validate.Range(1, MOST_PARTS)]
    content: Annotated[str, text(PART_BYTES * 4 // 3 + 4)]


keep_household_paper = Method(
    OWNER, "keep_household_paper", KeepHouseholdPaperRequest, Empty, writes=True
)
"""Keep a paper; whole with its last part. NotFound, UnreadablePaper, TooManyPapers."""


@dataclass(frozen=True)
class OfHouseholdPaper:
    household_id: Id
    paper_id: Id


@dataclass(frozen=True)
class HouseholdPaperPartRequest(OfHouseholdPaper):
    part: Annotated[int, validate.Range(0)] = 0


household_paper_part = Method(
    OWNER, "household_paper_part", HouseholdPaperPartRequest, PaperPartAnswer
)
"""One part of the file, for who kept it."""

drop_household_paper = Method(OWNER, "drop_household_paper", OfHouseholdPaper, Empty, writes=True)
"""Take a paper back: whoever kept it, and nobody else. One that is not there is gone already."""


class HomeWithPapers(TypedDict):
    """A household of which papers wait, since `since`; `names` are its guardians."""

    household_id: Id
    names: Annotated[list[Annotated[str, text(120)]], list_length(0, 12)]
    kinds: Annotated[list[Kind], list_length(1, len(KINDS))]
    since: Day


@dataclass(frozen=True)
class WaitingHouseholdPapersAnswer:
    homes: Annotated[list[HomeWithPapers], list_length(0, MOST_HOMES)]


waiting_household_papers = Method(
    OWNER, "waiting_household_papers", Empty, WaitingHouseholdPapersAnswer
)
"""Homes whose papers this agent may check; a protected one to who protects alone (rule R9)."""


@dataclass(frozen=True)
class PapersAtDeskAnswer:
    """`names` are the guardians of the household."""

    names: Annotated[list[Annotated[str, text(120)]], list_length(0, 12)]
    papers: Annotated[list[PaperOfHousehold], list_length(0, MOST_IN_HOME)]


papers_at_desk = Method(OWNER, "papers_at_desk", OfHousehold, PapersAtDeskAnswer)
"""The papers of a household of the kinds that this agent checks; leaves a line for its children."""

read_household_paper = Method(
    OWNER, "read_household_paper", HouseholdPaperPartRequest, PaperPartAnswer
)
"""One part of the file, for an agent who checks that kind; leaves a line for each child."""


@dataclass(frozen=True)
class DecideHouseholdPaperRequest(OfHouseholdPaper):
    """`valid_until` is the last day that an accepted paper holds, if it has one."""

    accepted: bool
    reason: Annotated[str, one_of(("", *REASONS))] = ""
    valid_until: Day | None = None


decide_household_paper = Method(
    OWNER, "decide_household_paper", DecideHouseholdPaperRequest, Empty, writes=True
)
"""
Note that an agent saw the paper and found it in order, or refuse it with a reason.

An accepted proof of address is valid for every service that asks for one. Refusals: NotFound,
HouseholdPaperDecided, BadRequest (a refusal without a reason, a day that is past).
"""


class HouseholdPaperDecided(Refusal):
    """Another agent has looked at this paper already."""

    code = "household_paper_decided"
