"""Bookings at a provider: what a place brings, single days, the week, two households, room."""

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, func, select

from services.enrolment.bookings.commands import place_bookings
from services.enrolment.families.rules.given_and_handled_times import OrderTime
from services.enrolment.models import Booking, CardVersion, Place
from services.enrolment.offer.commands.calendar.days import set_special_days
from services.enrolment.offer.commands.session_cancelling import cancel_sessions
from services.enrolment.places.placing.commands.placing import end_place
from services.enrolment.store import store
from shared.contracts.enrolment.places import family_acts
from shared.contracts.errors import BadRequest, NotFound
from shared.contracts.message import Caller, Person
from shared.dates.clock import now, today
from shared.register.calendar import PUBLIC_HOLIDAY
from shared.runtime.ids import new_id
from tests.factories import bookings as family
from tests.factories import enrolment as make
from tests.factories.bookings import Home, a_group, a_place, change, orders_at, session, sessions
from tests.factories.enrolment import Provider
from tests.factories.travelling import requested, travelled

MONDAY = 1
EVERY_DAY = "1234567"


def at_home(ens: Provider, changes_on: int | None = None) -> Home:
    home = Home(changes_on=changes_on)
    family.arrives(ens, home)
    return home


def in_days(count: int) -> date:
    return today() + timedelta(days=count)


def set_week(
    ens: Provider, home: Home, place: Place, weekdays: list[int], since: date, **more: str
) -> list[dict[str, object]]:
    answer = orders_at(
        ens,
        "set_week",
        more.get("by", home.claire),
        OrderTime.at_once(),
        child_id=home.child.id,
        place_id=place.id,
        weekdays=weekdays,
        from_day=since,
    )
    found: list[dict[str, object]] = answer["outcomes"]
    return found


# What a place brings


def test_a_place_books_the_weekdays_of_its_pattern_and_no_others(ens: Provider) -> None:
    home, group = at_home(ens), a_group()

    a_place(home, group, "14", valid_from=in_days(3))

    booked = family.states(home)
    assert {day.isoweekday() for day in booked} == {1, 4}
    assert min(booked) >= in_days(3)
    assert max(booked) > in_days(50)


def test_a_place_in_what_is_booked_whole_books_every_session(ens: Provider) -> None:
    home, group = at_home(ens), a_group(booking="whole")

    a_place(home, group)

    assert len(family.states(home)) >= 59
    assert set(family.states(home).values()) == {"booked"}


def test_booking_a_place_again_brings_nothing_back_that_the_family_cancelled(ens: Provider) -> None:
    home, group = at_home(ens), a_group()
    place = a_place(home, group, EVERY_DAY)
    meeting = session(group, in_days(10))
    change(ens, home, cancel=[meeting])

    with store.write() as write:
        place_bookings.book_sessions_of_place(write, place, now())

    assert family.state(home, meeting) == "cancelled"


def test_what_a_place_unbooks_is_free_again_and_what_is_too_late_stays(ens: Provider) -> None:
    home, group = at_home(ens), a_group()
    place = a_place(home, group, EVERY_DAY)
    soon, far = session(group, in_days(1)), session(group, in_days(20))

    with store.write() as write:
        late = soon.cancel_until + timedelta(seconds=1)
        place_bookings.cancel_bookings_of_place(write, place, in_days(1), late)
        again = family.states(home)
        place_bookings.book_sessions_of_place(write, place, late)

    assert again[soon.day] == "booked"
    assert family.state(home, soon) == "booked"
    assert family.state(home, far) == "booked"


def test_a_guardian_reads_why_a_session_was_cancelled_and_how_days_are_set_apart(
    ens: Provider,
) -> None:
    home, group = at_home(ens), a_group()
    a_place(home, group, EVERY_DAY)
    meeting, other = session(group, in_days(10)), session(group, in_days(11))
    with store.write() as write:
        cancel_sessions(write, [meeting.id], "strike", now())
        set_special_days(write, in_days(12), in_days(13), PUBLIC_HOLIDAY, "Ascension")

    claire = Caller("portal", Person(home.claire, "portal", "family"), new_id())
    asked = {"child_id": home.child.id, "first": in_days(0), "last": in_days(12)}
    answer = ens.service.calendar(requested(family_acts.calendar, **asked), claire)
    seen = vars(travelled(family_acts.calendar, answer))

    days = {day["session_id"]: day for day in seen["days"]}
    assert (days[meeting.id]["state"], days[meeting.id]["reason"]) == ("closed", "strike")
    assert "reason" not in days[other.id]
    assert seen["special_days"] == [
        {"day": in_days(12), "kind": PUBLIC_HOLIDAY, "label": "Ascension"}
    ]


def test_a_session_that_the_calendar_gives_back_is_booked_for_who_has_a_place(
    ens: Provider,
) -> None:
    home, group = at_home(ens), a_group()
    a_place(home, group, EVERY_DAY)
    meeting = session(group, in_days(10))
    with store.write() as write:
        cancel_sessions(write, [meeting.id], "strike", now())
    assert family.state(home, meeting) == "closed"

    with store.write() as write:
        write.get_one(type(meeting), meeting.id).state = "planned"
        write.flush()
        who = place_bookings.book_sessions(write, [meeting.id], now())

    assert who == {home.child.id}
    assert family.state(home, meeting) == "booked"


# Single days


def test_a_day_is_cancelled_in_time_and_booked_again_as_it_was(ens: Provider) -> None:
    home, group = at_home(ens), a_group()
    a_place(home, group, EVERY_DAY)
    meeting = session(group, in_days(10))

    assert change(ens, home, cancel=[meeting]) == ["cancelled"]
    assert change(ens, home, cancel=[meeting]) == ["cancelled"]
    assert change(ens, home, book=[meeting]) == ["booked"]
    assert change(ens, home, book=[meeting]) == ["booked"]

    row = family.booking(home, meeting)
    assert row is not None
    assert (row.state, row.household_id, row.reason) == ("booked", home.at_claires, "")


def test_each_of_several_days_has_its_own_outcome(ens: Provider) -> None:
    home, group = at_home(ens), a_group()
    a_place(home, group, "")
    other = a_group()
    free, closed = session(group, in_days(10)), session(group, in_days(11))
    no_place, unbooked = session(other, in_days(10)), session(group, in_days(9))
    with store.write() as write:
        cancel_sessions(write, [closed.id], "strike", now())

    outcomes = change(ens, home, book=[free, closed, no_place], cancel=[unbooked])

    assert outcomes == ["gone", "booked", "closed", "gone"]


@pytest.mark.both_databases
def test_an_unknown_session_is_gone(ens: Provider) -> None:
    home = at_home(ens)

    answer = orders_at(
        ens,
        "change_bookings",
        home.claire,
        OrderTime.at_once(),
        child_id=home.child.id,
        book=[new_id()],
    )

    assert [outcome["outcome"] for outcome in answer["outcomes"]] == ["gone"]


def test_after_the_deadline_nothing_changes_and_the_deadline_is_said(ens: Provider) -> None:
    home, group = at_home(ens), a_group()
    a_place(home, group, EVERY_DAY)
    meeting = session(group, in_days(10))

    in_time = meeting.cancel_until
    late = in_time + timedelta(seconds=1)

    assert change(ens, home, cancel=[meeting], at=late) == ["late"]
    assert family.state(home, meeting) == "booked"
    assert change(ens, home, cancel=[meeting], at=in_time) == ["cancelled"]
    assert change(ens, home, book=[meeting], at=late) == ["late"]
    assert family.state(home, meeting) == "cancelled"


def test_what_was_cancelled_in_time_while_the_provider_was_down_is_in_time(ens: Provider) -> None:
    home, group = at_home(ens), a_group()
    a_place(home, group, EVERY_DAY)
    meeting = session(group, in_days(10))
    after = meeting.ends_at + timedelta(hours=3)

    assert change(ens, home, cancel=[meeting], at=meeting.cancel_until, handled=after) == [
        "cancelled"
    ]
    assert change(ens, home, book=[meeting], at=meeting.book_until, handled=after) == ["late"]


def test_a_stranger_finds_no_such_child(ens: Provider) -> None:
    home, group = at_home(ens), a_group()
    a_place(home, group, EVERY_DAY)

    with pytest.raises(NotFound):
        change(ens, home, cancel=[session(group, in_days(10))], by=new_id())


def test_a_guardianship_that_ended_ends_here_with_the_next_version(ens: Provider) -> None:
    home, group = at_home(ens, MONDAY), a_group()
    a_place(home, group, EVERY_DAY)
    without = Home(home.child, home.claire, at_claires=home.at_claires)
    family.arrives(ens, without, version=2)

    with pytest.raises(NotFound):
        change(ens, home, cancel=[session(group, in_days(10))], by=home.antoine)


# Two households


def test_a_booking_belongs_to_the_household_of_its_day(ens: Provider) -> None:
    home, group = at_home(ens, MONDAY), a_group()

    a_place(home, group, EVERY_DAY)

    for meeting in sessions(group, in_days(1)):
        row = family.booking(home, meeting)
        assert row is not None
        assert (row.household_id == home.at_claires) is home.is_claires(meeting.day)


def test_only_the_household_of_the_day_cancels(ens: Provider) -> None:
    home, group = at_home(ens, MONDAY), a_group()
    a_place(home, group, EVERY_DAY)
    days = [in_days(10 + number) for number in range(21)]  # week 53 and week 1 are both odd
    mine = session(group, next(day for day in days if home.is_claires(day)))
    his = session(group, next(day for day in days if not home.is_claires(day)))

    outcomes = change(ens, home, cancel=[mine, his])

    assert outcomes == ["cancelled", "other_household"]
    assert family.state(home, mine) == "cancelled"


def test_days_to_come_follow_weeks_that_change(ens: Provider) -> None:
    home, group = at_home(ens), a_group()
    a_place(home, group, EVERY_DAY)
    past = sessions(group)[0]
    home.changes_on = MONDAY

    family.arrives(ens, home, version=2)

    assert family.booking(home, past) is None
    for meeting in sessions(group, in_days(1)):
        row = family.booking(home, meeting)
        assert row is not None
        assert (row.household_id == home.at_claires) is home.is_claires(meeting.day)


# The week


@pytest.mark.both_databases
def test_a_week_touches_the_weekdays_that_change_and_no_single_day(ens: Provider) -> None:
    home, group = at_home(ens), a_group()
    place = a_place(home, group, "14")
    monday = next(each for each in sessions(group, in_days(8)) if each.day.isoweekday() == 1)
    change(ens, home, cancel=[monday])

    outcomes = set_week(ens, home, place, [1, 2], in_days(3))

    booked = {day for day, state in family.states(home).items() if state == "booked"}
    later = {day for day in booked if day >= in_days(3)}
    assert {day.isoweekday() for day in later} == {1, 2}
    assert monday.day not in later
    assert {each["outcome"] for each in outcomes} == {"booked", "cancelled"}
    assert set_week(ens, home, place, [1, 2], in_days(3)) == []


@pytest.mark.both_databases
def test_a_week_says_which_days_are_too_late(ens: Provider) -> None:
    home, group = at_home(ens), a_group()
    place = a_place(home, group, EVERY_DAY)
    soon = session(group, in_days(1))
    outcomes = orders_at(
        ens,
        "set_week",
        home.claire,
        OrderTime(
            soon.cancel_until + timedelta(seconds=1), soon.cancel_until + timedelta(seconds=1)
        ),
        child_id=home.child.id,
        place_id=place.id,
        weekdays=[],
        from_day=today(),
    )["outcomes"]

    late = [outcome["session_id"] for outcome in outcomes if outcome["outcome"] == "late"]
    assert soon.id in late
    assert family.state(home, soon) == "booked"
    assert family.state(home, session(group, in_days(20))) == "cancelled"


@pytest.mark.both_databases
def test_a_household_sets_the_week_of_its_own_days(ens: Provider) -> None:
    home, group = at_home(ens, MONDAY), a_group()
    place = a_place(home, group, EVERY_DAY)

    set_week(ens, home, place, [], in_days(7), by=home.antoine)

    for meeting in sessions(group, in_days(8)):
        wanted = "booked" if home.is_claires(meeting.day) else "cancelled"
        assert family.state(home, meeting) == wanted


@pytest.mark.both_databases
def test_a_week_is_for_ones_own_place_and_for_what_is_booked_by_the_day(ens: Provider) -> None:
    home, neighbour = at_home(ens), at_home(ens)
    whole, by_day = a_group(booking="whole"), a_group()

    with pytest.raises(NotFound):
        set_week(ens, home, a_place(neighbour, by_day, "1"), [1], in_days(1))
    with pytest.raises(BadRequest):
        set_week(ens, home, a_place(home, whole), [1], in_days(1))


# Room


@pytest.mark.both_databases
def test_the_last_room_in_a_session_goes_to_one_of_two_who_book_at_once(ens: Provider) -> None:
    homes, group = [at_home(ens) for _ in range(6)], a_group(2)
    for home in homes:
        a_place(home, group, "")
    meeting = session(group, in_days(10))
    outcomes: list[str] = []

    failures = make.at_once(
        [lambda home=home: outcomes.extend(change(ens, home, book=[meeting])) for home in homes]
    )

    assert failures == []
    assert sorted(outcomes) == ["booked"] * 2 + ["full"] * 4
    with store.read() as read:
        counted = select(func.count()).where(Booking.session_id == meeting.id)
        assert read.scalar(counted.where(Booking.state == "booked")) == 2


def test_a_place_books_no_session_that_is_full(ens: Provider) -> None:
    first, second, group = at_home(ens), at_home(ens), a_group(1)
    a_place(first, group, "1")

    a_place(second, group, "12")

    assert {day.isoweekday() for day in family.states(second)} == {2}


# The calendar


def test_the_calendar_shows_what_is_booked_free_full_and_the_others(ens: Provider) -> None:
    home, neighbour, group = at_home(ens, MONDAY), at_home(ens), a_group(1)
    place = a_place(home, group, "")
    a_place(neighbour, group, "")
    first = in_days(7 + (1 - today().isoweekday()) % 7)  # a Monday
    if not home.is_claires(first):
        first += timedelta(days=7)
    week = [session(group, first + timedelta(days=count)) for count in range(14)]
    change(ens, home, book=[week[0], week[1]])
    change(ens, home, book=[week[7]], by=home.antoine)
    change(ens, home, cancel=[week[1]])
    change(ens, neighbour, book=[week[2]])

    seen = family.sees(home, first, first + timedelta(days=13))

    states = {day["day"]: day["state"] for day in seen["days"]}
    assert [states[each.day] for each in week[:4]] == ["booked", "cancelled", "full", "free"]
    assert {day: state for day, state in states.items() if day >= week[7].day} == {
        week[7].day: "other"
    }
    assert seen["places"] == [{"place_id": place.id, "weekdays": []}]
    until = {day["day"]: day["until"] for day in seen["days"]}
    assert until[week[0].day] == week[0].cancel_until
    assert until[week[3].day] == week[3].book_until
    assert until[week[7].day] is None


@pytest.mark.parametrize("booking", ["whole", "by_day"])
def test_the_days_gone_by_of_a_place_that_has_ended_stay_in_the_week(
    ens: Provider, booking: str
) -> None:
    home, group = at_home(ens), a_group(booking=booking)
    came = {"valid_from": in_days(-8), "given_at": now() - timedelta(days=9)}
    place = a_place(home, group, EVERY_DAY, **came)
    week = in_days(-6), in_days(6)
    before = [day for day in family.sees(home, *week)["days"] if day["day"] < today()]
    assert {day["state"] for day in before} == {"booked"}

    with store.write() as write:
        end_place(write, write.get_one(Place, place.id), today(), now())
    family.arrives(ens, home, version=2)

    after = family.sees(home, *week)["days"]
    assert [day for day in after if day["day"] < today()] == before
    assert [day for day in after if day["day"] > in_days(1) and day["state"] == "booked"] == []


def test_a_calendar_has_62_days_at_most(ens: Provider) -> None:
    home = at_home(ens)

    family.sees(home, today(), in_days(61))

    with pytest.raises(BadRequest):
        family.sees(home, today(), in_days(62))


def test_a_place_that_ended_shows_nothing_free(ens: Provider) -> None:
    home, group = at_home(ens), a_group()
    place = a_place(home, group, EVERY_DAY)
    with store.write() as write:
        place_bookings.cancel_bookings_of_place(write, place, in_days(5), now())
        write.get_one(Place, place.id).valid_to = in_days(4)

    seen = family.sees(home, in_days(3), in_days(20))

    assert [day["day"] for day in seen["days"]] == [in_days(3), in_days(4)]


def test_forgetting_a_family_forgets_who_may_act(ens: Provider) -> None:
    home, group = at_home(ens), a_group()
    a_place(home, group, EVERY_DAY)

    ens.receives("family", make.item(home.child.id, 2, None))

    with pytest.raises(NotFound):
        change(ens, home, cancel=[session(group, in_days(10))])
    with store.write() as write:
        assert write.scalar(select(CardVersion.version)) is not None
        write.execute(delete(CardVersion))
