"""
The order of tests for workers that begin with a share of them each, one after the other.

Tests of towns and brokers wait for processes, and leave a core free meanwhile: beside the journeys
somebody takes it, at the end of a run nobody would. `worksteal` gives each worker a piece of the
list, and who has done its own takes from the end of another's.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
WAITING = ("deploy", "kit")
"""Folders of tests, each of which a worker begins with."""


def shared_out(items: Sequence[pytest.Item], *, workers: int) -> list[pytest.Item]:
    """Return tests in an order by which each worker's share begins with some that wait."""
    if workers == 1:
        return list(items)
    of_folder = {name: [each for each in items if _folder(each) == name] for name in WAITING}
    others = [each for each in items if _folder(each) not in WAITING]
    shares: list[list[pytest.Item]] = [[] for _ in range(workers)]
    for number, waiting in enumerate(of_folder.values()):
        shares[number % workers] += waiting
    for share in shares:
        room = max(0, len(items) // workers - len(share))
        share += others[:room]
        del others[:room]
    return [each for share in (*shares, others) for each in share]


def _folder(item: pytest.Item) -> str:
    """Return the folder of the tests that a test lies in."""
    return item.path.relative_to(TESTS).parts[0]
