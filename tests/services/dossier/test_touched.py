"""Households affected by a breach: of children whom a provider had or read of, by number."""

from datetime import timedelta
from typing import Any

import pytest

from services.dossier.read_log.commands.log import Access, append_read
from services.dossier.read_log.queries import affected_households
from services.dossier.store import store
from shared.contracts.dossier import guardians as contracts
from shared.contracts.dossier.data_protection import read_log as breach
from shared.dates.clock import now
from shared.dates.instant import Instant
from shared.runtime.ids import new_id
from tests.factories import dossier as make
from tests.factories.dossier import Town

DAY = timedelta(days=1)


def asked(town: Town, provider: str | None, **more: Any) -> Any:
    period = {"since": now() - DAY, "until": now() + DAY, **more}
    return town.ask(breach.households_touched, caller="ops", provider=provider, **period)


def comes(town: Town, *links: str) -> tuple[str, str]:
    """Let a family with one child come; return its household and the child."""
    one = make.guardian("Hélène Garnier")
    ids = town.arrives(make.household(make.child([one], links=list(links)), guardians=[one]))
    return str(ids.household_id), str(next(iter(ids.children.values())))


def opens_at_the_front_desk(child_id: str) -> None:
    access = Access(new_id(), now(), child_id, "clerk", "opened", "reception", new_id(), False)
    with store.write() as write:
        append_read(write, "front_desk", access, Instant.now())


def test_a_provider_had_the_children_with_a_link_and_is_said_what_it_held(
    town: Town, manon: str
) -> None:
    only_sports, _ = comes(town, "agg")

    school, sports = asked(town, "ens").households, asked(town, "agg").households

    (claires,) = school
    assert (claires["children"], claires["reads"]) == (1, 0)
    assert "allergies" in claires["projections"]
    assert {row["household_id"] for row in sports} == {claires["household_id"], only_sports}
    assert all("allergies" not in row["projections"] for row in sports)


def test_what_was_before_the_link_is_not_touched_and_what_is_not_erased_yet_is(
    town: Town, claire: str, manon: str
) -> None:
    town.ask(contracts.close_link, subject=claire, child_id=manon, provider="agg")

    assert asked(town, "agg", since=now() - 9 * DAY, until=now() - 8 * DAY).households == []
    assert len(asked(town, "agg", since=now() + DAY, until=now() + 2 * DAY).households) == 1


def test_reads_count_and_touch_whoever_was_read_of_without_a_link(town: Town, manon: str) -> None:
    home, child = comes(town, "ens")
    town.read(child)
    town.read(child)
    opens_at_the_front_desk(child)

    school = {row["household_id"]: row for row in asked(town, "ens").households}
    (there,) = asked(town, "front_desk").households

    assert (len(school), school[home]["reads"]) == (2, 2)
    assert there == {"household_id": home, "children": 1, "projections": [], "reads": 1}


def test_a_service_that_holds_all_families_touches_every_household(town: Town, manon: str) -> None:
    comes(town)

    found = asked(town, None)

    assert [row["children"] for row in found.households] == [1, 1]
    assert not found.more


def test_a_long_list_comes_in_parts(
    town: Town, manon: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(affected_households, "AT_ONCE", 1)
    comes(town, "ens")

    first = asked(town, "ens")
    second = asked(town, "ens", after=first.households[0]["household_id"])

    assert (first.more, second.more) == (True, False)
    assert len({row["household_id"] for row in first.households + second.households}) == 2


def test_no_name_of_anybody_leaves_the_dossier(town: Town, manon: str) -> None:
    assert "Lefèvre" not in str(asked(town, "ens"))
