"""
A school that is called otherwise from a day on: its pupils, its offer, forms and files follow.

The dossier answers as its contract says; what it does with a name is tested beside it.
"""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.enrolment.models import Activity, PupilMoves
from services.enrolment.models.school_year.schools import DONE, RENAMING
from services.enrolment.offer.queries.sites import sites_of_groups
from services.enrolment.offer.rules.calendar import school_year_of
from services.enrolment.school_year.enrolments.queries.places_by_level import (
    expected_school_by_child,
)
from services.enrolment.school_year.schools.commands import school_changes as commands
from services.enrolment.school_year.schools.commands.school_changes import (
    AGAIN_AFTER,
    ChangeWaits,
    NotThatDay,
    SameName,
)
from services.enrolment.school_year.schools.commands.schools import NameTaken
from services.enrolment.school_year.schools.queries import school_changes as queries
from services.enrolment.school_year.schools.queries.pupils import pupils_of_schools
from services.enrolment.school_year.schools.queries.schools import schools_by_folded_name
from services.enrolment.store import store, vault
from shared.contracts.enrolment.school_year import schools as contracts
from shared.contracts.errors import NotFound
from shared.contracts.message import Caller
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import offer
from tests.factories import schools as make
from tests.factories.enrolment import Provider, item
from tests.factories.schools import DossierOfSchooling
from tests.factories.travelling import answered

AGENT = new_id()
FERRY, VEIL = "École Jules-Ferry", "École Simone-Veil"


def decided(school: str, name: str = VEIL, days: int = 0) -> str:
    """Decide on a name from a day on; return the change."""
    day = today() + timedelta(days=days)
    with store.write() as write:
        return commands.decide_renaming(write, school, name, day, by=AGENT, now=now()).id


def the_day_comes(days: int = 0) -> list[str]:
    """Let what is due hold, as the job does; return which changes were."""
    with store.read() as read:
        due = list(queries.due_changes(read, today() + timedelta(days=days)))
    for change in due:
        with store.write() as write:
            commands.apply_due_change(write, vault, change, now())
    return due


def renamed(school: str, name: str = VEIL) -> str:
    change = decided(school, name)
    assert the_day_comes() == [change]
    return change


def pupils_by_school() -> dict[str | None, set[str]]:
    found: dict[str | None, set[str]] = {}
    with store.read() as read:
        for card in pupils_of_schools(read, vault):
            found.setdefault(card.school_id, set()).add(card.child_id)
    return found


def names() -> list[str]:
    return [school.name for school in make.schools()]


# Deciding


def test_nothing_leaves_before_the_day_and_all_of_it_on_it(ens: Provider) -> None:
    school = make.a_school(FERRY)
    make.pupil(ens)
    dossier = DossierOfSchooling()

    change = decided(school, days=30)

    assert the_day_comes() == [] and dossier.renames() == 0 and names() == [FERRY]
    assert the_day_comes(days=30) == [change] and the_day_comes(days=30) == []
    assert names() == [VEIL] and dossier.renames() == 1


def test_what_waits_for_its_day_is_taken_back_and_nothing_of_it_comes(ens: Provider) -> None:
    school = make.a_school(FERRY)
    change = decided(school, days=30)

    with store.write() as write:
        commands.withdraw_change(write, change, by=AGENT, now=now())

    assert the_day_comes(days=30) == [] and names() == [FERRY]
    decided(school, days=2)
    with store.write() as write, pytest.raises(NotFound):
        commands.withdraw_change(write, change, by=AGENT, now=now())


def test_what_holds_is_not_withdrawn_but_named_as_before(ens: Provider) -> None:
    school = make.a_school(FERRY)
    child = make.pupil(ens)
    change = renamed(school)
    with store.write() as write, pytest.raises(NotFound):
        commands.withdraw_change(write, change, by=AGENT, now=now())

    renamed(school, FERRY)

    assert names() == [FERRY] and pupils_by_school() == {school: {child.id}}


@pytest.mark.parametrize(
    "name",
    ["École des Lilas", "ecole DES lilas", "École du Parc", "École du Bourg"],
    ids=["has", "has, written otherwise", "had", "will have"],
)
def test_a_name_that_another_school_has_had_or_will_have_is_refused(
    ens: Provider, name: str
) -> None:
    school = make.a_school(FERRY)
    other = make.a_school("École du Parc")
    renamed(other, "École des Lilas")
    decided(other, "École du Bourg", days=20)

    with pytest.raises(NameTaken):
        decided(school, name)
    with pytest.raises(NameTaken):
        make.a_school(name)


def test_a_day_that_is_past_or_far_a_second_change_and_the_same_name_are_refused(
    ens: Provider,
) -> None:
    school = make.a_school(FERRY)
    for days in (-1, 400):
        with pytest.raises(NotThatDay):
            decided(school, days=days)
    with pytest.raises(SameName):
        decided(school, FERRY)
    decided(school, days=20)
    with pytest.raises(ChangeWaits):
        decided(school, "École du Parc", days=10)


# Pupils


@pytest.mark.both_databases
def test_pupils_are_the_schools_before_their_dossiers_follow_and_after(ens: Provider) -> None:
    school = make.a_school(FERRY)
    child, elsewhere = make.pupil(ens), make.pupil(ens, school="Notre-Dame")
    dossier = DossierOfSchooling()
    renamed(school)

    assert pupils_by_school() == {school: {child.id}}
    dossier.all_of_it()
    told = {"school": VEIL, "grade": "CP", "class_name": "CP, Mme Aubin"}
    ens.receives("schooling", item(child.id, 2, told))

    assert dossier.renamed == [(VEIL, (FERRY,), (child.id,))]
    assert pupils_by_school() == {school: {child.id}}
    assert elsewhere.id not in str(dossier.renamed)


def test_a_process_that_dies_between_question_and_answer_asks_again(ens: Provider) -> None:
    school = make.a_school(FERRY)
    children = [make.pupil(ens, first_name=f"E{at}") for at in range(3)]
    renamed(school)
    dossier = DossierOfSchooling()
    with store.write() as write:
        asked = commands.next_pupils_to_rename(write, 2, now())
    assert asked is not None  # and nothing of the answer was stored

    dossier.all_of_it()

    assert sorted(dossier.renamed[0][2]) == sorted(child.id for child in children)
    with store.read() as read:
        (state,) = read.scalars(select(PupilMoves.state).where(PupilMoves.kind == RENAMING))
    assert state == DONE and dossier.renames() == 0


def test_a_child_who_will_go_there_follows_as_well(ens: Provider) -> None:
    school = make.a_school(FERRY)
    child = make.pupil(ens, school="Notre-Dame")
    coming = {"school": FERRY, "grade": "CE1", "class_name": ""}
    next_year = {"day": (today() + timedelta(days=90)).isoformat(), **coming}
    ens.receives(
        "schooling",
        item(
            child.id,
            2,
            {"school": "Notre-Dame", "grade": "CP", "class_name": "", "next": next_year},
        ),
    )
    renamed(school)
    dossier = DossierOfSchooling()
    dossier.all_of_it()

    assert [ids for _name, _former, ids in dossier.renamed] == [(child.id,)]


def test_a_name_that_follows_places_nobody_in_a_class_of_this_year(ens: Provider) -> None:
    school = make.a_school(FERRY)
    child = make.pupil(ens, school="Notre-Dame")
    present = {"school": "Notre-Dame", "grade": "CP", "class_name": ""}
    coming = {"day": (today() + timedelta(days=90)).isoformat(), **present, "school": FERRY}
    ens.receives("schooling", item(child.id, 2, {**present, "next": coming}))
    renamed(school)

    with store.read() as read:
        assert expected_school_by_child(read, vault, school_year_of(today())) == {}


def test_who_comes_later_under_a_former_name_follows_and_is_asked_for_once_an_hour(
    ens: Provider,
) -> None:
    school = make.a_school(FERRY)
    renamed(school)
    renamed(school, "École du Parc")
    late = make.pupil(ens)  # a file, a form of before
    dossier = DossierOfSchooling()

    def looked(later: timedelta) -> int:
        with store.write() as write:
            return commands.draft_renaming_of_pupils(write, vault, now() + later)

    assert pupils_by_school() == {school: {late.id}}
    assert [looked(timedelta()), looked(timedelta()), looked(2 * AGAIN_AFTER)] == [1, 0, 1]
    dossier.all_of_it()
    assert dossier.renamed[0] == ("École du Parc", (VEIL, FERRY), (late.id,))


def test_a_school_renamed_twice_within_the_hour_has_its_pupils_follow_twice(ens: Provider) -> None:
    school = make.a_school(FERRY)
    child = make.pupil(ens)
    dossier = DossierOfSchooling()
    for name in (VEIL, "École du Parc"):
        renamed(school, name)
        dossier.all_of_it()

    assert [(name, ids) for name, _former, ids in dossier.renamed] == [
        (VEIL, (child.id,)),
        ("École du Parc", (child.id,)),
    ]


# What is published, and what follows


def test_a_school_is_published_with_its_former_name_and_again_once_pupils_followed(
    ens: Provider,
) -> None:
    school = make.a_school(FERRY)
    make.pupil(ens)
    renamed(school)
    DossierOfSchooling().all_of_it()

    told = [each["content"] for each in ens.published("school_published")]

    assert [(each["name"], each["former_names"], each["settled"]) for each in told] == [
        (FERRY, [], True),
        (VEIL, [FERRY], False),
        (VEIL, [FERRY], True),
    ]


def test_files_of_another_software_find_the_school_by_its_former_name(ens: Provider) -> None:
    school = make.a_school(FERRY)
    renamed(school)

    answer = answered(ens.service, contracts.school_names, Caller("ops", None, new_id()), after="")

    assert answer.schools == [{"school_id": school, "name": VEIL, "former_names": [FERRY]}]
    with store.read() as read:
        assert schools_by_folded_name(read)["ecole jules ferry"].id == school


def published(ens: Provider, version: int, *, settled: bool, name: str = VEIL) -> None:
    content = {
        "name": name,
        "former_names": [FERRY],
        "settled": settled,
        "commune": "",
        "levels": ["CP"],
        "classes": [],
    }
    ens.receives_event(
        contracts.school_published,
        "enrolment_agg",
        school_id="0f0f0f0f-0000-4000-8000-000000000001",
        version=version,
        content=content,
    )


def conditions(activity_id: str) -> dict[str, Any]:
    with store.read() as read:
        return dict(read.get_one(Activity, activity_id).conditions)


def test_a_condition_names_both_while_pupils_follow_and_then_the_new_name(ens: Provider) -> None:
    with store.write() as write:
        activity = offer.an_activity(write)
        activity.conditions = {"school": ["ecole jules ferry", "École du Parc"]}
        group = offer.a_group(write, activity, conditions={"school": [FERRY]}, site=FERRY)

    for _twice in range(2):
        published(ens, 2, settled=False)
        assert conditions(activity.id) == {"school": ["ecole jules ferry", "École du Parc", VEIL]}
    for _twice in range(2):
        published(ens, 3, settled=True)

    assert conditions(activity.id) == {"school": ["École du Parc", VEIL]}
    last = ens.published("activity_published")[-1]["content"]
    assert last["conditions"]["school"] == ["École du Parc", VEIL]
    assert [each["conditions"]["school"] for each in last["groups"]] == [[VEIL]]
    with store.read() as read:
        assert [site.name for site in sites_of_groups(read) if site.name == FERRY] == []
    assert group.site == FERRY  # as it was before


def test_the_providers_own_offer_follows_without_hearing_itself(ens: Provider) -> None:
    school = make.a_school(FERRY)
    make.pupil(ens)
    with store.write() as write:
        activity = offer.an_activity(write)
        activity.conditions = {"school": [FERRY]}
        offer.a_group(write, activity, site=FERRY)
    renamed(school)
    assert conditions(activity.id) == {"school": [FERRY, VEIL]}

    DossierOfSchooling().all_of_it()

    assert conditions(activity.id) == {"school": [VEIL]}
    with store.read() as read:
        assert [site.name for site in sites_of_groups(read)] == [VEIL]


def test_what_was_offered_in_a_past_year_keeps_the_name_of_that_year(ens: Provider) -> None:
    with store.write() as write:
        activity = offer.an_activity(write, school_year="2019-2020")
        activity.conditions = {"school": [FERRY]}

    published(ens, 2, settled=True)

    assert conditions(activity.id) == {"school": [FERRY]}
