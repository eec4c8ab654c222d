"""Each worker of the tests begins with some that wait; none is lost or run twice."""

from types import SimpleNamespace
from typing import Any

from tests.shares import TESTS, shared_out


def some(folder: str, count: int) -> list[Any]:
    return [SimpleNamespace(path=TESTS / folder / f"test_{number}.py") for number in range(count)]


def test_one_worker_begins_with_towns_and_the_other_with_the_broker() -> None:
    towns, services, broker = some("deploy", 3), some("services", 20), some("kit", 4)

    ordered = shared_out([*towns, *services, *broker], workers=2)

    assert ordered[:3] == towns and ordered[13:17] == broker
    assert [each for each in ordered if each in services] == services
    assert len(ordered) == 27
    assert shared_out(ordered, workers=1) == ordered


def test_what_waits_longer_than_a_share_pushes_nothing_out() -> None:
    towns, services = some("deploy", 9), some("services", 2)

    assert shared_out([*services, *towns], workers=2) == [*towns, *services]
