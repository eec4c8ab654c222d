"""Contents that are counted over many children are opened once, never as they were before."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from services.enrolment.bookings.queries.expected_counts import DIETS, NO_DIET, Diet
from services.enrolment.children.commands import replica
from services.enrolment.children.queries import parts_kept_for_counting
from services.enrolment.children.queries.parts_kept_for_counting import CountedParts
from services.enrolment.children.rules.replica_row_merge import Item
from services.enrolment.store import store, vault
from shared.dates.clock import now
from tests.factories.enrolment import Child, Provider, diet

pytestmark = pytest.mark.both_databases

MEAT, GREENS = Diet("standard"), Diet("vegetarian")


@pytest.fixture(autouse=True)
def many_are_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two children be as many as of which something is kept."""
    monkeypatch.setattr(parts_kept_for_counting, "FEW", 1)


@pytest.fixture
def opened() -> Iterator[list[str]]:
    """Give what was taken from contents, by a reader of its own."""
    yield []


def reader(opened: list[str]) -> CountedParts[str]:
    def menu_of(content: Any) -> str:
        opened.append(content["menu"])
        return str(content["menu"])

    return CountedParts("diet", menu_of)


def arrives(ens: Provider, *children: Child, menu: str = "standard") -> None:
    for child in children:
        ens.receives_child(child, diet=diet(menu))


def changes(child: Child, version: int, content: Any, **more: Any) -> None:
    with store.write() as write:
        item = Item(child.id, version, content, **more)
        replica.store_items(write, vault, {"diet": [item]}, now())


def counted(parts: CountedParts[Any], *children: Child) -> list[Any]:
    with store.read() as read:
        found = parts.read(read, vault, [child.id for child in children])
    return [found.get(child.id) for child in children]


def test_a_second_count_opens_only_what_has_another_version(
    ens: Provider, opened: list[str]
) -> None:
    tom, lea, max_ = (Child(name, "Roy") for name in ("Tom", "Léa", "Max"))
    arrives(ens, tom, lea)
    menus = reader(opened)
    assert counted(menus, tom, lea, max_) == ["standard", "standard", None]

    changes(lea, 2, diet("vegetarian"))
    arrives(ens, max_, menu="no_pork")
    opened.clear()

    assert counted(menus, tom, lea, max_) == ["standard", "vegetarian", "no_pork"]
    assert sorted(opened) == ["no_pork", "vegetarian"]


def test_an_ended_diet_counts_until_its_moment_and_not_beyond(ens: Provider) -> None:
    tom, lea = Child("Tom", "Roy"), Child("Léa", "Roy")
    arrives(ens, tom, lea)
    assert counted(DIETS, tom, lea) == [MEAT, MEAT]
    changes(lea, 2, None, erase_after=now() + timedelta(hours=1))
    assert counted(DIETS, tom, lea) == [MEAT, MEAT]

    with store.write() as write:
        replica.erase_due_contents(write, vault, now() + timedelta(hours=2))

    assert counted(DIETS, tom, lea) == [MEAT, None]
    changes(lea, 3, diet("vegetarian"))
    assert counted(DIETS, tom, lea) == [MEAT, GREENS]


def test_what_a_write_reads_and_takes_back_is_not_kept(ens: Provider) -> None:
    tom, lea = Child("Tom", "Roy"), Child("Léa", "Roy")
    arrives(ens, tom, lea)
    ids = [tom.id, lea.id]
    with pytest.raises(RuntimeError), store.write() as write:
        item = Item(lea.id, 2, diet("vegetarian"))
        replica.store_items(write, vault, {"diet": [item]}, now())
        assert DIETS.read(write, vault, ids)[lea.id] == GREENS
        raise RuntimeError

    changes(lea, 2, diet("no_pork"))

    assert counted(DIETS, tom, lea) == [MEAT, Diet("no_pork")]


def test_a_reader_of_an_older_moment_leaves_nothing_old_to_the_next(ens: Provider) -> None:
    tom, lea, max_ = (Child(name, "Roy") for name in ("Tom", "Léa", "Max"))
    arrives(ens, tom, lea, max_)
    with store.read() as older:
        assert DIETS.read(older, vault, [tom.id, max_.id])
        changes(lea, 2, diet("vegetarian"))
        assert counted(DIETS, tom, lea) == [MEAT, GREENS]
        before = DIETS.read(older, vault, [tom.id, lea.id])

    assert before[lea.id] == MEAT
    assert counted(DIETS, tom, lea) == [MEAT, GREENS]


def test_nothing_is_kept_once_it_is_forgotten(ens: Provider, opened: list[str]) -> None:
    tom, lea = Child("Tom", "Roy"), Child("Léa", "Roy")
    arrives(ens, tom, lea)
    menus = reader(opened)
    counted(menus, tom, lea)

    menus._forget_all_parts()
    opened.clear()

    assert counted(menus, tom, lea) == ["standard", "standard"]
    assert len(opened) == 2
    assert NO_DIET not in counted(DIETS, tom, lea)
