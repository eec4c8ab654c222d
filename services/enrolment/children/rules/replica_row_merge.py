"""
Merges an item of the dossier's stream into a row of the replica.

Items may come in any order, twice, or not at all: a row only ever moves to a higher version, so
that all orders end alike, and a loss is mended by sending the present version again.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple


class Item(NamedTuple):
    """
    One projection of one child as it arrives; `content` is None for a tombstone.

    A tombstone leaves the stored content until `erase_after`; without one it ends at once.
    `has_content` is computed before the content is sealed. Of an `acknowledged` one the dossier has
    a receipt.
    """

    child_id: str
    version: int
    content: Any
    erase_after: datetime | None = None
    has_content: bool = False
    acknowledged: bool = False


class Row(NamedTuple):
    """The part of a row of the replica that an arriving item may change."""

    version: int
    content: Any
    received_at: datetime
    erase_after: datetime | None = None
    erased_at: datetime | None = None
    to_see: bool = False
    seen_version: int = 0


def supersedes(new: Any, stored: Any) -> Any:
    """Return whether version `new` replaces `stored`: of two numbers, or of two columns, as SQL."""
    return stored < new


def merge_item(stored: Row | None, item: Item, now: datetime) -> Row | None:
    """Return the row after the item, None if the item changes nothing."""
    if stored is not None and not supersedes(item.version, stored.version):
        return None
    if stored is not None and stored.erased_at is not None:
        stored = None  # a child that comes back is seen anew
    return (
        _row_with_new_content(stored, item, now)
        if item.content is not None
        else _row_ended_by_tombstone(stored, item, now)
    )


def newest_items(items: Iterable[Item]) -> list[Item]:
    """Return the highest version of each child among the items of one event, by child."""
    latest: dict[str, Item] = {}
    for item in items:
        known = latest.get(item.child_id)
        if known is None or supersedes(item.version, known.version):
            latest[item.child_id] = item
    return [latest[child_id] for child_id in sorted(latest)]


def rounds_of_items_by_projection(
    arrived: Iterable[tuple[str, Sequence[Item]]], most: int
) -> Iterator[Mapping[str, Sequence[Item]]]:
    """
    Yield the items of events by projection, at most so many of each at once.

    What comes again of a child waits for the next round: between two versions of a projection may
    lie its end, which is to be acknowledged, and after which it is seen anew.
    """
    items: dict[str, list[Item]] = defaultdict(list)
    children: dict[str, set[str]] = defaultdict(set)
    for projection, more in arrived:
        theirs = {item.child_id for item in more}
        if theirs & children[projection] or len(items[projection]) + len(more) > most:
            yield items
            items, children = defaultdict(list), defaultdict(set)
        items[projection] += more
        children[projection] |= theirs
    if items:
        yield items


def has_content(content: object) -> bool:
    """Return whether a projection has any content: a text, a number, a yes, at any depth."""
    if isinstance(content, dict):
        return any(has_content(value) for value in content.values())
    if isinstance(content, list):
        return any(has_content(value) for value in content)
    return bool(content)


def _row_with_new_content(stored: Row | None, item: Item, now: datetime) -> Row:
    """Return the row with the item's content; a withdrawal is to be marked as seen, too."""
    seen = stored.seen_version if stored else 0
    published_before = stored is not None and (stored.to_see or seen > 0)
    return Row(
        version=item.version,
        content=item.content,
        received_at=now,
        to_see=item.has_content or published_before,
        seen_version=seen,
    )


def _row_ended_by_tombstone(stored: Row | None, item: Item, now: datetime) -> Row:
    """Return the row after a tombstone: its content stays until its time (rule R6), not longer."""
    after = item.erase_after or now
    seen = stored.seen_version if stored else 0
    ended = Row(item.version, None, now, erase_after=after, erased_at=now, seen_version=seen)
    if stored is None or after <= now:
        return ended
    return ended._replace(content=stored.content, erased_at=None, to_see=stored.to_see)
