"""A family ends a service for a child: its places end with it, and nobody bills an empty chair."""

from datetime import timedelta

from services.enrolment.models import Booking
from services.enrolment.store import store
from shared.dates.clock import now, today
from tests.factories import places as family
from tests.factories.enrolment import Provider, item
from tests.factories.places import Family

EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]


def ends(ens: Provider, household: Family, version: int = 2, minutes_ago: int = 0) -> None:
    """Let the tombstones of a closed link arrive."""
    ended = now() - timedelta(minutes=minutes_ago)
    for projection, stays in (("family", timedelta(0)), ("care_core", timedelta(hours=24))):
        gone = item(household.child.id, version, None, erase_after=ended + stays)
        ens.receives(projection, gone)


def test_places_end_with_the_link_and_go_to_who_waits(ens: Provider) -> None:
    group = family.a_group(places=1)
    one, other = family.arrived(ens, 2)
    family.asks(one, group, weekdays=EVERY_DAY)
    family.asks(other, group)

    ends(ens, one)

    assert family.states(group) == {one.child.id: "withdrawn", other.child.id: "offered"}
    (place,) = family.places_in(group)
    assert place.valid_to == today()
    with store.read() as read:
        booked = read.query(Booking).filter_by(child_id=one.child.id, state="booked").all()
    assert len(booked) <= 2  # what is past its deadline counts, as for whoever gives a place up


def test_who_comes_back_asks_anew_and_keeps_what_the_late_end_finds(ens: Provider) -> None:
    group = family.a_group(places=None)
    (one,) = family.arrived(ens, 1)
    given = family.asks(one, group)
    assert given["state"] == "accepted"

    ends(ens, one, minutes_ago=5)  # said before the request, and arrived after it

    assert family.states(group) == {one.child.id: "accepted"}
