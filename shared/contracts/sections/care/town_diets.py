"""
Diets of a town: the menus that its kitchens cook, and what they leave out of a plate. Pure.

A town writes its own list; without one it has `USUAL_DIETS`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from shared.contracts.sections.care.allergens import EGGS, FISH, GLUTEN, MILK
from shared.text import folded

MENUS, FOODS = "menus", "foods"


@dataclass(frozen=True)
class TownDiet:
    """
    A menu, or where it `leaves_out` an allergen, what a child may ask for beside its menu.

    `written` are words by which a file of menus names it. What is no longer `codes_offered` stays
    with the children who have it, and nobody else chooses it.
    """

    code: str
    label: str
    label_en: str = ""
    leaves_out: str = ""
    written: tuple[str, ...] = ()
    offered: bool = True

    @property
    def is_menu(self) -> bool:
        return not self.leaves_out

    @property
    def words_in_files(self) -> frozenset[str]:
        """Return what names it in a file, folded."""
        return frozenset(folded(word) for word in (self.label, *self.written))


@dataclass(frozen=True)
class TownDiets:
    """The diets of a town in its order; the first menu is the usual one."""

    every: Sequence[TownDiet]

    @cached_property
    def menus(self) -> Sequence[TownDiet]:
        return [each for each in self.every if each.is_menu]

    @cached_property
    def foods_left_out(self) -> Sequence[TownDiet]:
        return [each for each in self.every if not each.is_menu]

    @property
    def usual_menu(self) -> str:
        """Return the code of the menu of who asks for nothing."""
        return next((each.code for each in self.menus if each.offered), "")

    @cached_property
    def codes_offered(self) -> Mapping[str, Sequence[str]]:
        """Return the codes that may be chosen: of menus, and of what is left out."""
        return {
            MENUS: [each.code for each in self.menus if each.offered],
            FOODS: [each.code for each in self.foods_left_out if each.offered],
        }

    @cached_property
    def by_code(self) -> Mapping[str, TownDiet]:
        return {each.code: each for each in self.every}

    @cached_property
    def allergen_by_food(self) -> Mapping[str, str]:
        """Return by code the allergen of what is left out."""
        return {each.code: each.leaves_out for each in self.foods_left_out}

    def is_offered(self, code: str) -> bool:
        return code in self.by_code and self.by_code[code].offered

    def word_of_menu(self, code: str) -> str:
        """Return a word by which a file or a form names a menu, which `menu_of_word` reads."""
        known = self.by_code.get(code)
        return known.label.lower() if known else code

    def menu_of_word(self, word: str) -> str | None:
        """Return the menu that a word of a file names; None where it is none of this town's."""
        said = folded(word)
        return next((each.code for each in self.menus if said in each.words_in_files), None)

    def menus_in_order(self, codes: frozenset[str]) -> list[str]:
        """Return codes of menus in the town's order, then others, "" for a menu not chosen last."""
        listed = [each.code for each in self.menus if each.code in codes]
        others = sorted(codes - {*listed, ""})
        return [*listed, *others, *([""] if "" in codes else [])]


USUAL_DIETS = TownDiets(
    (
        TownDiet("standard", "Standard", "Standard"),
        TownDiet(
            "vegetarian",
            "Végétarien",
            "Vegetarian",
            written=("végétarienne", "sans viande"),
        ),
        TownDiet("no_pork", "Sans porc", "No pork"),
        TownDiet("gluten", "Sans gluten", "Without gluten", GLUTEN),
        TownDiet("lactose", "Sans lactose", "Without lactose", MILK),
        TownDiet("egg", "Sans œuf", "Without egg", EGGS),
        TownDiet("fish", "Sans poisson", "Without fish", FISH),
    )
)
"""The diets of a town that writes none."""
