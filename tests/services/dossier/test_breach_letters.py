"""Letters of a breach: to homes that it touched, never to one that is apart, each in the log."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from services.dossier.models import ChildHousehold, ReadLog
from services.dossier.store import store
from shared.contracts.dossier.data_protection import breach_letters as contracts
from shared.contracts.dossier.families import safeguarding
from shared.dates.clock import now
from tests.factories import dossier as make
from tests.factories.dossier import Town

DAY = timedelta(days=1)


def comes(town: Town, name: str, *links: str, **more: Any) -> tuple[str, str]:
    """Let a family with one child come; return its household and the child."""
    one = make.guardian(name)
    home = {"address": make.address()} | more
    child = make.child([one], links=list(links))
    ids = town.arrives(make.household(child, guardians=[one], **home))
    return str(ids.household_id), str(next(iter(ids.children.values())))


def period(provider: str | None) -> dict[str, Any]:
    return {"since": now() - DAY, "until": now() + DAY, "provider": provider}


def office(town: Town) -> str:
    return town.has_desk_agent("data_protection")


def recipients(town: Town, provider: str | None = None) -> Any:
    return town.at_desk(contracts.breach_recipients, subject=office(town), **period(provider))


def letters(town: Town, *household_ids: str, provider: str | None = None) -> list[Any]:
    asked = {**period(provider), "household_ids": list(household_ids)}
    return list(town.at_desk(contracts.breach_letters, subject=office(town), **asked).letters)


def address_reads() -> list[tuple[str, str]]:
    with store.read() as read:
        query = select(ReadLog.child_id, ReadLog.purpose).where(ReadLog.projection == "address")
        return [(child_id, purpose) for child_id, purpose in read.execute(query)]


def test_a_touched_home_is_written_to_where_it_lives_and_reads_that_it_was(town: Town) -> None:
    home, child = comes(town, "Anne Moreau", "ens")
    other, _ = comes(town, "Yves Petit", "agg")

    found = recipients(town, "ens")
    assert [row["household_id"] for row in found.households] == [home]
    assert (found.touched, found.apart, found.unaddressed, found.after) == (1, 0, 0, None)
    assert "Anne" not in str(found) and address_reads() == []
    (letter,) = letters(town, home, other, provider="ens")

    assert letter["names"] == ["Anne Moreau"]
    assert letter["lines"] == ["12 rue des Lilas", "28000 Ville de Démonstration"]
    assert address_reads() == [(child, "breach_letter")]


def test_neither_a_protected_home_nor_the_other_home_of_its_child_gets_one(town: Town) -> None:
    hers, child = comes(town, "Anne Moreau", "ens")
    his, _ = comes(town, "Paul Moreau", "ens")
    with store.write() as write:
        write.add(ChildHousehold(child_id=child, household_id=his))
    town.at_desk(safeguarding.protect_household, household_id=hers, **make.paper())

    found = recipients(town)

    assert (found.households, found.touched, found.apart) == ([], 2, 2)
    assert letters(town, hers, his) == [] and address_reads() == []


def test_a_home_without_an_address_is_counted(town: Town) -> None:
    home, _ = comes(town, "Anne Moreau", "ens", address=None)

    found = recipients(town)

    assert (found.households, found.touched, found.unaddressed) == ([], 1, 1)
    assert letters(town, home) == []
