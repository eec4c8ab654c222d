"""A child cannot be in two places of one provider at once; by the day it may, and chooses."""

import pytest

from shared.contracts.enrolment.places.family_acts import Clash
from tests.factories import places as family
from tests.factories.enrolment import Provider, item
from tests.factories.places import Family
from tests.factories.refusals import refused

WEDNESDAY = {"weekdays": "3", "starts": "14:00", "ends": "15:00"}
LATER = {"weekdays": "3", "starts": "14:30", "ends": "16:00"}
AFTER = {"weekdays": "3", "starts": "15:00", "ends": "16:00"}


def _arrived(ens: Provider) -> Family:
    (household,) = family.arrived(ens, 1)
    return household


@pytest.mark.both_databases
def test_a_second_place_at_the_same_hours_is_refused_with_the_place_and_the_days(
    ens: Provider,
) -> None:
    judo = family.a_group(group=WEDNESDAY, booking="whole")
    household = _arrived(ens)
    family.asks(household, judo)
    (held,) = family.places_in(judo)

    other = family.a_group(group=LATER, booking="whole")
    refusal = refused(lambda: family.asks(household, other), Clash)

    assert refusal.detail == {
        "place_id": held.id,
        "weekdays": [3],
        "starts": "14:00",
        "ends": "15:00",
    }
    assert family.states(other) == {}


def test_a_place_that_begins_when_the_other_ends_is_none(ens: Provider) -> None:
    household = _arrived(ens)
    family.asks(household, family.a_group(group=WEDNESDAY, booking="whole"))

    after = family.asks(household, family.a_group(group=AFTER, booking="whole"))
    in_holidays = family.a_group(group=LATER | {"runs_in": "holidays"}, booking="whole")
    term = family.a_group(group={"weekdays": "4"} | {"runs_in": "term"}, booking="whole")

    assert after["state"] == "accepted"
    assert family.asks(household, term)["state"] == "accepted"
    assert refused(lambda: family.asks(household, in_holidays), Clash)  # the others are all year


def test_what_is_booked_by_the_day_is_cancelled_by_the_day(ens: Provider) -> None:
    household = _arrived(ens)
    family.asks(household, family.a_group(group=WEDNESDAY, booking="by_day"))

    assert family.asks(household, family.a_group(group=LATER, booking="whole"))["state"] == (
        "accepted"
    )


def test_a_place_of_the_protected_home_refuses_nothing_to_the_other_parent(ens: Provider) -> None:
    mother = Family()
    father = Family(child=mother.child)
    both = {
        "guardians": [*mother.file["guardians"], *father.file["guardians"]],
        "weeks": None,
        "protected": [mother.household],
    }
    ens.receives("care_core", item(mother.child.id, 1, mother.child.care_core()))
    ens.receives("family", item(mother.child.id, 1, both))
    family.asks(mother, family.a_group(group=WEDNESDAY, booking="whole"))

    asked = family.asks(father, family.a_group(group=LATER, booking="whole"))

    assert asked["state"] == "accepted"
