"""The projection `family`: guardians with authority, and weeks of custody, as ids alone."""

from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from services.dossier.data_protection.retention import commands as retention
from services.dossier.models import (
    ChildHousehold,
    ChildWeeks,
    Guardian,
    Guardianship,
    HouseholdGuardian,
)
from services.dossier.sections.name_words import index_guardian_name
from services.dossier.sharing.rules.access_policy import AccessPolicy
from services.dossier.sharing.streams.commands import replica_reconciliation
from services.dossier.sharing.streams.queries import (
    replica_reconciliation as reconciliation_queries,
)
from services.dossier.store import store
from shared.contracts.dossier import guardians as contracts
from shared.dates.clock import now, today
from shared.dates.instant import Instant
from shared.runtime.ids import new_id
from tests.factories import dossier as make
from tests.factories.dossier import Replica, Town, of, resync


def arrived(town: Town, **more: Any) -> tuple[str, str, str]:
    """Import a child of one household; return its id, its guardian's, and the household's."""
    one = make.guardian()
    ids = town.arrives(make.household(make.child([one], **more), guardians=[one]))
    (child_id,), (guardian_id,) = ids.children.values(), ids.guardians.values()
    (home,) = town.ask(contracts.my_children, subject=guardian_id).households
    return child_id, guardian_id, home


def two_homes(town: Town, **weeks: Any) -> tuple[dict[str, Any], dict[str, Any], Any]:
    """Return the imports of two households of one child, and the answer to the first."""
    mother, father = make.guardian("Aurélie Besson"), make.guardian("Mickaël Roux")
    nolan = make.child([mother], weeks="even")
    there = {**nolan, "guardians": [father["reference"]], "sections": {}, "weeks": "odd", **weeks}
    first = make.household(nolan, guardians=[mother])
    return first, make.household(there, guardians=[father]), town.arrives(first)


def test_every_provider_of_a_child_learns_who_may_act_and_nothing_of_who_that_is(
    town: Town,
) -> None:
    child_id, guardian_id, home = arrived(town)

    sent = [each for each in town.sent() if each.projection == "family"]

    assert {each.provider for each in sent} == {"ens", "agg"}
    for each in sent:
        assert (each.child_id, each.version) == (child_id, 1)
        assert each.content == {
            "guardians": [{"subject": guardian_id, "household": home}],
            "weeks": None,
        }


def test_a_child_of_two_households_has_its_weeks_once_both_have_come(town: Town) -> None:
    _first, second, ids = two_homes(town)
    assert of(town.sent(), "ens")["family"].content["weeks"] is None

    others = town.arrives(second)

    (mother,), (father,) = ids.guardians.values(), others.guardians.values()
    homes = {
        who: town.ask(contracts.my_children, subject=who).households[0] for who in (mother, father)
    }
    family = of(town.sent(), "ens")["family"]
    assert family.version == 2
    assert family.content["weeks"] == {
        "even": homes[mother],
        "odd": homes[father],
        "changes_on": 5,
        "changes_at": "evening",
        "school_days": None,
        "holidays": None,
        "summer": "halves",
        "since": None,
    }
    assert {(one["subject"], one["household"]) for one in family.content["guardians"]} == set(
        homes.items()
    )


def test_a_household_that_changes_its_weeks_is_in_one_of_them_alone(town: Town) -> None:
    first, second, _ = two_homes(town)
    town.arrives(second)
    town.sent()

    first["children"][0]["weeks"] = "odd"
    town.arrives(first)

    assert of(town.sent(), "ens")["family"].content["weeks"] is None
    second["children"][0] |= {"weeks": "even", "changes_on": 7}
    town.arrives(second)
    weeks = of(town.sent(), "ens")["family"].content["weeks"]
    assert (weeks["changes_on"], weeks["changes_at"]) == (7, "evening")


def test_a_monday_without_a_moment_is_its_morning_and_another_moment_is_believed(
    town: Town,
) -> None:
    _first, second, _ = two_homes(town, changes_on=1)
    town.arrives(second)
    assert of(town.sent(), "ens")["family"].content["weeks"]["changes_at"] == "morning"

    second["children"][0] |= {"changes_at": "evening"}
    town.arrives(second)

    assert of(town.sent(), "ens")["family"].content["weeks"]["changes_at"] == "evening"


def test_an_import_that_comes_again_tells_nothing_new(town: Town) -> None:
    first, second, _ = two_homes(town)
    town.arrives(second)
    town.sent(), town.cards()

    town.arrives(first)
    town.arrives(second)

    assert town.sent() == []
    assert town.cards() == []


def test_a_guardian_who_moves_in_may_act_from_that_home_too(town: Town) -> None:
    """The child is not in the second import: it lives there already."""
    first, second, ids = two_homes(town)
    town.arrives(second)
    town.sent()
    moving = make.household(guardians=[second["guardians"][0], *first["guardians"]])
    moving["reference"] = first["reference"]

    town.arrives(moving)

    (child_id,) = ids.children.values()
    family = of(town.sent(), "agg")["family"]
    assert family.child_id == child_id
    assert len(family.content["guardians"]) == 3


def test_what_changes_in_another_household_is_told_to_providers_and_shown_to_no_family(
    town: Town,
) -> None:
    _, second, ids = two_homes(town)
    (mother,), (child_id,) = ids.guardians.values(), ids.children.values()
    before = _line(town, mother, child_id)
    town.sent()

    town.arrives(second)

    assert of(town.sent(), "ens")["family"].version == 2
    assert _line(town, mother, child_id) == before


def test_a_guardianship_begins_and_ends_by_itself_on_its_days(town: Town) -> None:
    _child_id, guardian_id, _ = arrived(town)
    town.sent()
    last = today() + timedelta(days=10)
    with store.write() as write:
        write.execute(update(Guardianship).values(valid_to=last, turns_on=today()))

    _turn(Instant(now(), today()))
    assert town.sent() == []
    assert _turns() == [last + timedelta(days=1)]

    after = Instant(now() + timedelta(days=11), last + timedelta(days=1))
    town.cards()
    _turn(after)

    assert {each.projection for each in town.sent()} == {"family"}
    assert _turns() == [None]
    (card,) = town.cards()
    assert (card.subject, card.children) == (guardian_id, [])


def test_on_the_eve_nothing_is_told_and_on_the_day_everything(town: Town) -> None:
    child_id, _, _ = arrived(town)
    tomorrow = today() + timedelta(days=1)
    father = _appointed(child_id, tomorrow)
    town.sent()
    assert _found(Instant(now(), today())) == []

    _turn(Instant(now() + timedelta(days=1), tomorrow))

    assert _found(Instant(now() + timedelta(days=1), tomorrow)) == []
    assert father in str(of(town.sent(), "ens")["family"].content)
    assert [len(card.children) for card in town.cards() if card.subject == father] == [1]


def test_a_provider_that_lost_a_family_finds_it_by_its_inventory(town: Town) -> None:
    arrived(town)
    sent = town.sent()
    replica = Replica()
    for each in sent:
        if each.provider == "agg" and each.projection != "family":
            replica.take(each)

    assert resync(town, "agg", replica) == 1

    assert {version for key, version in replica.versions.items() if key[1] == "family"} == {1}


def test_with_the_link_the_family_ends_at_once(town: Town) -> None:
    child_id, guardian_id, _ = arrived(town)
    town.sent()

    town.ask(contracts.close_link, subject=guardian_id, child_id=child_id, provider="agg")

    tombstone = of(town.sent(), "agg")["family"]
    assert (tombstone.content, tombstone.version) == (None, 2)


def test_existing_links_are_completed_with_the_family(town: Town, tmp_path: Path) -> None:
    make.register(tmp_path / "register.json", less=[("ens", "family"), ("agg", "family")])
    arrived(town)
    assert "family" not in str([each.projection for each in town.sent()])
    make.register(tmp_path / "register.json")

    town.service.apply_and_publish_due_changes()

    assert {(each.provider, each.projection) for each in town.sent()} == {
        ("ens", "family"),
        ("agg", "family"),
    }


def test_the_weeks_go_with_the_child(town: Town) -> None:
    _first, second, ids = two_homes(town)
    there = town.arrives(second)
    parents = [*ids.guardians.values(), *there.guardians.values()]
    (child_id,) = ids.children.values()
    for parent, provider in product(parents, ("ens", "agg")):
        town.ask(contracts.close_link, subject=parent, child_id=child_id, provider=provider)

    with store.write() as write:
        much_later = Instant(now() + timedelta(days=2000), today() + timedelta(days=2000))
        retention.erase_due_sections(write, store.register, [child_id], much_later)

    with store.read() as read:
        assert read.scalars(select(ChildWeeks)).all() == []


def _appointed(child_id: str, valid_from: date) -> str:
    """Give the child a guardian who lives there, from a day on; return the guardian's id."""
    subject = new_id()
    with store.write() as write:
        home = write.scalar(select(ChildHousehold.household_id))
        write.add(Guardian(id=subject, reference=subject, name="Mickaël Roux"))
        write.flush()
        index_guardian_name(write, subject, "Mickaël Roux")
        write.add(HouseholdGuardian(household_id=home, guardian_id=subject))
        write.add(
            Guardianship(
                id=new_id(),
                child_id=child_id,
                guardian_id=subject,
                authority=True,
                valid_from=valid_from,
            )
        )
    return subject


def _turn(when: Instant) -> None:
    with store.write() as write:
        children = reconciliation_queries.children_with_change_today(write, when)
        replica_reconciliation.publish_day_changes(
            write, AccessPolicy.from_register(store.register), children, when
        )


def _found(when: Instant) -> list[str]:
    with store.read() as read:
        return list(reconciliation_queries.children_with_change_today(read, when))


def _turns() -> list[date | None]:
    with store.read() as read:
        return list(read.scalars(select(Guardianship.turns_on)))


def _line(town: Town, subject: str, child_id: str) -> dict[str, Any]:
    holdings = town.ask(contracts.who_knows, subject=subject, child_id=child_id).holdings
    return next(each for each in holdings if each["projection"] == "family")
