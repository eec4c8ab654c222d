"""
Decisions of the front desk on registrations: what waits, what is seen of each, accepted or refused.

Only what was sent is here; what its holder does before is in registrations.py.
"""

from dataclasses import dataclass, field
from typing import Annotated, TypedDict

from marshmallow import validate

from shared.contracts.dossier.registrations import (
    ACCOUNT,
    MOST_CHILDREN,
    OWNER,
    REASONS,
    STATES,
    WAYS,
    Paper,
    RegistrationEmail,
)
from shared.contracts.errors import Refusal
from shared.contracts.message import Empty, Method
from shared.contracts.schema_from_type import Default
from shared.contracts.values import (
    NONE,
    Content,
    Day,
    Id,
    Moment,
    Version,
    list_length,
    one_of,
    text,
)


class WaitingRegistration(TypedDict):
    """One in the desk's list; `papers` counts them. `known`: the family has an account."""

    draft_id: Id
    reference: Annotated[str, text(20)]
    way: Annotated[str, one_of((*WAYS, ACCOUNT))]
    sent_at: Moment
    guardian: str
    children: list[str]
    papers: int
    known: bool


@dataclass(frozen=True)
class WaitingRegistrationsAnswer:
    drafts: list[WaitingRegistration]


waiting_registrations = Method(OWNER, "waiting_registrations", Empty, WaitingRegistrationsAnswer)
"""The registrations that were sent and wait for the desk, the oldest first."""


@dataclass(frozen=True)
class LookAtRegistrationRequest:
    draft_id: Id


class KnownGuardian(TypedDict):
    id: Id
    name: Annotated[str, text(120)]


class KnownHousehold(TypedDict):
    """A household, by the names of its guardians."""

    id: Id
    guardians: Annotated[list[str], Default(list)]


class KnownChild(TypedDict):
    child_id: Id
    first_name: Annotated[str, text(80)]
    last_name: Annotated[str, text(80)]
    birth_date: Day
    guardians: list[KnownGuardian]
    households: list[KnownHousehold]


class LikelyChild(KnownChild):
    """A known child that the registration's child at `place` could be, with a likelihood of 100."""

    place: int
    score: int


class HomeOfRegistration(TypedDict):
    """The household of a known family, and who answers there for its children."""

    household_id: Id
    guardians: list[KnownGuardian]


@dataclass(frozen=True)
class LookAtRegistrationAnswer:
    """`household` is null for a family without an account."""

    reference: Annotated[str, text(20)]
    state: Annotated[str, one_of(STATES)]
    version: Version
    way: Annotated[str, one_of((*WAYS, ACCOUNT))]
    sent_at: Moment
    content: Content
    email: RegistrationEmail
    papers: list[Paper]
    alike: list[LikelyChild]
    household: HomeOfRegistration | None = None


look_at_registration = Method(
    OWNER, "look_at_registration", LookAtRegistrationRequest, LookAtRegistrationAnswer
)
"""
A sent registration beside the known children whom its own could be.

They are shown, and never merged by themselves; twins are never among them (rule test 6), nor is
anybody of a protected household (rule R9). The registration of a family that lives in one is
NotFound to who does not protect, and in no list.
"""


@dataclass(frozen=True)
class RegistrationPaperRequest:
    draft_id: Id
    paper_id: Id
    part: Annotated[int, validate.Range(0)]


@dataclass(frozen=True)
class RegistrationPaperAnswer:
    media_type: Annotated[str, text(20)]
    parts: int
    content: Annotated[str, text(250_000)]


registration_paper = Method(
    OWNER, "registration_paper", RegistrationPaperRequest, RegistrationPaperAnswer
)
"""One part of a photographed paper of a sent registration, in base64."""


@dataclass(frozen=True)
class ConfirmEmailRequest:
    draft_id: Id
    version: Version
    email: Annotated[str, text(254)]


confirm_email = Method(OWNER, "confirm_email", ConfirmEmailRequest, Empty, writes=True)
"""
Take an address as proven: its holder showed an identity at the counter, and an agent notes it.

Refusals: NotFound, RegistrationClosed, Outdated, and BadRequest if it has another address.
"""


class SeenPaper(TypedDict):
    """The kind and the date of a paper that an agent saw; never a copy."""

    paper: Annotated[str, text(80)]
    paper_date: Annotated[Day | None, NONE]


class AcceptedChild(SeenPaper):
    """The registration's child at `place`: the known child `child_id` or, if null, a new one."""

    place: Annotated[int, validate.Range(0)]
    child_id: Annotated[Id | None, NONE]


class AcceptedSecond(TypedDict):
    """The other parent of a registration, whose identity is checked when they come."""

    authority: bool
    lives_here: bool


@dataclass(frozen=True)
class AcceptRegistrationRequest:
    """
    Ids join what is known already; where there is none somebody new is made.

    `by_email` asks whether the e-mail of this version may become the guardian's login. Of a known
    family household and guardian are the registration's own: `parents` say who of the household has
    authority over the children, and nobody's identity is seen again.
    """

    draft_id: Id
    version: Version
    children: Annotated[list[AcceptedChild], list_length(1, MOST_CHILDREN)]
    identity: SeenPaper | None = None
    parents: Annotated[list[Id], list_length(0, 20)] = field(default_factory=list)
    guardian_id: Id | None = None
    household_id: Id | None = None
    authority: bool = True
    by_email: bool = False
    domicile: SeenPaper | None = None
    second: AcceptedSecond | None = None
    providers: list[Annotated[str, text(40)]] = field(default_factory=list)


@dataclass(frozen=True)
class AcceptRegistrationAnswer:
    guardian_id: Id
    household_id: Id


accept_registration = Method(
    OWNER, "accept_registration", AcceptRegistrationRequest, AcceptRegistrationAnswer, writes=True
)
"""
The desk has seen who the guardian is and that the children are theirs: a dossier begins or grows.

Photographs are then erased. Refusals: NotFound, RegistrationClosed, Outdated, BadRequest,
ProviderUnknown, EmailNotProven.
"""


@dataclass(frozen=True)
class RefuseRegistrationRequest:
    draft_id: Id
    reason: Annotated[str, one_of(REASONS)]


refuse_registration = Method(
    OWNER, "refuse_registration", RefuseRegistrationRequest, Empty, writes=True
)
"""The desk refuses a registration, with the reason that its holder reads."""


class EmailNotProven(Refusal):
    """Since the e-mail changed, no link to it was used and no agent confirmed it."""

    code = "email_not_proven"
