"""After a child's death one named agent holds the file, and nothing leaves of itself (test 10)."""

import json
from typing import Any

import pytest

from services.dossier.handlers.comparison.published_states import PUBLISHED
from shared.contracts.dossier import front_desk
from shared.contracts.dossier import guardians as contracts
from shared.contracts.dossier.families import safeguarding as record_holds
from shared.contracts.errors import NotFound
from shared.database.comparison.compared_states import Route
from tests.factories import dossier as make
from tests.factories.dossier import Town


def hold(town: Town, child_id: str, held_by: str = "") -> int:
    held_by = held_by or town.has_desk_agent("desk_lead")
    asked = {"subject": held_by, "child_id": child_id, "held_by": held_by}
    return int(town.at_desk(record_holds.hold_file, **asked).version)


def told(town: Town) -> dict[str, Any]:
    """Return what was told of holds by principal, and take it out."""
    rows = town.taken(record_holds.file_held)
    return {
        row.key.split(".")[1]: record_holds.file_held.load(json.loads(row.body)) for row in rows
    }


def compared(event: Any, subscriber: str) -> list[tuple[str, int]]:
    """Return keys and versions of what a principal should store of an event."""
    (states,) = (each for each in PUBLISHED if each.event is event)
    with make.store.read() as read:
        return states.page(read, Route("dossier", subscriber), "", 10)


def test_all_links_end_and_who_had_the_child_is_told_to_fall_silent(
    town: Town, claire: str, manon: str
) -> None:
    town.cards()

    hold(town, manon)

    assert {each.provider for each in town.sent() if each.content is None} == {"ens", "agg"}
    facts = told(town)
    assert facts.keys() == {"billing", "enrolment_agg", "enrolment_ens"}
    assert all(fact.held and fact.version == 1 for fact in facts.values())
    assert len(facts["billing"].households) == 1
    assert facts["enrolment_ens"].households == []


@pytest.mark.both_databases
def test_a_hold_is_compared_with_billing_and_with_providers_that_have_or_had_the_child(
    town: Town, claire: str, manon: str
) -> None:
    one = make.guardian()
    at_school_alone = make.child([one], links=["ens"])
    ids = town.arrives(make.household(at_school_alone, guardians=[one]))
    other = str(ids.children[at_school_alone["reference"]])
    hold(town, manon)
    hold(town, other)

    both = sorted([(manon, 1), (other, 1)])
    assert compared(record_holds.file_held, "billing") == both
    assert compared(record_holds.file_held, "enrolment_ens") == both
    assert compared(record_holds.file_held, "enrolment_agg") == [(manon, 1)]


def test_the_child_stands_on_no_card_any_more(town: Town, claire: str, manon: str) -> None:
    town.cards()

    hold(town, manon)

    assert [card.children for card in town.cards()] == [[]]
    assert town.ask(contracts.my_children, subject=claire).children == []


def test_nothing_begins_for_a_child_whose_file_is_held(town: Town, claire: str, manon: str) -> None:
    hold(town, manon)

    with pytest.raises(NotFound):
        town.ask(contracts.open_link, subject=claire, child_id=manon, provider="ens")


def test_the_file_passes_to_another_agent_without_being_told_again(
    town: Town, claire: str, manon: str
) -> None:
    assert hold(town, manon) == 1
    told(town)

    assert hold(town, manon, town.has_desk_agent("desk_lead")) == 1
    assert told(town) == {}


def test_a_hold_by_mistake_is_let_go_and_the_family_asks_again(
    town: Town, claire: str, manon: str
) -> None:
    lead = town.has_desk_agent("desk_lead")
    hold(town, manon, lead)
    told(town)

    town.at_desk(record_holds.release_file, subject=lead, child_id=manon)

    facts = told(town)
    assert {(fact.held, fact.lapsed, fact.version) for fact in facts.values()} == {
        (False, False, 2)
    }
    assert facts["billing"].households == []  # none that is muted by it any more
    assert [child["id"] for child in town.ask(contracts.my_children, subject=claire).children] == [
        manon
    ]
    town.ask(contracts.open_link, subject=claire, child_id=manon, provider="ens")
    with pytest.raises(NotFound):
        town.at_desk(record_holds.release_file, subject=lead, child_id=manon)


def test_who_holds_the_file_lets_the_bills_of_the_home_leave_again_and_nothing_else(
    town: Town, claire: str, manon: str
) -> None:
    lead = town.has_desk_agent("desk_lead")
    hold(town, manon, lead)
    told(town)
    with pytest.raises(NotFound):
        colleague = town.has_desk_agent("desk_lead")
        town.at_desk(record_holds.bill_again, subject=colleague, child_id=manon)

    town.at_desk(record_holds.bill_again, subject=lead, child_id=manon)

    facts = told(town)
    assert (facts["billing"].held, facts["billing"].households) == (True, [])
    assert town.ask(contracts.my_children, subject=claire).children == []
    with pytest.raises(NotFound):  # it is said once
        town.at_desk(record_holds.bill_again, subject=lead, child_id=manon)


def test_a_brother_goes_on_as_before(town: Town) -> None:
    one = make.guardian()
    brother = make.child([one], sections={"identity": make.identity("Hugo")})
    sister = make.child([one])
    ids = town.arrives(make.household(brother, sister, guardians=[one]))
    town.sent()

    hold(town, ids.children[sister["reference"]])

    assert {each.child_id for each in town.sent()} == {ids.children[sister["reference"]]}
    subject = ids.guardians[one["reference"]]
    left = town.ask(contracts.my_children, subject=subject).children
    assert [child["first_name"] for child in left] == ["Hugo"]


def test_who_meets_the_family_at_the_counter_reads_whom_to_lead_it_to(
    town: Town, claire: str, manon: str
) -> None:
    lead, counter = town.has_desk_agent("desk_lead"), town.has_desk_agent("counter")
    (home,) = town.ask(contracts.my_children, subject=claire).households

    hold(town, manon, lead)

    opened = town.at_desk(front_desk.open_dossier, subject=counter, household_id=home)
    assert (opened.children, opened.held_by) == ([], [lead])
