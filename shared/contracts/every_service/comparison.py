"""
Comparison of what a service published with what a subscriber stores of it.

Each state has a key within its event, and a version. Both sides digest its content in the same way,
so that a stored row that was altered is found though its version is right.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, TypedDict

from shared.contracts.every_service.bucket_sums import BUCKET_LENGTH, BUCKETS
from shared.contracts.message import Method
from shared.contracts.values import PageAnswer, PageRequest, Version, list_length, maybe_text, text
from shared.json_values import digest_of_content

OWNER = "any"

PAGE = 500
"""States on one page of versions."""

AGAIN_AT_ONCE = 50
"""Most states in one request to publish again: each is made anew within one transaction."""

MOST_DIFFERENCES = 1000
"""Most rows of an answer: events times publishers."""

EventName = Annotated[str, text(80)]
Key = Annotated[str, text(200)]


class StateVersion(TypedDict):
    """A state at its present version; `digest` is of its content, "" where that is not compared."""

    key: Key
    version: Version
    digest: Annotated[str, maybe_text(64)]


Bucket = Annotated[str, text(BUCKET_LENGTH)]


class HeldBucket(TypedDict):
    """The digest of what one side holds in a bucket (bucket_sums.py)."""

    bucket: Bucket
    digest: Annotated[str, maybe_text(16)]


@dataclass(frozen=True)
class PublishedVersionsRequest(PageRequest):
    """
    A request for states, of all buckets or of those that differ from what the caller `held`.

    Where the first answer names `buckets`, the following pages are asked for these.
    """

    event: EventName
    held: Annotated[list[HeldBucket], list_length(0, BUCKETS)] = field(default_factory=list)
    buckets: Annotated[list[Bucket], list_length(0, BUCKETS)] = field(default_factory=list)


@dataclass(frozen=True)
class PublishedVersionsAnswer(PageAnswer):
    """`buckets` are those that differ, with the callee's digests: on the first page alone."""

    states: Annotated[list[StateVersion], list_length(0, PAGE)]
    buckets: Annotated[list[HeldBucket], list_length(0, BUCKETS)] = field(default_factory=list)


published_versions = Method(
    OWNER, "published_versions", PublishedVersionsRequest, PublishedVersionsAnswer
)
"""Versions of the callee's event that the caller should store, by key."""


class KnownVersion(TypedDict):
    """A state that is to be published again, and the version that its subscriber stores, or 0."""

    key: Key
    version: Version


@dataclass(frozen=True)
class PublishAgainRequest:
    event: EventName
    states: Annotated[list[KnownVersion], list_length(1, AGAIN_AT_ONCE)]


@dataclass(frozen=True)
class PublishAgainAnswer:
    published: int


publish_again = Method(OWNER, "publish_again", PublishAgainRequest, PublishAgainAnswer, writes=True)
"""The callee publishes these states again, each at a version above the one that is stored."""


class Differences(TypedDict):
    """Numbers of states of an event of one publisher that differ at a subscriber, or agree."""

    event: EventName
    source: Annotated[str, text(60)]
    equal: int
    missing: int
    outdated: int
    altered: int
    unknown: int


def differs(row: Differences) -> bool:
    """Return whether any state of this row differs."""
    return bool(row["missing"] or row["outdated"] or row["altered"] or row["unknown"])


def difference_in_words(row: Differences) -> str:
    """Return how many states of this row differ, and in which way."""
    kinds: Mapping[str, int] = {
        "missing": row["missing"],
        "outdated": row["outdated"],
        "altered": row["altered"],
        "unknown to it": row["unknown"],
    }
    numbers = ", ".join(f"{count} {kind}" for kind, count in kinds.items() if count)
    return f"{row['event']} of {row['source']}: {numbers}"


def digest_of_state(content: Mapping[str, object]) -> str:
    """Return the digest of a content: JSON, or days and moments that become text."""
    return digest_of_content(content)[:32]
