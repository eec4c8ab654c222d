"""Suspended, widened, lost: what keeps a provider's replica whole."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import delete, event, insert, select, update

from services.dossier.models import SCHOOL_LIST, Child, Link, Projection, Section
from services.dossier.sections.name_words import index_child_name
from services.dossier.sections.queries import sealed_place_of_section
from services.dossier.service import DossierService
from services.dossier.sharing.rules import projection_messages
from services.dossier.sharing.streams.queries import replica_reconciliation
from services.dossier.store import store, vault
from shared.contracts.dossier import guardians as contracts
from shared.contracts.dossier.sharing import projections
from shared.contracts.dossier.sharing.inventory_comparison import parse_entry, position_of_entry
from shared.contracts.errors import NotAllowed
from shared.contracts.every_service.bucket_sums import (
    bucket_of,
    digests_by_bucket,
    digests_by_bucket_and_kind,
    sum_rows,
)
from shared.dates.instant import Instant
from shared.runtime.ids import new_id
from tests.factories import dossier as make
from tests.factories.dossier import ENS, Replica, Town, of, resync


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
    read = town.rows("ens", [(manon, "allergies"), (manon, "care_core")])
    make.register(register_file)
    assert read == [suspended["care_core"]]
    assert suspended.keys() == {"care_core"}
    assert answer.recipients == ["agg", "ens"]
    replica.take(suspended["care_core"])

    assert resync(town, "ens", replica) == 1
    _, allergies = replica.held[manon, "allergies"]
    assert allergies["allergies"][0]["substance"] == "arachide"
    assert resync(town, "ens", replica) == 0
    assert town.sent() == []


def test_a_suspended_provider_takes_no_new_child_and_loses_none(
    town: Town, claire: str, manon: str, register_file: Path
) -> None:
    make.register(register_file, states={"ens": "suspended", "agg": "suspended"})

    with pytest.raises(contracts.ProviderUnknown):
        town.ask(contracts.open_link, subject=claire, child_id=manon, provider="ens")
    town.service.apply_and_publish_due_changes()

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

    assert {projection for _, projection in replica.held} == ENS
    assert {content for _, content in replica.held.values()} == {None}


def test_a_revoked_provider_hears_nothing_and_is_no_longer_shown(
    town: Town, claire: str, manon: str, register_file: Path
) -> None:
    make.register(register_file, states={"ens": "revoked"})

    answer = town.tells(claire, manon, "health", make.health("kiwi", care_plan=make.care_plan()))

    assert answer.recipients == ["agg"]
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

    town.service.apply_and_publish_due_changes()
    (sent,) = town.sent()
    town.service.apply_and_publish_due_changes()

    assert (sent.provider, sent.projection, sent.version) == ("agg", "pickup", 1)
    assert sent.content["people"][0]["name"] == "Mamie"
    assert town.sent() == []


@pytest.mark.both_databases
def test_an_entitlement_that_widens_while_the_minute_runs_is_not_passed_over(
    town: Town, claire: str, manon: str, register_file: Path
) -> None:
    town.tells(claire, manon, "pickup", {"people": [{"name": "Mamie", "relation": "aïeule"}]})
    town.sent()

    def widen(*_statement: object) -> None:
        make.register(register_file, more=[("agg", "pickup")])

    event.listen(store.engine, "before_cursor_execute", widen, once=True)
    town.service.apply_and_publish_due_changes()
    town.service.apply_and_publish_due_changes()

    assert [(sent.provider, sent.projection) for sent in town.sent()] == [("agg", "pickup")]


@pytest.mark.both_databases
def test_what_another_process_wrote_under_the_former_register_is_found_by_a_second_walk(
    town: Town, claire: str, manon: str, register_file: Path
) -> None:
    town.tells(claire, manon, "pickup", {"people": [{"name": "Mamie", "relation": "aïeule"}]})
    make.register(register_file, more=[("agg", "pickup")])
    town.service.apply_and_publish_due_changes()
    town.sent()
    with store.write() as write:  # as a link is left that was opened by less
        write.execute(delete(Projection).filter_by(provider="agg", projection="pickup"))

    town.service.apply_and_publish_due_changes()

    assert [(sent.provider, sent.projection) for sent in town.sent()] == [("agg", "pickup")]


def test_a_withdrawn_entitlement_stops_the_stream_and_the_inventory(
    town: Town, claire: str, manon: str, register_file: Path
) -> None:
    make.register(register_file, less=[("ens", "allergies")])

    answer = town.tells(claire, manon, "health", make.health("kiwi"))
    town.ask(projections.resend, caller="enrolment_ens", wanted=[(manon, "allergies", 0)])

    assert answer.recipients == []
    assert town.rows("ens", [(manon, "allergies")]) == []
    assert town.sent() == []
    assert "allergies" not in {projection for _, projection, _ in town.inventory("ens")[1]}


def test_a_provider_that_lost_everything_gets_everything_again_and_no_more(
    town: Town, claire: str, manon: str
) -> None:
    replica = Replica()

    assert resync(town, "ens", replica) == len(ENS)

    assert town.sent() == []
    assert resync(town, "ens", replica) == 0
    assert set(replica.versions.values()) == {1}


def test_what_a_provider_reads_is_what_it_was_sent_and_nothing_is_written_of_it(
    town: Town, claire: str, manon: str
) -> None:
    town.tells(claire, manon, "health", make.health("arachide"))
    told = of(town.sent(), "ens")

    rows = {row.projection: row for row in town.rows("ens", [(manon, each) for each in told])}

    assert rows == told
    assert town.sent() == []
    assert not projections.inventory_rows.writes  # whose answers are kept, to be repeated


def test_what_changed_since_is_not_read_but_published(town: Town, manon: str) -> None:
    with store.write() as write:  # as after a release that computes a diet otherwise
        row = update(Projection).filter_by(child_id=manon, provider="ens", projection="diet")
        write.execute(row.values(digest="0" * 64))

    assert [row.projection for row in town.rows("ens", [(manon, "diet"), (manon, "family")])] == [
        "family"
    ]
    town.ask(projections.resend, caller="enrolment_ens", wanted=[(manon, "diet", 0)])

    (published,) = town.sent()
    assert (published.projection, published.version) == ("diet", 2)
    assert town.rows("ens", [(manon, "diet")]) == [published]


def test_of_what_its_provider_has_said_to_hold_no_other_receipt_is_expected(
    town: Town, claire: str, manon: str
) -> None:
    town.tells(claire, manon, "diet", make.diet("vegetarian"))
    sent = of(town.sent(), "ens")["diet"]
    wanted = {"caller": "enrolment_ens", "wanted": {"diet": [manon]}}

    (before,) = town.ask(projections.inventory_rows, **wanted).sent
    town.held("ens", sent)
    (after,) = town.ask(projections.inventory_rows, **wanted).sent

    assert [rows["acknowledged"] for rows in (before, after)] == [False, True]
    assert before["items"] == after["items"]


def test_heavy_rows_are_read_in_smaller_answers(
    town: Town, manon: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projection_messages, "MESSAGE_BYTES", 200)
    wanted = [(manon, each) for each in sorted(ENS)]

    answer = town.ask(
        projections.inventory_rows,
        caller="enrolment_ens",
        wanted=projections.children_by_projection(wanted),
    )

    assert 0 < answer.looked_at < len(wanted)
    assert [row.projection for row in town.rows("ens", wanted)] == sorted(ENS)


def test_a_provider_gets_no_projection_and_no_child_that_is_not_its_own(
    town: Town, claire: str, manon: str
) -> None:
    one = make.guardian()
    ids = town.arrives(make.household(make.child([one], links=["ens"]), guardians=[one]))
    town.sent()
    (other,) = ids.children.values()

    wanted = [
        (manon, "diet", 0),
        (manon, "allergies", 0),
        (other, "care_core", 0),
        (new_id(), "care_core", 0),
    ]
    town.ask(projections.resend, caller="enrolment_agg", wanted=wanted)

    assert town.sent() == []
    assert town.rows("agg", [entry[:2] for entry in wanted]) == []


def test_after_the_end_of_a_link_a_provider_gets_its_tombstones_again(
    town: Town, claire: str, manon: str
) -> None:
    town.ask(contracts.close_link, subject=claire, child_id=manon, provider="agg")
    tombstone = of(town.sent(), "agg")["care_core"]

    town.ask(projections.resend, caller="enrolment_agg", wanted=[(manon, "care_core", 0)])

    assert town.sent() == [tombstone]
    assert town.rows("agg", [(manon, "care_core")]) == [tombstone]


MAIN = {"care_core", "diet", "allergies"}


def test_a_thousand_children_are_counted_read_and_sent_by_hundreds(
    town: Town, register_file: Path
) -> None:
    make.register(register_file, less=[("ens", each) for each in make.ENS - MAIN])
    _settle_children(1_000)
    town.sent()
    replica = Replica()

    digests, entries = town.inventory("ens")
    assert resync(town, "ens", replica) == len(entries) == 3_000
    assert digests_by_bucket(sum_rows(replica.entries)) == digests
    assert town.outbox() == []

    for start in range(0, 3_000, 1_000):
        wanted = [(*entry[:2], 0) for entry in entries[start : start + 1_000]]
        town.ask(projections.resend, caller="enrolment_ens", wanted=wanted)
    assert len(town.outbox()) < 60
    assert len(town.sent()) == 3_000


@pytest.mark.both_databases
def test_pages_of_an_inventory_hold_every_entry_of_the_buckets_once(
    town: Town, register_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replica_reconciliation, "PAGE", 7)
    _settle_children(40)
    wanted = _entries_at("ens")

    _, entries = town.inventory("ens")
    assert entries == sorted(wanted, key=position_of_entry)

    bucket = bucket_of(wanted[0][0])
    page = town.ask(projections.inventory, caller="enrolment_ens", buckets=[bucket])
    entries = map(parse_entry, page.lines.splitlines())
    assert {bucket_of(child_id) for child_id, _, _ in entries} == {bucket}
    part = (bucket, wanted[0][1])
    page = town.ask(projections.inventory, caller="enrolment_ens", buckets=[bucket], parts=[part])
    entries = map(parse_entry, page.lines.splitlines())
    assert {(bucket_of(child_id), each) for child_id, each, _ in entries} == {part}


@pytest.mark.both_databases
def test_digests_are_those_of_a_recount_and_of_what_the_register_grants(
    town: Town, claire: str, manon: str, register_file: Path
) -> None:
    _settle_children(30)
    town.tells(claire, manon, "diet", make.diet("vegetarian"))
    town.ask(contracts.close_link, subject=claire, child_id=manon, provider="agg")

    for provider in ("ens", "agg"):
        digests, _ = town.inventory(provider)
        sums = sum_rows(_entries_at(provider))
        assert digests == digests_by_bucket(sums)
        within = sorted(digests)[:3]
        answer = town.ask(
            projections.inventory_digests, caller=f"enrolment_{provider}", within=within
        )
        parts = digests_by_bucket_and_kind(each for each in sums if each.bucket in within)
        assert {(row["bucket"], row["projection"]): row["digest"] for row in answer.parts} == parts
    make.register(register_file, less=[("ens", "allergies")])
    digests, _ = town.inventory("ens")
    granted = [entry for entry in _entries_at("ens") if entry[1] != "allergies"]
    assert digests == digests_by_bucket(sum_rows(granted))


def test_what_a_provider_holds_at_a_version_never_sent_is_sent_above_it(
    town: Town, claire: str, manon: str
) -> None:
    town.sent()

    town.ask(projections.resend, caller="enrolment_ens", wanted=[(manon, "diet", 41)])

    (again,) = town.sent()
    assert (again.projection, again.version) == ("diet", 42)
    assert again.content is not None
    assert (manon, "diet", 42) in town.inventory("ens")[1]
    town.tells(claire, manon, "diet", make.diet("vegetarian"))
    assert of(town.sent(), "ens")["diet"].version == 43


def test_what_a_provider_holds_and_was_never_sent_is_ended(
    town: Town, claire: str, manon: str
) -> None:
    one = make.guardian()
    ids = town.arrives(make.household(make.child([one], links=["ens"]), guardians=[one]))
    town.sent()
    (other,) = ids.children.values()
    stranger = new_id()

    wanted = [(other, "care_core", 3), (stranger, "care_core", 1), (manon, "care_core", 1)]
    town.ask(projections.resend, caller="enrolment_agg", wanted=wanted)

    sent = {(each.child_id, each.version): each.content for each in town.sent()}
    assert sent.keys() == {(other, 4), (stranger, 2), (manon, 1)}
    assert sent[other, 4] is None
    assert sent[stranger, 2] is None
    assert sent[manon, 1] is not None
    assert {entry[0] for entry in town.inventory("agg")[1]} == {manon}


def _entries_at(provider: str) -> list[tuple[str, str, int]]:
    with store.read() as read:
        rows = select(Projection.child_id, Projection.projection, Projection.version)
        return list(read.execute(rows.where(Projection.provider == provider)))


def _settle_children(number: int) -> None:
    """Give the school service so many children, each with a diet and a health sheet."""
    ids = [new_id() for _ in range(number)]
    when = Instant.now()
    vault.prepare_keys(ids)
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
            "content": vault.seal(each, sealed_place_of_section(section, 1), content),
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
        for each in children:
            index_child_name(write, str(each["id"]), "Zoé", str(each["last_name"]))
        write.execute(insert(Section), sections)
        write.execute(insert(Link), rows)
    DossierService().apply_and_publish_due_changes()
