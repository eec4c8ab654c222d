"""Contracts of the dossier: households, children, sections, links, and who reads what."""

from dataclasses import dataclass, field
from typing import Annotated, NotRequired, TypedDict

from marshmallow import validate

from shared.contracts.dossier.activity_history import EXPORT_FORMS
from shared.contracts.dossier.inventory_comparison import MOST_VERSION, PAGE
from shared.contracts.dossier.weeks import ChildWeeks
from shared.contracts.errors import Refusal
from shared.contracts.every_service.bucket_sums import BUCKET_LENGTH, BUCKETS
from shared.contracts.message import Empty, Event, Method
from shared.contracts.message_schemas import Default
from shared.contracts.values import (
    EMPTY,
    NONE,
    Code,
    Content,
    Day,
    Id,
    Moment,
    Month,
    PageAnswer,
    PageRequest,
    PartRead,
    Projection,
    Section,
    Version,
    items,
    maybe_text,
    one_of,
    text,
)
from shared.dates.child_weeks import MOMENTS

OWNER = "dossier"
RESYNC_BATCH = 100
"""Most children in one projection event."""
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
    absences are among the acts (carer_accesses.py). `weeks`: it lives in two homes, of
    which the one that is not the guardian's is called "", since `weeks_since` where a day is known.
    `also` are the other files of a child that had several (joined_children.py).
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
"""To the portal, whenever the answer of `my_children` changes: its first page then needs no RPC."""


@dataclass(frozen=True)
class HistoryRequest:
    """Of one school year, else of the latest one (LATEST, or a year without anything), or all."""

    child_id: Id
    school_year: Annotated[str, maybe_text(9)] = ""
    provider: Code | None = None


class HistoryLine(TypedDict):
    """One activity in one year, and the times per month ("2026-11": 12)."""

    provider: Code
    provider_label: Annotated[str, NAME]
    activity: Code
    label: Annotated[str, text(120)]
    school_year: Annotated[str, text(9)]
    months: dict[str, int]
    origin: Annotated[str, one_of(("told", "taken_over"))]


class LabelledProvider(TypedDict):
    code: Code
    label: Annotated[str, NAME]


@dataclass(frozen=True)
class HistoryAnswer:
    """`years` are those of the provider asked for, `providers` all, those that left included."""

    lines: list[HistoryLine]
    years: list[Annotated[str, text(9)]]
    providers: list[LabelledProvider]


history = Method(OWNER, "history", HistoryRequest, HistoryAnswer)
"""
The child's course (rule R10): provider, activity, year, times per month.

Only the family reads it. The newest year comes first; `taken_over` came from another software.
"""

LATEST = "latest"


@dataclass(frozen=True)
class DeleteHistoryRequest:
    child_id: Id


delete_history = Method(OWNER, "delete_history", DeleteHistoryRequest, Empty, writes=True)
"""A guardian deletes the child's course, this month's counts included; the next month counts."""


@dataclass(frozen=True)
class ReadSectionRequest:
    child_id: Id
    section: Section


@dataclass(frozen=True)
class ReadSectionAnswer:
    section: Section
    version: Version
    content: Content
    changed_by: Annotated[str, one_of(("nobody", "you", "guardian", "town"))]
    changed_at: Moment | None = None


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


@dataclass(frozen=True)
class WhoKnowsRequest:
    child_id: Id


class Holding(TypedDict):
    """
    A projection that a provider holds: sent, received, seen.

    `filled` is false where the projection is empty (no allergy told); `seen_by` is a role's code.
    """

    projection: Projection
    provider: Code
    filled: bool
    sent_at: Moment
    received_at: Annotated[Moment | None, NONE]
    seen_at: Annotated[Moment | None, NONE]
    seen_by: str


class Link(TypedDict):
    """A link of the child to a provider, and the number of the receipt that it was erased."""

    provider: Code
    origin: Code
    opened_at: Moment
    closed_at: Annotated[Moment | None, NONE]
    erased_at: Annotated[Moment | None, NONE]
    receipt: Annotated[int | None, NONE]


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


who_knows = Method(OWNER, "who_knows", WhoKnowsRequest, WhoKnowsAnswer)
"""Holdings of this child: one line per provider and projection (rule R5)."""


@dataclass(frozen=True)
class WhoReadRequest:
    child_id: Id


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


who_read = Method(OWNER, "who_read", WhoReadRequest, WhoReadAnswer)
"""Reads of twelve months, unusual ones first, ordinary ones grouped by month (rule R13)."""


@dataclass(frozen=True)
class FindDossiersRequest:
    """With `account`, a guardian whom identity knows by an address, the query is nobody's name."""

    query: Annotated[str, text(80)]
    born: Day | None = None
    account: Id | None = None


class FoundPerson(TypedDict):
    """
    As little as tells people apart.

    `born` is the birth date of a child, of a guardian the birth years of the children; `insee` is
    the commune where they live ("" unknown); `guardians` are the names of a home's guardians for a
    person found in two homes, else none.
    """

    household_id: Id
    child_id: Annotated[Id | None, NONE]
    name: Annotated[str, text(170)]
    born: str
    insee: str
    guardians: list[Annotated[str, NAME]]


@dataclass(frozen=True)
class FindDossiersAnswer:
    found: list[FoundPerson]
    more: bool


find_dossiers = Method(OWNER, "find_dossiers", FindDossiersRequest, FindDossiersAnswer)
"""
The households and children that a name, typed with mistakes, could be: for the front desk alone.

Each child shown has a line in its read log. Not `writes`: the kit would keep the names.
"""


@dataclass(frozen=True)
class OpenDossierRequest:
    household_id: Id


class OpenedChild(TypedDict):
    """
    A child at the counter: who answers for it, and which sections were never told.

    `also` are the ids of other files of a child that had several: a provider may have it by one.
    """

    id: Id
    first_name: Annotated[str, FIRST_NAME]
    last_name: Annotated[str, LAST_NAME]
    birth_date: Day
    missing: list[Section]
    guardians: list[Id]
    also: NotRequired[Annotated[list[Id], Default(list)]]


class LetterStop(TypedDict):
    """A time in which a household was sent no letter (`contracts.family_imports.stop_letters`)."""

    since: Moment
    stopped_by: Id
    why: Annotated[str, text(10)]
    resumed_at: Moment | None
    resumed_by: Id | None


class AccessLetters(TypedDict):
    """
    Letters of access to a household.

    `expected`: somebody there has none yet and may get one. The latest of the `stops` comes first.
    """

    expected: bool
    stops: list[LetterStop]


class Payer(TypedDict):
    """A guardian to whom bills of a household go."""

    subject: Id
    name: Annotated[str, NAME]


class DeceasedPayer(Payer):
    """An adult of a household who died: what is open in their name stays to be settled."""

    died_on: Day


class ChildUnderWay(TypedDict):
    """A request of this household to add a child: being written, or `sent` and to be checked."""

    draft_id: Id
    sent: bool
    since: Moment


@dataclass(frozen=True)
class OpenDossierAnswer:
    """`under_way` is for who checks dossiers; to others it is empty."""

    household_id: Id
    insee: str
    guardians: list[NamedGuardian]
    deceased: list[DeceasedPayer]
    children: list[OpenedChild]
    letters: AccessLetters
    under_way: list[ChildUnderWay] = field(default_factory=list)


open_dossier = Method(OWNER, "open_dossier", OpenDossierRequest, OpenDossierAnswer)
"""
One household at the counter.

No content of any section, no provider, no address. Each child has a line in its read log.
Refusals: NotFound, also for a household that no desk may find (rule R9).
"""


@dataclass(frozen=True)
class LinkRequest:
    child_id: Id
    provider: Code


@dataclass(frozen=True)
class LinkAnswer:
    version: Version


open_link = Method(OWNER, "open_link", LinkRequest, LinkAnswer, writes=True)
"""A guardian attaches a provider; what it is entitled to leaves at once. Safe to repeat."""

close_link = Method(OWNER, "close_link", LinkRequest, LinkAnswer, writes=True)
"""A link ends: tombstones leave, the care core stays 24 hours more (rule R6)."""


@dataclass(frozen=True)
class CompletenessRequest:
    child_id: Id


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


completeness = Method(OWNER, "completeness", CompletenessRequest, CompletenessAnswer)
"""
Missing parts of the child's dossier for each activity that the town file lists
(shared/register/completeness.py). Nothing of it shows another household.
"""

Insee = Annotated[str, validate.Regexp(r"^(\d[0-9AB]\d{3})?\Z")]
"""A commune's code; "" for one that is not in the town file."""


class Address(TypedDict):
    """Where a household lives from a day on."""

    street: Annotated[str, text(160)]
    postcode: Annotated[str, text(10)]
    insee: Annotated[Insee, EMPTY]
    commune: Annotated[str, text(80)]
    valid_from: Day


@dataclass(frozen=True)
class MyHouseholdRequest:
    household_id: Id


@dataclass(frozen=True)
class MyHouseholdAnswer:
    """Guardians, and dated addresses with the latest first."""

    version: Version
    guardians: list[NamedGuardian]
    addresses: list[Address]


my_household = Method(OWNER, "my_household", MyHouseholdRequest, MyHouseholdAnswer)
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

    No quotient either: the family itself tells billing. `protected`: no régie is shown where the
    household lives (rule R9); nothing says why. Who is `deceased` is among no `guardians`.
    """

    household_id: Id
    version: Version
    guardians: list[Payer]
    addresses: list[Address]
    children: list[Sibling]
    protected: bool = False
    deceased: list[DeceasedPayer] = field(default_factory=list)


household_changed = Event(OWNER, "household_changed", HouseholdChanged)
"""To billing, what a bill needs: whom it is for, where it goes, whose siblings count."""


class ImportedGuardian(TypedDict):
    reference: Annotated[str, text(60)]
    name: Annotated[str, NAME]
    email: Annotated[str, EMPTY]


class ImportedYear(TypedDict):
    """An activity of a past year, in times per month (rule R10)."""

    provider: Code
    activity: Code
    label: Annotated[str, text(120)]
    school_year: Annotated[str, text(9)]
    months: dict[Month, Annotated[int, validate.Range(0)]]


class ImportedChild(TypedDict):
    """
    A child of a household from another software.

    `weeks` says in which ISO weeks the child lives in this household, where custody alternates, and
    `changes_on` on which day of the week (1: Monday) it changes hands: `changes_at` the morning or
    the evening, as is usual on that day where null. `course` are past years, taken over as times
    per month, and never counted again.
    """

    reference: Annotated[str, text(60)]
    guardians: list[Annotated[str, text(60)]]
    sections: dict[Section, Content]
    links: Annotated[list[Code], Default(list)]
    weeks: Annotated[str | None, one_of(("even", "odd")), NONE]
    changes_on: Annotated[int, validate.Range(1, 7), Default(5)]
    changes_at: Annotated[str | None, one_of(MOMENTS), NONE]
    course: Annotated[list[ImportedYear], Default(list)]


ImportedGuardians = Annotated[list[ImportedGuardian], items(1, 2)]
ImportedChildren = Annotated[list[ImportedChild], items(0, 12)]


class ImportedHousehold(TypedDict):
    """A household as another software has it; references are its numbers."""

    reference: Annotated[str, text(60)]
    guardians: ImportedGuardians
    address: Annotated[Address | None, NONE]
    children: ImportedChildren


@dataclass(frozen=True)
class ImportHouseholdRequest:
    """
    An ImportedHousehold.

    `trial_of` names the provider on trial for which all of the household is invented: no other
    provider ever has it.
    """

    reference: Annotated[str, text(60)]
    guardians: ImportedGuardians
    children: ImportedChildren
    address: Address | None = None
    trial_of: Code | None = None


@dataclass(frozen=True)
class ImportHouseholdAnswer:
    """
    Ids by reference.

    `alike` holds, by reference of a new child, known children whom it could be: they are reported,
    and never merged.
    """

    household_id: Id
    guardians: dict[str, str]
    children: dict[str, str]
    alike: dict[str, list[Id]] = field(default_factory=dict)


import_household = Method(
    OWNER, "import_household", ImportHouseholdRequest, ImportHouseholdAnswer, writes=True
)
"""
A household from another software, written and never read back.

Repeating it with the same references changes nothing that a family has told since.
"""


Bucket = Annotated[str, text(BUCKET_LENGTH)]


class BucketDigest(TypedDict):
    bucket: Bucket
    digest: Annotated[str, text(16)]


@dataclass(frozen=True)
class InventoryDigestsAnswer:
    buckets: Annotated[list[BucketDigest], items(0, BUCKETS)]


inventory_digests = Method(OWNER, "inventory_digests", Empty, InventoryDigestsAnswer)
"""Digests of what the calling provider should hold, by bucket, without those that are empty."""


@dataclass(frozen=True)
class InventoryRequest(PageRequest):
    buckets: Annotated[list[Bucket], items(1, BUCKETS)]


@dataclass(frozen=True)
class InventoryAnswer(PageAnswer):
    """Entries of child, projection and version."""

    entries: Annotated[list[tuple[Id, Projection, Version]], items(0, PAGE)]


inventory = Method(OWNER, "inventory", InventoryRequest, InventoryAnswer)
"""Entries that the calling provider should hold in these buckets, tombstones included."""


@dataclass(frozen=True)
class ResendRequest:
    """
    Entries that are to be sent again, each with the version that the provider holds, or 0.

    What it holds at a later version than was ever sent leaves at a version above that one.
    """

    wanted: Annotated[
        list[tuple[Id, Projection, Annotated[int, validate.Range(0, MOST_VERSION)]]],
        items(1, PAGE),
    ]


@dataclass(frozen=True)
class ResendAnswer:
    queued: int


resend = Method(OWNER, "resend", ResendRequest, ResendAnswer, writes=True)
"""Send again, by the stream and at their present versions, what the calling provider lacks."""


class ProjectedChild(TypedDict):
    """
    A projection of one child; `version` counts per (provider, child, projection).

    `content` is the whole projection; null is a tombstone: keep until `erase_after`, then erase and
    answer with a receipt. `version` never restarts.
    """

    child_id: Id
    version: Version
    content: Content | None
    erase_after: Annotated[Moment | None, NONE]


@dataclass(frozen=True)
class ProjectionSent:
    projection: Projection
    items: Annotated[list[ProjectedChild], items(1, RESYNC_BATCH)]


projection = Event(
    OWNER,
    "projection",
    ProjectionSent,
    addressed=True,
    ordered_by=lambda sent: sent.items[0]["child_id"],
)
"""
One projection of one child (of several, when sent again) for one provider.

What is sent again of several children is in the lane of the first; versions keep it in order.
"""


class ProviderUnknown(Refusal):
    """The register has no running provider of that code."""

    code = "provider_unknown"


class SectionNotYours(Refusal):
    """A guardian may read this section, and changes it at a desk."""

    code = "section_not_yours"
