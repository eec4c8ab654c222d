"""A family ends a service for a child: its places end with it, and nobody bills an empty chair."""

import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from services.enrolment.arrived_projections import store_projections
from services.enrolment.bookings.commands.session_locks import lock_groups
from services.enrolment.children.rules.replica_row_merge import Item
from services.enrolment.models import Application, Booking, Place, Session
from services.enrolment.offer.commands.publishing import publish_activity
from services.enrolment.places.applications.commands import decisions
from services.enrolment.places.applications.commands.new_application_refusals import NewApplication
from services.enrolment.store import store
from shared.dates.clock import PARIS, now, today
from shared.runtime.ids import new_id
from tests.factories import offer
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


def has_had_its_place_for_days(valid_to: date | None = None) -> None:
    """Let the only place be one that began days ago, and perhaps ends."""
    with store.write() as write:
        began = today() - timedelta(days=9)
        write.execute(update(Place).values(valid_from=began, valid_to=valid_to))
        write.execute(update(Application).values(submitted_at=now() - timedelta(days=9)))


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


def test_a_place_ends_with_the_day_of_the_end_however_late_the_service_hears_it(
    ens: Provider,
) -> None:
    group = family.a_group(places=1)
    (one,) = family.arrived(ens, 1)
    family.asks(one, group, weekdays=EVERY_DAY)
    has_had_its_place_for_days()

    ends(ens, one, minutes_ago=3 * 24 * 60)

    (place,) = family.places_in(group)
    assert place.valid_to == (now() - timedelta(days=3)).astimezone(PARIS).date()


def test_a_place_that_was_given_up_for_later_ends_with_the_link_too(ens: Provider) -> None:
    group = family.a_group(places=1)
    (one,) = family.arrived(ens, 1)
    family.asks(one, group, weekdays=EVERY_DAY)
    has_had_its_place_for_days(valid_to=today() - timedelta(days=1))

    ends(ens, one, minutes_ago=3 * 24 * 60)

    (place,) = family.places_in(group)
    assert place.valid_to == (now() - timedelta(days=3)).astimezone(PARIS).date()


def test_days_to_come_are_unbooked_by_the_deadline_of_the_moment_of_the_end(ens: Provider) -> None:
    group = family.a_group(places=1, cancel_before="3@18:00")
    (one,) = family.arrived(ens, 1)
    family.asks(one, group, weekdays=EVERY_DAY)
    has_had_its_place_for_days()

    ends(ens, one, minutes_ago=9 * 24 * 60)

    with store.read() as read:
        booked = read.query(Booking).filter_by(child_id=one.child.id, state="booked")
        to_come = booked.join(Session, Session.id == Booking.session_id)
        assert to_come.filter(Session.starts_at > now()).all() == []
        assert read.query(Booking).filter_by(child_id=one.child.id, state="cancelled").count() > 3


def test_who_comes_back_asks_anew_and_keeps_what_the_late_end_finds(ens: Provider) -> None:
    group = family.a_group(places=None)
    (one,) = family.arrived(ens, 1)
    given = family.asks(one, group)
    assert given["state"] == "accepted"

    ends(ens, one, minutes_ago=5)  # said before the request, and arrived after it

    assert family.states(group) == {one.child.id: "accepted"}


def test_a_place_is_not_offered_to_a_child_that_leaves_together_with_who_had_it(
    ens: Provider,
) -> None:
    group = family.a_group(places=1)
    one, other, third = family.arrived(ens, 3)
    for household in (one, other, third):
        family.asks(household, group)
    before = len(family.notices(ens))

    gone = [item(each.child.id, 2, None, erase_after=now()) for each in (one, other)]
    ens.receives("family", *gone)

    assert family.states(group) == {
        one.child.id: "withdrawn",
        other.child.id: "withdrawn",
        third.child.id: "offered",
    }
    assert family.notices(ens)[before:] == [("place_offered", third.household)]


@pytest.mark.both_databases
def test_what_arrives_locks_all_its_groups_before_the_first_activity(ens: Provider) -> None:
    with store.write() as write:
        canteen = offer.an_activity(write)
        ferry, tilleuls = (
            offer.a_group(write, canteen, conditions={"school": [school]}, label=school).id
            for school in ("Jules-Ferry", "Tilleuls")
        )
        elsewhere = offer.a_group(write, canteen, label="Ailleurs").id
        activity = canteen.id
    pupil, leaving = family.arrived(ens, 2)
    schooling = {"school": "Jules-Ferry", "grade": "CE1", "class_name": ""}
    ens.receives("schooling", item(pupil.child.id, 1, schooling))
    family.asks(pupil, ferry, weekdays=EVERY_DAY)
    family.asks(leaving, elsewhere, weekdays=EVERY_DAY)
    entered = NewApplication(
        pupil.child.id,
        tilleuls,
        new_id(),
        now(),
        channel="desk",
        weekdays=EVERY_DAY,
        exception="other",
    )
    with store.write() as write:
        decisions.enter_application(write, entered, now())
    failed: list[Exception] = []

    def arrive() -> None:
        sent = [
            ("schooling", [Item(pupil.child.id, 2, schooling | {"school": "Tilleuls"})]),
            ("family", [Item(leaving.child.id, 2, None, erase_after=now())]),
        ]
        try:
            with store.write() as write:
                store_projections(write, ens.settings, sent)
        except OperationalError as deadlock:
            failed.append(deadlock)

    arriving = threading.Thread(target=arrive)
    with store.write() as write:
        lock_groups(write, {elsewhere})
        arriving.start()
        arriving.join(0.5)
        publish_activity(write, activity)
    arriving.join()

    assert not failed
    assert family.states(ferry) == {pupil.child.id: "withdrawn"}
    assert family.states(elsewhere) == {leaving.child.id: "withdrawn"}
