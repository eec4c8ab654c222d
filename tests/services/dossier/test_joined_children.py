"""Two files that were joined are one child to its parents, its services and every act."""

import json
from datetime import timedelta

import pytest

from services.dossier.data_protection.retention import queries as retention
from services.dossier.store import store
from shared.contracts.dossier import activity_history_requests, corrections, front_desk
from shared.contracts.dossier import guardians as contracts
from shared.contracts.dossier import school_decisions as school_contracts
from shared.contracts.dossier.data_protection import person_requests, read_log
from shared.contracts.dossier.families import safeguarding
from shared.contracts.enrolment import attendance
from shared.contracts.errors import NotFound
from shared.dates.clock import now, today
from shared.dates.instant import Instant
from shared.runtime.ids import new_id
from tests.factories import dossier as make
from tests.factories.dossier import of
from tests.factories.joined_children import BORN, SCHOOL, Twofold


def test_one_dossier_is_told_under_the_id_that_each_service_has(twofold: Twofold) -> None:
    twofold.joins()

    sent = twofold.town.sent()
    by_file = {each.child_id for each in sent if each.provider == "ens"}
    assert by_file == {twofold.his}  # the school service has the father's file, and goes on with it
    school = of(sent, "ens")
    assert school["care_core"].content["first_name"] == "Jean-Luc"
    family = school["family"].content
    assert {one["subject"] for one in family["guardians"]} == set(twofold.parents)
    assert "same_child" not in family  # that there was another file is nothing that it may know


def test_a_service_that_has_both_files_is_told_that_they_are_one(twofold: Twofold) -> None:
    twofold.joins()

    families = {
        each.child_id: each.content["same_child"]
        for each in twofold.town.sent()
        if (each.provider, each.projection) == ("agg", "family")
    }
    assert families == {twofold.hers: [twofold.his], twofold.his: [twofold.hers]}


def test_nothing_is_told_to_a_service_that_has_neither_file(twofold: Twofold) -> None:
    twofold.joins()

    assert {each.provider for each in twofold.town.sent()} == {"ens", "agg"}


def test_each_parent_has_one_child_with_every_service_and_sees_its_own_home_alone(
    twofold: Twofold,
) -> None:
    before = {who: twofold.town.ask(contracts.my_children, subject=who) for who in twofold.parents}
    twofold.joins()

    for parent in twofold.parents:
        (child,) = twofold.children_of(parent)
        assert child["id"] == twofold.hers
        assert set(child["providers"]) == {"ens", "agg"}
        assert child["also"] == [{"child_id": twofold.his, "providers": ["agg", "ens"]}]
        answer = twofold.town.ask(contracts.my_children, subject=parent)
        assert answer.households == before[parent].households
    assert twofold.reads(twofold.mother, "diet").content["menu"] == "vegetarian"
    assert twofold.reads(twofold.mother, "schooling").content["school"] == "Jules-Ferry"


def test_the_other_file_is_found_by_nobody_and_written_by_nobody(twofold: Twofold) -> None:
    twofold.joins()

    assert twofold.doubles() == []
    for parent in twofold.parents:
        with pytest.raises(NotFound):
            twofold.town.tells(parent, twofold.his, "diet", make.diet("no_pork"), base=1)
    found = twofold.town.at_desk(
        front_desk.find_dossiers, subject=twofold.agent, query="Petit", born=None
    ).found
    assert {row["child_id"] for row in found if row["child_id"]} == {twofold.hers}


def test_what_is_written_afterwards_reaches_every_service_under_its_id(twofold: Twofold) -> None:
    twofold.joins()
    twofold.town.sent()
    base = twofold.reads(twofold.mother, "diet").version

    twofold.town.tells(twofold.mother, twofold.hers, "diet", make.diet("no_pork"), base=base)

    told = {(each.provider, each.child_id) for each in twofold.town.sent()}
    assert told == {("ens", twofold.his), ("agg", twofold.hers), ("agg", twofold.his)} - (
        set() if _takes(twofold, "agg", "diet") else {("agg", twofold.hers), ("agg", twofold.his)}
    )


def test_the_histories_of_both_files_are_one_childs(twofold: Twofold) -> None:
    twofold.town.read(twofold.his, provider="ens")
    for provider, child in (("ens", twofold.his), ("agg", twofold.hers)):
        twofold.town.hear(
            attendance.activity_counted,
            source=f"enrolment_{provider}",
            child_id=child,
            activity="canteen",
            label="Cantine",
            school_year="2025",
            month="2025-10",
            times=3,
            version=1,
        )
    twofold.joins()

    asked = {"subject": twofold.mother, "child_id": twofold.hers}
    history = twofold.town.ask(
        activity_history_requests.history, **asked, provider=None, school_year=""
    )
    assert {line["provider"] for line in history.lines} == {"ens", "agg"}
    knows = twofold.town.ask(contracts.who_knows, **asked)
    assert {row["provider"] for row in knows.holdings} == {"ens", "agg"}
    readings = twofold.town.ask(contracts.who_read, **asked).reads
    assert "ens" in {row["provider"] for row in readings}


def test_the_family_reads_by_whom_it_has_been_taken_in(twofold: Twofold) -> None:
    twofold.joins()

    def receipts() -> dict[str, bool]:
        asked = {"subject": twofold.mother, "child_id": twofold.hers}
        row = twofold.town.ask(corrections.corrections_of, **asked).corrections[0]
        assert row["subject"] == corrections.JOINED
        return {each["provider"]: each["received"] for each in row["receipts"]}

    assert receipts() == {"ens": False, "agg": False}
    for each in twofold.town.sent():
        if each.provider == "ens":
            twofold.town.held("ens", each)
    assert receipts() == {"ens": True, "agg": False}  # agg was stopped: it takes it in when back


def test_billing_hears_one_sibling_under_both_ids(twofold: Twofold) -> None:
    twofold.joins()

    siblings = [
        {child["child_id"]: child.get("same_as") for child in home.children}
        for home in twofold.town.homes()
    ]
    assert siblings == [{twofold.hers: None, twofold.his: twofold.hers}] * 2


def test_a_barred_adult_of_either_file_is_barred_of_the_child(twofold: Twofold) -> None:
    for child, name in ((twofold.hers, "Oncle Un"), (twofold.his, "Oncle Deux")):
        twofold.town.at_desk(
            safeguarding.bar_adult,
            child_id=child,
            base_version=0,
            name=name,
            valid_from=today(),
            valid_to=None,
            **make.paper(),
        )
    twofold.town.sent()

    twofold.joins()

    core = of(twofold.town.sent(), "ens")["care_core"].content
    assert {"Oncle Un", "Oncle Deux"} <= set(core["not_to_hand_over"])


def test_a_schools_decision_under_the_other_id_holds_for_the_child(twofold: Twofold) -> None:
    twofold.joins()

    outcome = twofold.town.ask(
        school_contracts.decide_schooling,
        caller="enrolment_ens",
        decided_by=new_id(),
        decisions=[
            {
                "decision_id": new_id(),
                "child_id": twofold.his,
                "holds_from": today(),
                **SCHOOL,
                "class_name": "CP B",
            }
        ],
    )

    assert [row["outcome"] for row in outcome.decisions] == [school_contracts.APPLIED]
    assert twofold.reads(twofold.mother, "schooling").content["class_name"] == "CP B"


def test_neither_file_is_erased_while_a_service_has_one_of_them(twofold: Twofold) -> None:
    twofold.joins()
    for parent in (twofold.mother, twofold.father):
        close = {"subject": parent, "child_id": twofold.hers, "provider": "agg"}
        twofold.town.ask(contracts.close_link, **close)
    later = Instant(now() + timedelta(days=366 * 12), today() + timedelta(days=366 * 12))

    with store.read() as read:
        named = retention.children_still_named(read, "", 100)
        due = retention.sections_due(read, store.register, later, named)

    assert set(named) >= {twofold.hers, twofold.his} and due == []


def _takes(twofold: Twofold, provider: str, projection: str) -> bool:
    return any(
        row.provider == provider and row.projection == projection
        for row in store.register.now.entitlements
    )


def test_after_a_death_both_files_are_held_at_every_service(twofold: Twofold) -> None:
    twofold.joins()
    lead = twofold.town.has_desk_agent("desk_lead")

    twofold.town.at_desk(safeguarding.hold_file, subject=lead, child_id=twofold.hers, held_by=lead)

    rows = twofold.town.taken(safeguarding.file_held)
    told = {(row.key.split(".")[1], json.loads(row.body)["child_id"]) for row in rows}
    assert {("enrolment_ens", twofold.his), ("enrolment_agg", twofold.hers)} <= told
    assert ("enrolment_ens", twofold.hers) not in told


def test_a_service_is_gone_on_with_under_the_id_that_it_has(twofold: Twofold) -> None:
    twofold.joins()
    twofold.town.sent()
    asked = {"subject": twofold.mother, "child_id": twofold.hers, "provider": "ens"}

    twofold.town.ask(contracts.open_link, **asked)
    assert twofold.town.sent() == []  # it has the child already, as his father's file

    assert twofold.town.ask(contracts.close_link, **asked).waits  # his father's word lacks
    assert twofold.town.sent() == []
    twofold.town.ask(contracts.close_link, **asked | {"subject": twofold.father})
    ended = [each for each in twofold.town.sent() if each.content is None]
    assert {(each.provider, each.child_id) for each in ended} == {("ens", twofold.his)}


def test_whom_a_breach_touched_are_the_homes_of_both_files(twofold: Twofold) -> None:
    twofold.joins()

    answer = twofold.town.ask(
        read_log.households_touched,
        caller="ops",
        provider="ens",
        since=now() - timedelta(days=1),
        until=now() + timedelta(days=1),
        after=None,
    )

    assert [row["children"] for row in answer.households] == [1, 1]
    assert all(row["projections"] for row in answer.households)


def test_what_a_parent_asked_about_its_file_goes_along_and_comes_back(twofold: Twofold) -> None:
    asked = {"kind": "rectification", "provider": "", "child_id": twofold.his}
    twofold.town.ask(
        person_requests.file_person_request, subject=twofold.father, **asked, text="La classe."
    )

    def asked_of() -> list[str]:
        waiting = twofold.town.at_desk(corrections.corrections_waiting, subject=twofold.agent)
        return [row["child_id"] for row in waiting.asked]

    join_id = twofold.joins()
    assert asked_of() == [twofold.hers]
    twofold.parts(join_id)
    assert asked_of() == [twofold.his]


def test_a_child_that_arrives_later_is_never_taken_for_the_file_that_waits(
    twofold: Twofold,
) -> None:
    twofold.joins()
    adult = make.guardian("Nadia Petit")
    again = make.child([adult], sections={"identity": make.identity("Jeanluc", "Petit", BORN)})

    answer = twofold.town.arrives(make.household(again, guardians=[adult]))

    assert twofold.his not in [each for alike in answer.alike.values() for each in alike]


def test_a_home_does_not_take_back_what_the_other_wants_of_joined_files(twofold: Twofold) -> None:
    twofold.joins()
    of_school = {"child_id": twofold.hers, "provider": "ens"}
    twofold.town.ask(contracts.close_link, subject=twofold.mother, **of_school)

    twofold.town.ask(contracts.open_link, subject=twofold.father, **of_school)

    assert not twofold.town.ask(contracts.close_link, subject=twofold.father, **of_school).waits


def test_a_wish_is_taken_back_for_each_file_that_a_service_has(twofold: Twofold) -> None:
    twofold.joins()
    hers = {"subject": twofold.mother, "child_id": twofold.hers, "provider": "agg"}
    assert twofold.town.ask(contracts.close_link, **hers).waits

    twofold.town.ask(contracts.open_link, **hers)

    assert twofold.town.ask(contracts.close_link, **hers | {"subject": twofold.father}).waits
