"""
Dishes as a cook types them, and the allergens that they have. Pure.

No dish is judged by its name: what nobody stated is not known, and alerts like presence.
"""

from collections.abc import Iterable, Sequence

from shared.contracts.enrolment.kitchen.menus import COURSES, MOST_DISH, Dish
from shared.contracts.sections.care.allergens import ALLERGENS, OTHER, read_allergen
from shared.contracts.sections.care.town_diets import USUAL_DIETS, TownDiets
from shared.json_values import JsonMapping
from shared.text import folded

NONE = "aucun"
UNKNOWN = "unknown"
"""Beside the codes of allergens: a dish of the menu has some that nobody stated."""


class UnknownAllergen(ValueError):
    """A word among the allergens of a dish is none of the fourteen."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


class UnknownMenu(ValueError):
    """A word among the menus of a dish is no menu of the town."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


def make_dish(
    course: str, name: str, allergens: str, menus: Iterable[str] = (), *, separators: str = ",;"
) -> Dish:
    """Return a dish with the allergens that are written; raises UnknownAllergen."""
    known, codes = read_allergens(allergens, separators)
    return {
        "course": course,
        "name": name[:MOST_DISH],
        "known": known,
        "allergens": codes,
        "menus": sorted(set(menus)),
    }


def read_allergens(written: str, separators: str = ",;") -> tuple[bool, list[str]]:
    """
    Return whether the allergens are known, and which they are.

    « aucun » says that there are none, nothing says nothing. Raises UnknownAllergen.
    """
    words = _separated_words(written, separators)
    if [folded(word) for word in words] in ([NONE], ["sans"]):
        return True, []
    found = set()
    for word in words:
        code = read_allergen(word)
        if code is None:
            raise UnknownAllergen(word)
        found.add(code)
    return bool(words), [code for code in ALLERGENS if code in found]


def read_menus_of_dish(written: str, diets: TownDiets, separators: str = ",;") -> list[str]:
    """
    Return the menus for which a dish is cooked, none where nothing is said: it is for everybody.

    What a child leaves out beside its menu is no menu, and is passed over: the allergens of the
    dish say it. Raises UnknownMenu.
    """
    foods = frozenset(word for each in diets.foods_left_out for word in each.words_in_files)
    menus = []
    for word in _separated_words(written, separators):
        menu = diets.menu_of_word(word)
        if menu is None and folded(word) not in foods:
            raise UnknownMenu(word)
        menus += [menu] if menu else []
    return menus


def dishes_in_serving_order(dishes: Iterable[Dish]) -> list[Dish]:
    """Return dishes in the order in which they are served."""
    courses = list(COURSES)
    return sorted(dishes, key=lambda dish: courses.index(dish["course"]))


def stated_allergen_codes(allergies: JsonMapping) -> frozenset[str]:
    """
    Return the codes of a child's allergies.

    An allergy without a code is OTHER: what was typed is read by people, never matched.
    """
    return frozenset(row.get("allergen") or OTHER for row in allergies.get("allergies", ()))


def allergens_of_child(
    stated: frozenset[str], without: Iterable[str], diets: TownDiets
) -> frozenset[str]:
    """
    Return what a child's meal has to be without, of codes alone.

    OTHER is what a child leaves out by a diet that the town has no more.
    """
    avoided = {**USUAL_DIETS.allergen_by_food, **diets.allergen_by_food}
    return stated | {avoided.get(food, OTHER) for food in without}


def allergens_of_child_on_menu(dishes: Sequence[Dish], of_child: frozenset[str]) -> frozenset[str]:
    """
    Return what of a child's allergens a menu holds or may hold.

    UNKNOWN is among them where a dish's allergens were not stated; OTHER where the child's own are
    none of the fourteen, as no menu says whether they are there.
    """
    if not dishes or not of_child:
        return frozenset()
    served = {code for dish in dishes for code in dish["allergens"]}
    met = served & of_child
    if OTHER in of_child:
        met |= {OTHER}
    if not all(dish["known"] for dish in dishes):
        met |= {UNKNOWN}
    return frozenset(met)


def _separated_words(written: str, separators: str) -> list[str]:
    for separator in separators[1:]:
        written = written.replace(separator, separators[0])
    return [word.strip() for word in written.split(separators[0]) if word.strip()]
