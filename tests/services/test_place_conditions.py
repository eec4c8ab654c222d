"""A group that asks for a school, a level or a commune: who gets a place, who waits."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from services.enrolment.models import Activity, Group
from services.enrolment.offer.commands.publishing import publish_activity
from services.enrolment.places.applications.commands import decisions
from services.enrolment.places.applications.queries import desk_lists
from services.enrolment.store import store
from shared.contracts.enrolment.place_conditions import Verdict
from shared.contracts.enrolment.places import imports as place_imports
from shared.contracts.errors import BadRequest
from shared.contracts.message import Caller
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import offer
from tests.factories import places as family
from tests.factories.enrolment import Provider, item, provider_on
from tests.factories.offer import imported_activity
from tests.factories.places import Family
from tests.factories.refusals import refused
from tests.factories.register import rows_granting
from tests.factories.travelling import answered

FERRY, TILLEULS = "École Jules-Ferry", "École des Tilleuls"
AT_FERRY = {"conditions": {"school": [FERRY]}}


def _goes_to(
    ens: Provider, household: Family, school: str, version: int = 1, grade: str = "CE1"
) -> None:
    told = {"school": school, "grade": grade, "class_name": ""}
    ens.receives("schooling", item(household.child.id, version, told))


def _lives_in(ens: Provider, household: Family, insee: str, version: int = 1) -> None:
    told = {"homes": [[{"insee": insee, "valid_from": "2020-01-01"}]]}
    ens.receives("residence", item(household.child.id, version, told))


def _arrived(ens: Provider, **child: Any) -> Family:
    (household,) = family.arrived(ens, 1, **child)
    return household


def imports(provider: Provider, activity: dict[str, Any]) -> None:
    operations = Caller("ops", None, new_id())
    answered(provider.service, place_imports.import_offer, operations, activities=[activity])


@contextmanager
def provider_entitled(database: Database, tmp_path: Path, projection: str) -> Iterator[Provider]:
    """Give the school service of a town whose file grants it one projection more."""
    with provider_on(database, tmp_path) as provider:
        (tmp_path / "register.json").write_text(json.dumps(rows_granting("ens", projection)))
        provider.settings.register._file._looked_at = 0.0
        yield provider


@pytest.mark.both_databases
def test_a_child_of_the_school_gets_its_place_and_one_of_another_school_is_refused(
    ens: Provider,
) -> None:
    group = family.a_group(places=5, group=AT_FERRY)
    ours, other = _arrived(ens), _arrived(ens)
    _goes_to(ens, ours, FERRY)
    _goes_to(ens, other, TILLEULS)

    given = family.asks(ours, group)
    refusal = family.asks(other, group)

    assert given["state"] == "accepted"
    assert (refusal["state"], refusal["reason"]) == ("refused", "conditions")
    assert refusal["reason_detail"] == {"asked": [{"school": [FERRY]}]}  # nothing of the child


def test_a_refusal_names_what_is_asked_and_not_what_the_child_fulfils(ens: Provider) -> None:
    asked = {"conditions": {"school": [FERRY], "grade": ["CM1", "CM2"]}}
    group, household = family.a_group(group=asked), _arrived(ens)
    _goes_to(ens, household, FERRY)

    refusal = family.asks(household, group)

    assert refusal["reason_detail"] == {"asked": [{"grade": ["CM1", "CM2"]}]}


def test_where_the_school_is_not_known_an_agent_decides_or_the_file_when_it_comes(
    ens: Provider,
) -> None:
    group = family.a_group(places=5, group=AT_FERRY)
    told, elsewhere, checked = _arrived(ens), _arrived(ens), _arrived(ens)
    ids = [family.asks(each, group)["application_id"] for each in (told, elsewhere, checked)]
    assert set(family.states(group).values()) == {"deciding"}

    _goes_to(ens, told, FERRY)
    _goes_to(ens, elsewhere, TILLEULS)
    with store.write() as write:
        decisions.accept_application(write, ids[2], now())

    assert [family.application(each).state for each in ids] == ["accepted", "refused", "accepted"]


def test_who_is_accepted_after_a_check_goes_behind_those_who_wait_already(ens: Provider) -> None:
    group = family.a_group(places=1, group=AT_FERRY)
    first, second, checked = _arrived(ens), _arrived(ens), _arrived(ens)
    for each in (first, second):
        _goes_to(ens, each, FERRY)
        family.asks(each, group)
    application_id = family.asks(checked, group)["application_id"]

    with store.write() as write:
        decisions.accept_application(write, application_id, now())

    assert family.application(application_id).state == "waiting"
    assert family.rank(application_id) == 2


def test_the_school_may_come_after_the_rest_of_a_first_file(ens: Provider) -> None:
    group, household = family.a_group(group=AT_FERRY), Family()
    answer = family.asks(household, group)
    assert answer["state"] == "en_route"

    family.arrives(ens, household)
    assert family.application(answer["application_id"]).state == "deciding"
    _goes_to(ens, household, FERRY)

    assert family.application(answer["application_id"]).state == "accepted"


def test_what_the_activity_asks_is_asked_in_all_its_groups(
    database: Database, tmp_path: Path
) -> None:
    with provider_entitled(database, tmp_path, "residence") as ens:
        _ask_as_inhabitants(ens)


def _ask_as_inhabitants(ens: Provider) -> None:
    group = family.a_group(conditions={"commune": ["28901"]})
    here, elsewhere = _arrived(ens), _arrived(ens)
    _lives_in(ens, here, "28901")
    _lives_in(ens, elsewhere, "28999")

    assert family.asks(elsewhere, group)["reason"] == "conditions"
    assert family.asks(here, group)["state"] == "accepted"


def test_an_agent_takes_a_child_that_does_not_fulfil_them_and_the_reason_is_kept(
    ens: Provider,
) -> None:
    group, household = family.a_group(group=AT_FERRY), _arrived(ens)
    _goes_to(ens, household, TILLEULS)

    refused_id = family.applies_at(household, group, now(), channel="desk")
    excepted = family.applies_at(household, group, now(), channel="desk", exception="derogation")

    assert family.application(refused_id).state == "refused"
    found = family.application(excepted)
    assert (found.state, found.exception) == ("accepted", "derogation")


def test_a_place_stays_when_the_child_changes_school_and_the_desk_is_shown_it(
    ens: Provider,
) -> None:
    group = family.a_group(places=5, group=AT_FERRY)
    stays, moves, excepted = _arrived(ens), _arrived(ens), _arrived(ens)
    for each in (stays, moves):
        _goes_to(ens, each, FERRY)
        family.asks(each, group)
    _goes_to(ens, excepted, TILLEULS)
    family.applies_at(excepted, group, now(), channel="desk", exception="sibling")

    _goes_to(ens, moves, TILLEULS, version=2)

    assert set(family.states(group).values()) == {"accepted"}
    assert len(family.places_in(group)) == 3
    with store.read() as read:
        found = read.get_one(Group, group)
        activity = read.get_one(Activity, found.activity_id)
        children = [each.child.id for each in (stays, moves, excepted)]
        first_days = dict.fromkeys(children)
        verdicts = desk_lists.verdicts_without_exception(read, activity, found, first_days, today())
    assert verdicts == {stays.child.id: Verdict(), moves.child.id: Verdict(("school",))}


def test_the_other_parent_learns_no_school_of_a_protected_child_by_asking_school_by_school(
    ens: Provider,
) -> None:
    groups = [
        family.a_group(places=5, group={"conditions": {"school": [school]}})
        for school in (FERRY, TILLEULS)
    ]
    mother = Family()
    father = Family(child=mother.child)
    both = {
        "guardians": [*mother.file["guardians"], *father.file["guardians"]],
        "weeks": None,
        "protected": [mother.household],
    }
    ens.receives("care_core", item(mother.child.id, 1, mother.child.care_core()))
    ens.receives("family", item(mother.child.id, 1, both))
    _goes_to(ens, mother, FERRY)

    answers = [family.asks(father, group) for group in groups]

    assert [answer["state"] for answer in answers] == ["accepted", "accepted"]
    too_old = family.a_group(group={"born_from": today()} | AT_FERRY)
    assert family.asks(father, too_old)["reason"] == "age"
    assert family.asks(mother, family.a_group(group=AT_FERRY))["state"] == "accepted"


def test_an_import_is_refused_whose_conditions_need_what_the_provider_may_not_receive(
    database: Database, tmp_path: Path
) -> None:
    asked = imported_activity()
    asked["groups"][0]["conditions"] = {"school": [FERRY]}
    with provider_on(database, tmp_path, "enrolment_agg") as agg:
        refusal = refused(lambda: imports(agg, asked), BadRequest)
        with store.read() as read:
            assert read.query(Activity).count() == 0

    assert refusal.detail["errors"] == {"canteen-ferry": ["conditions: not entitled to schooling"]}


def test_an_imported_offer_keeps_what_its_groups_ask(ens: Provider) -> None:
    asked = imported_activity()
    asked["groups"][0]["conditions"] = {"school": [FERRY], "grade": []}

    imports(ens, asked)

    with store.read() as read:
        assert read.query(Group).one().conditions == {"school": [FERRY]}


def test_families_read_what_an_activity_and_its_groups_ask(ens: Provider) -> None:
    with store.write() as write:
        activity = offer.an_activity(write, conditions={"commune": ["28901"]})
        offer.a_group(write, activity, **AT_FERRY)
        publish_activity(write, activity.id)

    published = ens.published("activity_published")[-1]["content"]
    nothing: dict[str, list[str]] = {"school": [], "grade": [], "class_name": [], "commune": []}
    assert published["conditions"] == nothing | {"commune": ["28901"]}
    assert [each["conditions"] for each in published["groups"]] == [nothing | {"school": [FERRY]}]


def test_a_group_of_next_year_is_for_the_level_that_the_child_will_have(ens: Provider) -> None:
    first = int(offer.school_year_of(today())[:4]) + 1
    group = family.a_group(
        group={"conditions": {"grade": ["CE2"]}}, school_year=f"{first}-{first + 1}"
    )
    household = _arrived(ens)
    _goes_to(ens, household, FERRY, grade="CE1")

    assert family.asks(household, group)["state"] == "accepted"
