"""
Every event of the register is compared with what its subscribers store, or says why it need not be.

Who adds an event answers that question: a restore, `preau doctor --deep` and `preau resync` say
« equal » of a town, and mean all of it. That an event itself was heard is proven for each of them,
compared or not, by the ids of what was sent (tests/deploy/test_copies_under_load.py).
"""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from deploy.services import SPECS
from shared.bus.service_declarations import Service, Subscription, declarations_by_method
from shared.contracts.every_service.comparison import digest_of_state
from shared.database.comparison.compared_states import Difference, StoredState, compare_states

SERVICES: dict[str, type[Service]] = {}
for _spec in SPECS.values():
    _module, _, _name = _spec.service.partition(":")
    SERVICES[_spec.name] = getattr(import_module(_module), _name)

INVENTORY = "the replica has an inventory of its own, compared every five minutes"
ACT = "an act to be done once: the sender waits for its outcome, and asks again or says so"
ONCE = "kept by its subscriber alone: nothing is left at the sender to compare it with"
NEWS = "news of a state that is compared, or asked for when it is shown"
FORWARDED = "passed on, and kept nowhere"
ENDS = "ends sessions or codes that end by themselves; nothing is stored of it"

FEW = "a few for each provider, however great the town"
DATED = "those of these weeks: what is compared changes by the day alone, without a row"
RECEIPT = "a receipt would move a sum in the write that the dossier does most often"
BY_RIGHT = "what a service is told of an account is said by rights and register, not by its row"

WHOLE = {
    "enrolment.activity_published": FEW,
    "enrolment.tariff_published": FEW,
    "enrolment.residences_published": FEW,
    "enrolment.school_published": FEW,
    "enrolment.waiver_motives_published": FEW,
    "enrolment.away_published": FEW,
    "enrolment.figures_published": FEW,
    "enrolment.menu_published": DATED,
    "enrolment.food_announced": DATED,
    "enrolment.notice": DATED,
    "enrolment.bulletin_published": DATED,
    "dossier.handover_declared": DATED,
    "dossier.file_held": "few children's files are held",
    "dossier.guardian_corrected": "few guardians are corrected",
    "identity.subject_changed": BY_RIGHT,
    "enrolment.projection_held": RECEIPT,
    "enrolment.projection_erased": RECEIPT,
}
"""Why the facts of an event are compared whole, and not by the sums of their buckets."""

NOT_COMPARED = {
    ("dossier.projection", "enrolment"): INVENTORY,
    ("portal.family_act", "enrolment"): ACT,
    ("enrolment.order_outcome", "portal"): ACT,
    ("portal.attachment_part", "enrolment"): ACT,
    ("enrolment.meals_ordered", "enrolment"): ACT,
    ("enrolment.order_answered", "enrolment"): ACT,
    ("enrolment.projection_read", "dossier"): ONCE,
    ("enrolment.list_taken", "dossier"): ONCE,
    ("portal.page_seen", "dossier"): ONCE,
    ("portal.letter_due", "identity"): ACT,
    ("portal.urgent_letter_due", "identity"): ACT,
    ("portal.barrier_reported", "front_desk"): ONCE,
    ("dossier.registration_opened", "identity"): ACT,
    ("dossier.registration_email_changed", "identity"): ACT,
    ("dossier.guardian_taken_back", "identity"): ENDS,
    ("dossier.letter_returned", "identity"): ENDS,
    ("dossier.guardian_forgotten", "identity"): ONCE,
    ("dossier.access_granted", "identity"): ACT,
    ("identity.access_holder_found", "dossier"): ACT,
    ("identity.subject_changed", "portal"): ENDS,
    ("dossier.handover_passed", "enrolment"): ONCE,
    ("enrolment.handover_marked", "dossier"): FORWARDED,
    ("billing.bill_notice", "portal"): NEWS,
    ("dossier.guardian_grant_changed", "portal"): NEWS,
    ("dossier.widening_announced", "portal"): NEWS,
    ("dossier.person_request_changed", "portal"): NEWS,
    ("dossier.paper_expiring", "portal"): NEWS,
}
"""Why the facts of an event are not compared at a subscriber."""


def subscriptions() -> Iterator[tuple[str, str]]:
    """Give each event with each service that subscribes to it."""
    for name, service in SERVICES.items():
        for declaration in declarations_by_method(service).values():
            if isinstance(declaration, Subscription):
                yield declaration.contract.full_name, name


def compared() -> set[tuple[str, str]]:
    """Return each event with each service that stores its facts and compares them."""
    return {
        (stored.event.full_name, name)
        for name, service in SERVICES.items()
        for stored in service.stored
    }


@pytest.mark.parametrize(("event", "subscriber"), sorted(set(subscriptions())))
def test_what_a_subscriber_stores_of_an_event_is_compared_or_it_is_said_why_not(
    event: str, subscriber: str
) -> None:
    is_compared = (event, subscriber) in compared()

    assert is_compared != ((event, subscriber) in NOT_COMPARED)


def test_nothing_is_said_of_an_event_that_is_gone() -> None:
    assert {*NOT_COMPARED, *compared()} - set(subscriptions()) == set()


@pytest.mark.parametrize(("event", "subscriber"), sorted(compared()))
def test_an_event_whose_facts_are_stored_is_published_once_more_by_its_sender(
    event: str, subscriber: str
) -> None:
    owner = event.partition(".")[0]

    assert [each.event.full_name for each in SERVICES[owner].published].count(event) == 1


@pytest.mark.parametrize(("event", "subscriber"), sorted(compared()))
def test_a_fact_is_compared_by_sums_on_both_sides_or_says_why_not(
    event: str, subscriber: str
) -> None:
    owner = event.partition(".")[0]
    sender = next(each for each in SERVICES[owner].published if each.event.full_name == event)
    (stored,) = (each for each in SERVICES[subscriber].stored if each.event.full_name == event)

    assert (sender.sums is not None) == (stored.sums is not None) == (event not in WHOLE)


def test_nothing_is_compared_whole_of_an_event_that_is_gone() -> None:
    assert WHOLE.keys() - {event for event, _ in compared()} == set()


# --- What differs ---

CONTENT = {"street": "12 rue des Lilas"}


def published(key: str, version: int, content: Any = None) -> Any:
    digest = "" if content is None else digest_of_state(content)
    return {"key": key, "version": version, "digest": digest}


def stored(key: str, version: int, content: Any = None, **more: Any) -> dict[str, StoredState]:
    return {key: StoredState(key, version, content or {}, **more)}


def test_facts_at_the_same_version_with_the_same_content_are_equal() -> None:
    found = compare_states([published("a", 2, CONTENT)], stored("a", 2, CONTENT))

    assert found == Difference({}, {}, {}, {}, equal=1)


def test_a_lost_a_former_an_altered_and_a_strange_row_are_told_apart() -> None:
    told = [published("lost", 1), published("former", 3), published("altered", 2, CONTENT)]
    mine = {
        **stored("former", 2),
        **stored("altered", 2, {"street": "13 rue des Lilas"}),
        **stored("strange", 7),
    }

    found = compare_states(told, mine)

    assert found == Difference({"lost": 0}, {"former": 2}, {"altered": 2}, {"strange": 7}, 0)


def test_a_row_of_a_later_version_than_the_published_one_differs_too() -> None:
    assert compare_states([published("a", 2)], stored("a", 9)).outdated == {"a": 9}


def test_a_content_that_is_about_to_be_published_anew_is_not_compared() -> None:
    assert compare_states([published("a", 2)], stored("a", 2, CONTENT)).equal == 1


def test_what_has_ended_is_no_stranger_and_what_is_declined_is_not_lost() -> None:
    found = compare_states([published("b", 1)], stored("a", 2, ended=True), declined={"b"})

    assert found == Difference({}, {}, {}, {}, 0)


def test_a_difference_that_is_gone_at_the_second_look_was_on_its_way() -> None:
    first = Difference({"a": 0, "b": 0}, {"c": 1}, {}, {}, 10)
    later = Difference({"a": 0}, {"c": 2}, {}, {}, 12)

    assert first.still_differing(later) == Difference({"a": 0}, {}, {}, {}, 12)


def test_rows_are_not_deleted_where_their_publisher_seems_to_have_lost_its_own() -> None:
    strangers = {str(number): 1 for number in range(100)}

    assert Difference({}, {}, {}, strangers, equal=500).may_delete
    assert not Difference({}, {}, {}, strangers, equal=3).may_delete
