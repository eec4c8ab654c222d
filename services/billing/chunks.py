"""Many ids in several statements, always in one order, in which rows are locked too."""

from collections.abc import Collection, Iterator, Sequence

from shared.database import chunks as database

AT_ONCE = 500


def chunks(ids: Collection[str], size: int = AT_ONCE) -> Iterator[Sequence[str]]:
    """Give the different ids in order, at most `size` at a time."""
    return database.chunks(sorted(set(ids)), size)
