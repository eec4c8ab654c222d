"""Projections sent to a provider: the event, and the inventory by which lost ones leave again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, TypedDict

from marshmallow import ValidationError, validate

from shared.contracts.dossier.guardians import OWNER
from shared.contracts.dossier.sharing.inventory_comparison import (
    FEW_BUCKETS,
    MOST_VERSION,
    PAGE,
    check_lines,
)
from shared.contracts.every_service.bucket_sums import BUCKET_LENGTH, BUCKETS
from shared.contracts.message import Empty, Event, Method
from shared.contracts.values import (
    NONE,
    PROJECTIONS,
    Content,
    Id,
    Moment,
    PageAnswer,
    PageRequest,
    Projection,
    Version,
    list_length,
    text,
)

RESYNC_BATCH = 100
"""Most children in one projection event."""


ROWS_AT_ONCE = 200
"""Most rows in one answer: few, so that requests of families go in between."""
MOST_PARTS = FEW_BUCKETS * len(PROJECTIONS)

Bucket = Annotated[str, text(BUCKET_LENGTH)]


class BucketDigest(TypedDict):
    bucket: Bucket
    digest: Annotated[str, text(16)]


class PartDigest(TypedDict):
    """The digest of one projection within one bucket."""

    bucket: Bucket
    projection: Projection
    digest: Annotated[str, text(16)]


@dataclass(frozen=True)
class InventoryDigestsRequest:
    """A request for the digests of all buckets, or of each projection within a few of them."""

    within: Annotated[list[Bucket], list_length(0, FEW_BUCKETS)] = field(default_factory=list)


@dataclass(frozen=True)
class InventoryDigestsAnswer:
    buckets: Annotated[list[BucketDigest], list_length(0, BUCKETS)]
    parts: Annotated[list[PartDigest], list_length(0, MOST_PARTS)] = field(default_factory=list)


inventory_digests = Method(
    OWNER, "inventory_digests", InventoryDigestsRequest, InventoryDigestsAnswer
)
"""Digests of what the calling provider should hold, without those that are empty."""


@dataclass(frozen=True)
class InventoryRequest(PageRequest):
    """A request for the entries of these buckets; where `parts` are named, of these alone."""

    buckets: Annotated[list[Bucket], list_length(1, BUCKETS)]
    parts: Annotated[list[tuple[Bucket, Projection]], list_length(0, MOST_PARTS)] = field(
        default_factory=list
    )


@dataclass(frozen=True)
class InventoryAnswer(PageAnswer):
    """Entries, each a line of projection, child and version: a list has its price by the value."""

    lines: Annotated[str, check_lines]


inventory = Method(OWNER, "inventory", InventoryRequest, InventoryAnswer)
"""Entries that the calling provider should hold in these buckets, tombstones included."""


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


class InventoryRows(TypedDict):
    """
    Rows of one projection as they were last sent: child, version and content.

    Of tombstones, which are `ended`, the moment until which content is kept. `acknowledged` says
    that receipts of these versions came before: no others are expected, since the provider lost
    what it had. What all rows share is said once: each value has its price in a long answer.
    """

    projection: Projection
    acknowledged: bool
    items: Annotated[list[tuple[Id, Version, Content]], list_length(0, ROWS_AT_ONCE)]
    ended: Annotated[list[tuple[Id, Version, Moment | None]], list_length(0, ROWS_AT_ONCE)]


def _few_rows(wanted: Mapping[str, Sequence[str]]) -> None:
    if not 0 < sum(map(len, wanted.values())) <= ROWS_AT_ONCE:
        raise ValidationError(f"1 to {ROWS_AT_ONCE} rows")


@dataclass(frozen=True)
class InventoryRowsRequest:
    """A request for the rows of these children, by projection."""

    wanted: Annotated[dict[Projection, list[Id]], _few_rows]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Children and projections, in the order in which an answer looks at them."""
        return [(child_id, each) for each, children in self.wanted.items() for child_id in children]


def children_by_projection(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the children of these pairs of child and projection as a request names them."""
    found: dict[str, list[str]] = {}
    for child_id, each in pairs:
        found.setdefault(each, []).append(child_id)
    return found


@dataclass(frozen=True)
class InventoryRowsAnswer:
    """
    Rows as they were last sent, of the first `looked_at` that were asked for.

    The others had no room: they are asked for again. What was looked at and is not here has changed
    since, which has to be published (`resend`), or may not be had now.
    """

    sent: Annotated[list[InventoryRows], list_length(0, 2 * len(PROJECTIONS))]
    looked_at: Annotated[int, validate.Range(1, ROWS_AT_ONCE)]


inventory_rows = Method(OWNER, "inventory_rows", InventoryRowsRequest, InventoryRowsAnswer)
"""
Entries that the calling provider lacks and was sent before, with content; tombstones included.

It writes nothing: neither an event nor an answer to be repeated is kept of it.
"""


@dataclass(frozen=True)
class ResendRequest:
    """
    Entries that are to be sent again, each with the version that the provider holds, or 0.

    What it holds at a later version than was ever sent leaves at a version above that one.
    """

    wanted: Annotated[
        list[tuple[Id, Projection, Annotated[int, validate.Range(0, MOST_VERSION)]]],
        list_length(1, PAGE),
    ]


resend = Method(OWNER, "resend", ResendRequest, Empty, writes=True)
"""Send, by the stream, what the calling provider lacks and no `inventory_rows` gives."""


@dataclass(frozen=True)
class ProjectionSent:
    projection: Projection
    items: Annotated[list[ProjectedChild], list_length(1, RESYNC_BATCH)]


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
