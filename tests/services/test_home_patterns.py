"""
Two homes of a child, and the days of the week that each chooses for its own weeks.

Claire and Antoine lived together with their child, who comes to what is booked by the day. Since
their separation the even weeks are Claire's, from Monday to Sunday.
"""

from datetime import date, timedelta
from typing import Any

import pytest

from services.enrolment.families.rules.given_and_handled_times import OrderTime
from services.enrolment.models import Application, Group, Place
from services.enrolment.offer.commands.sessions import renew_sessions
from services.enrolment.store import store
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import bookings as family
from tests.factories.bookings import Home, a_group, a_place, change, orders_at, sees, sessions
from tests.factories.enrolment import Provider, item

MONDAY = 1
SOON = timedelta(days=8)
"""After it every deadline is to come."""


@pytest.fixture
def couple(ens: Provider) -> Home:
    """Give a child whose parents live in one household, Antoine's."""
    home = Home(changes_on=MONDAY)
    family.arrives(ens, home)
    tells(ens, home, 2, at_claires=home.at_antoines)
    return home


def tells(ens: Provider, home: Home, version: int, *, at_claires: str, **more: Any) -> None:
    """Let the dossier say where Claire lives; without `weeks` the child has one home."""
    guardians = [
        {"subject": home.claire, "household": at_claires},
        {"subject": home.antoine, "household": home.at_antoines},
    ]
    content = {"guardians": guardians, "weeks": None, **more}
    ens.receives("family", item(home.child.id, version, content))


def separates(ens: Provider, home: Home, **weeks: Any) -> None:
    told = {**home.file["weeks"], "since": today().isoformat(), **weeks}
    tells(ens, home, 3, at_claires=home.at_claires, weeks=told)


def asked(home: Home, subject: str, group: Group, weekdays: str) -> Place:
    """Give a place that a parent asked for while they lived together."""
    application = Application(
        id=new_id(),
        child_id=home.child.id,
        group_id=group.id,
        subject=subject,
        household_id=home.at_antoines,
        channel="portal",
        link_version=1,
        state="accepted",
        submitted_at=now(),
        decided_at=now(),
    )
    with store.write() as write:
        write.add(application)
    return a_place(home, group, weekdays, application_id=application.id)


def set_week(
    ens: Provider, home: Home, subject: str, place: Place, weekdays: list[int]
) -> list[str]:
    answer = orders_at(
        ens,
        "set_week",
        subject,
        OrderTime.at_once(),
        child_id=home.child.id,
        place_id=place.id,
        weekdays=weekdays,
        from_day=today(),
    )
    return [outcome["outcome"] for outcome in answer["outcomes"]]


def booked_of(home: Home, group: Group, household: str) -> set[int]:
    """Return on which days of the week a child is booked in the weeks of one home."""
    found = set()
    for meeting in sessions(group, today() + SOON):
        booking = family.booking(home, meeting)
        if booking and booking.state == "booked" and booking.household_id == household:
            found.add(meeting.day.isoweekday())
    return found


def weekdays_shown(home: Home, subject: str) -> list[int]:
    first = today() + SOON
    (place,) = sees(home, first, first + timedelta(days=20), by=subject)["places"]
    return list(place["weekdays"])


@pytest.mark.parametrize("who", ["claire", "antoine"])
def test_both_homes_begin_with_the_days_that_stood_whoever_asked_for_them(
    ens: Provider, couple: Home, who: str
) -> None:
    group = a_group()
    asked(couple, getattr(couple, who), group, "12")

    separates(ens, couple)

    for home in (couple.at_claires, couple.at_antoines):
        assert booked_of(couple, group, home) == {1, 2}
    for parent in (couple.claire, couple.antoine):
        assert weekdays_shown(couple, parent) == [1, 2]


def test_what_was_changed_before_the_separation_is_what_both_begin_with(
    ens: Provider, couple: Home
) -> None:
    group = a_group()
    place = a_place(couple, group, "12")
    set_week(ens, couple, couple.claire, place, [4])

    separates(ens, couple)

    assert weekdays_shown(couple, couple.claire) == weekdays_shown(couple, couple.antoine) == [4]


def test_each_home_chooses_for_its_own_weeks_and_the_other_ones_stay(
    ens: Provider, couple: Home
) -> None:
    group = a_group()
    place = asked(couple, couple.claire, group, "12")
    separates(ens, couple)

    set_week(ens, couple, couple.antoine, place, [4, 5])

    assert booked_of(couple, group, couple.at_claires) == {1, 2}
    assert booked_of(couple, group, couple.at_antoines) == {4, 5}
    assert (weekdays_shown(couple, couple.claire), weekdays_shown(couple, couple.antoine)) == (
        [1, 2],
        [4, 5],
    )


def test_sessions_that_open_later_are_booked_by_the_home_of_their_day(
    ens: Provider, couple: Home
) -> None:
    group = a_group()
    place = asked(couple, couple.claire, group, "12")
    separates(ens, couple)
    set_week(ens, couple, couple.antoine, place, [4])
    last = max(meeting.day for meeting in sessions(group))

    opens_until(group, last + timedelta(days=28))

    later = [meeting for meeting in sessions(group, last + timedelta(days=1))]
    assert len(later) > 20
    for meeting in later:
        wanted = {1, 2} if couple.is_claires(meeting.day) else {4}
        expected = "booked" if meeting.day.isoweekday() in wanted else None
        assert family.state(couple, meeting) == expected


def opens_until(group: Group, last_day: date) -> None:
    with store.write() as write:
        row = write.get_one(Group, group.id)
        row.last_day = last_day
        renew_sessions(write, [row.id], now())


def test_days_that_change_hands_are_booked_as_their_new_home_chose(
    ens: Provider, couple: Home
) -> None:
    group = a_group()
    place = asked(couple, couple.claire, group, "12")
    separates(ens, couple)
    set_week(ens, couple, couple.antoine, place, [4])
    kept = next(
        each
        for each in sessions(group, today() + SOON)
        if couple.is_claires(each.day) and each.day.isoweekday() == 5
    )
    change(ens, couple, book=[kept], by=couple.claire)

    swapped = {"even": couple.at_antoines, "odd": couple.at_claires, "since": today().isoformat()}
    weeks = {**couple.file["weeks"], **swapped}
    tells(ens, couple, 4, at_claires=couple.at_claires, weeks=weeks)

    assert booked_of(couple, group, couple.at_claires) == {1, 2}
    assert booked_of(couple, group, couple.at_antoines) == {4, 5}
    assert family.state(couple, kept) == "booked"


def test_a_child_of_one_home_again_comes_on_the_days_of_that_home(
    ens: Provider, couple: Home
) -> None:
    group = a_group()
    place = asked(couple, couple.claire, group, "12")
    separates(ens, couple)
    set_week(ens, couple, couple.antoine, place, [4])

    lives_at_antoines(ens, couple)

    assert booked_of(couple, group, couple.at_antoines) == {4}
    assert booked_of(couple, group, couple.at_claires) == set()


def test_a_home_that_comes_back_has_the_days_that_it_had(ens: Provider, couple: Home) -> None:
    group = a_group()
    place = asked(couple, couple.claire, group, "12")
    separates(ens, couple)
    set_week(ens, couple, couple.antoine, place, [4])
    lives_at_antoines(ens, couple)

    told = {**couple.file["weeks"], "since": today().isoformat()}
    tells(ens, couple, 5, at_claires=couple.at_claires, weeks=told)

    assert booked_of(couple, group, couple.at_antoines) == {4}
    assert booked_of(couple, group, couple.at_claires) == {1, 2}


def test_a_home_that_is_new_to_a_child_begins_with_the_days_of_the_other_one(
    ens: Provider, couple: Home
) -> None:
    group = a_group()
    lives_at_antoines(ens, couple)
    asked(couple, couple.antoine, group, "12")

    told = {**couple.file["weeks"], "since": today().isoformat()}
    tells(ens, couple, 5, at_claires=couple.at_claires, weeks=told)

    assert booked_of(couple, group, couple.at_claires) == {1, 2}


def lives_at_antoines(ens: Provider, home: Home) -> None:
    """Let the dossier say that the child lives at Antoine's alone, since today."""
    guardians = [{"subject": home.antoine, "household": home.at_antoines}]
    alone = {"even": home.at_antoines, "odd": home.at_antoines, "since": today().isoformat()}
    content = {"guardians": guardians, "weeks": {**home.file["weeks"], **alone}}
    ens.receives("family", item(home.child.id, 4, content))


@pytest.mark.both_databases
def test_told_twice_a_home_keeps_the_days_that_it_chose(ens: Provider, couple: Home) -> None:
    group = a_group()
    place = asked(couple, couple.claire, group, "12")
    separates(ens, couple)
    set_week(ens, couple, couple.antoine, place, [])

    told = {**couple.file["weeks"], "since": today().isoformat()}
    tells(ens, couple, 4, at_claires=couple.at_claires, weeks=told)

    assert weekdays_shown(couple, couple.antoine) == []
    assert booked_of(couple, group, couple.at_antoines) == set()
