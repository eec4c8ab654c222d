"""
The adults of a household change at the front desk: a name, who comes, who goes, who died.

Each change is a correction of the children concerned, from a paper and a day, with its receipts.
"""

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select

from services.dossier.corrections.commands import adult_changes
from services.dossier.handlers.comparison import PUBLISHED
from services.dossier.households.commands.homes_apart_from_child import ensure_own_home
from services.dossier.models import (
    ChildHousehold,
    Correction,
    Guardian,
    Guardianship,
    HouseholdGuardian,
)
from services.dossier.sharing.publishing.commands.projection_publisher import lock_home
from services.dossier.sharing.rules.access_policy import AccessPolicy
from services.dossier.store import store
from shared.contracts.dossier import corrections, front_desk
from shared.contracts.dossier import guardians as contracts
from shared.contracts.dossier.families import household_adults, safeguarding
from shared.contracts.dossier.two_home_weeks import weeks_in_one_home
from shared.contracts.errors import BadRequest, NotFound
from shared.contracts.every_service.comparison import digest_of_state
from shared.database.comparison.compared_states import Route
from shared.dates.clock import today
from shared.dates.instant import Instant
from shared.runtime.ids import new_id
from tests.factories import dossier as make
from tests.factories.dossier import of
from tests.factories.household_adults import Family, family, seen

__all__ = ["family"]

TOMORROW, LAST_WEEK = timedelta(days=1), timedelta(days=7)


def lives_apart(family: Family, *children: str) -> str:
    """Give these children a second home, their father's alone; return it."""
    home = family.asks(
        safeguarding.protect_household,
        agent=family.town.has_desk_agent("desk_lead"),
        guardians=[family.father],
        children=[
            {"child_id": child, "lives": "both" if child in children else "other"}
            for child in (family.manon, family.hugo)
        ],
        **make.paper(),
    )
    assert home is not None
    lead = family.town.has_desk_agent("desk_lead")
    with store.read() as read:
        homes = set(read.scalars(select(ChildHousehold.household_id)))
    (other,) = homes - {family.home}
    family.town.at_desk(safeguarding.lift_protection, subject=lead, household_id=other)
    family.town.sent(), family.town.cards(), family.town.homes()
    return other


# A name


def test_an_adults_new_name_reaches_bills_and_the_account(family: Family) -> None:
    family.renames(family.mother, "Claire Moreau")

    (home,) = family.town.homes()
    assert [each["name"] for each in home.guardians] == ["Claire Moreau", "Karim Lefèvre"]
    (event,) = family.to_identity()
    assert (event.guardian_id, event.name, event.died) == (family.mother, "Claire Moreau", False)
    (row,) = family.reads(family.mother)
    assert row["changes"] == [
        {"field": "name", "before": "Claire Lefèvre", "after": "Claire Moreau"}
    ]


def test_a_name_from_tomorrow_waits_comes_by_itself_and_can_be_taken_back(family: Family) -> None:
    family.renames(family.mother, "Claire Moreau", holds_from=today() + TOMORROW)
    assert family.adult("Claire Lefèvre")
    with pytest.raises(corrections.AnotherWaits):
        family.renames(family.mother, "Claire Martin", holds_from=today() + TOMORROW)
    first = family.opened().changes[0]["correction_id"]
    family.town.at_desk(corrections.withdraw_correction, subject=family.agent, correction_id=first)
    family.renames(family.mother, "Claire Martin", holds_from=today() + TOMORROW)

    family.on(today() + TOMORROW)

    assert family.adult("Claire Martin")
    assert [each.name for each in family.to_identity()] == ["Claire Martin"]


def test_what_identity_was_told_of_adults_is_published_anew_where_it_was_lost(
    family: Family,
) -> None:
    family.renames(family.mother, "Claire Moreau")
    family.buries(family.father)
    told = {event.guardian_id: event for event in family.to_identity()}
    spec = next(each for each in PUBLISHED if each.event is household_adults.guardian_corrected)
    route = Route("dossier", "identity")

    with store.read() as read:
        facts, _next = spec.states(read, route, "")
    assert {fact["key"]: (fact["version"], fact["digest"]) for fact in facts} == {
        key: (1, digest_of_state({"guardian_id": key, "name": event.name, "died": event.died}))
        for key, event in told.items()
    }
    with store.write() as write:
        spec.again(write, route, {family.father: 7})

    (again,) = family.to_identity()
    assert (again.guardian_id, again.version, again.died) == (family.father, 8, True)


# Somebody comes


def test_a_guardian_named_by_a_judge_has_the_children_and_every_holder_acknowledges(
    family: Family,
) -> None:
    family.adds("Nadia Benali", children=[family.manon])

    nadia = family.adult("Nadia Benali")
    assert (nadia["lives_here"], nadia["authority"]) == (True, [family.manon])
    assert family.children_of(nadia["id"]) == [family.manon]
    sent = family.town.sent()
    told = of(sent, "ens")["family"].content["guardians"]
    assert {each["subject"] for each in told} == {family.mother, family.father, nadia["id"]}

    def receipts() -> dict[str, bool]:
        (row,) = family.reads(family.mother)
        return {each["provider"]: each["received"] for each in row["receipts"]}

    assert receipts() == {"ens": False, "agg": False}
    for each in sent:
        if each.provider == "ens":
            family.town.held("ens", each)
    assert receipts() == {"ens": True, "agg": False}


def test_who_had_the_child_in_care_becomes_its_guardian_and_is_its_carer_no_more(
    family: Family,
) -> None:
    placed = family.town.at_desk(
        safeguarding.place_child,
        child_id=family.manon,
        carer_name="Simone Morel",
        valid_from=today() - LAST_WEEK,
        **make.paper(),
    )
    family.town.sent()

    family.adds(
        "Simone Morel", guardian_id=placed.carer_id, children=[family.manon], lives_here=False
    )

    (child,) = family.town.ask(contracts.my_children, subject=placed.carer_id).children
    assert (child["id"], child.get("carer", False)) == (family.manon, False)
    told = of(family.town.sent(), "ens")["family"].content
    assert "carers" not in told


def test_a_guardian_who_lives_elsewhere_has_a_home_in_which_the_child_may_live(
    family: Family,
) -> None:
    family.adds("Simone Morel", children=[family.manon], lives_here=False)

    simone = family.adult("Simone Morel")
    card = family.town.ask(contracts.my_children, subject=simone["id"])
    (home,) = card.households
    assert (simone["lives_here"], home != family.home) == (False, True)

    family.town.at_desk(
        corrections.correct_weeks,
        subject=family.agent,
        child_id=family.manon,
        weeks=weeks_in_one_home(home),
        **seen(),
    )
    family.ends(family.mother, family.hugo)
    family.asks(
        household_adults.end_guardianship,
        home=home,
        guardian_id=family.mother,
        still_answers=False,
        children=[family.manon],
        **seen(),
    )

    assert family.children_of(family.mother) == []
    assert family.children_of(simone["id"]) == [family.manon]
    manons = [each for each in family.town.sent() if each.child_id == family.manon]
    told = of(manons, "ens")["family"].content["guardians"]
    assert {"subject": simone["id"], "household": home} in told


@pytest.mark.both_databases
def test_two_desks_at_once_give_an_adult_who_lives_elsewhere_one_home(family: Family) -> None:
    nobodys, when = new_id(), Instant.now()
    with store.write() as write:
        write.add(Guardian(id=nobodys, reference=f"desk/{nobodys}", name="Simone Morel"))

    def gives_home() -> None:
        with store.write() as write:
            ensure_own_home(write, nobodys, when)

    other_desk = threading.Thread(target=gives_home)
    with store.write() as write:
        ensure_own_home(write, nobodys, when)
        other_desk.start()
        other_desk.join(0.5)
    other_desk.join()

    lives = select(HouseholdGuardian).where(HouseholdGuardian.guardian_id == nobodys)
    with store.read() as read:
        assert len(read.scalars(lives).all()) == 1


@pytest.mark.both_databases
@pytest.mark.parametrize("act", ["dies", "leaves", "is_renamed"])
def test_of_two_desks_that_note_the_same_of_an_adult_at_once_the_second_reads_the_first(
    family: Family, act: str
) -> None:
    """What an act decides of is read once nobody else changes it."""
    policy, refused = AccessPolicy.from_register(store.register), []
    of_father = {"household_id": family.home, "guardian_id": family.father}
    record, ask, asked = {
        "dies": (
            adult_changes.note_death,
            lambda: family.buries(family.father),
            household_adults.NoteDeathRequest(
                **of_father, **seen(paper="death_certificate", reason=corrections.CHANGE)
            ),
        ),
        "leaves": (
            adult_changes.end_guardianship,
            lambda: family.ends(family.father, family.manon, family.hugo),
            household_adults.EndGuardianshipRequest(
                **of_father, still_answers=False, children=[family.manon, family.hugo], **seen()
            ),
        ),
        "is_renamed": (
            adult_changes.correct_name,
            lambda: family.renames(family.father, "Karim Petit"),
            household_adults.CorrectGuardianNameRequest(
                **of_father,
                name="Karim Petit",
                **seen(paper="marriage_certificate", reason=corrections.CHANGE),
            ),
        ),
    }[act]

    def notes_it_too() -> None:
        try:
            ask()
        except (NotFound, BadRequest, corrections.NothingCorrected) as refusal:
            refused.append(refusal)

    other_desk = threading.Thread(target=notes_it_too)
    with store.write() as write:
        record(write, policy, asked, by=family.agent, when=Instant.now())
        other_desk.start()
        other_desk.join(0.5)
    other_desk.join()

    assert len(refused) == 1
    with store.read() as read:
        noted = select(Correction).where(Correction.guardian_id == family.father)
        assert len(read.scalars(noted).all()) == 2, "one of each child, of one act"


@pytest.mark.both_databases
def test_a_home_that_is_locked_has_the_child_that_another_desk_brings_meanwhile(
    family: Family,
) -> None:
    """Else a home would be protected, or leave, and that child's providers not be told."""
    nadia = make.guardian("Nadia Benali")
    payload = make.household(make.child([nadia]), guardians=[nadia])
    [lou] = family.town.arrives(payload).children.values()
    found: list[str] = []

    def locks() -> None:
        with store.write() as write:
            found.extend(lock_home(write, family.home))

    other_desk = threading.Thread(target=locks)
    with store.write() as write:
        write.add(ChildHousehold(child_id=lou, household_id=family.home))
        write.flush()
        other_desk.start()
        other_desk.join(0.5)
    other_desk.join()

    assert sorted(found) == sorted([family.manon, family.hugo, lou])


def test_who_moves_out_and_keeps_authority_has_a_home_of_their_own(family: Family) -> None:
    family.ends(family.father, still_answers=True)

    (home,) = family.town.ask(contracts.my_children, subject=family.father).households
    assert home != family.home


def test_who_comes_without_authority_is_known_and_sees_no_child(family: Family) -> None:
    family.adds("Aurélie Petit", authority=False)

    aurelie = family.adult("Aurélie Petit")
    assert aurelie["answers"] == sorted([family.manon, family.hugo])
    assert family.children_of(aurelie["id"]) == []


def test_who_comes_next_month_waits_with_a_name_and_comes_by_itself(family: Family) -> None:
    family.adds("Nadia Benali", holds_from=today() + TOMORROW)
    (row, _hugos) = family.opened().changes
    assert (row["guardian"], row["applied_at"]) == ("Nadia Benali", None)
    assert [each["name"] for each in family.opened().adults] == ["Claire Lefèvre", "Karim Lefèvre"]

    family.on(today() + TOMORROW)

    assert family.adult("Nadia Benali")["lives_here"]


def test_nobody_comes_twice(family: Family) -> None:
    with pytest.raises(corrections.NothingCorrected):
        family.adds("claire lefevre")
    with pytest.raises(corrections.NothingCorrected):
        family.adds("Claire Lefèvre", guardian_id=family.mother)


def test_a_second_agent_sees_the_paper_of_one_act_once(family: Family) -> None:
    family.adds("Nadia Benali")
    second = family.town.has_desk_agent("dossiers")

    def waiting() -> list[Any]:
        listed = family.town.at_desk(corrections.corrections_waiting, subject=second)
        return list(listed.to_second)

    (act,) = waiting()
    family.town.at_desk(
        corrections.second_correction, subject=second, correction_id=act["correction_id"]
    )
    assert waiting() == []
    assert {row["seconded_by"] for row in family.opened().changes} == {second}


# Somebody goes


def test_a_guardianship_that_ends_closes_that_childs_file_alone(family: Family) -> None:
    family.ends(family.father, family.hugo)

    assert family.children_of(family.father) == [family.manon]
    assert family.adult("Karim Lefèvre")["lives_here"]
    sent = [each for each in family.town.sent() if each.provider == "ens"]
    assert {each.child_id for each in sent} == {family.hugo}


def test_who_had_authority_is_not_said_to_have_answered_without(family: Family) -> None:
    family.ends(family.father, family.hugo)

    (row,) = family.reads(family.mother, family.hugo)
    assert row["changes"] == [{"field": "in_charge", "before": "yes", "after": "no"}]


def test_who_answers_for_nobody_there_any_more_leaves_the_home(family: Family) -> None:
    family.ends(family.father, family.manon, family.hugo)

    assert [each["name"] for each in family.opened().adults] == ["Claire Lefèvre"]
    (home,) = family.town.homes()
    assert [each["subject"] for each in home.guardians] == [family.mother]
    with pytest.raises(NotFound):
        family.town.ask(contracts.my_household, subject=family.father, household_id=family.home)


def test_who_moves_out_keeps_authority_and_sees_the_home_no_more(family: Family) -> None:
    family.ends(family.father, still_answers=True)

    assert set(family.children_of(family.father)) == {family.manon, family.hugo}
    assert not family.adult("Karim Lefèvre")["lives_here"]
    with pytest.raises(NotFound):
        family.town.ask(contracts.my_household, subject=family.father, household_id=family.home)


def test_a_child_is_never_left_in_a_home_with_nobody(family: Family) -> None:
    family.ends(family.father, still_answers=True)
    for go in (
        lambda: family.ends(family.mother, family.manon),
        lambda: family.ends(family.mother, still_answers=True),
        lambda: family.ends(family.mother, family.manon, holds_from=date(2020, 1, 1)),
    ):
        with pytest.raises(household_adults.HomeLeftEmpty):
            go()
    assert set(family.children_of(family.mother)) == {family.manon, family.hugo}


def test_the_death_of_the_only_parent_is_noted_and_somebody_comes_afterwards(
    family: Family,
) -> None:
    family.ends(family.father, family.manon, family.hugo)
    family.to_identity()

    family.buries(family.mother)

    assert [(each.guardian_id, each.died) for each in family.to_identity()] == [
        (family.mother, True)
    ]
    assert len(family.opened().children) == 2  # the home is still there, for who comes
    family.adds("Nadia Benali")
    nadia = family.adult("Nadia Benali")["id"]
    assert set(family.children_of(nadia)) == {family.manon, family.hugo}


def test_a_parent_who_died_with_the_child_is_noted_too(family: Family) -> None:
    for child in (family.manon, family.hugo):
        lead = family.town.has_desk_agent("desk_lead")
        asked = {"subject": lead, "child_id": child, "held_by": lead}
        family.town.at_desk(safeguarding.hold_file, **asked)
    assert family.opened().children == []  # nobody is shown a child who died

    family.buries(family.mother)

    assert family.adult("Claire Lefèvre")["died_on"] == today()
    assert [each.died for each in family.to_identity()] == [True]


def test_a_child_confided_to_a_carer_may_lose_its_last_guardian(family: Family) -> None:
    family.ends(family.father, family.manon, family.hugo)
    for child in (family.manon, family.hugo):
        family.town.at_desk(
            safeguarding.place_child,
            child_id=child,
            carer_name="Aurélie Petit",
            valid_from=today(),
            **make.paper(),
        )

    family.buries(family.mother)

    assert family.children_of(family.mother) == []


def test_what_would_leave_a_child_alone_when_its_day_comes_waits_a_day_more(
    family: Family,
) -> None:
    family.ends(family.father, family.manon, family.hugo, holds_from=today() + TOMORROW)
    family.ends(family.mother, still_answers=True)

    family.on(today() + TOMORROW)

    assert set(family.children_of(family.father)) == {family.manon, family.hugo}
    assert {row["holds_from"] for row in family.opened().changes if not row["applied_at"]} == {
        today() + 2 * TOMORROW
    }


# Somebody died


def test_who_died_signs_in_no_more_gets_no_letter_and_the_other_parent_pays(
    family: Family,
) -> None:
    family.buries(family.mother, holds_from=today() - LAST_WEEK)

    (event,) = family.to_identity()
    assert (event.guardian_id, event.died) == (family.mother, True)
    (home,) = family.town.homes()
    assert [each["name"] for each in home.guardians] == ["Karim Lefèvre"]
    assert [(each["name"], each["died_on"]) for each in home.deceased] == [
        ("Claire Lefèvre", today() - LAST_WEEK)
    ]
    (card,) = family.town.cards()
    assert (card.subject, card.children, card.households) == (family.mother, [], [])
    assert len(family.children_of(family.father)) == 2
    told = of(family.town.sent(), "ens")["family"].content["guardians"]
    assert [each["subject"] for each in told] == [family.father]


def test_nobody_is_sent_to_call_the_dead(family: Family) -> None:
    people = [
        {"name": "Claire Lefèvre", "relation": "mère", "phone": "+33639980001"},
        {"name": "Claire LEFEVRE, au travail", "relation": "mère", "phone": "+33261910001"},
        {"name": "Karim Lefèvre", "relation": "père", "phone": "+33639980002"},
        {"name": "Claire Lefèvre-Petit", "relation": "tante", "phone": "+33639980003"},
    ]
    for child, listed in ((family.manon, people), (family.hugo, people[:2])):
        family.town.tells(family.father, child, "contacts", {"people": listed})
    family.town.sent()

    family.buries(family.mother)

    sent = {
        each.child_id: [person["name"] for person in each.content["numbers"]]
        for each in family.town.sent()
        if each.projection == "care_core"
    }
    assert sent == {family.manon: ["Karim Lefèvre", "Claire Lefèvre-Petit"]}
    # whose only numbers are hers keeps them
    asked = {"subject": family.father, "child_id": family.manon, "section": "contacts"}
    assert family.town.ask(contracts.read_section, **asked).changed_by == "town"


def test_the_desk_and_the_other_parent_read_it_and_nobody_corrects_the_dead(
    family: Family,
) -> None:
    family.buries(family.mother)

    assert family.adult("Claire Lefèvre")["died_on"] == today()
    asked = {"subject": family.agent, "child_id": family.manon}
    names = family.town.at_desk(corrections.open_for_correction, **asked).guardians
    assert [each["name"] for each in names] == ["Karim Lefèvre"]
    (row,) = family.reads(family.father)
    assert (row["subject"], row["guardian"]) == ("guardian_died", "Claire Lefèvre")
    with pytest.raises(corrections.NothingCorrected):
        family.buries(family.mother)


def test_a_death_to_come_is_a_slip_of_the_pen(family: Family) -> None:
    with pytest.raises(BadRequest) as refused:
        family.buries(family.mother, holds_from=today() + TOMORROW)
    assert set(refused.value.detail["errors"]) == {"holds_from"}


def test_a_death_noted_by_mistake_is_taken_back_by_coming_again(family: Family) -> None:
    family.buries(family.mother)
    family.to_identity(), family.town.homes()

    family.adds("Claire Lefèvre", guardian_id=family.mother)

    assert set(family.children_of(family.mother)) == {family.manon, family.hugo}
    assert family.adult("Claire Lefèvre")["died_on"] is None
    assert [each.died for each in family.to_identity()] == [False]
    (home,) = family.town.homes()
    assert home.deceased == []


def test_a_child_of_two_homes_leaves_the_one_in_which_nobody_is_left(family: Family) -> None:
    other = lives_apart(family, family.manon, family.hugo)

    family.buries(family.mother)

    with store.read() as read:
        assert set(read.scalars(select(ChildHousehold.household_id))) == {other}
    homes = {home.household_id: home for home in family.town.homes()}
    assert homes[family.home].guardians == homes[family.home].children == []
    assert [each["name"] for each in homes[family.home].deceased] == ["Claire Lefèvre"]


# Whose business it is


def test_who_moved_out_of_one_home_is_not_the_other_homes_business(family: Family) -> None:
    family.adds("Nadia Benali")
    nadia = family.adult("Nadia Benali")["id"]
    lives_apart(family, family.manon, family.hugo)
    family.renames(nadia, "Nadia Lefort")
    family.ends(nadia, still_answers=True)

    of_mother = {row["subject"] for row in family.reads(family.mother)}
    of_father = {row["subject"] for row in family.reads(family.father)}

    assert of_mother == {"guardian_comes", "guardian_name", "guardian_leaves"}
    assert of_father == {"guardian_comes"}


def test_the_adults_of_a_protected_home_are_changed_by_who_protects_alone(
    family: Family,
) -> None:
    family.ends(family.father, still_answers=True)
    lead = family.town.has_desk_agent("desk_lead")
    family.asks(safeguarding.protect_household, agent=lead, **make.paper())

    with pytest.raises(NotFound):
        family.opened()
    with pytest.raises(NotFound):
        family.renames(family.mother, "Claire Moreau")
    assert family.asks(household_adults.household_adults, agent=lead).adults
    family.asks(
        household_adults.correct_guardian_name,
        agent=lead,
        guardian_id=family.mother,
        name="Claire Moreau",
        **seen(),
    )
    assert [row["subject"] for row in family.reads(family.father)] == []


def test_an_agent_without_the_right_and_another_households_agent_change_nothing(
    family: Family,
) -> None:
    counter = family.town.has_desk_agent("counter")
    with pytest.raises(PermissionError):
        family.asks(household_adults.household_adults, agent=counter)
    stranger = make.guardian("Jean Autre")
    ids = family.town.arrives(make.household(make.child([stranger]), guardians=[stranger]))
    with pytest.raises(NotFound):
        family.renames(ids.guardians[stranger["reference"]], "Jean Neuf")


# Who shares no home of the child


def test_who_answers_and_lives_nowhere_is_given_a_home_by_which_the_desk_acts_with_them(
    family: Family,
) -> None:
    """The other parent of a registration: without a home nobody finds them, and services wait."""
    town = family.town
    with store.write() as write:
        write.execute(
            delete(HouseholdGuardian).where(HouseholdGuardian.guardian_id == family.father)
        )
    asked = {"child_id": family.manon, "provider": "agg"}
    assert town.ask(contracts.close_link, subject=family.mother, **asked).waits
    name = family.adult("Karim Lefèvre")["name"]

    family.adds(name, guardian_id=family.father, children=[family.manon], lives_here=False)
    with pytest.raises(corrections.NothingCorrected):
        family.adds(name, guardian_id=family.father, children=[family.manon], lives_here=False)

    found = town.at_desk(front_desk.find_dossiers, subject=family.agent, query=name).found
    (home,) = (each["household_id"] for each in found if each["name"] == name)
    assert home != family.home
    ends = town.ask(contracts.close_link, subject=family.father, actor=family.agent, **asked)
    assert not ends.waits


def test_a_parent_without_a_home_has_the_authority_that_the_paper_says(family: Family) -> None:
    family.adds("Aurélie Petit", authority=False, holds_from=today() - LAST_WEEK)
    aurelie = family.adult("Aurélie Petit")["id"]
    family.ends(aurelie, still_answers=True)
    with store.write() as write:
        write.execute(delete(HouseholdGuardian).where(HouseholdGuardian.guardian_id == aurelie))
    assert family.children_of(aurelie) == []

    family.adds("Aurélie Petit", guardian_id=aurelie, children=[family.manon], lives_here=False)

    adult = family.adult("Aurélie Petit")
    assert (adult["authority"], adult["answers"]) == ([family.manon], [family.hugo])
    assert family.children_of(aurelie) == [family.manon]
    (before, now) = guardianships_of(aurelie, family.manon)
    assert (before.valid_to, before.authority) == (today() - TOMORROW, False)
    assert (now.valid_from, now.authority, now.paper) == (today(), True, "judgment")


def test_who_answers_without_authority_has_it_from_the_day_that_was_said(family: Family) -> None:
    family.adds("Aurélie Petit", authority=False)
    aurelie = family.adult("Aurélie Petit")["id"]

    family.adds("Aurélie Petit", guardian_id=aurelie, holds_from=today() + TOMORROW)
    assert family.children_of(aurelie) == []

    family.on(today() + TOMORROW)

    periods = guardianships_of(aurelie, family.hugo)
    assert [row.authority for row in periods] == [False, True]
    assert periods[-1].valid_from == today() + TOMORROW


def test_only_the_children_for_whom_something_changes_have_a_correction(family: Family) -> None:
    family.adds("Nadia Benali", children=[family.manon])
    nadia = family.adult("Nadia Benali")["id"]
    before = len(family.opened().changes)

    family.adds("Nadia Benali", guardian_id=nadia)

    assert family.adult("Nadia Benali")["authority"] == sorted([family.manon, family.hugo])
    assert len(family.opened().changes) == before + 1
    assert len(guardianships_of(nadia, family.manon)) == 1


def test_coming_takes_no_authority_away(family: Family) -> None:
    """Who comes « sans autorité » and has it: the desk is sent to the page that says so."""
    with pytest.raises(BadRequest) as refused:
        family.adds("Claire Lefèvre", guardian_id=family.mother, authority=False)

    assert set(refused.value.detail["errors"]) == {"authority"}
    assert family.children_of(family.mother) != []


def test_who_moved_out_and_kept_authority_comes_back_home(family: Family) -> None:
    family.ends(family.father, still_answers=True)
    assert not family.adult("Karim Lefèvre")["lives_here"]

    family.adds("Karim Lefèvre", guardian_id=family.father)

    assert family.adult("Karim Lefèvre")["lives_here"]
    assert len(guardianships_of(family.father, family.manon)) == 1


def test_who_only_moves_in_is_not_said_to_be_given_an_authority_they_have(family: Family) -> None:
    family.ends(family.father, still_answers=True)

    family.adds("Karim Lefèvre", guardian_id=family.father)

    (came, _went) = family.reads(family.mother)
    assert came["changes"] == [{"field": "lives_here", "before": "no", "after": "yes"}]


def test_each_child_is_said_what_changed_for_it_of_who_comes(family: Family) -> None:
    family.adds("Nadia Benali", children=[family.manon])
    nadia = family.adult("Nadia Benali")["id"]
    family.ends(nadia, still_answers=True)

    family.adds("Nadia Benali", guardian_id=nadia)

    manons, hugos = (
        family.reads(family.mother, child)[0]["changes"] for child in (family.manon, family.hugo)
    )
    assert manons == [{"field": "lives_here", "before": "no", "after": "yes"}]
    assert hugos == [{"field": "authority", "before": "no", "after": "yes"}]


def test_who_answers_and_is_given_a_home_elsewhere_changes_no_field(family: Family) -> None:
    with store.write() as write:
        write.execute(
            delete(HouseholdGuardian).where(HouseholdGuardian.guardian_id == family.father)
        )

    family.adds("Karim Lefèvre", guardian_id=family.father, lives_here=False)

    (came,) = family.reads(family.mother)
    assert came["changes"] == []


def test_who_lives_there_is_not_said_to_live_elsewhere_by_coming(family: Family) -> None:
    with pytest.raises(BadRequest) as refused:
        family.adds("Karim Lefèvre", guardian_id=family.father, lives_here=False)

    assert set(refused.value.detail["errors"]) == {"lives_here"}
    assert family.adult("Karim Lefèvre")["lives_here"]


def test_nobody_who_answers_for_its_children_comes_back_into_a_protected_home(
    family: Family,
) -> None:
    """The address would be open to them, bills too: who protects lifts the protection first."""
    family.ends(family.father, still_answers=True)
    lead = family.town.has_desk_agent("desk_lead")
    family.asks(safeguarding.protect_household, agent=lead, **make.paper())

    with pytest.raises(BadRequest) as refused:
        family.asks(
            household_adults.add_guardian,
            agent=lead,
            name="Karim Lefèvre",
            guardian_id=family.father,
            authority=True,
            lives_here=True,
            children=[family.manon],
            **seen(),
        )

    assert set(refused.value.detail["errors"]) == {"lives_here"}


def guardianships_of(guardian_id: str, child_id: str) -> list[Guardianship]:
    with store.read() as read:
        rows = select(Guardianship).where(
            Guardianship.guardian_id == guardian_id, Guardianship.child_id == child_id
        )
        return list(read.scalars(rows.order_by(Guardianship.valid_from)))
