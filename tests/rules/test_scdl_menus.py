"""Menus of files of the schema SCDL: read whole, or not at all, with a reason."""

from datetime import date

import pytest

from services.enrolment.kitchen.rules.dishes_as_typed import (
    UNKNOWN,
    UnknownAllergen,
    allergens_of_child,
    allergens_of_child_on_menu,
    make_dish,
    read_allergens,
    stated_allergen_codes,
)
from services.enrolment.kitchen.rules.scdl_menu_file_reading import MenusRefused, read_menus
from shared.contracts.enrolment.kitchen.menus import dishes_for_menu
from shared.contracts.sections.care.allergens import ALLERGENS, OTHER, read_allergen
from shared.contracts.sections.care.town_diets import USUAL_DIETS
from tests.factories.scdl_menus import SCHEMA, SITES, file, line
from tests.factories.table_schema import faults


def refusal(content: bytes) -> MenusRefused:
    with pytest.raises(MenusRefused) as refused:
        read_menus(content, SITES, USUAL_DIETS)
    return refused.value


def test_the_lunches_of_a_file_are_read_by_site_and_day_in_the_order_of_the_meal() -> None:
    found = read_menus(
        file(
            line("Pomme", "", course="dessert"),
            line(),
            line("Tartine", "gluten", meal="goûter"),
            line("Velouté", "aucun", course="entrée", site="ecole simone-veil"),
        ),
        SITES,
        USUAL_DIETS,
    )

    assert [(menu.site, menu.day) for menu in found] == [
        (SITES[0], date(2026, 12, 3)),
        (SITES[1], date(2026, 12, 3)),
    ]
    gratin, apple = found[0].dishes
    assert (gratin["course"], gratin["allergens"]) == ("main", ["gluten", "milk"])
    assert (apple["known"], found[1].dishes[0]["known"]) == (False, True)


def test_older_names_of_columns_and_semicolons_are_read() -> None:
    header = "menuRestaurantNom;menuDate;menuTypeRepas;menuTypePlat;menuNomPlat;menuPlatAllergene"
    (menu,) = read_menus(
        f"{header}\n{SITES[0]};03/12/2026;Déjeuner;Entrée;Betteraves;moutarde|œufs".encode(
            "cp1252"
        ),
        SITES,
        USUAL_DIETS,
    )
    assert menu.dishes[0]["allergens"] == ["eggs", "mustard"]


@pytest.mark.parametrize(
    ("content", "code", "at"),
    [
        (file(line(), line("Riz", "lait;kiwi")), "unknown_allergen", 3),
        (file(line(), line("Riz", diet="halal")), "unknown_menu", 3),
        (file(line(), line("Riz", guests="maternelle")), "two_menus", 3),
        (file(line(), line()), "two_menus", 3),
        (file(line(site="École Inconnue")), "unknown_site", 2),
        (file(line(day="jeudi")), "bad_day", 2),
        (file(line("")), "no_name", 2),
        (file(line(meal="goûter")), "no_menus", 0),
        (file(), "no_menus", 0),
        (b"nom,jour\na,b", "no_header", 1),
        (b"", "no_header", 1),
        (b"\0\1", "not_text", 0),
        (file(*(line(f"Plat {number}") for number in range(25))), "too_many", 26),
        (b"x" * (2 * 2**20 + 1), "too_large", 0),
    ],
)
def test_a_file_with_a_mistake_is_not_read_and_says_where(
    content: bytes, code: str, at: int
) -> None:
    refused = refusal(content)

    assert (refused.code, refused.line) == (code, at)


def test_a_dish_of_a_diet_takes_the_place_of_its_courses_dishes_for_everybody() -> None:
    found = read_menus(
        file(
            line("Velouté", "aucun", course="entrée"),
            line("Rôti de porc", "aucun"),
            line("Omelette", "œufs", diet="végétarien;SANS PORC;sans gluten"),
            line("Riz", "aucun", course="garniture", diet="sans gluten"),
        ),
        SITES,
        USUAL_DIETS,
    )
    (menu,) = found

    def gets(diet: str) -> list[str]:
        return [dish["name"] for dish in dishes_for_menu(menu.dishes, diet)]

    assert (
        gets("standard")
        == gets("")
        == gets("of another town")
        == ["Velouté", "Rôti de porc", "Riz"]
    )
    assert gets("vegetarian") == gets("no_pork") == ["Velouté", "Omelette", "Riz"]
    assert len(dishes_for_menu([menu.dishes[2]], "standard")) == 1, "nobody said who gets it"


def test_a_file_is_held_against_the_schema_row_by_row() -> None:
    sound = file(line(), line("Omelette", "oeufs", diet="végétarien"))
    wrong = file(line(day="03/12/2026"), line("Riz", "kiwi"), line("x" * 160), line(meal="repas"))

    assert faults(sound, SCHEMA) == []
    assert [fault.split(" is ")[0] for fault in faults(wrong, SCHEMA)] == [
        "row 2: menuDate",
        "row 3: menuPlatAllergene",
        "row 4: menuPlatNom",
        "row 5: menuRepasType",
    ]


def test_every_one_of_the_fourteen_is_read_as_it_is_written() -> None:
    assert len(ALLERGENS) == 14
    for code, label in ALLERGENS.items():
        assert read_allergen(label.upper()) == code
    assert read_allergen("fruits_a_coque") == "nuts"
    assert read_allergen("noix de coco") is None


def test_what_is_not_stated_is_not_known_and_none_has_to_be_said() -> None:
    assert read_allergens("") == (False, [])
    assert read_allergens("Aucun") == (True, [])
    with pytest.raises(UnknownAllergen, match="kiwi"):
        read_allergens("lait, kiwi")


def test_a_childs_allergens_are_codes_and_never_what_was_typed() -> None:
    typed = {"substance": "lait de vache", "severity": "severe"}
    assert stated_allergen_codes({"allergies": [typed]}) == {OTHER}
    known = {"allergies": [typed | {"allergen": "milk"}]}
    coded = allergens_of_child(stated_allergen_codes(known), ["egg"], USUAL_DIETS)
    assert coded == {"milk", "eggs"}


def test_a_menu_is_held_against_codes_and_what_is_not_known_alerts() -> None:
    gratin = make_dish("main", "Gratin de lait d’amande", "gluten")
    fruit = make_dish("dessert", "Pomme", "")
    allergic = frozenset({"milk"})

    assert allergens_of_child_on_menu([gratin], allergic) == set(), "a dish's name says nothing"
    assert allergens_of_child_on_menu([gratin, make_dish("dairy", "Yaourt", "lait")], allergic) == {
        "milk"
    }
    assert allergens_of_child_on_menu([gratin, fruit], allergic) == {UNKNOWN}
    assert allergens_of_child_on_menu([gratin], frozenset({OTHER})) == {OTHER}
    assert allergens_of_child_on_menu([gratin, fruit], frozenset()) == set()
    assert allergens_of_child_on_menu([], allergic) == set()
