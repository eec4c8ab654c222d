"""Rows lost, altered, put back or added at random behind a provider's back are found and mended."""

import random
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from services.enrolment.jobs import replica_checks
from services.enrolment.jobs.replica_checks import reconcile_replica
from services.enrolment.models import HELD_SUMS, StoredProjection
from services.enrolment.service import EnrolmentService
from services.enrolment.store import store
from shared.contracts.dossier.sharing import projections as contracts
from shared.contracts.dossier.sharing.inventory_comparison import parse_entry
from shared.contracts.errors import Unavailable
from shared.contracts.every_service.bucket_sums import sum_rows
from shared.contracts.message import Empty
from shared.database.comparison.sums import read_sums
from shared.runtime.ids import new_id
from tests.factories import enrolment as make
from tests.factories import places as family
from tests.factories.enrolment import Child, Dossier, Provider, item
from tests.factories.sheets import reads


@dataclass
class SendingDossier(Dossier):
    """A dossier that sends again as its contract says, and ends what it never sent."""

    queued: list[tuple[str, Any]] = field(default_factory=list)

    def _resend(self, request: contracts.ResendRequest) -> Empty:
        for child_id, projection, held in request.wanted:
            version, content = self.present.get((child_id, projection), (0, None))
            if version and held > version:
                version = held + 1
                self.present[child_id, projection] = (version, content)
            one = item(child_id, version or held + 1, content)
            self.queued.append((projection, one))
        return Empty()

    def arrives_at(self, provider: Provider) -> int:
        """Let all that is queued arrive, each alone; return how much it was."""
        queued, self.queued = self.queued, []
        for projection, one in queued:
            provider.receives(projection, one)
        return len(queued)


def sums_are_true() -> bool:
    with store.read() as read:
        kept = sorted(each for each in read_sums(read, HELD_SUMS, "projection") if each.rows)
        columns = (StoredProjection.child_id, StoredProjection.projection, StoredProjection.version)
        return kept == sum_rows(read.execute(select(*columns)))


def harm(chance: random.Random, dossier: SendingDossier, provider: Provider) -> str:
    """Do one thing to the replica that no event did."""
    child_id, projection = chance.choice(sorted(dossier.present))
    row = (StoredProjection.child_id == child_id, StoredProjection.projection == projection)
    what = chance.choice(["deleted", "later", "former", "stranger"])
    with store.write() as write:
        match what:
            case "deleted":
                write.execute(delete(StoredProjection).where(*row))
            case "later":
                write.execute(update(StoredProjection).where(*row).values(version=77))
            case "former":
                former = {"version": 1, "seen_version": 0}
                write.execute(update(StoredProjection).where(*row).values(**former))
    if what == "stranger":
        provider.receives("diet", item(new_id(), chance.randint(1, 5), make.diet()))
    return what


@pytest.mark.both_databases
@pytest.mark.parametrize("seed", range(4))
def test_whatever_happened_to_rows_is_found_and_mended(ens: Provider, seed: int) -> None:
    chance = random.Random(seed)
    dossier = SendingDossier()
    for _ in range(25):
        child = Child()
        for projection, content in (("care_core", child.care_core()), ("diet", make.diet())):
            version = chance.randint(2, 4)
            dossier.present[child.id, projection] = (version, content)
            ens.receives(projection, item(child.id, version, content))
    EnrolmentService.bus = dossier
    assert reconcile_replica(ens.service, pause=0).missing == {}

    done = [harm(chance, dossier, ens) for _ in range(12)]
    assert sums_are_true(), done
    for _ in range(2):  # what is ended is forgotten once it is erased
        reconcile_replica(ens.service, end_unknown=True, pause=0)
        dossier.arrives_at(ens)
    last = reconcile_replica(ens.service, pause=0)

    assert (last.missing, last.unknown) == ({}, {}), done
    wanted = [(*key, version) for key, (version, _) in dossier.present.items()]
    assert sorted(ens.entries()) == sorted(wanted), done
    assert sums_are_true(), done


def test_what_is_unknown_is_kept_where_it_outnumbers_what_is_known(ens: Provider) -> None:
    dossier = SendingDossier()
    for _ in range(3):
        ens.receives("diet", item(new_id(), 1, make.diet()))
    EnrolmentService.bus = dossier

    found = reconcile_replica(ens.service, end_unknown=True, pause=0)

    assert len(found.unknown) == 3
    assert "resend" not in dossier.asked_for
    assert len(ens.entries()) == 3


def test_the_timer_ends_nothing_that_is_unknown(ens: Provider) -> None:
    known, unknown = Child(), Child()
    dossier = SendingDossier({(known.id, "diet"): (1, make.diet())})
    for each in (known, unknown):
        ens.receives("diet", item(each.id, 1, make.diet()))
    EnrolmentService.bus = dossier

    reconcile_replica(ens.service, pause=0)

    assert dossier.queued == []
    assert (unknown.id, "diet", 1) in ens.entries()


def test_what_arrives_between_two_looks_is_not_asked_for(
    ens: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = Child()
    late = item(child.id, 1, make.diet())
    EnrolmentService.bus = dossier = SendingDossier({(child.id, "diet"): (1, make.diet())})
    meanwhile = SimpleNamespace(sleep=lambda _seconds: ens.receives("diet", late))
    monkeypatch.setattr(replica_checks, "time", meanwhile)

    found = reconcile_replica(ens.service)

    assert (found.missing, found.equal) == ({}, 1)
    assert not {"inventory_rows", "resend"} & set(dossier.asked_for)


def test_of_rows_that_still_lack_the_dossier_is_asked_once(ens: Provider) -> None:
    child = Child()
    EnrolmentService.bus = dossier = SendingDossier({(child.id, "diet"): (1, make.diet())})

    reconcile_replica(ens.service, pause=0)

    look = ["inventory_digests", "inventory_digests", "inventory"]
    assert dossier.asked_for == [*look, "inventory_rows"]
    assert ens.entries() == [(child.id, "diet", 1)]


def test_of_a_lost_row_its_projection_alone_is_read_within_its_bucket(ens: Provider) -> None:
    """In a large town many children are in a bucket, and each has many projections."""

    class Read(SendingDossier):
        """Dossier that notes the entries it was asked for."""

        def _inventory(self, request: contracts.InventoryRequest) -> contracts.InventoryAnswer:
            answer = super()._inventory(request)
            entries.extend(map(parse_entry, answer.lines.splitlines()))
            return answer

    entries: list[tuple[str, str, int]] = []
    EnrolmentService.bus = dossier = Read()
    lost, beside = new_id(), new_id()
    neighbour = beside[:-2] + lost[-2:]
    for child_id in (lost, neighbour, beside):
        for projection in ("diet", "allergies"):
            dossier.present[child_id, projection] = (1, None)
            if (child_id, projection) != (lost, "diet"):
                ens.receives(projection, item(child_id, 1, None))

    found = reconcile_replica(ens.service, pause=0)

    assert found.missing == {(lost, "diet"): (0, 1)}
    assert found.equal == 5
    assert {entry[:2] for entry in entries} == {(lost, "diet"), (neighbour, "diet")}


def test_what_is_read_decides_what_waited_for_it_as_an_event_does(ens: Provider) -> None:
    group, household = family.a_group(), family.Family()
    answer = family.asks(household, group)
    child = household.child
    EnrolmentService.bus = SendingDossier(
        {(child.id, "care_core"): (1, child.care_core()), (child.id, "family"): (1, household.file)}
    )

    reconcile_replica(ens.service, pause=0)

    assert family.application(answer["application_id"]).state == "accepted"
    assert family.notices(ens) == [("place_given", household.household)]


def test_a_receipt_leaves_of_what_is_read_unless_the_dossier_has_one(ens: Provider) -> None:
    first, second = Child(), Child()
    dossier = SendingDossier({(each.id, "diet"): (1, make.diet()) for each in (first, second)})
    dossier.acknowledged.add((second.id, "diet"))
    EnrolmentService.bus = dossier

    reconcile_replica(ens.service, pause=0)

    (held,) = ens.published("projection_held")
    assert [state["child_id"] for state in held["items"]] == [first.id]
    assert len(ens.entries()) == 2


@pytest.mark.both_databases
def test_what_came_by_an_event_while_an_older_version_was_read_stays(ens: Provider) -> None:
    child = Child()

    class Overtaken(SendingDossier):
        """Dossier whose next version comes before its answer."""

        def _inventory_rows(
            self, request: contracts.InventoryRowsRequest
        ) -> contracts.InventoryRowsAnswer:
            answer = super()._inventory_rows(request)
            ens.receives("diet", item(child.id, 2, make.diet("vegetarian")))
            return answer

    EnrolmentService.bus = Overtaken({(child.id, "diet"): (1, make.diet("standard"))})

    reconcile_replica(ens.service, pause=0)

    assert ens.entries() == [(child.id, "diet", 2)]
    assert reads(ens, child.id, "kitchen") == {"diet": make.diet("vegetarian")}


def test_rows_for_which_an_answer_has_no_room_are_asked_for_again(ens: Provider) -> None:
    class Brief(SendingDossier):
        """Dossier whose answers hold two rows."""

        def _inventory_rows(
            self, request: contracts.InventoryRowsRequest
        ) -> contracts.InventoryRowsAnswer:
            few = {each: children[:2] for each, children in request.wanted.items()}
            return super()._inventory_rows(contracts.InventoryRowsRequest(few))

    EnrolmentService.bus = dossier = Brief({(new_id(), "diet"): (1, make.diet()) for _ in range(5)})

    reconcile_replica(ens.service, pause=0)

    assert dossier.asked_for.count("inventory_rows") == 3
    assert (len(ens.entries()), "resend" in dossier.asked_for) == (5, False)


def test_what_was_read_before_a_repair_broke_off_is_not_read_again(
    ens: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contracts, "ROWS_AT_ONCE", 2)

    class Leaving(SendingDossier):
        """Dossier that is gone after one answer."""

        def _inventory_rows(
            self, request: contracts.InventoryRowsRequest
        ) -> contracts.InventoryRowsAnswer:
            if self.wanted:
                raise Unavailable(callee="dossier")
            return super()._inventory_rows(request)

    present = {(new_id(), "diet"): (1, make.diet()) for _ in range(5)}
    EnrolmentService.bus = Leaving(present)
    with pytest.raises(Unavailable):
        reconcile_replica(ens.service, pause=0)
    assert len(ens.entries()) == 2

    EnrolmentService.bus = dossier = SendingDossier(present)
    reconcile_replica(ens.service, pause=0)

    assert len(dossier.wanted) == 3
    assert len(ens.entries()) == 5


def test_rows_that_cannot_be_stored_are_had_by_events_and_hold_up_no_others(
    ens: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contracts, "ROWS_AT_ONCE", 2)
    nameless, beside = sorted(new_id() for _ in range(2))
    others = {(new_id(), "diet"): (1, make.diet()) for _ in range(2)}
    cores = {(nameless, "care_core"): (1, {}), (beside, "care_core"): (1, Child().care_core())}
    EnrolmentService.bus = dossier = SendingDossier({**cores, **others})

    reconcile_replica(ens.service, pause=0)

    assert {entry[:2] for entry in ens.entries()} == others.keys()
    assert {one["child_id"] for _, one in dossier.queued} == {nameless, beside}
