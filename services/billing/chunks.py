"""Many ids in several statements: a database takes only so many parameters in one."""

from collections.abc import Collection, Iterator

AT_ONCE = 500


def chunks(ids: Collection[str], size: int = AT_ONCE) -> Iterator[list[str]]:
    """Give the different ids in order, at most `size` at a time."""
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), size):
        yield wanted[start : start + size]
