"""Splits many ids into chunks: both databases limit the number of parameters of a statement."""

from collections.abc import Collection, Iterator, Sequence
from typing import TypeVar

MOST = 1_000
AT_ONCE = 500

Item = TypeVar("Item")


def chunks(items: Collection[Item], size: int = MOST) -> Iterator[Sequence[Item]]:
    """Yield the items in chunks of at most `size`, in their order."""
    whole = list(items)
    for start in range(0, len(whole), size):
        yield whole[start : start + size]


def ordered_chunks(ids: Collection[str], size: int = AT_ONCE) -> Iterator[Sequence[str]]:
    """Return the distinct ids in sorted order, which is also the order of row locks."""
    return chunks(sorted(set(ids)), size)
