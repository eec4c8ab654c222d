"""Weeks of homes on a child's page at a desk: which weeks, and no home by its name or number."""

from datetime import timedelta

import pytest

from shared.dates.clock import today
from tests.factories import bookings as family
from tests.factories import enrolment as make
from tests.factories.bookings import Home, a_group, a_place, sees, sessions
from tests.factories.enrolment import Desk, Provider

MONDAY = 1


@pytest.fixture
def kitchen(ens: Provider) -> Desk:
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent("kitchen"))
    return desk


def test_the_kitchen_reads_in_which_of_two_homes_a_child_is_and_until_when(
    ens: Provider, kitchen: Desk
) -> None:
    home = Home(changes_on=MONDAY)
    family.arrives(ens, home)

    words = kitchen.sees(f"/enfants/{home.child.id}")

    parity = "paires" if home.is_claires(today()) else "impaires"
    assert "À qui la semaine" in words
    assert f"Foyer des semaines {parity}, jusqu’au" in words
    assert "L’enfant change de foyer le lundi, le matin, avant l’école." in words
    for hidden in (home.at_claires, home.at_antoines, home.claire, home.antoine):
        assert hidden not in words


def test_of_a_child_of_one_home_nothing_is_said(ens: Provider, kitchen: Desk) -> None:
    home = Home()
    family.arrives(ens, home)

    assert "À qui la semaine" not in kitchen.sees(f"/enfants/{home.child.id}")


@pytest.fixture
def manager(ens: Provider) -> Desk:
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent("school_desk"))
    return desk


def test_an_agent_changes_the_days_of_one_home_and_the_other_homes_stay(
    ens: Provider, manager: Desk
) -> None:
    home, group = Home(changes_on=MONDAY), a_group()
    family.arrives(ens, home)
    place = a_place(home, group, "12")
    page, child = f"/enfants/{home.child.id}/places/{place.id}/jours", f"/enfants/{home.child.id}"
    assert "Foyer des semaines paires : lundi, mardi" in manager.sees(child)

    odd = {"home": "Foyer des semaines impaires", "weekdays": ["4"]}
    refused = manager.sends(page, at=page, from_day="hier", **odd)
    done = manager.sends(page, at=page, from_day=today().isoformat(), **odd)

    assert (refused.status_code, done.status_code) == (422, 303)
    words = manager.sees(child)
    assert "Foyer des semaines paires : lundi, mardi" in words
    assert "Foyer des semaines impaires : jeudi" in words
    for meeting in sessions(group, today() + timedelta(days=8)):
        wanted = (1, 2) if home.is_claires(meeting.day) else (4,)
        state = family.state(home, meeting)
        assert (state == "booked") == (meeting.day.isoweekday() in wanted)
    shown = sees(home, today(), today() + timedelta(days=9), by=home.antoine)["places"]
    assert [row["weekdays"] for row in shown] == [[4]]


def test_of_one_home_the_days_are_said_once_and_of_what_is_booked_whole_none(
    ens: Provider, manager: Desk
) -> None:
    home = Home()
    family.arrives(ens, home)
    a_place(home, a_group(), "12")
    whole = a_place(home, a_group(code="judo", booking="whole"))

    assert "lundi, mardi" in manager.sees(f"/enfants/{home.child.id}")
    manager.sees(f"/enfants/{home.child.id}/places/{whole.id}/jours", status=404)


def test_who_only_looks_changes_no_days(ens: Provider, kitchen: Desk) -> None:
    home = Home()
    family.arrives(ens, home)
    place = a_place(home, a_group(), "12")

    kitchen.sees(f"/enfants/{home.child.id}/places/{place.id}/jours", status=404)
