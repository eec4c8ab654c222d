"""The administrator's pages of where groups meet: a group's own site, and a site's other name."""

from typing import Any

import pytest
from sqlalchemy import select

from services.enrolment.kitchen.commands.adult_meals import store_counts_of_adults
from services.enrolment.kitchen.commands.menus import write_menu
from services.enrolment.kitchen.commands.waste import Weighing, store_weighed_waste
from services.enrolment.models import AdultMeals, Group, Waste
from services.enrolment.store import store
from shared.dates.clock import today
from tests.factories import enrolment as make
from tests.factories import offer
from tests.factories.enrolment import Desk, Provider
from tests.factories.kitchen import a_dish
from tests.factories.offer_forms import GROUP, a_month

EACH_SCHOOL, FERRY, RIVER = "Dans chaque école", "École Jules-Ferry", "École de la Rivière"


@pytest.fixture
def desk(ens: Provider) -> Desk:
    """Give the desk with the provider's administrator signed in."""
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent("administrator"))
    return desk


@pytest.fixture
def canteen(ens: Provider) -> Group:
    """Give the canteen of one school, of an activity that is in each."""
    with store.write() as write:
        activity = offer.an_activity(write, site=EACH_SCHOOL)
        return offer.a_group(write, activity, label="Ferry", site=FERRY)


def renames(desk: Desk, site: str, name: str) -> Any:
    return desk.sends("/offre/lieux", at="/offre/lieux", lieu=site, name=name)


def test_a_group_gets_its_school_and_the_offer_says_it(desk: Desk, canteen: Group) -> None:
    page = f"/offre/{canteen.activity_id}/groupes/nouveau"
    assert "Rien si c’est là où est l’activité : Dans chaque école." in desk.sees(page)
    assert f'<option value="{FERRY}">' in desk.client.get(page).text

    assert desk.sends(page, at=page, **GROUP, **a_month(), site=RIVER).status_code == 303

    assert f"Premier service {RIVER} ·" in desk.sees(f"/offre/{canteen.activity_id}")
    assert "Restauration scolaire 2 lieux · 2 groupes" in desk.sees("/offre")


def test_a_school_written_without_its_accents_is_the_one_that_is_known(
    desk: Desk, canteen: Group
) -> None:
    page = f"/offre/{canteen.activity_id}/groupes/nouveau"

    desk.sends(page, at=page, **GROUP, **a_month(), site=" ecole jules ferry")

    assert f"Restauration scolaire {FERRY} · 2 groupes" in desk.sees("/offre")
    assert f"{FERRY} 2 groupes" in desk.sees("/offre/lieux")


def test_a_group_shows_its_site_again_and_keeps_it(desk: Desk, canteen: Group) -> None:
    page = f"/offre/{canteen.activity_id}/groupes/{canteen.id}"

    assert f'name="site" value="{FERRY}"' in desk.client.get(page).text


def test_a_site_is_renamed_in_one_act(desk: Desk, canteen: Group) -> None:
    assert FERRY in desk.sees(f"/offre/lieux?lieu={FERRY}")

    assert renames(desk, FERRY, "École Jules et Camille Ferry").status_code == 303

    words = desk.sees("/offre/lieux")
    assert "Le lieu a changé de nom." in words and "École Jules et Camille Ferry 1 groupe" in words
    assert FERRY not in words


def test_menus_and_what_was_weighed_go_on_under_the_new_name_and_families_read_it(
    ens: Provider, desk: Desk, canteen: Group
) -> None:
    with store.write() as write:
        write_menu(write, FERRY, today(), [a_dish("Soupe")])
        store_weighed_waste(write, FERRY, today(), Weighing(900, 30, 2))
        store_counts_of_adults(write, FERRY, [today()], 2, 0)

    renames(desk, FERRY, RIVER)

    assert [menu["site"] for menu in ens.published("menu_published")] == [FERRY, RIVER]
    with store.read() as read:
        for counted in (Waste, AdultMeals):
            assert read.scalars(select(counted.site)).all() == [RIVER]


def test_a_name_that_is_empty_or_another_sites_comes_back_with_a_sentence(
    ens: Provider, desk: Desk, canteen: Group
) -> None:
    with store.write() as write:
        offer.a_group(write, offer.an_activity(write, site="Dojo"))

    assert "Écrivez le nom du lieu." in renames(desk, FERRY, " ").text
    answer = renames(desk, FERRY, "dojo")

    assert answer.status_code == 422 and "Un autre lieu porte ce nom" in answer.text
    assert 'value="dojo"' in answer.text, "what was typed is still there"
    assert f"{FERRY} 1 groupe" in desk.sees("/offre/lieux")


def test_a_site_that_is_none_has_no_page(desk: Desk, canteen: Group) -> None:
    desk.sees("/offre/lieux?lieu=Ailleurs", status=404)
    assert renames(desk, "Ailleurs", "Ici").status_code == 404


def test_sites_are_the_administrators(ens: Provider, canteen: Group) -> None:
    lead = make.desk_of(ens)
    lead.signs_in(ens.has_agent("lead"))

    lead.sees("/offre/lieux", status=404)
    assert lead.sends("/offre/lieux", at="/", lieu=FERRY, name="Ici").status_code == 404
