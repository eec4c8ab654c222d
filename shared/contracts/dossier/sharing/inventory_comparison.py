"""
Comparison of what a provider should hold with what it holds.

Both sides keep sums of (child, projection, version) by bucket, tombstones included, over the
projections to which the register entitles the provider (contracts/every_service/bucket_sums.py).
Entries are read of those buckets alone that differ. In a large town others share a bucket with a
row that was lost, and most entries are equal: each side has them as lines of text, which are
compared whole, and takes those apart alone that differ.
"""

import re
from collections.abc import Iterable, Mapping

from marshmallow import ValidationError

from shared.contracts.every_service.bucket_sums import bucket_of
from shared.contracts.values import PROJECTIONS

Entry = tuple[str, str, int]
"""Child, projection, version."""

PAGE = 2_000
"""Entries on one page of an inventory, and most of them in one request to send again."""

FEW_BUCKETS = 64
"""Buckets up to which the projections within them are compared, and an index finds their rows."""

MOST_VERSION = 2**53
"""No version that was ever sent is as great: beyond it none is lifted (dossier.ResendRequest)."""

_LINE = re.compile(
    rf"({'|'.join(PROJECTIONS)}) [0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}} [0-9]{{1,16}}"
)


def parse_entry(line: str) -> Entry:
    """Return the entry of a line, as the databases make them (database/comparison/sums.py)."""
    projection, child_id, version = line.split(" ")
    return child_id, projection, int(version)


def check_lines(text: str) -> None:
    """Raise a ValidationError where not each line is that of an entry, or more than a page are."""
    lines = text.splitlines()
    if len(lines) > PAGE or not all(map(_LINE.fullmatch, lines)):
        raise ValidationError("lines of entries")


def differing_entries(
    held: Mapping[tuple[str, str], int], wanted: Iterable[Entry]
) -> dict[tuple[str, str], int]:
    """Return what the holder lacks or has at another version, with the version that it has."""
    return {
        (child, projection): held.get((child, projection), 0)
        for child, projection, version in wanted
        if held.get((child, projection), 0) != version
    }


def position_of_entry(entry: Entry) -> str:
    """Return the position of an entry in an inventory."""
    child_id, projection, _ = entry
    return f"{bucket_of(child_id)} {projection} {child_id}"
