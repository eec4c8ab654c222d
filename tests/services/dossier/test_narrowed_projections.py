"""A projection that one activity opens: sent of the children there, and of no other (rule R2)."""

from pathlib import Path

import pytest

from shared.contracts.dossier import guardians as contracts
from shared.contracts.enrolment.sharing import activities_taken
from shared.runtime.ids import new_id
from tests.factories import dossier as make
from tests.factories.dossier import Replica, Town, of

PAPER = {"paper": "savoir_nager", "obtained_on": "2026-06-01", "issued_by": "École"}


@pytest.fixture
def swimmer(town: Town, claire: str, manon: str) -> str:
    """Give Manon, who can swim; the sports service, where she is at nothing yet, knows nothing."""
    town.tells(claire, manon, "swimming", PAPER)
    assert "swimming" not in of(town.sent(), "agg")
    return manon


def takes(
    town: Town, child_id: str, *codes: str, version: int = 1, source: str = "enrolment_agg"
) -> None:
    event = {"child_id": child_id, "version": version, "activities": list(codes)}
    town.hear(activities_taken.activities_taken, source=source, **event)


def test_judo_does_not_open_what_the_swimming_school_needs(town: Town, swimmer: str) -> None:
    takes(town, swimmer, "judo")
    assert town.sent() == []

    takes(town, swimmer, "judo", "swimming_school", version=2)

    (sent,) = town.sent()
    assert (sent.provider, sent.projection, sent.content) == ("agg", "swimming", PAPER)


def test_with_the_last_place_it_ends_and_what_comes_later_stays_here(
    town: Town, claire: str, swimmer: str
) -> None:
    takes(town, swimmer, "swimming_school")
    town.sent()

    takes(town, swimmer, version=2)
    (ended,) = town.sent()
    takes(town, swimmer, "swimming_school", version=1)  # an older message
    town.tells(claire, swimmer, "swimming", PAPER | {"issued_by": "Club"}, base=1)

    assert (ended.projection, ended.content) == ("swimming", None)
    assert town.sent() == []


def test_told_before_the_link_it_is_sent_with_the_link(town: Town, claire: str) -> None:
    town.sent()
    one = make.guardian("Marc Petit")
    child = make.child([one], links=["ens"], sections={"swimming": PAPER})
    ids = town.arrives(make.household(child, guardians=[one]))
    (petit,) = ids.children.values()
    takes(town, petit, "swimming_school")
    assert "agg" not in {each.provider for each in town.sent()}

    link = {"child_id": petit, "provider": "agg"}
    town.ask(contracts.open_link, subject=ids.guardians[one["reference"]], **link)

    assert of(town.sent(), "agg")["swimming"].content == PAPER


def test_another_providers_word_opens_nothing_at_this_one(town: Town, swimmer: str) -> None:
    takes(town, swimmer, "swimming_school", source="enrolment_ens")
    takes(town, new_id(), "swimming_school")

    assert town.sent() == []


def test_who_knows_names_the_service_only_while_the_child_is_there(
    town: Town, claire: str, swimmer: str
) -> None:
    def holders() -> set[str]:
        told = town.ask(contracts.who_knows, subject=claire, child_id=swimmer)
        return {each["provider"] for each in told.holdings if each["projection"] == "swimming"}

    assert holders() == set()
    takes(town, swimmer, "swimming_school")
    assert holders() == {"agg"}


def test_a_register_that_comes_to_ask_for_an_activity_ends_what_was_sent_to_all(
    town: Town, claire: str, swimmer: str, register_file: Path
) -> None:
    """So a running town comes to this rule: what each child was sent without it is erased."""
    make.register(register_file, less=[("agg", "swimming")], more=[("agg", "swimming")])
    town.tells(claire, swimmer, "swimming", PAPER | {"issued_by": "Club"}, base=1)
    assert "swimming" in of(town.sent(), "agg")

    make.register(register_file)
    town.service.reconcile_activity_projections()
    (ended,) = town.sent()
    takes(town, swimmer, "swimming_school")
    (again,) = town.sent()
    make.register(register_file, less=[("agg", "swimming")])
    town.service.reconcile_activity_projections()

    assert (ended.content, again.content["issued_by"]) == (None, "Club")
    assert town.sent() == []


def test_a_replica_that_lost_it_reads_it_again_and_one_that_may_not_have_it_does_not(
    town: Town, swimmer: str
) -> None:
    replica = Replica()
    takes(town, swimmer, "swimming_school")
    town.sent()

    assert make.resync(town, "agg", replica) > 0
    assert replica.held[swimmer, "swimming"][1]["issued_by"] == "École"
    takes(town, swimmer, version=2)
    for each in town.sent():
        replica.take(each)

    assert replica.held[swimmer, "swimming"][1] is None
    assert make.resync(town, "agg", replica) == 0
