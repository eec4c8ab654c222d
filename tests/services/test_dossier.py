"""The dossier on both databases: telling once, links, receipts, reads, retention, replicas."""

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import MetaData, delete, func, insert, select, text, update
from sqlalchemy.exc import DatabaseError

from deploy.demo_families import read_families
from services.dossier import erasure, links, read_log, streams
from services.dossier.chain import Broken
from services.dossier.models import (
    SCHOOL_LIST,
    Child,
    ErasureReceipt,
    Guardian,
    Guardianship,
    Household,
    Link,
    Projection,
    ReadLog,
    Section,
    SectionErasure,
    SectionHistory,
)
from services.dossier.projections import prepare
from services.dossier.reach import Reach
from services.dossier.sections import contents_of, place
from services.dossier.service import DossierService
from services.dossier.store import store, vault
from services.dossier.when import When
from shared.clock import now, today
from shared.contracts import dossier as contracts
from shared.contracts import inventory
from shared.contracts.errors import BadRequest, NotAllowed, NotEntitled, NotFound, Outdated
from shared.contracts.message import ContractBroken
from shared.database import Unreadable
from shared.database.migrations import migrate, schema_differences
from shared.database.store import open_engine
from shared.entitlement import PROJECTIONS, SECTIONS
from shared.ids import new_id
from tests.conftest import Database
from tests.factories import dossier as make
from tests.factories.dossier import Replica, Sent, Town, delivered, of, resync, versions_grow

ENS = {"care_core", "pickup", "schooling", "diet", "allergies"}


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Iterator[Town]:
    """Give the dossier of the demo town on a fresh database."""
    migrate("dossier", database.owner_url)
    store.connect(database.url, make.register(tmp_path / "register.json"))
    vault.connect(database.keys_url, os.urandom(32))
    yield Town(DossierService())
    store.close()


@pytest.fixture
def register_file(tmp_path: Path) -> Path:
    """Give the file of the register that the dossier reads."""
    return tmp_path / "register.json"


@pytest.fixture
def claire(town: Town) -> str:
    """Give a guardian whose daughter Manon is at both providers, nothing told yet."""
    one = make.guardian()
    ids = town.arrives(make.household(make.child([one]), guardians=[one]))
    return str(ids.guardians[one["reference"]])


@pytest.fixture
def manon(town: Town, claire: str) -> str:
    """Give Claire's daughter, after her first projections have left."""
    town.sent()
    return str(town.ask(contracts.my_children, subject=claire).children[0]["id"])


def later(**time: Any) -> When:
    moment = now() + timedelta(**time)
    return When(moment, moment.date())


# --- Telling once ---


def test_the_first_link_sends_a_provider_all_that_it_is_entitled_to(
    town: Town, claire: str
) -> None:
    sent = town.sent()

    assert of(sent, "ens").keys() == ENS
    assert of(sent, "agg").keys() == {"care_core"}
    assert {each.version for each in sent} == {1}


def test_the_canteen_learns_of_the_diet_and_the_sports_club_does_not(
    town: Town, claire: str, manon: str
) -> None:
    answer = town.tells(claire, manon, "diet", make.diet("vegetarian", "egg"))

    (sent,) = town.sent()
    assert answer.told == ["ens"]
    assert (sent.provider, sent.projection, sent.version) == ("ens", "diet", 2)
    assert sent.content == {"menu": "vegetarian", "without": ["egg"]}


def test_of_a_care_plan_the_sports_club_learns_only_what_to_do(
    town: Town, claire: str, manon: str
) -> None:
    told = make.health("arachide", care_plan=make.care_plan(), remarks="lunettes")

    answer = town.tells(claire, manon, "health", told)

    sent = town.sent()
    assert answer.told == ["agg", "ens"]
    assert of(sent, "agg").keys() == {"care_core"}
    assert of(sent, "agg")["care_core"].content["care_plan"] == make.care_plan()
    assert "arachide" not in str(of(sent, "agg"))
    assert of(sent, "ens").keys() == {"care_core", "allergies"}
    assert "lunettes" not in str(sent)


def test_telling_the_same_again_is_dated_and_sends_nothing(
    town: Town, claire: str, manon: str
) -> None:
    town.tells(claire, manon, "diet", make.diet())
    town.sent()

    again = town.tells(claire, manon, "diet", make.diet(), base=1)

    assert (again.version, again.told) == (2, [])
    assert town.sent() == []


def test_an_allergy_without_care_plan_does_not_move_the_care_core(
    town: Town, claire: str, manon: str
) -> None:
    answer = town.tells(claire, manon, "health", make.health("arachide"))

    assert answer.told == ["ens"]
    assert [each.projection for each in town.sent()] == ["allergies"]


def test_what_was_told_reads_back_and_says_who_told_it(town: Town, claire: str, manon: str) -> None:
    def read() -> Any:
        return town.ask(contracts.read_section, subject=claire, child_id=manon, section="diet")

    before = read()
    town.tells(claire, manon, "diet", make.diet("vegetarian"))
    after = read()

    assert (before.version, before.content, before.changed_by) == (0, {}, "nobody")
    assert (after.version, after.content, after.changed_by) == (
        1,
        {"menu": "vegetarian", "without": []},
        "you",
    )


def test_names_come_from_the_town_and_read_back_as_a_section(
    town: Town, claire: str, manon: str
) -> None:
    read = town.ask(contracts.read_section, subject=claire, child_id=manon, section="identity")

    assert (read.version, read.changed_by) == (1, "town")
    assert read.content == make.identity()


def test_whoever_read_an_older_version_is_told_so(town: Town, claire: str, manon: str) -> None:
    town.tells(claire, manon, "diet", make.diet())

    with pytest.raises(Outdated) as refusal:
        town.tells(claire, manon, "diet", make.diet("standard"))

    assert refusal.value.detail == {"version": 1}
    assert len(town.sent()) == 1


def test_a_mistake_is_answered_with_a_sentence_and_nothing_is_stored(
    town: Town, claire: str, manon: str
) -> None:
    with pytest.raises(BadRequest) as refusal:
        town.tells(claire, manon, "diet", {"menu": "halal"})

    assert refusal.value.detail["errors"]["menu"] == ["Choisissez une des réponses proposées."]
    assert "halal" not in str(refusal.value.detail)
    assert town.sent() == []


@pytest.mark.parametrize("section", ["identity", "custody", "schooling"])
def test_a_guardian_does_not_write_what_is_changed_at_a_desk(
    town: Town, claire: str, manon: str, section: str
) -> None:
    with pytest.raises(contracts.SectionNotYours):
        town.tells(claire, manon, section, {})


def test_to_a_stranger_there_is_no_such_child(town: Town, claire: str, manon: str) -> None:
    stranger = make.guardian("Paul Autre")
    ids = town.arrives(make.household(make.child([stranger]), guardians=[stranger]))
    asked = {"subject": ids.guardians[stranger["reference"]], "child_id": manon}

    for method, more in (
        (contracts.read_section, {"section": "diet"}),
        (contracts.who_knows, {}),
        (contracts.who_read, {}),
        (contracts.close_link, {"provider": "ens"}),
    ):
        with pytest.raises(NotFound):
            town.ask(method, **asked, **more)


def test_a_guardianship_that_has_ended_opens_nothing(town: Town, claire: str, manon: str) -> None:
    yesterday = today() - timedelta(days=1)
    with store.write() as write:
        write.execute(update(Guardianship).values(valid_from=date(2020, 1, 1), valid_to=yesterday))

    with pytest.raises(NotFound):
        town.ask(contracts.read_section, subject=claire, child_id=manon, section="diet")
    assert town.ask(contracts.my_children, subject=claire).children == []


def test_an_agent_has_no_way_in_by_the_families_door(town: Town, manon: str) -> None:
    with pytest.raises(PermissionError):
        town.ask(contracts.who_read, child_id=manon)


def test_two_who_write_at_once_leave_one_version_and_one_refusal(
    town: Town, claire: str, manon: str
) -> None:
    outcomes = at_once(
        lambda: town.tells(claire, manon, "diet", make.diet("standard")).version,
        lambda: town.tells(claire, manon, "diet", make.diet("vegetarian")).version,
    )

    assert sorted(map(str, outcomes)) == ["1", "outdated"]
    assert [each.version for each in town.sent()] == [2]


# --- The guardian's page ---


def test_a_guardian_finds_the_children_eldest_first_with_what_was_never_told(
    town: Town,
) -> None:
    one = make.guardian()
    louis = make.child(
        [one],
        sections={
            "identity": make.identity("Louis", birth_date="2015-06-01"),
            "schooling": {"school": "Jules-Ferry", "grade": "CM2"},
            "diet": make.diet(),
        },
        links=["agg"],
    )
    ids = town.arrives(make.household(make.child([one]), louis, guardians=[one]))

    mine = town.ask(contracts.my_children, subject=ids.guardians[one["reference"]])

    assert mine.guardian["name"] == "Claire Lefèvre"
    assert [each["first_name"] for each in mine.children] == ["Louis", "Manon"]
    assert [each["school"] for each in mine.children] == ["Jules-Ferry", ""]
    assert [each["providers"] for each in mine.children] == [["agg"], ["agg", "ens"]]
    assert mine.children[0]["missing"] == ["contacts", "pickup", "health"]
    assert mine.children[1]["missing"] == ["contacts", "pickup", "diet", "health"]


def test_somebody_who_answers_for_no_child_here_has_no_page(town: Town) -> None:
    with pytest.raises(NotFound):
        town.ask(contracts.my_children, subject=new_id())


# --- Links ---


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

    assert answer.told == []
    assert town.sent() == []


def test_the_database_holds_no_two_open_links_of_a_pair(town: Town, manon: str) -> None:
    with pytest.raises(DatabaseError), store.write() as write:
        links.add_link(write, manon, "ens", When.now(), SCHOOL_LIST)


# --- Sent, received, seen ---


def knows(town: Town, claire: str, manon: str, provider: str, projection: str) -> Any:
    answer = town.ask(contracts.who_knows, subject=claire, child_id=manon)
    return next(
        each
        for each in answer.holdings
        if (each["provider"], each["projection"]) == (provider, projection)
    )


def test_a_family_sees_sent_then_received_then_seen(town: Town, claire: str, manon: str) -> None:
    town.tells(claire, manon, "health", make.health("arachide"))
    (sent,) = town.sent()

    before = knows(town, claire, manon, "ens", "allergies")
    town.held("ens", sent)
    received = knows(town, claire, manon, "ens", "allergies")
    town.held("ens", sent, seen_by="kitchen")
    seen = knows(town, claire, manon, "ens", "allergies")

    assert (before["filled"], before["received_at"], before["seen_at"]) == (True, None, None)
    assert received["received_at"] is not None
    assert (received["seen_at"], received["seen_by"]) == (None, "")
    assert (seen["seen_at"] is not None, seen["seen_by"]) == (True, "kitchen")


def test_a_change_is_to_be_received_and_seen_again(town: Town, claire: str, manon: str) -> None:
    town.tells(claire, manon, "health", make.health("arachide"))
    (sent,) = town.sent()
    town.held("ens", sent, seen_by="kitchen")

    town.tells(claire, manon, "health", make.health("arachide", "kiwi"), base=1)

    line = knows(town, claire, manon, "ens", "allergies")
    assert (line["received_at"], line["seen_at"], line["seen_by"]) == (None, None, "")


def test_where_nothing_was_told_the_holding_is_not_filled(
    town: Town, claire: str, manon: str
) -> None:
    answer = town.ask(contracts.who_knows, subject=claire, child_id=manon)

    filled = {each["projection"]: each["filled"] for each in answer.holdings}
    assert filled == dict.fromkeys(ENS, False) | {"care_core": True}


def test_states_that_come_late_or_twice_change_nothing(town: Town, claire: str, manon: str) -> None:
    sent = []
    for version, menu in enumerate(["standard", "no_pork", "vegetarian"]):
        town.tells(claire, manon, "diet", make.diet(menu), base=version)
        sent += town.sent()
    states = [(each, role) for each in sent for role in ("", "kitchen")] * 3
    random.Random(2).shuffle(states)

    for each, role in states:
        town.held("ens", each, seen_by=role)

    with store.read() as read:
        row = read.scalars(select(Projection).where(Projection.projection == "diet")).one()
    assert (row.received_version, row.seen_version, row.seen_by) == (4, 4, "kitchen")


def test_a_provider_cannot_hold_what_was_never_sent(town: Town, claire: str, manon: str) -> None:
    never = Sent("ens", "diet", manon, 9, None, None)

    town.held("ens", never)
    town.held("agg", never)
    town.held("ens", Sent("ens", "diet", new_id(), 1, None, None))

    assert knows(town, claire, manon, "ens", "diet")["received_at"] is None


def test_one_fact_carries_the_states_of_many_children(town: Town) -> None:
    one = make.guardian()
    town.arrives(make.household(*(make.child([one]) for _ in range(4)), guardians=[one]))
    sent = [each for each in town.sent() if (each.provider, each.projection) == ("ens", "diet")]
    items = [
        {
            "child_id": each.child_id,
            "received_version": 1,
            "received_at": now(),
            "seen_version": 0,
            "seen_by": "",
        }
        for each in sent
    ]

    town.hear(
        make.enrolment.projection_held, source="enrolment_ens", projection="diet", items=items
    )

    with store.read() as read:
        received = select(func.count()).where(Projection.received_version == 1)
        assert read.scalar(received) == 4


# --- Receipts ---


def test_receipts_are_numbered_and_the_last_one_proves_the_link(
    town: Town, claire: str, manon: str
) -> None:
    town.ask(contracts.close_link, subject=claire, child_id=manon, provider="ens")
    tombstones = town.sent()

    for each in tombstones[:-1]:
        town.erased(each)
    before = _link(town, claire, manon, "ens")
    town.erased(tombstones[-1])
    after = _link(town, claire, manon, "ens")

    assert (before["erased_at"], before["receipt"]) == (None, None)
    assert after["erased_at"] is not None
    assert after["receipt"] == len(ENS)


def test_a_receipt_that_comes_three_times_has_one_number(
    town: Town, claire: str, manon: str
) -> None:
    town.ask(contracts.close_link, subject=claire, child_id=manon, provider="agg")
    (tombstone,) = town.sent()

    for message in ("one", "one", "another"):
        town.erased(tombstone, message_id=message)

    with store.read() as read:
        assert read.scalars(select(ErasureReceipt.number)).all() == [1]


def test_a_receipt_for_what_has_come_back_meanwhile_proves_nothing(
    town: Town, claire: str, manon: str
) -> None:
    asked = {"subject": claire, "child_id": manon, "provider": "agg"}
    town.ask(contracts.close_link, **asked)
    (tombstone,) = town.sent()
    town.ask(contracts.open_link, **asked)

    town.erased(tombstone)

    with store.read() as read:
        assert read.scalar(select(func.count()).select_from(ErasureReceipt)) == 0
    assert len(town.ask(contracts.who_knows, subject=claire, child_id=manon).holdings) == 6


def test_numbers_have_no_gap_where_many_write_and_some_fail(town: Town) -> None:
    one = make.guardian()
    ids = town.arrives(make.household(*(make.child([one]) for _ in range(8)), guardians=[one]))
    for child_id in ids.children.values():
        town.ask(
            contracts.close_link,
            subject=ids.guardians[one["reference"]],
            child_id=child_id,
            provider="ens",
        )
    tombstones = [each for each in town.sent() if each.content is None]

    def erase(number: int, each: Sent) -> Callable[[], None]:
        return lambda: town.erased(each) if number % 4 else _fails_after(town, each)

    at_once(*(erase(number, each) for number, each in enumerate(tombstones)))
    for each in tombstones:
        town.erased(each)

    with store.read() as read:
        numbers = read.scalars(select(ErasureReceipt.number).order_by(ErasureReceipt.number)).all()
    assert numbers == list(range(1, len(tombstones) + 1))
    assert len(tombstones) == 8 * len(ENS)


def _fails_after(town: Town, each: Sent) -> None:
    """Take a number and fail before the commit."""
    fact = make.enrolment.projection_erased.load(
        {
            "child_id": each.child_id,
            "projection": each.projection,
            "version": each.version,
            "erased_at": now().isoformat(),
        }
    )
    fact.source, fact.message_id = "enrolment_ens", new_id()
    with store.write() as write:
        town.service.on_projection_erased(write, fact)
        raise RuntimeError("before the commit")


def _link(town: Town, claire: str, manon: str, provider: str) -> Any:
    answer = town.ask(contracts.who_knows, subject=claire, child_id=manon)
    return next(each for each in answer.links if each["provider"] == provider)


# --- Barred adults ---


@pytest.fixture
def barred(town: Town) -> tuple[str, str, When]:
    """Give a guardian, a child whom a ruling protects from tomorrow on, and tomorrow."""
    tomorrow = later(days=1)
    one = make.guardian("Marc Rude")
    sections = {
        "custody": make.ruling("Marc Rude", tomorrow.day.isoformat(), tomorrow.day.isoformat())
    }
    ids = town.arrives(make.household(make.child([one], sections=sections), guardians=[one]))
    (child_id,) = ids.children.values()
    return ids.guardians[one["reference"]], child_id, tomorrow


def turn(when: When) -> None:
    with store.read() as read:
        children = streams.children_of_the_day(read, when)
    with store.write() as write:
        streams.turn_the_day(write, Reach.of(store.register), children, when)


def test_a_ruling_reaches_every_provider_on_its_day_and_leaves_on_the_day_after(
    town: Town, barred: tuple[str, str, When]
) -> None:
    _, _, tomorrow = barred
    first = town.sent()
    turn(When.now())
    assert town.sent() == []

    turn(tomorrow)
    begins = town.sent()
    turn(tomorrow)
    assert town.sent() == []
    turn(later(days=2))
    ends = town.sent()

    assert {each.provider for each in begins} == {"ens", "agg"}
    assert of(first, "ens")["care_core"].content["not_to_hand_over"] == []
    assert of(begins, "ens")["care_core"].content["not_to_hand_over"] == ["Marc Rude"]
    assert of(ends, "agg")["care_core"].content["not_to_hand_over"] == []
    assert of(ends, "agg")["care_core"].version == 3


def test_the_barred_parents_pages_differ_in_nothing(
    town: Town, barred: tuple[str, str, When]
) -> None:
    marc, child_id, tomorrow = barred
    for each in town.sent():
        town.held(each.provider, each, seen_by="lead")

    def pages() -> list[Any]:
        asked = {"subject": marc, "child_id": child_id}
        return [
            town.ask(contracts.who_knows, **asked),
            town.ask(contracts.read_section, **asked, section="custody"),
            town.ask(contracts.my_children, subject=marc),
        ]

    before = pages()
    turn(tomorrow)
    told = pages()
    for each in town.sent():
        town.held(each.provider, each, seen_by="coach")
    seen = pages()

    assert before == told == seen
    assert before[1].version == 0


def test_a_ruling_that_an_import_brings_later_is_told_and_shows_nowhere(town: Town) -> None:
    one = make.guardian("Marc Rude")
    payload = make.household(make.child([one], links=["agg"]), guardians=[one])
    ids = town.arrives(payload)
    asked = {"subject": ids.guardians[one["reference"]]}
    (child_id,) = ids.children.values()
    for each in town.sent():
        town.held("agg", each, seen_by="coach")
    before = town.ask(contracts.who_knows, **asked, child_id=child_id)

    payload["children"][0]["sections"]["custody"] = make.ruling("Marc Rude", "2026-01-06")
    town.arrives(payload)

    (sent,) = town.sent()
    assert sent.content["not_to_hand_over"] == ["Marc Rude"]
    assert town.ask(contracts.who_knows, **asked, child_id=child_id) == before


# --- Suspended, widened, lost: what keeps a replica whole ---


def test_a_suspended_provider_is_told_the_care_core_and_finds_the_rest_when_it_runs_again(
    town: Town, claire: str, register_file: Path
) -> None:
    replica = Replica()
    for each in town.sent():
        if each.provider == "ens":
            replica.take(each)
    manon = replica.entries[0][0]
    make.register(register_file, states={"ens": "suspended"})

    told = make.health("arachide", care_plan=make.care_plan())
    answer = town.tells(claire, manon, "health", told)
    suspended = of(town.sent(), "ens")
    make.register(register_file)
    assert suspended.keys() == {"care_core"}
    assert answer.told == ["agg", "ens"]
    replica.take(suspended["care_core"])

    assert resync(town, "ens", replica) == 1
    (again,) = town.sent()
    replica.take(again)
    assert again.content["allergies"][0]["substance"] == "arachide"
    assert resync(town, "ens", replica) == 0


def test_a_suspended_provider_takes_no_new_child_and_loses_none(
    town: Town, claire: str, manon: str, register_file: Path
) -> None:
    make.register(register_file, states={"ens": "suspended", "agg": "suspended"})

    with pytest.raises(contracts.ProviderUnknown):
        town.ask(contracts.open_link, subject=claire, child_id=manon, provider="ens")
    town.service.keep_streams_whole()

    assert town.sent() == []


def test_a_link_that_ends_while_the_provider_is_suspended_is_buried_when_it_runs_again(
    town: Town, claire: str, register_file: Path
) -> None:
    replica = Replica()
    for each in town.sent():
        if each.provider == "ens":
            replica.take(each)
    manon = replica.entries[0][0]
    make.register(register_file, states={"ens": "suspended"})
    town.ask(contracts.close_link, subject=claire, child_id=manon, provider="ens")
    assert [each.projection for each in town.sent()] == ["care_core"]
    make.register(register_file)

    resync(town, "ens", replica)

    sent = of(town.sent(), "ens")
    assert sent.keys() == ENS
    assert all(each.content is None for each in sent.values())


def test_a_revoked_provider_hears_nothing_and_is_no_longer_shown(
    town: Town, claire: str, manon: str, register_file: Path
) -> None:
    make.register(register_file, states={"ens": "revoked"})

    answer = town.tells(claire, manon, "health", make.health("kiwi", care_plan=make.care_plan()))

    assert answer.told == ["agg"]
    assert {each.provider for each in town.sent()} == {"agg"}
    assert town.ask(contracts.my_children, subject=claire).children[0]["providers"] == ["agg"]
    with pytest.raises(NotAllowed):
        town.inventory("ens")


def test_a_wider_entitlement_reaches_the_children_who_are_there_already(
    town: Town, claire: str, manon: str, register_file: Path
) -> None:
    town.tells(claire, manon, "pickup", {"people": [{"name": "Mamie", "relation": "aïeule"}]})
    town.sent()
    make.register(register_file, more=[("agg", "pickup")])

    town.service.keep_streams_whole()
    (sent,) = town.sent()
    town.service.keep_streams_whole()

    assert (sent.provider, sent.projection, sent.version) == ("agg", "pickup", 1)
    assert sent.content["people"][0]["name"] == "Mamie"
    assert town.sent() == []


def test_a_withdrawn_entitlement_stops_the_stream_and_the_inventory(
    town: Town, claire: str, manon: str, register_file: Path
) -> None:
    make.register(register_file, less=[("ens", "allergies")])

    answer = town.tells(claire, manon, "health", make.health("kiwi"))
    queued = town.ask(
        contracts.resend, caller="enrolment_ens", wanted=[(manon, "allergies")]
    ).queued

    assert answer.told == []
    assert queued == 0
    assert town.sent() == []
    assert "allergies" not in {projection for _, projection, _ in town.inventory("ens")[1]}


def test_a_provider_that_lost_everything_gets_everything_again_and_no_more(
    town: Town, claire: str, manon: str
) -> None:
    replica = Replica()

    assert resync(town, "ens", replica) == len(ENS)
    for each in town.sent():
        assert each.provider == "ens"
        replica.take(each)

    assert resync(town, "ens", replica) == 0
    assert set(replica.versions.values()) == {1}


def test_a_provider_gets_no_projection_and_no_child_that_is_not_its_own(
    town: Town, claire: str, manon: str
) -> None:
    one = make.guardian()
    ids = town.arrives(make.household(make.child([one], links=["ens"]), guardians=[one]))
    town.sent()
    (other,) = ids.children.values()

    wanted = [(manon, "diet"), (manon, "allergies"), (other, "care_core"), (new_id(), "care_core")]
    answer = town.ask(contracts.resend, caller="enrolment_agg", wanted=wanted)

    assert answer.queued == 0
    assert town.sent() == []


def test_after_the_end_of_a_link_a_provider_gets_its_tombstones_again(
    town: Town, claire: str, manon: str
) -> None:
    town.ask(contracts.close_link, subject=claire, child_id=manon, provider="agg")
    (tombstone,) = town.sent()

    town.ask(contracts.resend, caller="enrolment_agg", wanted=[(manon, "care_core")])

    assert town.sent() == [tombstone]


def test_ten_thousand_children_are_counted_and_sent_again_in_seconds(
    town: Town, register_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make.register(register_file, less=[("ens", "pickup"), ("ens", "schooling")])
    _settle_children(10_000)
    town.sent()
    replica = Replica()

    start, busy = time.perf_counter(), time.process_time()
    digest, entries = town.inventory("ens")
    assert resync(town, "ens", replica) == len(entries) == 30_000
    spent, busy = time.perf_counter() - start, time.process_time() - busy

    assert len(town.outbox()) < 320
    for each in town.sent():
        replica.take(each)
    assert inventory.digest(replica.entries) == digest
    assert busy < 15.0  # of this process: how long it takes depends on who else runs here
    with capsys.disabled():
        print(f"\n  10,000 children inventoried twice and sent again in {spent:.1f} s")


def _settle_children(number: int) -> None:
    """Give the school service so many children, each with a diet and a health sheet."""
    ids = [new_id() for _ in range(number)]
    when = When.now()
    vault.prepare(ids)
    told = {"diet": make.diet(), "health": make.health("arachide")}
    children = [
        {
            "id": each,
            "reference": each,
            "first_name": "Zoé",
            "last_name": "Test",
            "birth_date": date(2018, 1, 1),
            "created_at": when.moment,
        }
        for each in ids
    ]
    sections = [
        {
            "child_id": each,
            "section": section,
            "version": 1,
            "content": vault.seal(each, place(section, 1), content),
            "changed_at": when.moment,
            "changed_by": "import",
        }
        for each in ids
        for section, content in told.items()
    ]
    rows = [
        {
            "id": new_id(),
            "child_id": each,
            "provider": "ens",
            "version": 1,
            "origin": SCHOOL_LIST,
            "opened_at": when.moment,
        }
        for each in ids
    ]
    with store.write() as write:
        write.execute(insert(Child), children)
        write.execute(insert(Section), sections)
        write.execute(insert(Link), rows)
    DossierService().keep_streams_whole()


# --- Reads ---


def test_each_read_at_a_desk_leaves_one_line_however_often_it_is_told(
    town: Town, claire: str, manon: str
) -> None:
    for message in ("one", "one", "two"):
        town.read(manon, message_id=message)

    (line,) = town.ask(contracts.who_read, subject=claire, child_id=manon).reads
    assert (line["provider"], line["role"], line["projection"]) == ("ens", "kitchen", "allergies")
    assert (line["times"], line["unusual"]) == (2, False)


def test_a_family_sees_the_function_and_never_the_agents_name(
    town: Town, claire: str, manon: str
) -> None:
    agent = new_id()
    town.read(manon, subject=agent, unusual=True)

    answer = town.ask(contracts.who_read, subject=claire, child_id=manon)

    assert answer.reads[0]["unusual"] is True
    assert agent not in str(answer)


def test_a_guardians_own_reads_and_the_other_guardians_are_not_recorded(
    town: Town, claire: str, manon: str
) -> None:
    asked = {"subject": claire, "child_id": manon}
    town.ask(contracts.read_section, **asked, section="health")
    town.ask(contracts.who_knows, **asked)

    assert town.ask(contracts.who_read, **asked).reads == []


def test_reads_older_than_twelve_months_are_not_shown(town: Town, claire: str, manon: str) -> None:
    town.read(manon, at=now() - timedelta(days=500))

    assert town.ask(contracts.who_read, subject=claire, child_id=manon).reads == []


def test_a_provider_cannot_report_a_read_of_a_child_it_never_had(town: Town, manon: str) -> None:
    with pytest.raises(ContractBroken):
        town.read(new_id())


def test_the_log_can_neither_be_changed_nor_shortened_in_the_database(
    town: Town, manon: str
) -> None:
    for _ in range(3):
        town.read(manon)

    for statement in (
        update(ReadLog).values(role="lead"),
        delete(ReadLog),
        delete(ReadLog).where(ReadLog.sequence == 3),
    ):
        with pytest.raises(DatabaseError), store.write() as write:
            write.execute(statement)


@pytest.mark.parametrize(
    ("attack", "found"),
    [
        ("UPDATE read_log SET role = 'lead' WHERE sequence = 3", Broken(3, "changed")),
        ("DELETE FROM read_log WHERE sequence = 3", Broken(4, "gap")),
        ("DELETE FROM read_log WHERE sequence = 1", Broken(2, "beginning")),
        ("DELETE FROM read_log WHERE sequence > 4", Broken(4, "end")),
        ("UPDATE read_log SET sequence = 107 - sequence", Broken(101, "changed")),
    ],
)
def test_whoever_owns_the_database_cannot_tamper_unseen(
    town: Town, manon: str, database: Database, attack: str, found: Broken
) -> None:
    for _ in range(6):
        town.read(manon)
    with store.read() as read:
        assert read_log.verify_read_log(read) is None

    _without_triggers(database, attack)

    with store.read() as read:
        assert read_log.verify_read_log(read) == found


def test_a_log_cut_short_with_its_head_is_found_by_the_head_noted_outside(
    town: Town, manon: str, database: Database
) -> None:
    for _ in range(6):
        town.read(manon)
    with store.read() as read:
        anchor = read_log.present_head(read)

    _without_triggers(
        database,
        "DELETE FROM read_log WHERE sequence > 4",
        "UPDATE chain_head SET sequence = 4, mac = (SELECT mac FROM read_log WHERE sequence = 4)",
    )

    with store.read() as read:
        assert read_log.verify_read_log(read) is None
        assert read_log.verify_read_log(read, [anchor]) == Broken(4, "end")


def test_a_purge_of_old_months_is_a_signed_line_and_not_a_truncation(
    town: Town, claire: str, manon: str
) -> None:
    for _ in range(3):
        town.read(manon)
    with store.read() as read:
        anchor = read_log.present_head(read)

    with store.write() as write:
        assert read_log.purge_reads(write, When.now()) == 0
    with store.write() as write:
        assert read_log.purge_reads(write, later(days=400)) == 3
    town.read(manon)

    with store.read() as read:
        assert read_log.verify_read_log(read, [anchor]) is None
        assert read.scalars(select(ReadLog.kind).order_by(ReadLog.sequence)).all() == [
            "purge",
            "read",
        ]


def test_reads_that_come_at_once_make_one_chain(town: Town, manon: str) -> None:
    at_once(*(lambda: town.read(manon) for _ in range(12)))

    with store.read() as read:
        assert read_log.verify_read_log(read) is None
        assert read_log.present_head(read).sequence == 12


def _without_triggers(database: Database, *statements: str) -> None:
    """Act as the owner of the database, who can take the triggers away."""
    engine = open_engine(database.owner_url)
    with engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            names = connection.execute(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            ).scalars()
            for name in names.all():
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(text("ALTER TABLE read_log DISABLE TRIGGER USER"))
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


# --- Import ---


def test_a_household_that_comes_twice_is_one_household(town: Town) -> None:
    one, two = make.guardian(), make.guardian("Karim Lefèvre")
    payload = make.household(
        make.child([one, two], sections={"diet": make.diet()}), guardians=[one, two]
    )

    first = town.arrives(payload)
    sent = len(town.sent())
    again = town.arrives(payload)

    assert first == again
    assert sent == len(ENS) + 1
    assert town.sent() == []


def test_an_import_does_not_undo_what_a_family_has_told_since(town: Town) -> None:
    one = make.guardian()
    sections = {"diet": make.diet("standard"), "schooling": {"school": "Ferry", "grade": "CP"}}
    payload = make.household(make.child([one], sections=sections), guardians=[one])
    ids = town.arrives(payload)
    claire = ids.guardians[one["reference"]]
    (manon,) = ids.children.values()
    town.tells(claire, manon, "diet", make.diet("vegetarian"), base=1)
    town.ask(contracts.close_link, subject=claire, child_id=manon, provider="agg")
    town.sent()

    payload["children"][0]["sections"]["diet"] = make.diet("no_pork")
    payload["children"][0]["sections"]["schooling"] = {"school": "Ferry", "grade": "CE1"}
    town.arrives(payload)

    sent = town.sent()
    diet = town.ask(contracts.read_section, subject=claire, child_id=manon, section="diet")
    assert diet.content["menu"] == "vegetarian"
    assert [(each.provider, each.projection) for each in sent] == [("ens", "schooling")]


def test_a_child_of_two_households_is_one_child_with_two_guardians(town: Town) -> None:
    mother, father = make.guardian(), make.guardian("Paul Lefèvre")
    at_hers = make.child([mother])
    at_his = {**at_hers, "guardians": [father["reference"]], "sections": {}}

    first = town.arrives(make.household(at_hers, guardians=[mother]))
    second = town.arrives(make.household(at_his, guardians=[father]))

    assert first.children == second.children
    for ids, one in ((first, mother), (second, father)):
        mine = town.ask(contracts.my_children, subject=ids.guardians[one["reference"]])
        assert [child["first_name"] for child in mine.children] == ["Manon"]


def test_twins_and_homonyms_born_the_same_day_stay_apart(town: Town) -> None:
    one, other = make.guardian(), make.guardian("Claire Lefèvre")
    twins = [
        make.child([one], sections={"identity": make.identity(name)}) for name in ("Lou", "Lise")
    ]
    ids = town.arrives(make.household(*twins, guardians=[one]))
    homonym = make.child([other], sections={"identity": make.identity("Lou")})
    others = town.arrives(make.household(homonym, guardians=[other]))

    assert len({*ids.children.values(), *others.children.values()}) == 3
    assert {*ids.guardians.values()}.isdisjoint(others.guardians.values())


def test_an_import_with_a_mistake_says_where_and_writes_nothing(town: Town) -> None:
    one = make.guardian()
    wrong = make.child([one], sections={"diet": {"menu": "casher"}})
    stranger = make.child([make.guardian()])

    with pytest.raises(BadRequest) as refusal:
        town.arrives(make.household(wrong, stranger, guardians=[one]))

    errors = refusal.value.detail["errors"]["children"]
    assert errors[wrong["reference"]].keys() == {"diet"}
    assert errors[stranger["reference"]].keys() == {"guardians"}
    assert "casher" not in str(errors)
    with store.read() as read:
        assert read.scalar(select(func.count()).select_from(Child)) == 0


def test_a_child_without_a_name_and_a_provider_without_a_place_are_refused(town: Town) -> None:
    one = make.guardian()
    nameless = {**make.child([one]), "sections": {}}

    with pytest.raises(BadRequest):
        town.arrives(make.household(nameless, guardians=[one]))
    with pytest.raises(contracts.ProviderUnknown):
        town.arrives(make.household(make.child([one], links=["mdq"]), guardians=[one]))


# --- The families of the demonstration ---


def test_the_sixty_invented_families_arrive_whole_and_twice_alike(town: Town) -> None:
    told = read_families()

    first = [town.arrives(payload) for payload in told.households]
    sent = town.sent()
    again = [town.arrives(payload) for payload in told.households]

    guardians = {name: one for ids in first for name, one in ids.guardians.items()}
    assert first == again
    assert town.sent() == []
    assert {account.guardian for account in told.accounts} <= guardians.keys()
    assert {each.provider for each in sent} == {"ens", "agg"}
    with store.read() as read:
        assert read.scalar(select(func.count()).select_from(Household)) == 60


def test_claire_starts_with_manon_at_both_providers_and_neither_diet_nor_allergy(
    town: Town,
) -> None:
    told = read_families()
    (account,) = [each for each in told.accounts if each.name == "Claire Lefèvre"]
    for payload in told.households:
        ids = town.arrives(payload)
        if account.guardian in ids.guardians:
            claire = ids.guardians[account.guardian]

    (manon,) = town.ask(contracts.my_children, subject=claire).children
    holdings = town.ask(contracts.who_knows, subject=claire, child_id=manon["id"]).holdings

    assert (manon["first_name"], manon["providers"]) == ("Manon", ["agg", "ens"])
    assert {"diet", "health"} <= set(manon["missing"])
    filled = {each["projection"] for each in holdings if each["filled"]}
    assert filled == {"care_core", "pickup", "schooling"}


# --- Retention ---


def test_nothing_of_a_child_whom_a_provider_has_is_due(town: Town, claire: str, manon: str) -> None:
    town.tells(claire, manon, "health", make.health("arachide"))

    with store.read() as read:
        assert erasure.list_due(read, store.register, later(days=9_000)) == []


@pytest.fixture
def left(town: Town, claire: str, manon: str) -> str:
    """Give a child who has left every provider, with a diet and a health sheet told."""
    town.tells(claire, manon, "health", make.health("arachide"))
    town.tells(claire, manon, "diet", make.diet())
    for provider in ("ens", "agg"):
        town.ask(contracts.close_link, subject=claire, child_id=manon, provider=provider)
    town.sent()
    return manon


def erase(child_id: str, when: When) -> list[str]:
    with store.write() as write:
        due = erasure.erase_due(write, store.register, [child_id], when)
    erasure.shred_keys(due)
    return [one.section for one in due]


def test_health_goes_the_day_after_with_its_history_and_its_proof(
    town: Town, claire: str, left: str
) -> None:
    assert erase(left, later(days=2)) == ["health"]

    health = town.ask(contracts.read_section, subject=claire, child_id=left, section="health")
    diet = town.ask(contracts.read_section, subject=claire, child_id=left, section="diet")
    assert (health.content, health.changed_by) == ({}, "town")
    assert diet.content["menu"] == "no_pork"
    with store.read() as read:
        history = select(SectionHistory.section).order_by(SectionHistory.section)
        assert read.scalars(history).all() == ["diet", "identity"]
        assert read.scalars(select(SectionErasure.rule)).all() == ["1 day after last_session"]


def test_with_the_identity_the_names_the_adults_and_the_key_are_gone(
    town: Town, claire: str, left: str
) -> None:
    with store.read() as read:
        sealed = read.scalars(select(Section).where(Section.section == "diet")).one().content
    assert sealed is not None
    assert set(erase(left, later(days=2_000))) == {"identity", "diet", "health"}

    with store.read() as read:
        child = read.get(Child, left)
        assert child is not None
        assert (child.first_name, child.last_name, child.birth_date) == (None, None, None)
        assert read.scalar(select(func.count()).select_from(Guardian)) == 0
    with pytest.raises(Unreadable):
        vault.open(left, place("diet", 1), sealed)
    assert erase(left, later(days=4_000)) == []


def test_versions_outlive_the_child_so_that_tombstones_can_be_sent_again(
    town: Town, left: str
) -> None:
    erase(left, later(days=2_000))

    _, entries = town.inventory("ens")
    town.ask(contracts.resend, caller="enrolment_ens", wanted=[entry[:2] for entry in entries])

    sent = town.sent()
    assert len(sent) == len(ENS)
    assert all(each.content is None for each in sent)


def test_a_child_who_came_back_meanwhile_is_spared(town: Town, claire: str, left: str) -> None:
    with store.read() as read:
        assert erasure.list_due(read, store.register, later(days=2))
    town.ask(contracts.open_link, subject=claire, child_id=left, provider="agg")

    assert erase(left, later(days=2)) == []


def test_history_is_not_deleted_without_a_proof_of_erasure(town: Town, left: str) -> None:
    for statement in (delete(SectionHistory), update(SectionHistory).values(changed_by="nobody")):
        with pytest.raises(DatabaseError), store.write() as write:
            write.execute(statement)


def test_by_itself_the_dossier_forgets_nothing_before_its_time(
    town: Town, claire: str, left: str
) -> None:
    town.service.forget()

    diet = town.ask(contracts.read_section, subject=claire, child_id=left, section="diet")
    assert diet.version == 1


# --- The database itself ---


def test_the_migrated_schema_is_that_of_the_models(town: Town) -> None:
    assert schema_differences("dossier", store.engine) == []


@pytest.mark.parametrize(
    "statement",
    [
        update(Projection).values(digest=None),
        update(Projection).values(received_version=Projection.version + 1),
        update(Projection).values(projection="quotient"),
        update(Link).values(closed_at=text("'1999-01-01 00:00:00'")),
        update(Child).values(first_name=None),
        update(Guardianship).values(child_id="nobody"),
    ],
)
def test_the_database_refuses_what_cannot_be(town: Town, manon: str, statement: Any) -> None:
    with pytest.raises(DatabaseError), store.write() as write:
        write.execute(statement)


def test_two_periods_of_one_guardian_do_not_overlap(town: Town, claire: str, manon: str) -> None:
    with pytest.raises(DatabaseError), store.write() as write:
        write.add(
            Guardianship(
                id=new_id(),
                child_id=manon,
                guardian_id=claire,
                authority=True,
                valid_from=date(2020, 1, 1),
            )
        )


def test_what_families_tell_stands_in_clear_nowhere_but_names_and_birth_dates(
    town: Town, database: Database
) -> None:
    canary = "Kanari"
    one = make.guardian("Zélie Nom")
    sections = {
        "contacts": make.contacts(f"{canary} Un", f"{canary} Deux"),
        "custody": make.ruling(f"{canary} Trois", "2026-01-06"),
        "pickup": {"people": [{"name": f"{canary} Quatre", "relation": "voisine"}]},
        "schooling": {"school": f"École {canary}", "grade": "CP"},
    }
    ids = town.arrives(make.household(make.child([one], sections=sections), guardians=[one]))
    zelie = ids.guardians[one["reference"]]
    (child_id,) = ids.children.values()
    town.tells(zelie, child_id, "diet", make.diet("vegetarian", "gluten"))
    town.tells(
        zelie,
        child_id,
        "health",
        make.health(f"{canary} allergie", care_plan=make.care_plan(f"{canary} conduite")),
    )
    town.read(child_id)
    sent = town.sent()

    everything = _dump(database)

    assert canary in str(sent)
    for word in (canary, "vegetarian", "gluten", "ordonnance", "trousse", "06 39 98"):
        assert word.encode() not in everything
    for word in ("Manon", "Lefèvre", "2019-03-02", "Zélie Nom"):
        assert word.encode() in everything


def _dump(database: Database) -> bytes:
    """Return every value of every table, of the data and of the keys, as bytes."""
    values: list[bytes] = []
    for url in (database.owner_url, database.keys_url):
        engine = open_engine(url)
        metadata = MetaData()
        metadata.reflect(engine)
        with engine.connect() as connection:
            for table in metadata.tables.values():
                names = ", ".join(f'"{column.name}"' for column in table.columns)
                for row in connection.execute(text(f'SELECT {names} FROM "{table.name}"')):
                    values += [_as_bytes(value) for value in row]
        engine.dispose()
    return b"\n".join(values)


def _as_bytes(value: Any) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


# --- Any sequence of acts ---

ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("diet"), st.sampled_from(["standard", "no_pork", "vegetarian"])),
        st.tuples(st.just("health"), st.sampled_from(["", "arachide", "kiwi"])),
        st.tuples(st.just("plan"), st.sampled_from(["le 15", "le 112"])),
        st.tuples(st.just("open"), st.sampled_from(["ens", "agg"])),
        st.tuples(st.just("close"), st.sampled_from(["ens", "agg"])),
        st.tuples(st.just("suspend"), st.sampled_from(["ens", "agg", ""])),
        st.tuples(st.just("again"), st.sampled_from(["ens", "agg"])),
        st.tuples(st.just("receipts"), st.sampled_from(["ens", "agg"])),
    ),
    max_size=14,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=ACTS, chance=st.randoms(use_true_random=False))
def test_whatever_families_do_replicas_end_up_equal_by_digest(
    town: Town, register_file: Path, acts: list[tuple[str, str]], chance: random.Random
) -> None:
    make.register(register_file)
    family = Family(town, register_file)

    for act, what in acts:
        family.does(act, what)
    make.register(register_file)

    for provider in ("ens", "agg"):
        sent = [each for each in family.sent if each.provider == provider]
        versions_grow(sent)
        replica = delivered(sent, chance)
        resync(town, provider, replica)
        for each in town.sent():
            replica.take(each)
        mine = {place for place in replica.held if place[0] == family.child_id}
        assert resync(town, provider, replica) == 0
        for place_ in mine:
            assert replica.held[place_][1] == family.expected(provider, place_[1])


class Family:
    """A family with one child at both providers, and what was sent of it."""

    def __init__(self, town: Town, register_file: Path) -> None:
        self.town = town
        self.register_file = register_file
        one = make.guardian()
        ids = town.arrives(make.household(make.child([one]), guardians=[one]))
        self.subject = ids.guardians[one["reference"]]
        (self.child_id,) = ids.children.values()
        self.sent = town.sent()

    def does(self, act: str, what: str) -> None:
        asked = {"subject": self.subject, "child_id": self.child_id}
        if act == "diet":
            self._tells("diet", make.diet(what))
        elif act == "health":
            self._tells("health", make.health(*filter(None, [what])))
        elif act == "plan":
            self._tells("health", make.health(care_plan=make.care_plan(what)))
        elif act == "suspend":
            make.register(self.register_file, states={what: "suspended"} if what else {})
        elif act == "again":
            wanted = [(self.child_id, projection) for projection in PROJECTIONS]
            self.town.ask(contracts.resend, caller=f"enrolment_{what}", wanted=wanted)
        elif act == "receipts":
            for each in [one for one in self.sent if one.provider == what and not one.content]:
                self.town.erased(each)
        else:
            method = contracts.open_link if act == "open" else contracts.close_link
            try:
                self.town.ask(method, **asked, provider=what)
            except contracts.ProviderUnknown:
                pass
        self.sent += self.town.sent()

    def expected(self, provider: str, projection: str) -> Any:
        """Return the projection afresh from what is told, None where the link has ended."""
        with store.read() as read:
            link = links.latest_link(read, self.child_id, provider)
            contents = contents_of(read, [self.child_id], SECTIONS)[self.child_id]
        assert link is not None
        return None if link.closed_at else prepare(projection, contents, today())

    def _tells(self, section: str, content: Any) -> None:
        asked = {"subject": self.subject, "child_id": self.child_id, "section": section}
        base = self.town.ask(contracts.read_section, **asked).version
        self.town.tells(self.subject, self.child_id, section, content, base=base)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Return what each act gave or raised, all of them started together."""
    outcomes: list[Any] = []
    ready = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> None:
        ready.wait()
        try:
            outcomes.append(act())
        except Exception as error:
            outcomes.append(error)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
