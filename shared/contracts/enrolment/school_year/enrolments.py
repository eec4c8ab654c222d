"""
Enrolment in a school of the town: what a family asks, and the certificate that it receives.

The mayor names the school; a request says child, level and address. Art. D131-3-1 of the code de
l'éducation lists three papers, and a request has no field for a fourth one.
"""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from shared.contracts.enrolment.school_year.schools import MOST_MOTIVES, OWNER, Level, SchoolYear
from shared.contracts.errors import Refusal
from shared.contracts.message import Method
from shared.contracts.values import (
    Day,
    FilePart,
    Id,
    Moment,
    PartRequest,
    Version,
    list_length,
    maybe_text,
    one_of,
    text,
)

ASKED, ENROLLED, WITHDRAWN = "asked", "enrolled", "withdrawn"
REQUEST_STATES = (
    ASKED,  # no school is decided yet
    ENROLLED,
    WITHDRAWN,  # by the family, or at its word
)

WAITING, GRANTED, REFUSED = "waiting", "granted", "refused"
WAIVER_STATES = (
    WAITING,  # for the commission
    GRANTED,
    REFUSED,
    WITHDRAWN,  # by the family, or with its request
)

WORK, HEALTH, SIBLING, CYCLE = "work", "health", "sibling", "cycle"
MOTIVES_OF_LAW = (
    WORK,  # both parents work, and the commune offers no meals or no care
    HEALTH,  # attested by a physician of the school or of public health
    SIBLING,  # a brother or sister is there, for one of these reasons or for lack of places
    CYCLE,  # the child goes on there to the end of nursery or elementary school
)
"""Motives for a school of another commune (L212-8, R212-21 code de l'éducation)."""

SHOWN, SWORN, LATER = "shown", "sworn", "later"
PAPER_WAYS = (
    SHOWN,  # at a counter, or seen there before
    SWORN,  # a sworn statement in its place
    LATER,  # to come: the enrolment does not wait for it
)

PaperWay = Annotated[str, one_of(PAPER_WAYS)]


class PapersGiven(TypedDict):
    """The papers of art. D131-3-1, all of them, and how each is given."""

    child_identity: PaperWay
    guardian_identity: PaperWay
    domicile: PaperWay


class HomeAddress(TypedDict):
    """Address of the child; `insee` is "" for a commune that is not in the town file."""

    street: Annotated[str, text(160)]
    postcode: Annotated[str, text(10)]
    insee: Annotated[str, maybe_text(5)]
    commune: Annotated[str, text(80)]


class WaiverWish(TypedDict):
    """
    A school of another area and why: codes of the deliberation, whose motives are published.

    `school_id` null: a school of another commune, by its name, for motives of the law. There is no
    sentence to write: a motive may be of health.
    """

    school_id: Id | None
    elsewhere: Annotated[str, maybe_text(120)]
    motives: Annotated[list[Annotated[str, text(40)]], list_length(1, MOST_MOTIVES)]
    proof: PaperWay


@dataclass(frozen=True, kw_only=True)
class RequestSchoolRequest:
    """
    `link_version` is the dossier's answer to `open_link`, as for `apply`.

    With a `waiver` both are taken in, or neither.
    """

    child_id: Id
    link_version: Version
    school_year: SchoolYear
    level: Level
    address: HomeAddress
    papers: PapersGiven
    waiver: WaiverWish | None = None


@dataclass(frozen=True)
class SchoolRequestStatus:
    request_id: Id
    state: Annotated[str, one_of(REQUEST_STATES)]


request_school = Method(
    OWNER, "request_school", RequestSchoolRequest, SchoolRequestStatus, writes=True
)
"""
Ask for a school from a school year on; the request waits for the child's file (decision 0012).

Refusals: AlreadyAsked, NotEntitled, BadRequest for a school year that is over or too far; of the
waiver NoMotive, and NotFound for a school that is not there.
"""


@dataclass(frozen=True)
class WithdrawSchoolRequestRequest:
    child_id: Id
    request_id: Id


withdraw_school_request = Method(
    OWNER,
    "withdraw_school_request",
    WithdrawSchoolRequestRequest,
    SchoolRequestStatus,
    writes=True,
)
"""Take a request back that is not decided, with its waiver; a decided one answers that it is."""


@dataclass(frozen=True, kw_only=True)
class RequestWaiverRequest:
    child_id: Id
    request_id: Id
    wish: WaiverWish


@dataclass(frozen=True)
class WaiverStatus:
    waiver_id: Id
    state: Annotated[str, one_of(WAIVER_STATES)]


request_waiver = Method(OWNER, "request_waiver", RequestWaiverRequest, WaiverStatus, writes=True)
"""
Ask for another school than that of the area, for a request that is not decided.

Refusals: NotFound for a request that is decided or another's, WaiverThere, NoMotive.
"""


@dataclass(frozen=True)
class WithdrawWaiverRequest:
    child_id: Id
    waiver_id: Id


withdraw_waiver = Method(OWNER, "withdraw_waiver", WithdrawWaiverRequest, WaiverStatus, writes=True)
"""Take a waiver back that is not decided yet; a decided one answers that it is."""


@dataclass(frozen=True, kw_only=True)
class EnrolmentCertificateRequest(PartRequest):
    child_id: Id
    enrolment_id: Id


enrolment_certificate = Method(
    OWNER, "enrolment_certificate", EnrolmentCertificateRequest, FilePart
)
"""A part of the certificate of an enrolment, as PDF; one that is withdrawn says so."""


@dataclass(frozen=True, kw_only=True)
class WaiverLetterRequest(PartRequest):
    child_id: Id
    waiver_id: Id


waiver_letter = Method(OWNER, "waiver_letter", WaiverLetterRequest, FilePart)
"""A part of the letter of a refused waiver, as PDF; NotFound for one that is not refused."""


class CardSchoolRequest(TypedDict):
    """A request for a school that is not decided, on the card of the household that asked."""

    request_id: Id
    school_year: Annotated[str, text(9)]
    level: Annotated[str, text(10)]
    submitted_at: Moment
    papers: PapersGiven


class CardSchoolEnrolment(TypedDict):
    """An enrolment decided for the child; `withdrawn_at` null while its certificate is valid."""

    enrolment_id: Id
    number: Annotated[str, text(20)]
    school: Annotated[str, text(120)]
    level: Annotated[str, text(10)]
    holds_from: Day
    withdrawn_at: Moment | None
    admitted_on: Day | None


class CardSchoolWaiver(TypedDict):
    """A waiver of the area asked for the child; `school` is "" for one of another commune."""

    waiver_id: Id
    request_id: Id
    school: Annotated[str, maybe_text(120)]
    state: Annotated[str, one_of(WAIVER_STATES)]
    proof: PaperWay
    entered_at: Moment
    decided_at: Moment | None


class AlreadyAsked(Refusal):
    """A request of the child's is not decided yet."""

    code = "already_asked"


class WaiverThere(Refusal):
    """A waiver of this request waits already."""

    code = "waiver_there"


class NoMotive(Refusal):
    """No motive, or one that neither the law nor the deliberation has."""

    code = "no_motive"
