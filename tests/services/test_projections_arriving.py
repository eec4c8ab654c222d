"""A provider’s replica on both databases: what arrives, tombstones and receipts, reconciliation."""

import json
import random
import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError

from services.enrolment.children.commands import replica
from services.enrolment.children.queries.contents import sealed_place_of_projection
from services.enrolment.children.queries.search_index import child_card, find_children
from services.enrolment.children.rules import replica_row_merge as arrival
from services.enrolment.children.rules.replica_row_merge import Item
from services.enrolment.jobs.replica_checks import reconcile_replica
from services.enrolment.models import StoredProjection
from services.enrolment.service import EnrolmentService
from services.enrolment.store import store, vault
from shared.bus.outbox_batches import publications_of
from shared.contracts.dossier.sharing.projections import ProjectionSent
from shared.contracts.errors import NotFound
from shared.database import Unreadable
from shared.database.store import GATHERED_FOR
from shared.database.tables.kit_tables import kit_table
from shared.dates.clock import now
from shared.runtime.ids import new_id
from tests.factories import enrolment as make
from tests.factories.enrolment import Child, Dossier, Provider, item
from tests.factories.sheets import reads

SOON = timedelta(hours=24)


# What arrives


def test_what_arrives_is_held_sealed_and_told(ens: Provider) -> None:
    child = Child()

    ens.receives("allergies", item(child.id, 1, make.allergies("arachide")))

    row = ens.row(child.id, "allergies")
    assert row is not None and row.content is not None
    assert b"arachide" not in row.content
    (held,) = ens.published("projection_held")
    assert held["projection"] == "allergies"
    (state,) = held["items"]
    assert (state["received_version"], state["seen_version"], state["seen_by"]) == (1, 0, "")


def test_what_is_held_is_told_with_what_comes_in_the_same_half_second(ens: Provider) -> None:
    children = Child(), Child()
    for child in children:
        ens.receives("diet", item(child.id, 1, make.diet("vegetarian")))

    outbox = kit_table(store.metadata, "outbox")
    with store.read() as read:
        rows = read.execute(select(outbox).where(outbox.c.key == "event.projection_held")).all()
        left = publications_of([(row, store.unsealed_body(row)) for row in rows])

    assert all(timedelta() < row.next_at - row.published_at <= GATHERED_FOR for row in rows)
    (publication,) = left
    told = json.loads(publication.body)["items"]
    assert {state["child_id"] for state in told} == {child.id for child in children}


@pytest.mark.both_databases
def test_two_instances_that_store_a_childs_parts_in_another_order_wait_for_each_other(
    ens: Provider,
) -> None:
    child, parts = Child().id, ("allergies", "diet", "swimming")
    broken: list[Exception] = []

    def stores(version: int, *projections: str) -> None:
        arrived = {each: [Item(**item(child, version, make.diet()))] for each in projections}
        try:
            with store.write() as write:
                replica.store_items(write, vault, arrived, now())
        except OperationalError as error:
            broken.append(error)

    stores(1, *parts)
    one = threading.Thread(target=stores, args=(2, *reversed(parts)))
    other = threading.Thread(target=stores, args=(3, *parts))
    with store.write() as write:
        held = update(StoredProjection).filter_by(child_id=child, projection="diet")
        write.execute(held.values(to_see=True))
        for thread in (one, other):
            thread.start()
            thread.join(0.5)
    one.join()
    other.join()

    assert broken == []
    assert [ens.row(child, each).version for each in parts] == [3, 3, 3]


@pytest.mark.both_databases
def test_what_is_stored_in_several_rounds_locks_the_children_of_all_before_the_first(
    ens: Provider,
) -> None:
    first, second = sorted((Child(), Child("Amine", "Benali")), key=lambda child: child.id)
    ens.receives_child(first)
    ens.receives_child(second)
    ended = item(first.id, 2, None, now() - SOON)
    versions = [item(second.id, 2, second.care_core()), item(second.id, 3, second.care_core())]
    sent = [ProjectionSent("care_core", [each]) for each in (*versions, ended)]
    broken: list[Exception] = []

    def comes_in_rounds() -> None:
        try:
            with store.write() as write:
                ens.service.on_projections(write, sent, [])
        except OperationalError as error:
            broken.append(error)

    coming = threading.Thread(target=comes_in_rounds)
    with store.write() as write:
        replica.store_items(write, vault, {"diet": [Item(first.id, 1, make.diet())]}, now())
        coming.start()
        coming.join(0.5)
        gone = Item(second.id, 1, None, now() - SOON)
        replica.store_items(write, vault, {"allergies": [gone]}, now())
    coming.join()

    assert broken == []
    row = ens.row(second.id, "care_core")
    assert row is not None and row.version == 3


@pytest.mark.both_databases
def test_an_older_or_repeated_version_changes_and_tells_nothing(ens: Provider) -> None:
    child = Child()
    ens.receives("diet", item(child.id, 3, make.diet("vegetarian")))
    ens.clear_outbox()

    ens.receives("diet", item(child.id, 2, make.diet("standard")))
    ens.receives("diet", item(child.id, 3, make.diet("standard")))

    assert reads(ens, child.id, "kitchen") == {"diet": make.diet("vegetarian")}
    assert ens.published("projection_held") == []


@pytest.mark.both_databases
def test_without_the_guarded_version_an_old_diet_would_come_back(
    ens: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = Child()
    ens.receives("diet", item(child.id, 3, make.diet("vegetarian")))
    monkeypatch.setattr(arrival, "supersedes", lambda _new, stored: stored == stored)

    ens.receives("diet", item(child.id, 2, make.diet("standard")))

    assert reads(ens, child.id, "kitchen") == {"diet": make.diet("standard")}


@pytest.mark.both_databases
def test_the_database_keeps_the_newer_of_two_that_were_decided_at_once(ens: Provider) -> None:
    child = Child()
    ens.receives("diet", item(child.id, 1, make.diet("standard")))
    newer = arrival.Row(3, b"newer", now(), to_see=True)
    older = arrival.Row(2, b"older", now(), to_see=True)

    key = (child.id, "diet")
    with store.write() as write:
        replica._store_moved_rows(write, {key: newer}, {key})
        moved = replica._store_moved_rows(write, {key: older}, {key})

    row = ens.row(child.id, "diet")
    assert list(moved) == []
    assert row is not None and (row.version, row.content) == (3, b"newer")


def test_a_child_that_is_new_and_one_that_is_known_arrive_in_one_event(ens: Provider) -> None:
    known, new = Child(), Child()
    ens.receives("diet", item(known.id, 1, make.diet("standard")))

    ens.receives("diet", *(item(each.id, 2, make.diet("vegetarian")) for each in (known, new)))

    (held,) = ens.published("projection_held")[1:]
    assert {(each["child_id"], each["received_version"]) for each in held["items"]} == {
        (known.id, 2),
        (new.id, 2),
    }
    assert sorted(ens.entries()) == sorted((each.id, "diet", 2) for each in (known, new))


def test_one_event_carries_many_children_and_tells_once(ens: Provider) -> None:
    children = [Child(first_name=f"Enfant {number}") for number in range(100)]

    ens.receives("care_core", *(item(child.id, 1, child.care_core()) for child in children))

    (held,) = ens.published("projection_held")
    assert {state["child_id"] for state in held["items"]} == {child.id for child in children}
    assert len(ens.entries()) == 100


def test_the_same_child_twice_in_one_event_ends_at_the_higher_version(ens: Provider) -> None:
    child = Child()

    ens.receives(
        "diet",
        item(child.id, 2, make.diet("vegetarian")),
        item(child.id, 1, make.diet("standard")),
    )

    assert ens.entries() == [(child.id, "diet", 2)]
    assert reads(ens, child.id, "kitchen") == {"diet": make.diet("vegetarian")}


def test_a_projection_that_the_register_does_not_grant_is_let_go_of(agg: Provider) -> None:
    child = Child()

    agg.receives("allergies", item(child.id, 1, make.allergies("arachide")))

    assert agg.entries() == []
    assert agg.published("projection_held") == []
    assert agg.keys() == 0


@pytest.mark.both_databases
def test_shuffled_tripled_and_with_losses_the_replica_ends_like_the_dossier(ens: Provider) -> None:
    seed = random.randrange(1_000_000)
    chance = random.Random(seed)
    dossier, sent = Dossier(), []
    for _ in range(12):
        child = Child()
        for projection in ("care_core", "diet", "allergies"):
            for version in range(1, chance.randint(2, 4)):
                content: Any = (
                    child.care_core(note=version) if projection == "care_core" else {"v": version}
                )
                if version > 1 and chance.random() < 0.2:
                    content = None
                dossier.present[child.id, projection] = (version, content)
                sent.append((projection, item(child.id, version, content)))
    arriving = sent * 3
    chance.shuffle(arriving)

    for projection, one in arriving[: len(arriving) // 3]:
        ens.receives(projection, one)
    EnrolmentService.bus = dossier
    reconcile_replica(ens.service, pause=0)

    wanted = [(*key, version) for key, (version, _) in dossier.present.items()]
    assert sorted(ens.entries()) == sorted(wanted), f"seed {seed}"


@pytest.mark.both_databases
def test_two_instances_that_compete_leave_one_outcome(ens: Provider) -> None:
    children = [Child(first_name=f"Enfant {number}") for number in range(40)]

    def version(number: int) -> None:
        items = [item(child.id, number, child.care_core(note=number)) for child in children]
        ens.receives("care_core", *items)

    failures = make.at_once([lambda n=n: version(n) for n in (3, 1, 2, 3)])

    assert failures == []
    assert {entry[2] for entry in ens.entries()} == {3}
    assert reads(ens, children[7].id, "kitchen")["care_core"] == children[7].care_core(note=3)


def test_thousands_of_rows_arrive_by_hundreds_and_each_hundred_is_answered_once(
    ens: Provider,
) -> None:
    children = [Child(first_name=f"Enfant {number}") for number in range(1_000)]
    contents = {
        "care_core": Child().care_core(),
        "diet": make.diet(),
        "allergies": make.allergies(),
    }

    for projection, content in contents.items():
        for start in range(0, len(children), 100):
            some = children[start : start + 100]
            with store.write() as write:
                items = [Item(one.id, 1, content) for one in some]
                replica.store_items(write, vault, {projection: items}, now())

    assert len(ens.entries()) == 3_000
    assert len(ens.published("projection_held")) == 30


# The end


def test_a_tombstone_erases_content_and_key_and_gives_a_receipt(ens: Provider) -> None:
    child = Child()
    ens.receives_child(child, allergies=make.allergies("lait"))

    ens.receives("allergies", item(child.id, 2, None))
    assert ens.keys() == 1
    ens.receives("care_core", item(child.id, 2, None))

    row = ens.row(child.id, "care_core")
    assert row is not None and row.content is None and row.erased_at is not None
    assert ens.keys() == 0
    receipts = ens.published("projection_erased")
    assert {(one["projection"], one["version"]) for one in receipts} == {
        ("allergies", 2),
        ("care_core", 2),
    }
    with store.read() as read:
        assert child_card(read, child.id) is None


def test_the_care_core_stays_readable_until_its_hour_and_goes_then(ens: Provider) -> None:
    child = Child()
    ens.receives_child(child)
    ens.receives("care_core", item(child.id, 2, None, now() + SOON))

    ens.service.erase_due()
    assert reads(ens, child.id, "kitchen") == {"care_core": child.care_core()}
    assert ens.published("projection_erased") == []

    with store.write() as write:
        assert replica.erase_due_contents(write, vault, now() + SOON + timedelta(seconds=1))[0] == 1

    with pytest.raises(NotFound):
        reads(ens, child.id, "kitchen")
    assert [event["version"] for event in ens.published("projection_erased")] == [2]
    assert ens.keys() == 0
    with store.read() as read:
        assert find_children(read, child.last_name) == ([], False)


def test_a_tombstone_that_overtook_its_content_keeps_the_last_one_that_came(ens: Provider) -> None:
    child = Child()
    ens.receives("care_core", item(child.id, 1, child.care_core()))
    ens.receives("care_core", item(child.id, 3, None, now() + SOON))

    ens.receives("care_core", item(child.id, 2, child.care_core(note=2)))

    assert reads(ens, child.id, "kitchen") == {"care_core": child.care_core()}


@pytest.mark.both_databases
def test_a_child_that_comes_back_is_sealed_with_a_new_key(ens: Provider) -> None:
    child = Child()
    ens.receives("care_core", item(child.id, 1, child.care_core()))
    old = ens.row(child.id, "care_core")
    ens.receives("care_core", item(child.id, 2, None))

    ens.receives("care_core", item(child.id, 3, child.care_core(note=3)))

    assert old is not None and old.content is not None
    assert reads(ens, child.id, "kitchen") == {"care_core": child.care_core(note=3)}
    ens.restarts()
    assert reads(ens, child.id, "kitchen") == {"care_core": child.care_core(note=3)}
    with store.read() as read, pytest.raises(Unreadable):
        key_id = read.execute(text("SELECT key_id FROM child_key")).scalar_one()
        vault.open(key_id, sealed_place_of_projection("care_core"), old.content)


def test_a_late_older_version_leaves_neither_content_nor_key_behind(ens: Provider) -> None:
    child = Child()
    ens.receives("diet", item(child.id, 2, None))

    ens.receives("diet", item(child.id, 1, make.diet()))

    assert ens.keys() == 0
    assert ens.entries() == [(child.id, "diet", 2)]


@pytest.mark.both_databases
def test_ends_and_returns_at_the_same_moment_never_leave_a_blank_care_core(ens: Provider) -> None:
    child = Child()
    for version in range(1, 12, 2):
        back = child.care_core(note=version)
        failures = make.at_once(
            [
                lambda v=version, c=back: ens.receives("care_core", item(child.id, v, c)),
                lambda v=version: ens.receives("allergies", item(child.id, v, None)),
                lambda v=version: ens.receives("diet", item(child.id, v, make.diet())),
            ]
        )
        ens.restarts()

        assert failures == []
        found = reads(ens, child.id, "kitchen")
        assert found == {"care_core": back, "diet": make.diet()}
        at_end = [
            lambda p=p, v=version: ens.receives(p, item(child.id, v + 1, None))
            for p in ("care_core", "diet", "allergies")
        ]
        assert make.at_once(at_end) == []
        assert ens.keys() == 0


# Reconciliation


def test_an_equal_replica_reads_no_entry_and_asks_for_nothing(ens: Provider) -> None:
    child, dossier = Child(), Dossier()
    ens.receives_child(child)
    dossier.present[child.id, "care_core"] = (1, None)
    EnrolmentService.bus = dossier

    found = reconcile_replica(ens.service, pause=0)

    assert (found.missing, found.unknown, found.equal) == ({}, {}, 1)
    assert dossier.asked_for == ["inventory_digests"]


def test_what_is_missing_or_older_is_read_and_the_unknown_is_kept(ens: Provider) -> None:
    known, missing, unknown = Child(), Child(), Child()
    present = {
        (known.id, "diet"): (2, make.diet("vegetarian")),
        (missing.id, "care_core"): (1, missing.care_core()),
    }
    ens.receives("diet", item(known.id, 1, make.diet()), item(unknown.id, 1, make.diet()))
    EnrolmentService.bus = dossier = Dossier(present)

    found = reconcile_replica(ens.service, pause=0)

    assert (len(found.missing), found.unknown) == (2, {(unknown.id, "diet"): 1})
    assert reads(ens, missing.id, "kitchen") == {"care_core": missing.care_core()}
    wanted = {(*key, version) for key, (version, _) in present.items()}
    assert set(ens.entries()) == {*wanted, (unknown.id, "diet", 1)}
    assert "resend" not in dossier.asked_for


def test_a_large_inventory_comes_in_pages_and_its_rows_in_parts(ens: Provider) -> None:
    dossier = Dossier({(new_id(), "diet"): (1, make.diet()) for _ in range(2_500)})
    EnrolmentService.bus = dossier

    reconcile_replica(ens.service, pause=0)

    look = ["inventory_digests", "inventory", "inventory"]
    assert dossier.asked_for == [*look, *["inventory_rows"] * 13]
    assert len(ens.entries()) == 2_500
    receipts = [len(event["items"]) for event in ens.published("projection_held")]
    assert (sum(receipts), max(receipts)) == (2_500, 100)
