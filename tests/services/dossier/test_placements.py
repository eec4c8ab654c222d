"""A placed child: the carer reports absences and sees no address, until the last night (test 7)."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from services.dossier.households.queries.guardianships import (
    contents_for_projections,
    families_by_child,
)
from services.dossier.sections.rules.projections import prepare_projection
from services.dossier.sharing.guardian_cards.queries import cards_by_guardian
from services.dossier.sharing.rules.access_policy import AccessPolicy
from services.dossier.sharing.streams.commands import replica_reconciliation
from services.dossier.sharing.streams.queries import (
    replica_reconciliation as reconciliation_queries,
)
from services.dossier.store import store
from shared.contracts.dossier import activity_history_requests, corrections
from shared.contracts.dossier import guardians as contracts
from shared.contracts.dossier.families import household_adults, trusted_person_accesses
from shared.contracts.dossier.families import safeguarding as placements
from shared.contracts.errors import BadRequest, NotFound
from shared.dates.clock import today
from shared.dates.instant import Instant
from tests.factories import dossier as make
from tests.factories.dossier import Town, of
from tests.factories.household_adults import seen

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Placed:
    """A child of one home, and the carer of another."""

    child: str
    mother: str
    home: str
    carer: str
    carers_home: str


@pytest.fixture
def placed(town: Town) -> Placed:
    """Give a child whose mother has authority, placed with a carer from today on."""
    mother, carer = make.guardian("Sandra Morel"), make.guardian("Josiane Carpentier")
    child = make.child([mother])
    home = town.arrives(make.household(child, guardians=[mother], address=make.address()))
    other = town.arrives(make.household(guardians=[carer]))
    found = Placed(
        home.children[child["reference"]],
        home.guardians[mother["reference"]],
        home.household_id,
        other.guardians[carer["reference"]],
        other.household_id,
    )
    town.sent(), town.cards()
    place(town, found)
    return found


def place(town: Town, who: Placed, **more: Any) -> None:
    asked = {"household_id": who.carers_home, "valid_from": today(), **more}
    asked |= {"carer_id": who.carer, **make.paper(), **more}
    town.at_desk(placements.place_child, child_id=who.child, **asked)


def test_providers_learn_who_may_say_an_absence_and_the_mother_stays_who_acts(
    town: Town, placed: Placed
) -> None:
    family = of(town.sent(), "ens")["family"].content

    assert [each["subject"] for each in family["guardians"]] == [placed.mother]
    assert family["carers"] == [
        {"subject": placed.carer, "household": placed.carers_home, "until": None}
    ]


def test_services_and_portal_learn_since_when_a_carer_who_came_later_answers_for_the_child(
    town: Town, placed: Placed
) -> None:
    begins, goes_on = today() + 10 * DAY, today() + 20 * DAY
    ends(town, placed)
    place(town, placed, valid_from=begins, valid_to=goes_on - DAY)
    place(town, placed, valid_from=goes_on)

    for day in (begins, goes_on):  # one placement that goes on, and not a second
        with store.read() as read:
            family = families_by_child(read, [placed.child], day)[placed.child]
            cards = cards_by_guardian(read, [placed.carer, placed.mother], ["ens"], day)
        assert [each.get("since") for each in family["carers"]] == [begins.isoformat()]
        assert [each.get("since") for each in family["guardians"]] == [None]
        since = [cards[who]["children"][0].get("since") for who in (placed.carer, placed.mother)]
        assert since == [begins, None]


def test_the_door_learns_who_has_the_child_in_care_and_no_longer_once_it_ends(
    town: Town, placed: Placed
) -> None:
    told = of(town.sent(), "ens")["pickup"].content
    assert told["in_care_of"] == ["Josiane Carpentier"]

    town.at_desk(
        household_adults.correct_guardian_name,
        subject=town.has_desk_agent("dossiers"),
        household_id=placed.carers_home,
        guardian_id=placed.carer,
        name="Josiane Petit",
        **seen(paper="marriage_certificate", reason=corrections.CHANGE),
    )
    assert of(town.sent(), "ens")["pickup"].content["in_care_of"] == ["Josiane Petit"]

    town.at_desk(
        household_adults.note_death,
        subject=town.has_desk_agent("dossiers"),
        household_id=placed.carers_home,
        guardian_id=placed.carer,
        **seen(paper="death_certificate", reason=corrections.CHANGE, holds_from=today()),
    )
    assert of(town.sent(), "ens")["pickup"].content == {"people": []}


def test_a_parent_who_is_entered_after_the_other_reads_as_far_back(
    town: Town, placed: Placed
) -> None:
    ends(town, placed)
    father = {"household_id": placed.home, "name": "Paul Morel", "children": [placed.child]}
    rights = {"authority": True, "lives_here": True}
    town.at_desk(household_adults.add_guardian, **father, **rights, **seen())

    with store.read() as read:
        family = families_by_child(read, [placed.child], today())[placed.child]
        parents = {each["subject"] for each in family["guardians"]}
        cards = cards_by_guardian(read, parents, ["ens"], today())
    assert len(parents) == 2 and all("since" not in each for each in family["guardians"])
    assert all("since" not in cards[parent]["children"][0] for parent in parents)


def test_every_service_calls_who_has_the_child_in_care_before_whom_the_parents_named(
    town: Town, placed: Placed
) -> None:
    sandra = {"name": "Sandra Morel", "relation": "mère", "phone": "06 39 98 01 02"}
    content = {"people": [sandra]}
    asked = {"child_id": placed.child, "section": "contacts", "base_version": 0}
    town.ask(contracts.write_section, subject=placed.mother, **asked, content=content)
    town.sent()

    place(town, placed, carer_phone="0639980103")

    told = [each for each in town.sent() if each.projection == "care_core"]
    assert {each.provider for each in told} == {"ens", "agg"}
    for each in told:
        josiane, parent = each.content["numbers"]
        assert josiane == {"name": "Josiane Carpentier", "phone": "06 39 98 01 03"}
        assert parent == {"name": "Sandra Morel", "phone": "06 39 98 01 02"}
    assert [each["phone"] for each in carers_shown(town, placed)] == ["06 39 98 01 03"]
    sees = town.ask(contracts.read_section, subject=placed.mother, **_contacts_of(placed))
    assert "Carpentier" not in json.dumps(sees.content)

    place(town, placed, valid_to=today() + DAY)  # other days, and the number stays
    assert [each["phone"] for each in carers_shown(town, placed)] == ["06 39 98 01 03"]

    ends(town, placed)
    with store.read() as read:
        night = contents_for_projections(read, [placed.child], ["care_core"], today() + DAY)
    core = prepare_projection("care_core", night[placed.child], today() + DAY)
    assert [each["name"] for each in core["numbers"]] == ["Sandra Morel"]


def test_a_number_that_is_none_places_no_child(town: Town, placed: Placed) -> None:
    with pytest.raises(BadRequest):
        place(town, placed, carer_phone="06 39 98")


def _contacts_of(who: Placed) -> dict[str, str]:
    return {"child_id": who.child, "section": "contacts"}


def test_where_nobody_hands_a_child_over_no_carer_is_named(town: Town, placed: Placed) -> None:
    told = [each for each in town.sent() if "Carpentier" in json.dumps(each.content)]

    assert {(each.provider, each.projection) for each in told} == {("ens", "pickup")}


def test_the_carer_sees_the_child_and_no_section_address_reader_or_course(
    town: Town, placed: Placed
) -> None:
    (child,) = town.ask(contracts.my_children, subject=placed.carer).children
    assert (child["id"], child["carer"]) == (placed.child, True)
    assert (child["providers"], child["missing"]) == (["agg", "ens"], [])

    for method in (contracts.who_knows, contracts.who_read, activity_history_requests.history):
        with pytest.raises(NotFound):
            town.ask(method, subject=placed.carer, child_id=placed.child)
    for section in ("identity", "contacts", "health", "custody"):
        with pytest.raises(NotFound):
            town.ask(
                contracts.read_section,
                subject=placed.carer,
                child_id=placed.child,
                section=section,
            )
    with pytest.raises(NotFound):
        town.ask(contracts.my_household, subject=placed.carer, household_id=placed.home)


def test_the_parents_read_that_somebody_has_the_child_in_care_and_not_who(
    town: Town, placed: Placed
) -> None:
    shown = town.ask(
        trusted_person_accesses.accesses_of, subject=placed.mother, child_id=placed.child
    )

    assert (shown.in_care, shown.accesses) == (True, [])


def test_the_household_is_billed_as_before_and_the_carers_home_has_no_child(
    town: Town, placed: Placed
) -> None:
    assert {home.household_id for home in town.homes() if home.children} == {placed.home}


def test_the_carers_access_closes_in_the_night_after_the_last_day(
    town: Town, placed: Placed
) -> None:
    last_day = today()
    town.at_desk(
        placements.end_placement,
        child_id=placed.child,
        carer_id=placed.carer,
        first_day=last_day,
        last_day=last_day,
    )
    town.sent(), town.cards()
    assert len(town.ask(contracts.my_children, subject=placed.carer).children) == 1

    night = Instant(Instant.now().moment + DAY, last_day + DAY)
    with store.read() as read:
        turning = reconciliation_queries.children_with_change_today(read, night)
    assert list(turning) == [placed.child]
    with store.write() as write:
        replica_reconciliation.publish_day_changes(
            write, AccessPolicy.from_register(store.register), turning, night
        )

    assert {"carers" in each.content for each in town.sent()} == {False}
    (card,) = [card for card in town.cards() if card.subject == placed.carer]
    assert card.children == []


def test_a_placement_that_is_prolonged_is_one_placement(town: Town, placed: Placed) -> None:
    place(town, placed, valid_to=today() + 30 * DAY)

    family = of(town.sent(), "ens")["family"].content
    assert family["carers"][0]["until"] == (today() + 30 * DAY).isoformat()


def test_days_in_the_wrong_order_and_a_home_that_is_not_the_carers_are_refused(
    town: Town, placed: Placed
) -> None:
    with pytest.raises(BadRequest):
        place(town, placed, valid_to=today() - DAY)
    with pytest.raises(NotFound):
        place(town, placed, household_id=placed.home)


def carers_told(town: Town) -> list[Any]:
    """Return the carers that the school service was told last."""
    return list(of(town.sent(), "ens")["family"].content["carers"])


def test_a_first_day_typed_too_late_is_corrected_by_placing_again(
    town: Town, placed: Placed
) -> None:
    town.at_desk(
        placements.place_child,
        child_id=placed.child,
        carer_name="Aurélie Petit",
        valid_from=today() + 30 * DAY,
        **make.paper(),
    )
    (aurelie,) = [each for each in carers_shown(town, placed) if each["name"] == "Aurélie Petit"]
    known = {"carer_id": aurelie["id"], "household_id": aurelie["household_id"]}
    town.sent()

    place(town, placed, **known, valid_from=today())

    told = {each["subject"] for each in carers_told(town)}
    assert told == {placed.carer, aurelie["id"]}
    (again,) = [each for each in carers_shown(town, placed) if each["name"] == "Aurélie Petit"]
    assert again["valid_from"] == today()


def test_a_placement_to_come_is_taken_back_and_the_one_that_runs_goes_on(
    town: Town, placed: Placed
) -> None:
    place(town, placed, valid_to=today() + 9 * DAY)
    place(town, placed, valid_from=today() + 20 * DAY)
    assert len(carers_shown(town, placed)) == 2

    ends(town, placed, first_day=today() + 20 * DAY)

    (left,) = carers_shown(town, placed)
    assert (left["valid_from"], left["valid_to"]) == (today(), today() + 9 * DAY)


def test_a_placement_that_ends_today_leaves_the_one_that_is_to_come(
    town: Town, placed: Placed
) -> None:
    place(town, placed, valid_to=today() + 9 * DAY)
    place(town, placed, valid_from=today() + 20 * DAY)

    ends(town, placed)

    assert [(each["valid_from"], each["valid_to"]) for each in carers_shown(town, placed)] == [
        (today(), today()),
        (today() + 20 * DAY, None),
    ]
    with pytest.raises(NotFound):
        ends(town, placed, first_day=today() + 3 * DAY)


def test_a_child_is_not_placed_with_who_answers_for_it(town: Town, placed: Placed) -> None:
    with pytest.raises(BadRequest) as refused:
        place(town, placed, carer_id=placed.mother, household_id=placed.home)

    assert set(refused.value.detail["errors"]) == {"carer"}


def ends(town: Town, who: Placed, first_day: date | None = None) -> None:
    town.at_desk(
        placements.end_placement,
        child_id=who.child,
        carer_id=who.carer,
        first_day=first_day or today(),
        last_day=today(),
    )


def carers_shown(town: Town, who: Placed) -> list[Any]:
    """Return the placements that the front desk shows of the child."""
    (child,) = town.at_desk(placements.open_guarded, household_id=who.home).children
    return list(child["carers"])
