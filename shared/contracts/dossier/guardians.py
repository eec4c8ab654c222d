"""Requests of guardians to the dossier: their children, sections, links, home, who reads what."""

from dataclasses import dataclass, field
from typing import Annotated, NotRequired, TypedDict

from marshmallow import validate

from shared.contracts.dossier.activity_history_requests import EXPORT_FORMS
from shared.contracts.dossier.two_home_weeks import ChildWeeks
from shared.contracts.errors import Refusal
from shared.contracts.message import Empty, Event, Method
from shared.contracts.schema_from_type import Default
from shared.contracts.values import (
    EMPTY,
    NONE,
    Code,
    Content,
    Day,
    Id,
    Moment,
    OfChild,
    OfHousehold,
    PartRead,
    Projection,
    Section,
    Version,
    one_of,
    text,
)

OWNER = "dossier"
FIRST_NAME = LAST_NAME = text(80)
NAME = text(120)


class OtherFile(TypedDict):
    """A file that is the same child: the id by which these providers have it."""

    child_id: Id
    providers: list[Code]


class CardChild(TypedDict):
    """
    A child as its guardian's first pages name it; no health.

    `providers` are the codes with an open link; `missing` are the guardian's sections never
    confirmed. `carer`: it is placed with this adult, who says absences and may do nothing else. Of
    a granted access, `carer_in` is the household by which the days come, and `says_absent` whether
    absences are among the acts (trusted_person_accesses.py). `weeks`: it lives in two homes, of
    which the one that is not the guardian's is called "", since `weeks_since` where a day is known.
    `also` are the other files of a child that had several (duplicate_children.py). Where
    `leaves_after` is there, it leaves the town after that day (families/departures.py). `since` is
    there for a carer where another answered for it before: what was written to families then is not
    the carer's to read.
    """

    id: Id
    first_name: Annotated[str, FIRST_NAME]
    last_name: Annotated[str, LAST_NAME]
    birth_date: Day
    school: str
    providers: list[Code]
    missing: list[Section]
    carer: NotRequired[Annotated[bool, Default(False)]]
    carer_in: NotRequired[Id]
    says_absent: NotRequired[Annotated[bool, Default(True)]]
    weeks: NotRequired[Annotated[ChildWeeks | None, NONE]]
    weeks_since: NotRequired[Annotated[Day | None, NONE]]
    also: NotRequired[Annotated[list[OtherFile], Default(list)]]
    leaves_after: NotRequired[Annotated[Day | None, NONE]]
    since: NotRequired[Annotated[Day | None, NONE]]


class NamedGuardian(TypedDict):
    id: Id
    name: Annotated[str, NAME]


@dataclass(frozen=True)
class MyChildrenAnswer:
    """`households` are the guardian's own; the eldest child comes first."""

    guardian: NamedGuardian
    households: list[Id]
    children: list[CardChild]


my_children = Method(OWNER, "my_children", Empty, MyChildrenAnswer)
"""The children over whom the person has authority, or who are placed with them."""


@dataclass(frozen=True)
class GuardianCard:
    """Whole state, versioned per guardian; no health."""

    subject: Id
    version: Version
    at: Moment
    households: list[Id]
    children: list[CardChild]


guardian_card = Event(OWNER, "guardian_card", GuardianCard)
"""
Sent to the portal whenever the answer of `my_children` changes: its first page then needs no RPC.
"""


@dataclass(frozen=True)
class ReadSectionRequest:
    child_id: Id
    section: Section


class LaterContent(TypedDict):
    """The content of a section from a day to come on, as an agent or a service confirmed it."""

    day: Day
    content: Content


@dataclass(frozen=True)
class ReadSectionAnswer:
    """`later` is there where a child goes to another school from a day to come on."""

    section: Section
    version: Version
    content: Content
    changed_by: Annotated[str, one_of(("nobody", "you", "guardian", "town", "imported"))]
    changed_at: Moment | None = None
    later: LaterContent | None = None


read_section = Method(OWNER, "read_section", ReadSectionRequest, ReadSectionAnswer)
"""One section as stored; version 0 and empty content if nothing was entered yet."""


@dataclass(frozen=True)
class WriteSectionRequest:
    child_id: Id
    section: Section
    base_version: Version
    content: Content


@dataclass(frozen=True)
class WriteSectionAnswer:
    """`recipients` are the providers to which something new now leaves."""

    version: Version
    recipients: list[Code]


write_section = Method(OWNER, "write_section", WriteSectionRequest, WriteSectionAnswer, writes=True)
"""
Store a section as its next version, and publish it to the providers entitled to it.

Refusals: BadRequest (nested sentences), Outdated, NotEntitled, NotFound.
"""


class Holding(TypedDict):
    """
    A projection that a provider holds: sent, received, seen.

    `filled` is false where the projection is empty (no allergy filled in); `seen_by` is a role's
    code.
    """

    projection: Projection
    provider: Code
    filled: bool
    sent_at: Moment
    received_at: Annotated[Moment | None, NONE]
    seen_at: Annotated[Moment | None, NONE]
    seen_by: str


class Link(TypedDict):
    """
    A link of the child to a provider, and the number of the receipt that it was erased.

    `end_asked` says who wants it to end, the reader's home or another guardian, "" for nobody: then
    the other's word lacks.
    """

    provider: Code
    origin: Code
    opened_at: Moment
    closed_at: Annotated[Moment | None, NONE]
    erased_at: Annotated[Moment | None, NONE]
    receipt: Annotated[int | None, NONE]
    end_asked: Annotated[str, one_of(("", "you", "guardian")), EMPTY]


class Grant(TypedDict):
    """A projection that a guardian has sent to one provider more, up to a day (rule R4)."""

    provider: Code
    projection: Projection
    until: Day
    by: Annotated[str, one_of(("you", "guardian"))]


@dataclass(frozen=True)
class WhoKnowsAnswer:
    holdings: list[Holding]
    links: list[Link]
    guardian_grants: list[Grant] = field(default_factory=list)


who_knows = Method(OWNER, "who_knows", OfChild, WhoKnowsAnswer)
"""Holdings of this child: one line per provider and projection (rule R5)."""


class Readings(TypedDict):
    """Reads of one kind: an unusual hour, or the ordinary ones of a month."""

    provider: Code
    role: Code
    projection: PartRead
    purpose: Code
    times: int
    first_at: Moment
    last_at: Moment
    unusual: bool


class Export(TypedDict):
    form: Annotated[str, one_of(EXPORT_FORMS)]
    at: Moment


@dataclass(frozen=True)
class WhoReadAnswer:
    reads: list[Readings]
    exports: list[Export] = field(default_factory=list)


who_read = Method(OWNER, "who_read", OfChild, WhoReadAnswer)
"""Reads of twelve months, unusual ones first, ordinary ones grouped by month (rule R13)."""


class Payer(TypedDict):
    """A guardian to whom bills of a household go."""

    subject: Id
    name: Annotated[str, NAME]


class DeceasedPayer(Payer):
    """An adult of a household who died: what is open in their name stays to be paid."""

    died_on: Day


@dataclass(frozen=True)
class LinkRequest:
    child_id: Id
    provider: Code


@dataclass(frozen=True)
class LinkAnswer:
    """`waits`: of a link to be ended, that it stays open until the other guardian wants so, too."""

    version: Version
    waits: bool = False


open_link = Method(OWNER, "open_link", LinkRequest, LinkAnswer, writes=True)
"""A guardian attaches a provider; what it is entitled to leaves at once. Safe to repeat."""

close_link = Method(OWNER, "close_link", LinkRequest, LinkAnswer, writes=True)
"""
A link ends: tombstones leave, the care core stays 24 hours more (rule R6).

Where two have authority and share no home, once both want it to (`waits`); `open_link` takes one's
own wish back.
"""


class ActivityCompleteness(TypedDict):
    """
    Missing parts of the child's dossier for an activity.

    `missing` until it is complete, papers and the desk's checks included; `later` is needed by the
    stay alone, by a day, and blocks nothing.
    """

    provider: Code
    activity: Code
    label: Annotated[str, text(60)]
    missing: list[Code]
    later: list[Code]
    by: Annotated[Day | None, NONE]


@dataclass(frozen=True)
class CompletenessAnswer:
    activities: list[ActivityCompleteness]


completeness = Method(OWNER, "completeness", OfChild, CompletenessAnswer)
"""
Missing parts of the child's dossier for each activity that the town file lists
(shared/register/completeness.py). Nothing of it shows another household.
"""

Insee = Annotated[str, validate.Regexp(r"^(\d[0-9AB]\d{3})?\Z")]
"""A commune's code; "" for one that is not in the town file."""


class Address(TypedDict):
    """Address of a household from a day on."""

    street: Annotated[str, text(160)]
    postcode: Annotated[str, text(10)]
    insee: Annotated[Insee, EMPTY]
    commune: Annotated[str, text(80)]
    valid_from: Day


@dataclass(frozen=True)
class MyHouseholdAnswer:
    """Guardians, and dated addresses with the latest first."""

    version: Version
    guardians: list[NamedGuardian]
    addresses: list[Address]


my_household = Method(OWNER, "my_household", OfHousehold, MyHouseholdAnswer)
"""A household for its own guardians alone."""


@dataclass(frozen=True)
class MoveHouseholdRequest:
    household_id: Id
    base_version: Version
    street: Annotated[str, text(160)]
    postcode: Annotated[str, text(10)]
    commune: Annotated[str, text(80)]
    valid_from: Day
    insee: Insee = ""


@dataclass(frozen=True)
class MoveHouseholdAnswer:
    version: Version


move_household = Method(
    OWNER, "move_household", MoveHouseholdRequest, MoveHouseholdAnswer, writes=True
)
"""
Say once where a household lives from a day on; the same day again corrects it.

Refusals: NotFound (not the guardian's own household), Outdated.
"""


class Sibling(TypedDict):
    """
    A child of a household, as a bill needs it.

    `same_as`: another file of that child, which is one sibling with it.
    """

    child_id: Id
    first_name: Annotated[str, FIRST_NAME]
    last_name: Annotated[str, LAST_NAME]
    birth_date: Day
    same_as: NotRequired[Annotated[Id | None, NONE]]


@dataclass(frozen=True)
class HouseholdChanged:
    """
    Whole state, versioned per household; nothing of any section.

    No quotient either: the family itself states it to billing. `protected`: no régie is shown where
    the household lives (rule R9); nothing says why. Who is `deceased` is among no `guardians`.
    """

    household_id: Id
    version: Version
    guardians: list[Payer]
    addresses: list[Address]
    children: list[Sibling]
    protected: bool = False
    deceased: list[DeceasedPayer] = field(default_factory=list)


household_changed = Event(OWNER, "household_changed", HouseholdChanged)
"""Sent to billing with what a bill needs: whom it is for, where it goes, whose siblings count."""


class ProviderUnknown(Refusal):
    """The register has no running provider of that code."""

    code = "provider_unknown"


class SectionNotYours(Refusal):
    """A guardian may read this section, and changes it at a desk."""

    code = "section_not_yours"
