"""A provider's replica on both databases: arrivals, seen, tombstones, receipts, reconciliation."""

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from services.billing.service import BillingService
from services.enrolment import arrival, replica, sheet
from services.enrolment.arrival import Item
from services.enrolment.children import child_card, find_children
from services.enrolment.reading import Sight, sight_of
from services.enrolment.service import EnrolmentService
from services.enrolment.store import store, vault
from services.enrolment.waiting import waiting_children
from shared.bus.declare import declared
from shared.clock import now, today
from shared.contracts import identity, inventory
from shared.contracts.errors import NotEntitled, NotFound
from shared.database import Unreadable
from shared.database.migrations import migrate, schema_differences
from shared.database.store import open_engine
from shared.ids import new_id
from shared.person import roles_on
from tests.conftest import Database
from tests.factories import enrolment as make
from tests.factories.enrolment import Child, Dossier, Provider, item

SOON = timedelta(hours=24)


@pytest.fixture
def agg(database: Database, tmp_path: Path) -> Iterator[Provider]:
    """Give the sports club of the demo town, which is entitled to the care core alone."""
    with make.provider_on(database, tmp_path, "enrolment_agg") as provider:
        yield provider


def sight(provider: Provider, *roles: str) -> Sight:
    register = provider.settings.register
    known = register.provider_of(provider.settings.principal)
    assert known is not None
    return sight_of(roles, known.roles, register.projections(provider.settings.principal))


def reads(provider: Provider, child_id: str, *roles: str) -> dict[str, object]:
    with store.write() as write:
        found = sheet.read_sheet(write, vault, sight(provider, *roles), new_id(), child_id, now())
    return {section.projection: section.content for section in found}


def marks(provider: Provider, child_id: str, projection: str, version: int, role: str) -> bool:
    with store.write() as write:
        return sheet.mark_seen(
            write, sight(provider, role), new_id(), child_id, projection, version, now()
        )


# What arrives


def test_what_arrives_is_held_sealed_and_told(ens: Provider) -> None:
    child = Child()

    ens.receives("allergies", item(child.id, 1, make.allergies("arachide")))

    row = ens.row(child.id, "allergies")
    assert row is not None and row.content is not None
    assert b"arachide" not in row.content
    (held,) = ens.told("projection_held")
    assert held["projection"] == "allergies"
    (state,) = held["items"]
    assert (state["received_version"], state["seen_version"], state["seen_by"]) == (1, 0, "")


def test_an_older_or_repeated_version_changes_and_tells_nothing(ens: Provider) -> None:
    child = Child()
    ens.receives("diet", item(child.id, 3, make.diet("vegetarian")))
    ens.forget_told()

    ens.receives("diet", item(child.id, 2, make.diet("standard")))
    ens.receives("diet", item(child.id, 3, make.diet("standard")))

    assert reads(ens, child.id, "kitchen") == {"diet": make.diet("vegetarian")}
    assert ens.told("projection_held") == []


def test_without_the_guarded_version_an_old_diet_would_come_back(
    ens: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = Child()
    ens.receives("diet", item(child.id, 3, make.diet("vegetarian")))
    monkeypatch.setattr(arrival, "supersedes", lambda _new, stored: stored == stored)

    ens.receives("diet", item(child.id, 2, make.diet("standard")))

    assert reads(ens, child.id, "kitchen") == {"diet": make.diet("standard")}


def test_the_database_keeps_the_newer_of_two_that_were_decided_at_once(ens: Provider) -> None:
    child = Child()
    ens.receives("diet", item(child.id, 1, make.diet("standard")))
    newer = arrival.Row(3, b"newer", now(), to_see=True)
    older = arrival.Row(2, b"older", now(), to_see=True)

    with store.write() as write:
        replica._upsert(write, "diet", {child.id: newer})
        moved = replica._upsert(write, "diet", {child.id: older})

    row = ens.row(child.id, "diet")
    assert list(moved) == []
    assert row is not None and (row.version, row.content) == (3, b"newer")


def test_one_event_carries_many_children_and_tells_once(ens: Provider) -> None:
    children = [Child(first_name=f"Enfant {number}") for number in range(100)]

    ens.receives("care_core", *(item(one.id, 1, one.care_core()) for one in children))

    (held,) = ens.told("projection_held")
    assert {state["child_id"] for state in held["items"]} == {one.id for one in children}
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
    assert agg.told("projection_held") == []
    assert agg.keys() == 0


def test_shuffled_tripled_and_with_losses_the_replica_ends_like_the_dossier(ens: Provider) -> None:
    seed = random.randrange(1_000_000)
    chance = random.Random(seed)
    dossier, sent = Dossier(), []
    for _ in range(12):
        child = Child()
        for projection in ("care_core", "diet", "allergies"):
            for version in range(1, chance.randint(2, 4)):
                content = (
                    child.care_core(note=version) if projection == "care_core" else {"v": version}
                )
                ending = version > 1 and chance.random() < 0.2
                one = item(child.id, version, None if ending else content)
                dossier.present[child.id, projection] = (version, one)
                sent.append((projection, one))
    arriving = sent * 3
    chance.shuffle(arriving)

    for projection, one in arriving[: len(arriving) // 3]:
        ens.receives(projection, one)
    EnrolmentService.bus = dossier
    ens.service.reconcile()
    for child_id, projection in dossier.wanted:
        ens.receives(projection, dossier.present[child_id, projection][1])

    wanted = [(*key, version) for key, (version, _) in dossier.present.items()]
    assert inventory.digest(ens.entries()) == inventory.digest(wanted), f"seed {seed}"


def test_two_instances_that_compete_leave_one_outcome(ens: Provider) -> None:
    children = [Child(first_name=f"Enfant {number}") for number in range(40)]

    def version(number: int) -> None:
        items = [item(one.id, number, one.care_core(note=number)) for one in children]
        ens.receives("care_core", *items)

    failures = make.at_once([lambda n=n: version(n) for n in (3, 1, 2, 3)])

    assert failures == []
    assert {entry[2] for entry in ens.entries()} == {3}
    assert reads(ens, children[7].id, "kitchen")["care_core"] == children[7].care_core(note=3)


def test_thirty_thousand_rows_arrive_in_the_time_of_a_coffee(ens: Provider) -> None:
    children = [Child(first_name=f"Enfant {number}") for number in range(10_000)]
    contents = {
        "care_core": Child().care_core(),
        "diet": make.diet(),
        "allergies": make.allergies(),
    }
    started = time.monotonic()

    for projection, content in contents.items():
        for start in range(0, len(children), 100):
            some = children[start : start + 100]
            with store.write() as write:
                items = [Item(one.id, 1, content) for one in some]
                replica.take(write, vault, projection, items, now())

    seconds = time.monotonic() - started
    print(f"30,000 rows in {seconds:.1f} s")
    assert len(ens.entries()) == 30_000
    assert len(ens.told("projection_held")) == 300
    assert seconds < 40  # 15 on a quiet machine


# Seen


def test_marking_twice_is_once(ens: Provider) -> None:
    child = Child()
    ens.receives("allergies", item(child.id, 1, make.allergies("lait")))
    ens.forget_told()

    first = marks(ens, child.id, "allergies", 1, "kitchen")
    second = marks(ens, child.id, "allergies", 1, "kitchen")

    assert (first, second) == (True, False)
    (held,) = ens.told("projection_held")
    (state,) = held["items"]
    assert (state["received_version"], state["seen_version"], state["seen_by"]) == (1, 1, "kitchen")
    assert state["seen_at"]


def test_what_came_after_the_screen_was_drawn_stays_to_be_seen(ens: Provider) -> None:
    child = Child()
    ens.receives("allergies", item(child.id, 1, make.allergies("lait")))
    ens.receives("allergies", item(child.id, 2, make.allergies("lait", "arachide")))

    assert marks(ens, child.id, "allergies", 1, "kitchen")

    row = ens.row(child.id, "allergies")
    assert row is not None and (row.seen_version, row.to_see) == (1, True)
    assert not marks(ens, child.id, "allergies", 3, "kitchen")


def test_only_a_role_that_the_register_names_marks_as_seen(ens: Provider) -> None:
    child = Child()
    ens.receives_child(child, allergies=make.allergies("lait"))

    with pytest.raises(NotEntitled):
        marks(ens, child.id, "allergies", 1, "lead")
    with pytest.raises(NotEntitled):
        marks(ens, child.id, "care_core", 1, "kitchen")
    assert marks(ens, child.id, "care_core", 1, "lead")


def test_a_later_change_is_to_be_seen_again_and_keeps_who_saw_the_former(ens: Provider) -> None:
    child = Child()
    ens.receives("allergies", item(child.id, 1, make.allergies("lait")))
    marks(ens, child.id, "allergies", 1, "kitchen")

    ens.receives("allergies", item(child.id, 2, make.allergies()))

    row = ens.row(child.id, "allergies")
    assert row is not None
    assert (row.to_see, row.seen_version, row.seen_by) == (True, 1, "kitchen")


def test_what_waits_to_be_seen_is_listed_by_child_the_longest_first(ens: Provider) -> None:
    manon, louis = Child(), Child("Louis", "Petit")
    ens.receives_child(manon, allergies=make.allergies("lait"), diet=make.diet())
    ens.receives_child(louis, allergies=make.allergies(), diet=make.diet("standard"))

    with store.read() as read:
        waiting, total = waiting_children(read, sight(ens, "kitchen"), 10)
        nothing, none = waiting_children(read, sight(ens, "school_desk"), 10)

    assert [(one.first_name, one.projections) for one in waiting] == [
        ("Manon", ("allergies", "diet")),
        ("Louis", ("diet",)),
    ]
    assert (total, none, nothing) == (2, 0, [])


# Reading


def test_a_role_sees_exactly_its_projections(ens: Provider) -> None:
    child = Child()
    schooling = {"school": "Jules-Ferry", "grade": "CE1", "class_name": ""}
    ens.receives_child(
        child,
        allergies=make.allergies("lait"),
        diet=make.diet(),
        pickup={"people": []},
        schooling=schooling,
    )

    assert set(reads(ens, child.id, "kitchen")) == {"care_core", "diet", "allergies"}
    assert set(reads(ens, child.id, "school_desk")) == {"care_core", "schooling", "pickup"}
    with pytest.raises(NotFound):
        reads(ens, child.id, "administrator")


def test_each_projection_that_is_shown_leaves_one_line_for_the_family(ens: Provider) -> None:
    child = Child()
    ens.receives_child(child, allergies=make.allergies("lait"), diet=make.diet())

    reads(ens, child.id, "kitchen")

    lines = ens.told("projection_read")
    assert {line["projection"] for line in lines} == {"care_core", "diet", "allergies"}
    assert {line["role"] for line in lines} == {"kitchen"}
    assert {line["purpose"] for line in lines} == {"service_preparation"}


def test_a_reading_at_night_is_told_as_unusual(ens: Provider) -> None:
    child = Child()
    ens.receives_child(child)
    night = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)

    with store.write() as write:
        sheet.read_sheet(write, vault, sight(ens, "kitchen"), new_id(), child.id, night)

    assert [line["unusual"] for line in ens.told("projection_read")] == [True]


def test_a_reading_that_fails_leaves_no_line(ens: Provider) -> None:
    with pytest.raises(NotFound):
        reads(ens, new_id(), "kitchen")

    assert ens.told("projection_read") == []


def test_a_content_that_cannot_be_read_does_not_hide_the_others(ens: Provider) -> None:
    child = Child()
    ens.receives_child(child, allergies=make.allergies("lait"))
    with store.write() as write:
        write.execute(
            text("UPDATE held_projection SET content = :b WHERE projection = 'allergies'"),
            {"b": b"0" * 40},
        )

    found = reads(ens, child.id, "kitchen")

    assert found["allergies"] is None
    assert found["care_core"] == child.care_core()


def test_a_child_is_found_under_the_name_that_it_has_now(ens: Provider) -> None:
    child = Child("Zoé", "O’Brien-Ñuñez")
    ens.receives_child(child)

    with store.read() as read:
        assert [one.child_id for one in find_children(read, "obrien zoe")[0]] == [child.id]
    child.last_name = "Tessier"
    ens.receives_child(child, version=2)

    with store.read() as read:
        assert find_children(read, "obrien") == ([], False)
        assert [one.last_name for one in find_children(read, "TESS")[0]] == ["Tessier"]


def test_who_begins_with_the_letters_stands_before_who_has_them_within(ens: Provider) -> None:
    for first_name, last_name in (("Ariane", "Durand"), ("Riana", "Zola"), ("Marianne", "Abel")):
        ens.receives_child(Child(first_name, last_name))

    with store.read() as read:
        found, more = find_children(read, "rian")

    assert [one.first_name for one in found] == ["Riana", "Marianne", "Ariane"]
    assert not more


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
    receipts = ens.told("projection_erased")
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
    assert ens.told("projection_erased") == []

    with store.write() as write:
        assert replica.erase_due(write, vault, now() + SOON + timedelta(seconds=1)) == 1

    with pytest.raises(NotFound):
        reads(ens, child.id, "kitchen")
    assert [one["version"] for one in ens.told("projection_erased")] == [2]
    assert ens.keys() == 0
    with store.read() as read:
        assert find_children(read, child.last_name) == ([], False)


def test_a_tombstone_that_overtook_its_content_keeps_the_last_one_that_came(ens: Provider) -> None:
    child = Child()
    ens.receives("care_core", item(child.id, 1, child.care_core()))
    ens.receives("care_core", item(child.id, 3, None, now() + SOON))

    ens.receives("care_core", item(child.id, 2, child.care_core(note=2)))

    assert reads(ens, child.id, "kitchen") == {"care_core": child.care_core()}


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
        vault.open(key_id, replica.place("care_core"), old.content)


def test_a_late_older_version_leaves_neither_content_nor_key_behind(ens: Provider) -> None:
    child = Child()
    ens.receives("diet", item(child.id, 2, None))

    ens.receives("diet", item(child.id, 1, make.diet()))

    assert ens.keys() == 0
    assert ens.entries() == [(child.id, "diet", 2)]


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


def test_an_equal_replica_costs_one_page_and_asks_for_nothing(ens: Provider) -> None:
    child, dossier = Child(), Dossier()
    ens.receives_child(child)
    dossier.present[child.id, "care_core"] = (1, None)
    EnrolmentService.bus = dossier

    answer = ens.service.resync(None)

    assert answer == {"equal": True, "asked_again": 0}
    assert dossier.asked_for == ["inventory"]


def test_what_is_missing_or_older_is_asked_for_and_the_unknown_is_kept(ens: Provider) -> None:
    known, missing, unknown = Child(), Child(), Child()
    dossier = Dossier({(known.id, "diet"): (2, None), (missing.id, "care_core"): (1, None)})
    ens.receives("diet", item(known.id, 1, make.diet()), item(unknown.id, 1, make.diet()))
    EnrolmentService.bus = dossier

    answer = ens.service.resync(None)

    assert answer == {"equal": False, "asked_again": 2}
    assert set(dossier.wanted) == {(known.id, "diet"), (missing.id, "care_core")}
    assert (unknown.id, "diet", 1) in ens.entries()


def test_a_large_inventory_comes_in_pages_and_is_asked_for_in_parts(ens: Provider) -> None:
    dossier = Dossier({(new_id(), "care_core"): (1, None) for _ in range(2_500)})
    EnrolmentService.bus = dossier

    ens.service.reconcile()

    assert dossier.asked_for == ["inventory", "inventory", "resend", "resend", "resend"]
    assert len(set(dossier.wanted)) == 2_500


# Who works there


def test_a_right_that_is_withdrawn_is_gone_with_the_fact(ens: Provider) -> None:
    subject = ens.has_agent("kitchen", "lead")
    with store.read() as read:
        assert roles_on(read, subject, today()) == {"kitchen", "lead"}

    ens.has_agent("lead", subject=subject, version=2)
    ens.has_agent("kitchen", subject=subject, version=1)

    with store.read() as read:
        assert roles_on(read, subject, today()) == {"lead"}


def test_the_family_is_held_and_nobody_has_to_see_it(ens: Provider) -> None:
    """Ids for the service alone (shared/entitlement.py): no desk shows them, no role marks them."""
    child = Child()
    guardian = {"subject": new_id(), "household": new_id()}
    content = {"guardians": [guardian], "weeks": None}

    ens.receives("family", item(child.id, 1, content))
    ens.receives("family", item(child.id, 2, {**content, "guardians": []}))

    row = ens.row(child.id, "family")
    assert row is not None
    assert (row.version, row.to_see) == (2, False)


def test_each_service_declares_what_it_answers_and_hears() -> None:
    assert "on_projection" in declared(EnrolmentService)
    assert "on_subject_changed" in declared(EnrolmentService)
    assert "on_attendance_recorded" in declared(BillingService)
    assert identity.subject_changed.addressed


@pytest.mark.parametrize("service", ["enrolment", "billing"])
def test_the_migrated_schema_is_that_of_the_models(database: Database, service: str) -> None:
    database.empty()
    migrate(service, database.owner_url)
    migrate(service, database.owner_url)  # safe to repeat

    engine = open_engine(database.owner_url)
    differences = schema_differences(service, engine)
    engine.dispose()

    assert differences == []
