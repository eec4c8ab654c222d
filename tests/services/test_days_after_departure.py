"""A child leaves the town after a day: nothing is booked later, and all of it can be taken back."""

from datetime import date, timedelta

import pytest

from services.enrolment.models import Booking, Session
from services.enrolment.store import store
from shared.dates.clock import now, today
from tests.factories import bookings
from tests.factories import places as family
from tests.factories.enrolment import Provider, item
from tests.factories.places import Family

EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]


def in_two_weeks() -> date:
    return today() + timedelta(days=14)


def says_last_day(ens: Provider, household: Family, version: int, last_day: date | None) -> None:
    """Let the dossier say after which day the child leaves, or that it stays."""
    more = {"last_day": last_day.isoformat()} if last_day else {}
    ens.receives("family", item(household.child.id, version, {**household.file, **more}))


def booked_days(household: Family) -> list[date]:
    with store.read() as read:
        rows = read.query(Session.day).join(Booking, Booking.session_id == Session.id)
        booked = rows.filter(Booking.child_id == household.child.id, Booking.state == "booked")
        return sorted({row.day for row in booked})


@pytest.fixture
def placed(ens: Provider) -> tuple[Family, str]:
    """Give a child with a place on every day, and its group."""
    group = family.a_group(places=1)
    (one,) = family.arrived(ens, 1)
    family.asks(one, group, weekdays=EVERY_DAY)
    return one, group


@pytest.mark.parametrize("booking", ["whole", "by_day"])
def test_nothing_is_booked_after_the_last_day_and_the_place_stays_until_then(
    ens: Provider, booking: str
) -> None:
    group = family.a_group(places=1, booking=booking)
    one, other = family.arrived(ens, 2)
    family.asks(one, group, weekdays=EVERY_DAY)
    family.asks(other, group)
    before = booked_days(one)
    assert before[-1] > in_two_weeks()

    says_last_day(ens, one, 2, in_two_weeks())

    assert booked_days(one) == [day for day in before if day <= in_two_weeks()]
    (place,) = family.places_in(group)
    assert place.valid_to is None
    assert family.states(group)[other.child.id] == "waiting"


def test_taken_back_it_has_cost_nothing(ens: Provider, placed: tuple[Family, str]) -> None:
    one, group = placed
    before = booked_days(one)

    says_last_day(ens, one, 2, in_two_weeks())
    says_last_day(ens, one, 3, None)

    assert booked_days(one) == before
    assert family.states(group) == {one.child.id: "accepted"}


def test_another_day_books_and_unbooks_what_lies_between(
    ens: Provider, placed: tuple[Family, str]
) -> None:
    one, _ = placed
    before = booked_days(one)
    later = in_two_weeks() + timedelta(days=7)

    says_last_day(ens, one, 2, in_two_weeks())
    says_last_day(ens, one, 3, later)
    assert booked_days(one) == [day for day in before if day <= later]

    says_last_day(ens, one, 4, in_two_weeks())
    assert booked_days(one) == [day for day in before if day <= in_two_weeks()]


def test_a_day_after_the_departure_is_booked_by_nobody(ens: Provider) -> None:
    home = bookings.Home()
    bookings.arrives(ens, home)
    group = bookings.a_group()
    bookings.a_place(home, group)
    after = bookings.session(group, in_two_weeks() + timedelta(days=1))
    told = {**home.file, "last_day": in_two_weeks().isoformat()}
    ens.receives("family", item(home.child.id, 2, told))

    assert bookings.change(ens, home, book=[after]) == ["gone"]
    assert bookings.state(home, after) is None


def test_what_is_too_late_to_cancel_is_shown_as_the_familys_own(ens: Provider) -> None:
    home = bookings.Home()
    bookings.arrives(ens, home)
    group = bookings.a_group(cancel_before="9@18:00")
    bookings.a_place(home, group, "1234567")
    told = {**home.file, "last_day": today().isoformat()}
    ens.receives("family", item(home.child.id, 2, told))

    tomorrow = today() + timedelta(days=1)
    (day,) = bookings.sees(home, tomorrow, tomorrow)["days"]

    assert day["state"] == "booked"


def test_the_place_ends_with_the_last_day_and_goes_to_who_waits(ens: Provider) -> None:
    group = family.a_group(places=1)
    one, other = family.arrived(ens, 2)
    family.asks(one, group, weekdays=EVERY_DAY)
    family.asks(other, group)
    says_last_day(ens, one, 2, today())

    ens.receives("family", item(one.child.id, 3, None, erase_after=now()))

    (place,) = family.places_in(group)
    assert place.valid_to == today()
    assert family.states(group)[other.child.id] == "offered"
