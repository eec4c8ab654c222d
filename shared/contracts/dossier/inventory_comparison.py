"""
Digest of an inventory, by which the dossier and a provider compare what the provider holds.

Both sides count (child, projection, version), tombstones included, over the projections to which
the register entitles the provider, and digest them in the same way.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

Entry = tuple[str, str, int]
"""Child, projection, version."""

PAGE = 2_000
"""Entries on one page of an inventory, and most of them in one request to send again."""


def digest_of_inventory(entries: Iterable[Entry]) -> str:
    """Return 64 hexadecimal characters over all entries, whatever their order."""
    lines = "".join(
        f"{child} {projection} {version}\n" for child, projection, version in sorted(entries)
    )
    return hashlib.sha256(lines.encode()).hexdigest()


def page_after(entries: Sequence[Entry], after: str) -> tuple[list[Entry], str]:
    """
    Return the page that follows the place `after` ("" for the first), and the next place.

    `entries` are sorted. A place is the last entry seen: pages hold while entries come and go.
    """
    rest = (
        [entry for entry in entries if _place_of_entry(entry) > after] if after else list(entries)
    )
    shown = rest[:PAGE]
    return shown, _place_of_entry(shown[-1]) if len(rest) > PAGE else ""


def lacking_entries(
    held: Mapping[tuple[str, str], int], wanted: Iterable[Entry]
) -> list[tuple[str, str]]:
    """Return what the holder lacks, or holds at an older version."""
    return [
        (child, projection)
        for child, projection, version in wanted
        if held.get((child, projection), 0) < version
    ]


def _place_of_entry(entry: Entry) -> str:
    return f"{entry[0]} {entry[1]}"
