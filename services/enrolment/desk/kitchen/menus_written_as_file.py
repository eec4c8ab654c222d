"""
Menus as a file of the schema SCDL « menus-collectifs » 1.2.3: a line for each dish.

Lists within a cell are joined by semicolons, hence commas between cells. An empty cell of allergens
says that nobody stated them; that there are none is said in the precision.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from services.enrolment.kitchen.queries.menus import Menus, Restaurant
from services.enrolment.kitchen.rules.scdl_menu_file_reading import NO_ALLERGEN
from services.enrolment.school_year.schools.rules.levels import LEVELS
from shared.contracts.enrolment.kitchen.menus import COURSES, Dish
from shared.contracts.sections.care.allergens import ALLERGENS
from shared.contracts.sections.care.town_diets import TownDiets
from shared.text import folded
from shared.web.agents.lists.files import disarm_formula

COLUMNS = (
    *("menuCollNom", "menuCollSiret", "menuEtablissementNom", "menuEtablissementSiret"),
    *("menuRestaurantNom", "menuRestaurantInsee", "menuRestaurantId", "menuRestaurantIdType"),
    *("menuRestaurantType", "menuRestaurantConvive", "menuDate", "menuRepasType"),
    *("menuPlatType", "menuPlatNom", "menuPlatCode", "menuPlatSiqo", "menuPlatLabel"),
    *("menuPlatPrecision", "menuPlatRegime", "menuPlatAllergene", "menuPlatTexture"),
    *("menuPlatNutriscore", "menuPlatPrix", "menuPublicationDate", "menuModificationDate"),
    "menuModificationInfo",
)
LONGEST_NAME = 159
NURSERY = LEVELS[: LEVELS.index("CP")]


@dataclass(frozen=True)
class MenuFile:
    """A file of menus: its collectivity with SIRET, the kitchen, and the town's diets by code."""

    collectivity: str
    siret: str
    kitchen: str
    diets: TownDiets
    published_on: date
    restaurants: Mapping[str, Restaurant] = field(default_factory=dict)

    def lines(self, menus: Menus) -> Iterable[dict[str, str]]:
        """Return a line for each dish, by day and site."""
        for (day, site), dishes in menus.items():
            for dish in dishes:
                yield self._columns_of_place(day, site) | self._columns_of_dish(dish)

    def _columns_of_place(self, day: date, site: str) -> dict[str, str]:
        known = self.restaurants.get(site)
        return {
            "menuCollNom": self.collectivity,
            "menuCollSiret": self.siret,
            "menuEtablissementNom": self.kitchen,
            "menuRestaurantNom": site,
            "menuRestaurantInsee": known.insee if known else "",
            "menuRestaurantId": known.uai if known else "",
            "menuRestaurantIdType": "EN" if known and known.uai else "sans",
            "menuRestaurantType": _school_type_of_levels(known.levels if known else ()),
            "menuRestaurantConvive": "tous",
            "menuDate": day.isoformat(),
            "menuRepasType": "déjeuner",
            "menuPublicationDate": self.published_on.isoformat(),
        }

    def _columns_of_dish(self, dish: Dish) -> dict[str, str]:
        none = dish["known"] and not dish["allergens"]
        return {
            "menuPlatType": COURSES[dish["course"]].lower(),
            "menuPlatNom": dish["name"][:LONGEST_NAME],
            "menuPlatPrecision": NO_ALLERGEN if none else "",
            "menuPlatRegime": ";".join(map(self.diets.word_of_menu, dish["menus"])),
            "menuPlatAllergene": ";".join(_allergen_as_column(code) for code in dish["allergens"]),
        }


def write_menus(file: MenuFile, menus: Menus) -> bytes:
    """Return the file, in UTF-8; no cell of it is a formula to a spreadsheet."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, restval="")
    writer.writeheader()
    for line in file.lines(menus):
        writer.writerow({name: disarm_formula(cell) for name, cell in line.items()})
    return text.getvalue().encode()


def _allergen_as_column(allergen: str) -> str:
    return folded(ALLERGENS[allergen]).replace(" ", "_")


def _school_type_of_levels(levels: Sequence[str]) -> str:
    """Return what the schema calls a school of these levels; a school of both kinds is another."""
    if not levels:
        return "autre"
    nursery = {level in NURSERY for level in levels}
    if len(nursery) == 2:
        return "autre"
    return "maternelle" if nursery == {True} else "élémentaire"
