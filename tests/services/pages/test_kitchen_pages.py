"""The kitchen's pages: a week and its order, menus, whom they concern, what is thrown away."""

import io
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from services.enrolment.kitchen.commands.menus import write_menu
from services.enrolment.kitchen.rules.scdl_menu_file_reading import read_menus
from services.enrolment.models import AdultMeals, MealOrder, Menu, Waste
from services.enrolment.offer.commands.closing.closures import declare_closure, lift_closure
from services.enrolment.offer.rules.hours_of_closure import Span
from services.enrolment.store import store
from shared.contracts.enrolment.kitchen import meal_orders
from shared.contracts.sections.care.town_diets import USUAL_DIETS
from shared.database.tables.kit_tables import kit_table
from shared.dates.clock import now, today
from shared.dates.periods import monday_of
from shared.runtime.ids import new_id
from shared.web.language import typography
from tests.databases import Database
from tests.factories import enrolment as make
from tests.factories import kitchen
from tests.factories.enrolment import Child, Desk, Provider, item, words
from tests.factories.kitchen import a_canteen, a_dish, allergic_to, eats_at
from tests.factories.scdl_menus import SCHEMA, file, line
from tests.factories.table_schema import faults

FERRY, VEIL = "École Jules-Ferry", "École Simone-Veil"


@pytest.fixture
def ens(database: Database, tmp_path: Path) -> Iterator[Provider]:
    """Give the school service of a town with a central kitchen."""
    with kitchen.town_with_caterer(database, tmp_path) as provider:
        yield provider


@pytest.fixture
def desk(ens: Provider) -> Desk:
    """Give the desk with somebody of the kitchen signed in."""
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent("kitchen"))
    return desk


def soon() -> date:
    """Return a Tuesday, a week ahead at least."""
    return monday_of(today()) + timedelta(days=15)


def page_of(day: date) -> str:
    return f"/cuisine?jour={day.isoformat()}"


def orders(desk: Desk, day: date, shown: str = "seen another time") -> Any:
    """Send the order of a day, as the page shows it where it offers to."""
    offered = re.search(r'name="shown" value="(\w+)"', desk.client.get(page_of(day)).text)
    form = {"jour": day.isoformat(), "shown": offered[1] if offered and not shown else shown}
    return desk.sends("/cuisine/commande", at="/cuisine/menus", **form)


def has_menu(day: date, *dishes: Any, site: str = FERRY) -> None:
    with store.write() as write:
        write_menu(write, site, day, list(dishes))


# The week and its order


def test_days_and_numbers_that_are_none_are_no_mistake_of_the_server(desk: Desk) -> None:
    for day in ("0001-01-01", "9999-12-31"):
        for page in ("/cuisine", "/cuisine/menus"):
            desk.sees(f"{page}?jour={day}")
    form = {"jour": "9999-12-31", "shown": "x"}
    assert desk.sends("/cuisine/commande", at="/cuisine/menus", **form).status_code == 400


def test_a_cook_validates_a_days_meals_and_reads_what_changed_since(
    ens: Provider, desk: Desk
) -> None:
    group = a_canteen(FERRY)
    eats_at(ens, group, [soon()], Child("Manon", "Lefèvre"), "vegetarian")
    eats_at(ens, group, [soon()], Child("Tom", "Roy"))
    page = desk.sees(page_of(soon()))
    assert "Cuisine centrale prépare" in page and "Valider 2 repas" in page

    assert orders(desk, soon(), shown="").status_code == 303
    page = desk.sees(page_of(soon()))
    assert "C’est envoyé : 2 repas" in page and "Rien n’a changé depuis" in page
    assert "Valider" not in page
    (event,) = ens.published("enrolment_cui.meals_ordered")
    assert sum(row["meals"] for row in event["meals"]) == 2

    ens.receives_event(
        meal_orders.order_answered,
        "enrolment_cui",
        day=soon(),
        version=1,
        answer="received",
        answered_at=now(),
    )
    eats_at(ens, group, [soon()], Child("Léa", "Petit"))
    page = desk.sees(page_of(soon()))
    assert "reçu par le prestataire" in page and "1 changement depuis" in page
    assert "+1" in page and "Valider 3 repas" in page


def test_a_cook_is_told_that_a_sent_order_no_longer_fits_a_strike_nor_its_end(
    ens: Provider, desk: Desk
) -> None:
    ferry, river = a_canteen(FERRY), a_canteen("École de la Rivière")
    for group in (ferry, ferry, river):
        eats_at(ens, group, [soon()])
    orders(desk, soon(), shown="")
    page = desk.sees("/")
    assert "où personne ne mange" not in page and "à la commande du" not in page

    day = typography.day(soon(), "fr", today()).replace("\u00a0", " ")
    with store.write() as write:
        span = Span(soon(), soon())
        strike = declare_closure(write, span, [ferry.id], "strike", new_id(), now())
    assert f"Dans la commande du {day}, 2 repas là où personne ne mange" in desk.sees("/")
    orders(desk, soon(), shown="")
    assert "où personne ne mange" not in desk.sees("/")

    with store.write() as write:
        lift_closure(write, strike.closure_id, new_id(), now())
    assert f"Il manque 2 repas à la commande du {day}" in desk.sees("/")


def test_an_allergy_told_after_the_order_is_named_though_the_meals_are_as_many(
    ens: Provider, desk: Desk
) -> None:
    tom = eats_at(ens, a_canteen(FERRY), [soon()], Child("Tom", "Roy"))
    desk.sees(page_of(soon()))
    orders(desk, soon(), shown="")
    assert "Rien n’a changé depuis" in desk.sees(page_of(soon()))

    ens.receives("allergies", item(tom.id, 2, allergic_to("milk")))

    page = desk.sees(page_of(soon()))
    assert f"{FERRY}, sans lait +1 depuis la commande" in page and "Valider 1 repas" in page
    assert "Rien n’a changé depuis" not in page


def test_what_a_cook_did_not_see_is_not_sent_nor_what_comes_too_late(
    ens: Provider, desk: Desk
) -> None:
    eats_at(ens, a_canteen(FERRY), [soon(), today()])
    orders(desk, soon())
    assert "relisez, puis validez" in desk.sees(page_of(soon()))

    page = desk.sees(page_of(today()))
    assert "L’heure de la commande est passée" in page and "02 00 00 00 09" in page
    assert "la commande de ce jour est fermée depuis" in page and "commande jusqu’" not in page
    orders(desk, today())
    assert "rien n’a été envoyé" in desk.sees(page_of(today()))
    assert ens.published("enrolment_cui.meals_ordered") == []


def test_two_hours_without_an_answer_are_silence_with_a_number_to_call(
    ens: Provider, desk: Desk
) -> None:
    eats_at(ens, a_canteen(FERRY), [soon()])
    orders(desk, soon(), shown="")
    assert "Appelez" not in desk.sees(page_of(soon()))

    with store.write() as write:
        (sent,) = write.scalars(select(MealOrder))
        sent.sent_at = now() - timedelta(hours=2)

    page = desk.sees(page_of(soon()))
    assert "Appelez Cuisine centrale" in page and "02 00 00 00 09" in page
    assert len(ens.published("enrolment_cui.meals_ordered")) == 1


def test_who_sees_no_diets_keeps_no_kitchen(ens: Provider) -> None:
    a_canteen(FERRY)
    for role in ("school_desk", "administrator", "director"):
        desk = make.desk_of(ens)
        desk.signs_in(ens.has_agent(role))
        for page in (
            "/cuisine",
            "/cuisine/menus",
            "/cuisine/allergies",
            "/cuisine/adultes",
            "/cuisine/restes",
        ):
            assert desk.client.get(page).status_code == 404, (role, page)


def test_where_nobody_cooks_on_orders_the_week_is_counted_and_nothing_is_sent(
    database: Database, tmp_path: Path
) -> None:
    with make.provider_on(database, tmp_path) as ens:
        desk = make.desk_of(ens)
        desk.signs_in(ens.has_agent("kitchen"))
        eats_at(ens, a_canteen(FERRY), [soon()])

        page = desk.sees(page_of(soon()))
        assert "La cuisine est sur place" in page and "Valider" not in page
        orders(desk, soon())
        assert "Aucune cuisine ne prépare" in desk.sees(page_of(soon()))


# Menus of the diets


def test_a_diet_that_the_town_took_out_stays_readable_and_is_named_to_the_kitchen(
    database: Database, tmp_path: Path
) -> None:
    rows = kitchen.rows_with_caterer(tmp_path)
    rows["diets"] = [row | {"offered": row["code"] != "no_pork"} for row in rows["diets"]]
    rows["diets"].append({"code": "halal", "label": "Halal"})
    with make.provider_on(database, tmp_path, "enrolment_ens", rows=rows) as ens:
        desk = make.desk_of(ens)
        desk.signs_in(ens.has_agent("kitchen"))
        group = a_canteen(FERRY)
        tom = eats_at(ens, group, [soon()], Child("Tom", "Roy"), "no_pork", ["gluten"])
        eats_at(ens, group, [soon()], Child("Léa", "Petit"), "halal")
        eats_at(ens, group, [soon()], Child("Ana", "Gil"), "unheard_of")

        page = desk.sees(page_of(soon()))
        child = desk.sees(f"/enfants/{tom.id}")
        has_menu(soon(), a_dish("Omelette", menus=["no_pork"]))
        menus = desk.client.get(f"/cuisine/menus?jour={soon().isoformat()}").text

    assert 'name="menus-0" value="sans porc"' in menus, "it may be saved again as it stands"
    assert "Sans porc (n’est plus proposé) : 1 repas cette semaine" in page
    assert "unheard_of (n’est plus proposé) : 1 repas" in page and "Halal (n’est" not in page
    assert "Sans porc (n’est plus proposé)" in child and "Sans gluten" in child


def test_a_child_of_another_menu_is_held_against_the_dishes_that_it_gets(
    ens: Provider, desk: Desk
) -> None:
    group = a_canteen(FERRY)
    milk = allergic_to("milk")
    eats_at(ens, group, [soon()], Child("Tom", "Roy"), allergies=milk)
    eats_at(ens, group, [soon()], Child("Léa", "Petit"), "vegetarian", allergies=milk)
    form = form_of(soon(), ("main", "Gratin", "lait"), ("main", "Curry", "aucun"))
    desk.sends("/cuisine/menus", at="/cuisine/menus", **form, **{"menus-1": "Végétarien"})

    page = desk.sees(page_of(soon()))

    assert "Lait : 1 enfant concerné" in page
    assert "Roy Tom" in (names := desk.sees(f"/cuisine/allergies?jour={soon().isoformat()}"))
    assert "Petit" not in names


def test_a_menu_that_is_none_of_the_towns_is_said_at_its_line(ens: Provider, desk: Desk) -> None:
    a_canteen(FERRY)
    form = form_of(soon(), ("main", "Gratin", "lait"))
    sent = desk.sends("/cuisine/menus", at="/cuisine/menus", **form, **{"menus-0": "halal"})

    assert sent.status_code == 422
    assert "« halal » n’est pas un menu de la ville" in words(sent.text)
    assert ens.published("menu_published") == []


# Menus


def form_of(day: date, *dishes: tuple[str, str, str], site: str = FERRY) -> dict[str, str]:
    form = {"jour": day.isoformat(), "lieu": site}
    for at, (course, name, allergens) in enumerate(dishes):
        form |= {f"course-{at}": course, f"name-{at}": name, f"allergens-{at}": allergens}
    return form


def test_a_menu_is_typed_and_published_once_and_taken_back_with_its_dishes(
    ens: Provider, desk: Desk
) -> None:
    a_canteen(FERRY)
    gratin = form_of(soon(), ("dessert", "Pomme", "aucun"), ("main", "Gratin", "Lait, gluten"))
    for _ in range(2):
        assert desk.sends("/cuisine/menus", at="/cuisine/menus", **gratin).status_code == 303
    assert "rien n’a changé" in desk.sees(f"/cuisine/menus?jour={soon().isoformat()}")
    (event,) = ens.published("menu_published")
    assert [dish["name"] for dish in event["dishes"]] == ["Gratin", "Pomme"]
    assert event["dishes"][0]["allergens"] == ["gluten", "milk"]

    desk.sends("/cuisine/menus", at="/cuisine/menus", **form_of(soon()))
    assert [e["dishes"] for e in ens.published("menu_published")][1:] == [[]]


def test_an_allergen_that_is_none_of_the_fourteen_is_said_at_its_line(
    ens: Provider, desk: Desk
) -> None:
    a_canteen(FERRY)
    sent = desk.sends(
        "/cuisine/menus", at="/cuisine/menus", **form_of(soon(), ("main", "Gratin", "lait, kiwi"))
    )

    assert sent.status_code == 422
    assert "« kiwi » n’est pas l’un des 14 allergènes" in words(sent.text)
    assert ens.published("menu_published") == []


def test_a_week_is_copied_to_sites_without_menus(ens: Provider, desk: Desk) -> None:
    for site in (FERRY, VEIL, "École Pasteur"):
        a_canteen(site)
    has_menu(soon(), a_dish("Gratin", "milk"))
    has_menu(soon(), a_dish("Riz"), site=VEIL)

    desk.sends("/cuisine/menus/copie", at="/cuisine/menus", **form_of(soon()))

    with store.read() as read:
        served = {row.site: row.dishes[0]["name"] for row in read.query(Menu).all()}
    assert served == {FERRY: "Gratin", VEIL: "Riz", "École Pasteur": "Gratin"}


def sends_file(desk: Desk, content: bytes, **more: str) -> Any:
    return desk.sends(
        "/cuisine/menus/fichier",
        at="/cuisine/menus",
        file=(io.BytesIO(content), "menus.csv"),
        **more,
    )


def test_a_file_of_menus_is_read_whole_or_not_at_all(ens: Provider, desk: Desk) -> None:
    a_canteen(FERRY)
    day = soon().isoformat()
    wrong = sends_file(desk, file(line(day=day), line("Riz", "kiwi", day=day)))
    assert wrong.status_code == 422 and "Rien n’a été lu" in wrong.text
    assert "Ligne 3, « kiwi »" in words(wrong.text) and ens.published("menu_published") == []

    assert sends_file(desk, file(line(day=day))).status_code == 303
    assert "1 menu lu" in desk.sees(f"/cuisine/menus?jour={day}")
    other = sends_file(desk, file(line("Riz", "aucun", day=day)))
    assert other.status_code == 422 and "cochez « remplacer »" in words(other.text)
    assert sends_file(desk, file(line("Riz", "aucun", day=day)), replace="yes").status_code == 303
    assert [e["dishes"][0]["name"] for e in ens.published("menu_published")] == ["Gratin", "Riz"]


def test_a_months_menus_leave_as_a_file_of_the_schema_and_come_back_as_they_were(
    ens: Provider, desk: Desk
) -> None:
    for site in (FERRY, VEIL):
        a_canteen(site)
    address = f"/cuisine/menus/scdl?jour={soon().isoformat()}"
    assert desk.client.get(address).status_code == 303
    assert "Aucun menu n’est écrit ce mois-là" in desk.sees("/cuisine/menus")
    dishes = [
        a_dish("Soupe, de courge", course="starter"),
        a_dish("=Gratin; maison", "gluten", "milk", "nuts"),
        a_dish("Omelette", "eggs", menus=["no_pork", "vegetarian"]),
        a_dish("Tarte", course="dessert", known=False),
    ]
    has_menu(soon(), *dishes)
    has_menu(soon(), *dishes, site=VEIL)

    answer = desk.client.get(address)

    assert "attachment" in answer.headers["Content-Disposition"]
    assert faults(answer.data, SCHEMA) == []
    assert b"\n=Gratin" not in answer.data and b",'=Gratin" in answer.data
    safe = [dish | {"name": dish["name"].replace("=", "'=")} for dish in dishes]
    read = read_menus(answer.data, [FERRY, VEIL], USUAL_DIETS)
    assert [(menu.site, menu.dishes) for menu in read] == [(FERRY, safe), (VEIL, safe)]


# Allergens of a menu


def test_a_menu_says_how_many_children_it_concerns_and_their_names_leave_a_line(
    ens: Provider, desk: Desk
) -> None:
    group = a_canteen(FERRY)
    tom = eats_at(ens, group, [soon()], Child("Tom", "Roy"), allergies=allergic_to("milk"))
    eats_at(ens, group, [soon()], Child("Léa", "Petit"), allergies=allergic_to("celery"))
    eats_at(ens, group, [soon()], Child("Manon", "Lefèvre"))
    has_menu(soon(), a_dish("Gratin", "milk"))
    ens.clear_outbox()

    page = desk.sees(page_of(soon()))
    assert "Lait : 1 enfant concerné" in page and "Céleri :" not in page and "Roy" not in page
    assert ens.published("projection_read") == []
    names = desk.sees(f"/cuisine/allergies?jour={soon().isoformat()}")

    assert "Roy Tom" in names and "Gratin" in names and "Petit" not in names
    (read,) = ens.published("projection_read")
    assert (read["child_id"], read["projection"], read["role"]) == (tom.id, "allergies", "kitchen")


# Adults


def waiting(ens: Provider) -> list[str]:
    """Return the types of the events that wait to leave."""
    outbox = kit_table(store.metadata, "outbox")
    with store.read() as read:
        return list(read.scalars(select(outbox.c.type)))


def test_adults_are_ordered_beside_the_children_and_weighed_apart(
    ens: Provider, desk: Desk
) -> None:
    eats_at(ens, a_canteen(FERRY), [soon()], Child("Tom", "Roy"))
    ens.clear_outbox()
    form = {"jour": soon().isoformat(), "site": FERRY, "staff-0": "3", "guests-0": ""}
    wrong = desk.sends("/cuisine/adultes", at="/cuisine/adultes", **form | {"staff-0": "trois"})
    assert wrong.status_code == 422 and "sans unité" in wrong.text
    long = desk.sends(
        "/cuisine/adultes", at="/cuisine/adultes", **form | {"staff-0": "0" * 12 + "5000"}
    )
    assert long.status_code == 422 and "sans unité" in long.text

    assert desk.sends("/cuisine/adultes", at="/cuisine/adultes", **form).status_code == 303
    assert "Valider 4 repas" in desk.sees(page_of(soon()))
    orders(desk, soon(), shown="")

    (event,) = ens.published("enrolment_cui.meals_ordered")
    assert [row["meals"] for row in event["meals"]] == [1]
    assert event["adults"] == [{"site": FERRY, "kind": "staff", "meals": 3}]
    assert waiting(ens) == ["enrolment.meals_ordered"], "no bill hears of it"
    desk.sends("/cuisine/adultes", at="/cuisine/adultes", **form | {"guests-0": "2"})
    page = desk.sees(page_of(soon()))
    assert "1 changement depuis" in page and "adultes +2" in page
    desk.sends(
        "/cuisine/adultes", at="/cuisine/adultes", **form | {"staff-0": "1", "guests-0": "2"}
    )
    assert "changement depuis" not in desk.sees(page_of(soon())), "three adults, as ordered"


def test_adults_of_a_week_are_typed_once_for_the_days_with_a_meal(
    ens: Provider, desk: Desk
) -> None:
    tuesday, thursday = soon(), soon() + timedelta(days=2)
    eats_at(ens, a_canteen(FERRY), [tuesday, thursday])
    form = {"jour": tuesday.isoformat(), "site": FERRY, "staff-0": "3", "week": "yes"}

    desk.sends("/cuisine/adultes", at="/cuisine/adultes", **form)
    past = {**form, "jour": (today() - timedelta(days=1)).isoformat()}
    assert desk.sends("/cuisine/adultes", at="/cuisine/adultes", **past).status_code in (404, 422)

    with store.read() as read:
        typed = {row.day for row in read.query(AdultMeals).all()}
    assert {tuesday, thursday} <= typed and max(typed).weekday() < 5


# What is thrown away


def test_waste_is_weighed_by_site_and_its_year_is_a_file(ens: Provider, desk: Desk) -> None:
    eats_at(ens, a_canteen(FERRY), [today()])
    form = {"jour": today().isoformat(), "site": FERRY, "grams-0": "1 250", "served-0": "1"}
    wrong = desk.sends("/cuisine/restes", at="/cuisine/restes", **form | {"grams-0": "1,5 kg"})
    assert wrong.status_code == 422 and "sans unité" in wrong.text

    assert desk.sends("/cuisine/restes", at="/cuisine/restes", **form).status_code == 303
    desk.sends("/cuisine/restes", at="/cuisine/restes", **form | {"grams-0": "1300"})
    many = form | {"grams-0": "1300", "adults-0": "2000"}  # a thousand of the staff, and guests
    assert desk.sends("/cuisine/restes", at="/cuisine/restes", **many).status_code == 303

    with store.read() as read:
        assert [(row.grams, row.adults) for row in read.query(Waste).all()] == [(1300, 2000)]
    answer = desk.client.get(f"/cuisine/restes/annee?an={today().year}&fichier=csv")
    rows = answer.data.decode("utf-8-sig").splitlines()
    served = "Repas d’enfants servis;Repas d’adultes servis"
    assert rows[0] == f"Jour;Lieu;{served};Jeté, en grammes;Grammes par repas"
    assert rows[1].endswith(f"{FERRY};1;2000;1300;1")


def test_a_weight_is_of_the_site_that_the_page_showed_though_another_came_before_it(
    ens: Provider, desk: Desk
) -> None:
    eats_at(ens, a_canteen(VEIL), [today()])
    assert f'name="site" value="{VEIL}"' in desk.client.get("/cuisine/restes").text
    eats_at(ens, a_canteen(FERRY), [today()])
    form = {"jour": today().isoformat(), "site": VEIL, "grams-0": "900", "served-0": "1"}

    desk.sends("/cuisine/restes", at="/cuisine/restes", **form)

    with store.read() as read:
        assert [(row.site, row.grams) for row in read.query(Waste).all()] == [(VEIL, 900)]


def test_a_day_to_come_has_nothing_to_weigh(ens: Provider, desk: Desk) -> None:
    eats_at(ens, a_canteen(FERRY), [soon()])
    form = {"jour": soon().isoformat(), "site": FERRY, "grams-0": "100", "served-0": "1"}

    sent = desk.sends("/cuisine/restes", at="/cuisine/restes", **form)

    assert sent.status_code == 422 and "pas encore passé" in sent.text
