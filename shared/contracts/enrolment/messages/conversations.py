"""
Conversations of families with a provider, and their cards, which the portal stores.

The provider stores everything; the portal has cards (subject, date, number of unread messages), and
requests the rest. A thread belongs to one household and a fixed audience of its guardians.
"""

from dataclasses import dataclass, field
from typing import Annotated, TypedDict

from marshmallow import validate

from shared.contracts.enrolment.messages.bulletin_audience import TARGETS
from shared.contracts.errors import Refusal
from shared.contracts.message import Event, Method
from shared.contracts.values import (
    EMPTY,
    Count,
    Day,
    Id,
    Moment,
    Version,
    list_length,
    maybe_text,
    one_of,
    text,
)
from shared.files.types import MEDIA_TYPES, MOST_FILES

OWNER = "enrolment"

KINDS = ("question", "absence", "enrolment", "billing", "practical")
"""Subjects of threads."""
FAMILY, PROVIDER = "family", "provider"
SIDES = (FAMILY, PROVIDER)
AWAITED, STORED, REFUSED = "awaited", "held", "refused"
ATTACHMENT_STATES = (
    AWAITED,  # its parts are still on their way
    STORED,
    REFUSED,  # it is not what its message said, or may not be attached
)

MOST_TITLE, MOST_BODY, MOST_NAME = 80, 4000, 120
MOST_CHILDREN = 12

Kind = Annotated[str, one_of(KINDS)]
Title = Annotated[str, text(MOST_TITLE)]
Body = Annotated[str, text(MOST_BODY)]
Side = Annotated[str, one_of(SIDES)]
Children = Annotated[list[Id], list_length(0, MOST_CHILDREN)]
FileName = Annotated[str, text(MOST_NAME)]
MediaType = Annotated[str, one_of(MEDIA_TYPES)]
FileSize = Annotated[int, validate.Range(1, 50_000_000)]


class AttachedFile(TypedDict):
    """A file of a message; `size` in bytes."""

    attachment_id: Id
    name: FileName
    media_type: MediaType
    size: FileSize


class AnnouncedFile(AttachedFile):
    """A file whose parts are on their way; `digest` is the SHA-256 of the whole."""

    digest: Annotated[str, validate.Regexp(r"^[0-9a-f]{64}\Z"), EMPTY]


@dataclass(frozen=True, kw_only=True)
class GuardianMessage:
    """A message as a guardian writes it; `name` is that guardian's, as the portal greets it."""

    body: Body
    name: Annotated[str, text(MOST_NAME)]
    attachments: Annotated[list[AnnouncedFile], list_length(0, MOST_FILES)] = field(
        default_factory=list
    )


@dataclass(frozen=True, kw_only=True)
class StartThreadRequest(GuardianMessage):
    """`share`: the other guardians of the same household read along, for good."""

    kind: Kind
    title: Title
    child_ids: Children = field(default_factory=list)
    share: bool = False


@dataclass(frozen=True)
class ThreadWritten:
    """The thread in which a guardian has written."""

    thread_id: Id


start_thread = Method(OWNER, "start_thread", StartThreadRequest, ThreadWritten, writes=True)
"""
A guardian writes first.

Refusals: NotFound (not a guardian of these children here), AttachmentTooLarge.
"""


@dataclass(frozen=True, kw_only=True)
class ReplyRequest(GuardianMessage):
    thread_id: Id


reply = Method(OWNER, "reply", ReplyRequest, ThreadWritten, writes=True)
"""Answer in a thread; who reads it stays as it was. Refusals: NotFound, AttachmentTooLarge."""


class MessageFile(AttachedFile):
    """A file of a message that was sent."""

    state: Annotated[str, one_of(ATTACHMENT_STATES)]


class ThreadMessage(TypedDict):
    """One message of a thread. For an agent `name` is the function, never the person."""

    number: Version
    side: Side
    mine: bool
    name: str
    body: Body
    at: Moment
    attachments: list[MessageFile]


@dataclass(frozen=True)
class ReadThreadRequest:
    """`before`: the number of the message before which those asked for stand; 0: the newest."""

    thread_id: Id
    before: Version = 0


@dataclass(frozen=True)
class ReadThreadAnswer:
    """
    `seen_to`: the last message that the provider has opened, `seen_at` when.

    `version` is that of the thread's card after this reading.
    """

    kind: Kind
    title: Title
    child_ids: Children
    readers: Count
    version: Version
    seen_to: Version
    earlier: bool
    messages: list[ThreadMessage]
    seen_at: Moment | None = None


read_thread = Method(OWNER, "read_thread", ReadThreadRequest, ReadThreadAnswer)
"""The newest messages of a thread, or those before one; what was given counts as read."""


@dataclass(frozen=True)
class ReadAttachmentRequest:
    thread_id: Id
    attachment_id: Id
    part: Version


@dataclass(frozen=True)
class ReadAttachmentAnswer:
    """`data` is the part in base64."""

    attachment_id: Id
    name: FileName
    media_type: MediaType
    size: FileSize
    parts: Count
    data: str


read_attachment = Method(OWNER, "read_attachment", ReadAttachmentRequest, ReadAttachmentAnswer)
"""One part of a file; NotFound until all of it has arrived and was found to be right."""


class Bulletin(TypedDict):
    """A bulletin to families; `number` counts a provider's bulletins."""

    bulletin_id: Id
    number: Version
    title: Title
    body: Body
    at: Moment


@dataclass(frozen=True)
class ReadBulletinsRequest:
    """`before`: the number of the bulletin before which those asked for stand; 0: the newest."""

    before: Version = 0


@dataclass(frozen=True)
class ReadBulletinsAnswer:
    earlier: bool
    bulletins: list[Bulletin]


read_bulletins = Method(OWNER, "read_bulletins", ReadBulletinsRequest, ReadBulletinsAnswer)
"""
The newest bulletins to families that concern this adult's children, or those before one.

These are a guardian's, and those placed with who asks.
"""


class ThreadReader(TypedDict):
    """A guardian who may read a thread, and how many of its messages are unread."""

    subject: Id
    unread: Count


@dataclass(frozen=True, kw_only=True)
class ThreadCard:
    """`readers` are the guardians of the thread's audience who may read now."""

    thread_id: Id
    version: Version
    kind: Kind
    title: Annotated[str, maybe_text(MOST_TITLE)] = ""
    child_ids: Children
    last_at: Moment
    last_side: Side
    readers: list[ThreadReader]


thread_card = Event(OWNER, "thread_card", ThreadCard)
"""
One thread as lists show it, whole, versioned.

Without `readers` the portal forgets the subject, too. Never a text, never a name.
"""


@dataclass(frozen=True)
class BulletinPublished:
    """`number` counts a provider's bulletins."""

    bulletin_id: Id
    number: Version
    title: Title
    at: Moment
    day: Day
    target: Annotated[str, one_of(TARGETS)]
    target_id: Id | None = None


bulletin_published = Event(OWNER, "bulletin_published", BulletinPublished)
"""
One bulletin to many families, once. No family in it.

Families that have a place there on `day` (in the activity, the group, or any) may read it.
"""


class AwayDays(TypedDict):
    """Days on which a provider does not answer, both included."""

    first_day: Day
    last_day: Day
    sentence: Annotated[str, text(200)]


@dataclass(frozen=True)
class AwayPublished:
    version: Version
    away: list[AwayDays]


away_published = Event(OWNER, "away_published", AwayPublished)
"""Dates on which a provider does not answer, with its sentence: whole, versioned."""


class AttachmentTooLarge(Refusal):
    """A file is larger than the town allows; `detail["most"]` is the limit in bytes."""

    code = "attachment_too_large"
