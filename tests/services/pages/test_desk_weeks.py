"""Whose week it is, on a child's page at a desk: which weeks, and no home by its name or number."""

import pytest

from shared.dates.clock import today
from tests.factories import bookings as family
from tests.factories import enrolment as make
from tests.factories.bookings import Home
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
