"""Links between a child and a provider: opened, closed, and what then leaves."""

from datetime import date, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import DatabaseError

from services.dossier.models import SCHOOL_LIST, Guardianship, Link
from services.dossier.sharing.links.commands import provider_links
from services.dossier.sharing.queries.current_access_policy import current_policy
from services.dossier.store import store
from shared.contracts.dossier import guardians as contracts
from shared.contracts.errors import NotEntitled, NotFound
from shared.dates.clock import today
from shared.dates.instant import Instant
from tests.factories import dossier as make
from tests.factories.dossier import AGG, ENS, Town, of
from tests.plans import counted


def test_a_link_that_ends_leaves_tombstones_and_the_care_core_for_a_day(
    town: Town, claire: str, manon: str
) -> None:
    town.ask(contracts.close_link, subject=claire, child_id=manon, provider="ens")

    sent = of(town.sent(), "ens")
    assert sent.keys() == ENS
    assert all(each.content is None and each.version == 2 for each in sent.values())
    kept = sent["care_core"].erase_after - sent["diet"].erase_after
    assert kept == timedelta(hours=24)


def test_versions_never_restart_when_a_child_comes_back(
    town: Town, claire: str, manon: str
) -> None:
    versions = [
        town.ask(method, subject=claire, child_id=manon, provider="ens").version
        for method in (contracts.close_link, contracts.open_link, contracts.close_link)
    ]

    care_core = [each for each in town.sent() if each.projection == "care_core"]
    assert versions == [2, 3, 4]
    assert [(each.version, each.content is None) for each in care_core] == [
        (2, True),
        (3, False),
        (4, True),
    ]


def test_opening_an_open_link_or_closing_a_closed_one_changes_nothing(
    town: Town, claire: str, manon: str
) -> None:
    asked = {"subject": claire, "child_id": manon, "provider": "agg"}

    assert town.ask(contracts.open_link, **asked).version == 1
    assert town.sent() == []
    assert town.ask(contracts.close_link, **asked).version == 2
    town.sent()
    assert town.ask(contracts.close_link, **asked).version == 2
    assert town.sent() == []


def test_a_provider_that_the_town_does_not_have_cannot_be_linked(
    town: Town, claire: str, manon: str
) -> None:
    with pytest.raises(contracts.ProviderUnknown):
        town.ask(contracts.open_link, subject=claire, child_id=manon, provider="mdq")


def test_a_link_is_opened_in_few_statements(town: Town) -> None:
    one = make.guardian()
    ids = town.arrives(make.household(make.child([one], links=["ens"]), guardians=[one]))
    (child_id,), subject = ids.children.values(), ids.guardians[one["reference"]]

    with counted(store) as statements:
        town.ask(contracts.open_link, subject=subject, child_id=child_id, provider="agg")

    assert len(statements) <= 47  # of them four locks on PostgreSQL
    assert of(town.sent(), "agg").keys() == AGG


def test_a_link_that_never_was_cannot_end(town: Town) -> None:
    one = make.guardian()
    ids = town.arrives(make.household(make.child([one], links=["ens"]), guardians=[one]))
    (child_id,) = ids.children.values()

    with pytest.raises(NotFound):
        town.ask(
            contracts.close_link,
            subject=ids.guardians[one["reference"]],
            child_id=child_id,
            provider="agg",
        )


def test_a_guardian_does_not_end_compulsory_schooling(town: Town, claire: str, manon: str) -> None:
    with store.write() as write:
        write.execute(update(Link).where(Link.provider == "ens").values(origin=SCHOOL_LIST))

    with pytest.raises(NotEntitled):
        town.ask(contracts.close_link, subject=claire, child_id=manon, provider="ens")
    assert town.sent() == []


def test_after_the_end_of_a_link_the_provider_hears_no_more(
    town: Town, claire: str, manon: str
) -> None:
    town.ask(contracts.close_link, subject=claire, child_id=manon, provider="ens")
    town.sent()

    answer = town.tells(claire, manon, "diet", make.diet())

    assert answer.recipients == []
    assert town.sent() == []


def test_the_database_holds_no_two_open_links_of_a_pair(town: Town, manon: str) -> None:
    with pytest.raises(DatabaseError), store.write() as write:
        provider_links.add_link(write, current_policy(), manon, "ens", Instant.now(), SCHOOL_LIST)


@pytest.fixture
def of_two_homes(town: Town) -> dict[str, str]:
    """Give a child that lives with Claire and with Antoine, each in a home of their own."""
    claire, antoine = make.guardian(), make.guardian("Antoine Lefèvre")
    manon = make.child([claire])
    hers = town.arrives(make.household(manon, guardians=[claire]))
    at_antoines = {**manon, "guardians": [antoine["reference"]]}
    his = town.arrives(make.household(at_antoines, guardians=[antoine]))
    town.sent()
    return {
        "child": hers.children[manon["reference"]],
        "claire": hers.guardians[claire["reference"]],
        "antoine": his.guardians[antoine["reference"]],
    }


def wants_the_end(town: Town, who: dict[str, str], parent: str) -> bool:
    """Let a parent end the activities of the town for the child; say whether it waits."""
    asked = {"child_id": who["child"], "provider": "agg"}
    return bool(town.ask(contracts.close_link, subject=who[parent], **asked).waits)


def end_asked(town: Town, who: dict[str, str], parent: str) -> str:
    """Return which home wants the activities to end, as a parent reads it."""
    answer = town.ask(contracts.who_knows, subject=who[parent], child_id=who["child"])
    return next(each["end_asked"] for each in answer.links if each["provider"] == "agg")


def test_one_home_alone_ends_no_service_for_the_other(
    town: Town, of_two_homes: dict[str, str]
) -> None:
    assert wants_the_end(town, of_two_homes, "claire")
    assert wants_the_end(town, of_two_homes, "claire")  # however often

    assert of(town.sent(), "agg") == {}
    assert end_asked(town, of_two_homes, "claire") == "you"
    assert end_asked(town, of_two_homes, "antoine") == "guardian"


def test_a_service_ends_once_both_homes_want_it(town: Town, of_two_homes: dict[str, str]) -> None:
    wants_the_end(town, of_two_homes, "claire")

    assert not wants_the_end(town, of_two_homes, "antoine")

    assert all(each.content is None for each in of(town.sent(), "agg").values())
    assert end_asked(town, of_two_homes, "claire") == ""


def test_a_home_takes_its_own_wish_back_and_not_the_others(
    town: Town, of_two_homes: dict[str, str]
) -> None:
    wants_the_end(town, of_two_homes, "claire")
    asked = {"child_id": of_two_homes["child"], "provider": "agg"}

    town.ask(contracts.open_link, subject=of_two_homes["antoine"], **asked)
    assert end_asked(town, of_two_homes, "antoine") == "guardian"
    town.ask(contracts.open_link, subject=of_two_homes["claire"], **asked)

    assert end_asked(town, of_two_homes, "antoine") == ""
    assert wants_the_end(town, of_two_homes, "antoine")


def test_the_wish_of_who_answers_no_more_is_nobodys(town: Town) -> None:
    claire, simone, antoine = make.guardian(), make.guardian("Simone"), make.guardian("Antoine")
    manon = make.child([claire, simone])
    hers = town.arrives(make.household(manon, guardians=[claire, simone]))
    at_antoines = {**manon, "guardians": [antoine["reference"]]}
    his = town.arrives(make.household(at_antoines, guardians=[antoine]))
    people = {
        "child": hers.children[manon["reference"]],
        "claire": hers.guardians[claire["reference"]],
        "simone": hers.guardians[simone["reference"]],
        "antoine": his.guardians[antoine["reference"]],
    }
    assert wants_the_end(town, people, "claire")

    answers_until_yesterday(people["claire"])

    assert end_asked(town, people, "antoine") == ""
    assert end_asked(town, people, "simone") == ""


def answers_until_yesterday(guardian_id: str) -> None:
    with store.write() as write:
        mine = update(Guardianship).where(Guardianship.guardian_id == guardian_id)
        write.execute(
            mine.values(valid_to=today() - timedelta(days=1), valid_from=date(2020, 1, 1))
        )
