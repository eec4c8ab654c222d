"""Families are told on the eve of a meal that its menu is to be looked at, and never why."""

import json
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from services.enrolment.jobs.unseen_health import EVE
from services.enrolment.kitchen.commands.menus import (
    rename_kitchen_site,
    republish_menu,
    write_menu,
)
from services.enrolment.models import Booking, Menu
from services.enrolment.offer.commands.site_renaming import rename_site
from services.enrolment.offer.queries.calendar_days import current_calendar
from services.enrolment.offer.rules.deadlines import deadline_for_day
from services.enrolment.store import store
from shared.dates.clock import PARIS, today
from tests.databases import Database
from tests.factories import enrolment as make
from tests.factories import kitchen
from tests.factories.attendance import booked
from tests.factories.enrolment import Child, Provider
from tests.factories.kitchen import a_canteen, a_dish, allergic_to, eats_at
from tests.factories.offer import session_on

FERRY = "École Jules-Ferry"
PREVERT = "École Jacques-Prévert"


@pytest.fixture
def ens(database: Database, tmp_path: Path) -> Iterator[Provider]:
    """Give the school service of a town with a central kitchen."""
    with kitchen.town_with_caterer(database, tmp_path) as provider:
        yield provider


def tomorrow() -> date:
    return today() + timedelta(days=1)


def eve() -> datetime:
    """Return 18 h on the eve of tomorrow's meal, and not later than its morning."""
    with store.read() as read:
        return deadline_for_day(tomorrow(), EVE, current_calendar(read))


def looks(ens: Provider, at: datetime) -> None:
    """Let the job run as if it were that hour of today, the day before the meal."""
    ens.service._notify_of_allergens_on_menus(at)


def tonight() -> datetime:
    return datetime.combine(today(), datetime.min.time(), PARIS).replace(hour=20)


def tomorrow_at(hour: int, minute: int = 0) -> datetime:
    return datetime.combine(tomorrow(), time(hour, minute), PARIS)


def serves(*dishes: dict[str, object], site: str = FERRY) -> None:
    with store.write() as write:
        write_menu(write, site, tomorrow(), list(dishes))  # type: ignore[arg-type]


def told(ens: Provider) -> list[dict[str, object]]:
    return [each for each in ens.published("notice") if each["kind"] == "menu_to_check"]


def test_the_household_of_the_day_is_told_once_and_only_of_its_own_child(ens: Provider) -> None:
    group = a_canteen(FERRY)
    tom = eats_at(ens, group, [tomorrow()], Child("Tom", "Roy"), allergies=allergic_to("milk"))
    eats_at(ens, group, [tomorrow()], Child("Léa", "Petit"), allergies=allergic_to("celery"))
    serves(a_dish("Gratin dauphinois", "milk"))

    looks(ens, tonight())
    looks(ens, tonight())

    (notice,) = told(ens)
    assert notice["child_ids"] == [tom.id]
    written = json.dumps(notice, ensure_ascii=False).lower()
    assert not any(word in written for word in ("lait", "milk", "gratin", "allerg", "tom"))


def test_a_menu_that_changes_after_that_is_to_be_looked_at_again(ens: Provider) -> None:
    group = a_canteen(FERRY)
    eats_at(ens, group, [tomorrow()], Child("Tom", "Roy"), allergies=allergic_to("milk", "eggs"))
    serves(a_dish("Gratin dauphinois", "milk"))
    looks(ens, tonight())

    serves(a_dish("Omelette", "eggs"))
    looks(ens, tonight())
    looks(ens, tonight())
    assert len(told(ens)) == 2

    serves(a_dish("Gratin dauphinois", "milk"))
    looks(ens, tonight())
    assert len(told(ens)) == 3  # as it was at first, but who looked since has read otherwise


def test_a_menu_of_which_no_dish_changed_is_not_told_again(ens: Provider) -> None:
    eats_at(ens, a_canteen(FERRY), [tomorrow()], allergies=allergic_to("milk"))
    serves(a_dish("Gratin", "milk"))
    looks(ens, tonight())

    with store.write() as write:
        (menu,) = write.scalars(select(Menu))
        republish_menu(write, menu.id, above=menu.version + 1)
        rename_site(write, FERRY, "École Ferry", tonight())
        rename_kitchen_site(write, FERRY, "École Ferry")
    looks(ens, tonight())

    assert len(told(ens)) == 1


def test_a_menu_that_changes_in_the_morning_is_told_until_the_meal_begins(ens: Provider) -> None:
    tom = eats_at(ens, a_canteen(FERRY), [tomorrow()], allergies=allergic_to("milk"))
    serves(a_dish("Poisson", "fish"))
    looks(ens, tonight())
    looks(ens, tomorrow_at(9))
    assert told(ens) == []

    serves(a_dish("Gratin", "milk"))
    looks(ens, tomorrow_at(17))
    assert told(ens) == []
    looks(ens, tomorrow_at(9))

    (notice,) = told(ens)
    assert notice["child_ids"] == [tom.id]


def test_a_lunch_within_a_longer_day_is_told_of_until_it_is_served(ens: Provider) -> None:
    leisure = a_canteen(FERRY, starts="08:30", ends="18:00")
    tom = eats_at(ens, leisure, [tomorrow()], allergies=allergic_to("milk"))
    serves(a_dish("Poisson", "fish"))
    looks(ens, tonight())

    serves(a_dish("Gratin", "milk"))
    looks(ens, tomorrow_at(12, 15))
    assert told(ens) == []
    looks(ens, tomorrow_at(9))

    (notice,) = told(ens)
    assert notice["child_ids"] == [tom.id]


def test_of_two_services_only_the_one_that_has_not_begun_is_told(ens: Provider) -> None:
    first = a_canteen(FERRY, starts="11:30", ends="12:30")
    second = a_canteen(FERRY, starts="12:30", ends="13:30")
    eats_at(ens, first, [tomorrow()], Child("Tom", "Roy"), allergies=allergic_to("milk"))
    lea = eats_at(ens, second, [tomorrow()], Child("Léa", "Petit"), allergies=allergic_to("milk"))

    serves(a_dish("Gratin", "milk"))
    looks(ens, tomorrow_at(12, 15))

    (notice,) = told(ens)
    assert notice["child_ids"] == [lea.id]


@pytest.mark.parametrize("corrected", [FERRY, PREVERT], ids=["first", "second"])
def test_of_a_child_who_eats_at_two_sites_each_menu_is_told_as_it_changes(
    ens: Provider, corrected: str
) -> None:
    tom = eats_at(ens, a_canteen(FERRY), [tomorrow()], allergies=allergic_to("milk"))
    tea = a_canteen(PREVERT, starts="16:30", ends="18:00")
    with store.write() as write:
        booked(write, session_on(write, tea, tomorrow()), tom.id)
    for site in (FERRY, PREVERT):
        serves(a_dish("Gratin", "milk"), site=site)
    looks(ens, tonight())
    told_first = len(told(ens))

    serves(a_dish("Crêpe", "milk"), site=corrected)
    looks(ens, tonight())

    assert (told_first, len(told(ens))) == (2, 3)


def test_before_the_hour_and_without_a_menu_nobody_is_told(ens: Provider) -> None:
    group = a_canteen(FERRY)
    eats_at(ens, group, [tomorrow()], allergies=allergic_to("milk"))
    looks(ens, tonight())
    serves(a_dish("Gratin", "milk"))

    early = eve() - timedelta(minutes=1)
    if early.astimezone(PARIS).date() == today():
        looks(ens, early)

    assert told(ens) == []


def test_what_the_kitchen_did_not_state_is_told_and_an_allergy_of_no_menu_is_not(
    ens: Provider,
) -> None:
    group = a_canteen(FERRY)
    eats_at(ens, group, [tomorrow()], Child("Tom", "Roy"), allergies=allergic_to("milk"))
    eats_at(ens, group, [tomorrow()], Child("Léa", "Petit"), allergies=allergic_to(""))
    serves(a_dish("Gratin", "gluten"))
    looks(ens, tonight())
    assert told(ens) == []
    serves(a_dish("Gratin", known=False))

    looks(ens, tonight())

    assert len(told(ens)) == 2


def test_who_no_longer_eats_there_is_not_told(ens: Provider) -> None:
    tom = eats_at(ens, a_canteen(FERRY), [tomorrow()], allergies=allergic_to("milk"))
    serves(a_dish("Gratin", "milk"))
    with store.write() as write:
        gone = update(Booking).where(Booking.child_id == tom.id)
        write.execute(gone.values(state="cancelled"))

    looks(ens, tonight())

    assert told(ens) == []


def test_who_keeps_the_kitchen_reads_on_home_how_many_children_the_next_menu_concerns(
    ens: Provider,
) -> None:
    eats_at(ens, a_canteen(FERRY), [tomorrow()], allergies=allergic_to("milk"))
    serves(a_dish("Gratin", "milk"))
    cook, school = make.desk_of(ens), make.desk_of(ens)
    cook.signs_in(ens.has_agent("kitchen"))
    school.signs_in(ens.has_agent("school_desk"))

    assert "concerne l’allergie de 1 enfant" in cook.sees("/")
    assert "concerne l’allergie" not in school.client.get("/", follow_redirects=True).text
