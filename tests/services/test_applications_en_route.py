"""Applications that wait for the child’s file, and are decided when it has come."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from services.enrolment.bookings.commands.session_locks import lock_groups
from services.enrolment.children.commands.child_file_locks import lock_files
from services.enrolment.families.rules.given_and_handled_times import OrderTime
from services.enrolment.handlers.orders.dispatch import carry_out_order
from services.enrolment.jobs.due_offers import NO_FILE_AFTER
from services.enrolment.places.applications.commands import applications
from services.enrolment.places.applications.commands.new_application_refusals import NewApplication
from services.enrolment.store import store
from shared.contracts.dossier.sharing.projections import ProjectionSent
from shared.contracts.enrolment.places.family_acts import ApplyRequest, apply
from shared.contracts.message import Caller, Person
from shared.dates.clock import now
from shared.runtime.ids import new_id
from tests.factories import enrolment as make
from tests.factories import places as family
from tests.factories.enrolment import Provider, item
from tests.factories.places import Family

TOMORROW = timedelta(days=1)


def test_an_application_waits_for_the_childs_file_and_is_decided_when_it_comes(
    ens: Provider,
) -> None:
    group, household = family.a_group(), Family()
    answer = family.asks(household, group)
    assert answer["state"] == "en_route"

    ens.receives("care_core", item(household.child.id, 1, household.child.care_core()))
    assert family.application(answer["application_id"]).state == "en_route"
    ens.receives("family", item(household.child.id, 1, household.file))

    found = family.application(answer["application_id"])
    assert (found.state, found.household_id) == ("accepted", household.household)
    assert family.notices(ens) == [("place_given", household.household)]


def test_the_order_in_which_the_parts_of_a_file_come_is_all_one(ens: Provider) -> None:
    group, household = family.a_group(), Family()
    answer = family.asks(household, group)

    ens.receives("family", item(household.child.id, 1, household.file))
    ens.receives("care_core", item(household.child.id, 1, household.child.care_core()))

    assert family.application(answer["application_id"]).state == "accepted"


def test_all_that_comes_of_a_child_in_one_transaction_is_decided_once(ens: Provider) -> None:
    group, household = family.a_group(), Family()
    answer = family.asks(household, group)
    parts = {"care_core": household.child.care_core(), "family": household.file}
    more = {"diet": make.diet(), "allergies": make.allergies("lait")}

    with store.write() as write:
        for projection, content in {**more, **parts}.items():
            event = ProjectionSent(projection, [item(household.child.id, 1, content)])
            ens.service.on_projections(write, [event], [])
        assert write.info["touched"]["arrived_files"][0] == {household.child.id}

    assert family.application(answer["application_id"]).state == "accepted"
    assert family.notices(ens) == [("place_given", household.household)]


def test_a_part_of_a_file_that_cannot_be_stored_holds_up_no_decision(ens: Provider) -> None:
    group, household = family.a_group(), Family()
    answer = family.asks(household, group)
    ens.receives("care_core", item(household.child.id, 1, household.child.care_core()))

    with store.write() as write, pytest.raises(ZeroDivisionError), write.savepoint():
        event = ProjectionSent("family", [item(household.child.id, 1, household.file)])
        ens.service.on_projections(write, [event], [])
        raise ZeroDivisionError
    assert family.application(answer["application_id"]).state == "en_route"
    ens.receives("family", item(household.child.id, 1, household.file))

    assert family.application(answer["application_id"]).state == "accepted"


def test_what_an_ended_link_left_is_not_the_file_that_is_waited_for(ens: Provider) -> None:
    group, household = family.a_group(), Family()
    family.arrives(ens, household)
    for projection in ("care_core", "family"):
        ens.receives(projection, item(household.child.id, 2, None, now() + TOMORROW))

    answer = family.asks(household, group)
    assert answer["state"] == "en_route"
    family.arrives(ens, household, version=3)

    assert family.application(answer["application_id"]).state == "accepted"


@pytest.mark.both_databases
def test_a_file_that_comes_while_its_application_is_being_written_waits_for_it(
    ens: Provider,
) -> None:
    group, household = family.a_group(), Family()
    ens.receives("care_core", item(household.child.id, 1, household.child.care_core()))
    last = item(household.child.id, 1, household.file)
    arriving = threading.Thread(target=ens.receives, args=("family", last))

    with store.write() as write:
        asked = NewApplication(household.child.id, group, household.guardian, now(), link_version=1)
        application = applications.apply_for_place(write, asked, now())
        arriving.start()
        arriving.join(0.5)
    arriving.join()

    assert family.application(application.id).state == "accepted"


@pytest.mark.both_databases
def test_an_application_takes_the_file_before_the_group_as_an_arriving_file_does(
    ens: Provider,
) -> None:
    group, household = family.a_group(), Family()
    told: list[object] = []

    def applies() -> None:
        asked = ApplyRequest(household.child.id, group, link_version=1)
        caller = Caller("portal", Person(household.guardian, "portal", "family"), new_id())
        try:
            with store.write() as write:
                answer = carry_out_order(apply, write, asked, caller, OrderTime.at_once(), {})
            told.append(answer.state)
        except OperationalError as broken:
            told.append(broken)

    asking = threading.Thread(target=applies)
    with store.write() as write:
        lock_files(write, [household.child.id])
        asking.start()
        asking.join(0.5)
        lock_groups(write, {group})
    asking.join()

    assert told == ["en_route"]


def test_no_place_is_kept_for_a_file_on_its_way_but_its_turn_on_the_list_is(ens: Provider) -> None:
    group, slow = family.a_group(places=1), Family()
    waiting_for = family.asks(slow, group)["application_id"]
    first, second = family.arrived(ens, 2)

    assert family.asks(first, group)["state"] == "accepted"
    assert family.asks(second, group)["rank"] == 1
    family.arrives(ens, slow)

    assert family.rank(waiting_for) == 1
    assert family.rank(family.application_of(group, second)) == 2


def test_files_that_come_together_are_decided_as_they_were_asked(ens: Provider) -> None:
    group = family.a_group(places=1)
    later, sooner = Family(), Family()
    family.applies_at(later, group, now() - timedelta(minutes=1))
    family.applies_at(sooner, group, now() - timedelta(minutes=2))

    both = (later, sooner)
    ens.receives("care_core", *(item(one.child.id, 1, one.child.care_core()) for one in both))
    ens.receives("family", *(item(one.child.id, 1, one.file) for one in both))

    assert family.states(group) == {sooner.child.id: "accepted", later.child.id: "waiting"}


def test_a_file_that_says_otherwise_refuses_who_asked_and_tells_nobody(ens: Provider) -> None:
    group, household = family.a_group(), Family()
    stranger = Family(household.child)
    answer = family.asks(stranger, group)

    family.arrives(ens, household)

    found = family.application(answer["application_id"])
    assert (found.state, found.reason) == ("refused", "not_guardian")
    assert family.notices(ens) == []


def test_a_file_that_never_comes_ends_the_wait(ens: Provider) -> None:
    group, household = family.a_group(), Family()
    answer = family.asks(household, group)

    family.pass_time(now() + NO_FILE_AFTER - TOMORROW)
    assert family.application(answer["application_id"]).state == "en_route"
    family.pass_time(now() + NO_FILE_AFTER + TOMORROW)

    assert family.application(answer["application_id"]).reason == "no_file"


@pytest.mark.both_databases
def test_a_file_that_comes_twice_decides_once(ens: Provider) -> None:
    group, household = family.a_group(), Family()
    family.asks(household, group)

    family.arrives(ens, household)
    family.arrives(ens, household, version=2)

    assert len(family.places_in(group)) == 1
    assert family.notices(ens) == [("place_given", household.household)]
